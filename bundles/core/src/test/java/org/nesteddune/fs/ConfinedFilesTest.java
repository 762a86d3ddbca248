package org.nesteddune.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.Profile;
import org.nesteddune.Profile.Access;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;

/** What a profile grants of files, and the ways round it. */
class ConfinedFilesTest {

    @TempDir
    Path top;

    private final List<String> log = new ArrayList<>();
    private FsContext fs;

    @BeforeEach
    void tree() throws IOException {
        for (String directory : List.of("ro/sub", "rw/sub", "rw/kept", "rw/deep/kept", "none", "tmp")) {
            Files.createDirectories(top.resolve(directory));
        }
        Files.writeString(top.resolve("ro/file"), "read me");
        Files.writeString(top.resolve("rw/file"), "change me");
        Files.writeString(top.resolve("rw/kept/file"), "keep me");
        Files.writeString(top.resolve("none/secret"), "secret");
        Files.writeString(top.resolve("tmp/hosts"), "not yours");
        Files.createSymbolicLink(top.resolve("rw/to-secret"), Path.of("../none/secret"));
        Files.createSymbolicLink(top.resolve("none/to-ro"), Path.of("/ro"));
        Files.createSymbolicLink(top.resolve("link"), Path.of("ro"));
        fs = context(Profile.named("test")
                .path("/ro", Access.READ)
                .path("/rw", Access.WRITE)
                .path("/rw/kept", Access.READ)
                .path("/rw/deep/kept", Access.READ)
                .path("/proc", Access.READ)
                .privateDirectory("/tmp"));
    }

    private FsContext context(Profile.Builder profile) {
        return GuestFiles.context(top, null, 022, new Confinement(profile.build(), log::add), DeviceDrivers.NONE, () -> null);
    }

    @AfterEach
    void close() {
        fs.close();
    }

    private static void refused(ThrowingCallable call) {
        assertErrno(Errno.EPERM, call);
    }

    private static void assertErrno(int errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(ErrnoException.class).hasMessage(Errno.name(errno));
    }

    private void open(String path, int flags) {
        fs.open(null, path, flags, 0666).release();
    }

    @Test
    void readingWhatIsGranted() {
        open("/ro/file", OpenFlags.O_RDONLY);
        open("/ro/sub/../file", OpenFlags.O_RDONLY);
        open("/ro", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        open("/link/file", OpenFlags.O_RDONLY);
        open("/none/to-ro/file", OpenFlags.O_RDONLY);
        open("/rw/file", OpenFlags.O_RDWR);
        assertThat(log).isEmpty();
    }

    @Test
    void whatIsNotGranted() {
        refused(() -> open("/none/secret", OpenFlags.O_RDONLY));
        refused(() -> open("/none/secret", OpenFlags.O_PATH));
        refused(() -> open("/none/absent", OpenFlags.O_RDONLY));
        refused(() -> open("/none", OpenFlags.O_RDONLY));
        refused(() -> open("/rw/to-secret", OpenFlags.O_RDONLY));
        refused(() -> open("/ro/../none/secret", OpenFlags.O_RDONLY));
        refused(() -> open("/proc/../none/secret", OpenFlags.O_RDONLY));
        refused(() -> fs.status(null, "/none/secret", true, new FileStatus()));
        refused(() -> fs.access(null, "/none/secret", Fcntl.R_OK, 0));
        refused(() -> fs.openExecutable(null, "/none/secret", true));
        refused(() -> fs.changeDirectory(null, "/none"));
        refused(() -> open("/dev/null", OpenFlags.O_RDONLY));
        assertThat(log.get(0)).contains("profile test").contains("/none/secret");
    }

    @Test
    void theRootMayBeFoundAndNotListed() {
        fs.status(null, "/", true, new FileStatus());
        fs.changeDirectory(null, "/");
        refused(() -> open("/", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY));
        refused(() -> open(".", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY));
    }

    @Test
    void nothingIsChangedWhereReadingIsGranted() throws IOException {
        refused(() -> open("/ro/file", OpenFlags.O_WRONLY));
        refused(() -> open("/ro/file", OpenFlags.O_RDONLY | OpenFlags.O_TRUNC));
        refused(() -> open("/link/file", OpenFlags.O_RDWR | OpenFlags.O_TRUNC));
        refused(() -> open("/ro/new", OpenFlags.O_RDONLY | OpenFlags.O_CREAT));
        refused(() -> open("/ro/new", OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL));
        refused(() -> open("/ro", OpenFlags.O_RDWR | OpenFlags.O_TMPFILE));
        refused(() -> fs.makeDirectory(null, "/ro/new", 0777));
        refused(() -> fs.makeSymbolicLink("x", null, "/ro/new"));
        refused(() -> fs.remove(null, "/ro/file", false));
        refused(() -> fs.rename(null, "/ro/file", null, "/rw/file", 0));
        refused(() -> fs.rename(null, "/rw/file", null, "/ro/file", 0));
        refused(() -> fs.rename(null, "/rw/file", null, "/ro/file", Fcntl.RENAME_EXCHANGE));
        refused(() -> fs.access(null, "/ro/file", Fcntl.W_OK, 0));
        refused(() -> open("/rw/kept/file", OpenFlags.O_WRONLY));
        open("/ro/file", OpenFlags.O_RDONLY | OpenFlags.O_CREAT);
        assertErrno(Errno.EEXIST, () -> fs.makeDirectory(null, "/ro/sub", 0777));
        assertThat(top.resolve("ro/file")).hasContent("read me");
        assertThat(top.resolve("ro/new")).doesNotExist();
    }

    @Test
    void aDirectoryDescriptorLeadsNoFurther() {
        OpenFile ro = fs.open(null, "/ro", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
        try {
            refused(() -> fs.open(ro, "file", OpenFlags.O_RDWR, 0));
            refused(() -> fs.open(ro, "../none/secret", OpenFlags.O_RDONLY, 0));
            fs.open(ro, "file", OpenFlags.O_RDONLY, 0).release();
            assertThat(ro.modifiable()).isEqualTo(-Errno.EPERM);
        } finally {
            ro.release();
        }
    }

    @Test
    void aDescriptorFromElsewhereIsForWhatItIsOpenFor() throws IOException {
        try (FsContext free = GuestFiles.context(top, null, 022, () -> null)) {
            OpenFile directory = free.open(null, "/rw", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
            OpenFile stream = GuestFiles.standardStream(directory.hostDescriptor(), true);
            try {
                assertErrno(Errno.EACCES, () -> fs.open(directory, "file", OpenFlags.O_RDWR, 0));
                assertErrno(Errno.EACCES, () -> fs.open(stream, "file", OpenFlags.O_RDONLY, 0));
                assertThat(stream.modifiable()).isEqualTo(-Errno.EROFS);
            } finally {
                directory.release();
                stream.release();
            }
        }
    }

    @Test
    void linksDoNotCarryFilesOver() {
        assertErrno(Errno.EXDEV, () -> fs.makeLink(null, "/ro/file", null, "/rw/copy", false));
        refused(() -> fs.makeLink(null, "/none/secret", null, "/rw/copy", false));
        fs.makeLink(null, "/rw/file", null, "/rw/copy", false);
        open("/rw/copy", OpenFlags.O_RDWR);
    }

    @Test
    void whatARuleIsAboutStaysWhereItIs() {
        assertErrno(Errno.EBUSY, () -> fs.rename(null, "/rw/deep", null, "/rw/other", 0));
        refused(() -> fs.rename(null, "/rw/kept", null, "/rw/other", 0));
        refused(() -> fs.rename(null, "/rw/sub", null, "/rw/kept/sub", 0));
        fs.rename(null, "/rw/sub", null, "/rw/other", 0);
    }

    @Test
    void aPrivateDirectoryIsEmptyAndGoesWithTheGuest() throws IOException {
        assertErrno(Errno.ENOENT, () -> open("/tmp/hosts", OpenFlags.O_RDONLY));
        open("/tmp/mine", OpenFlags.O_RDWR | OpenFlags.O_CREAT);
        fs.makeDirectory(null, "/tmp/directory", 0);
        assertThat(top.resolve("tmp/mine")).doesNotExist();
        FileStatus status = new FileStatus();
        fs.status(null, "/tmp", true, status);
        assertThat(status.mode & 07777).isEqualTo(01777);
        List<Path> before = privateDirectories();
        fs.close();
        fs = context(Profile.named("none"));
        assertThat(privateDirectories()).hasSizeLessThan(before.size());
    }

    private static List<Path> privateDirectories() throws IOException {
        try (var all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(path -> path.getFileName().toString().startsWith("nested-dune-private")).toList();
        }
    }

    @Test
    void withoutRulesAllPathsAreGranted() {
        fs.close();
        fs = context(Profile.named("other"));
        open("/none/secret", OpenFlags.O_RDWR);
    }

    @Test
    void aRuleAboutALinkIsAboutWhatItLeadsTo() {
        fs.close();
        fs = context(Profile.named("links").path("/link", Access.READ).refusal(Profile.Refusal.ENOSYS));
        open("/link/file", OpenFlags.O_RDONLY);
        open("/ro/file", OpenFlags.O_RDONLY);
        assertErrno(Errno.ENOSYS, () -> open("/ro/file", OpenFlags.O_WRONLY));
        assertErrno(Errno.ENOSYS, () -> open("/rw/file", OpenFlags.O_RDONLY));
    }

    @Test
    void aNameCannotForgeALineOfTheLog() {
        refused(() -> open("/none/a\nguest 1: \u001b[31m\u00c3\u00a4", OpenFlags.O_RDONLY));
        assertThat(log).hasSize(1).first().asString().contains("/none/a?guest 1: ?[31m\u00e4").doesNotContain("\n");
    }

    @Test
    void onlySomeOfManyRefusalsAreLogged() {
        for (int i = 0; i < 1000; i++) {
            refused(() -> open("/none/secret", OpenFlags.O_RDONLY));
        }
        assertThat(log).hasSizeBetween(1, 20);
    }
}
