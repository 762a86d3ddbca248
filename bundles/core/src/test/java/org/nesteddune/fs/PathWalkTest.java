package org.nesteddune.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/** Resolves paths in random trees and compares with the kernel's own resolution in a root. */
class PathWalkTest {

    @TempDir
    Path top;

    private FsContext fs;
    private int rootDescriptor;

    @BeforeEach
    void open() {
        try (NativeBuffer path = NativeBuffer.ofCString(top.toString())) {
            rootDescriptor = (int) ErrnoException.check(Linux.open(path.address(), OpenFlags.O_PATH, 0));
        }
        fs = GuestFiles.context(top, null, 022, () -> null);
    }

    @AfterEach
    void close() {
        fs.close();
        Linux.close(rootDescriptor);
    }

    /** What a resolution comes to: device:inode, or the error's name. */
    private String ours(OpenFile base, String path, int flags, long resolve) {
        try {
            OpenFile file = fs.open(null, base, path, flags, 0600, resolve);
            FileStatus status = new FileStatus();
            file.status(status);
            file.release();
            return status.inode + " " + Integer.toOctalString(status.mode);
        } catch (ErrnoException e) {
            return Errno.name(e.errno());
        }
    }

    private String natively(int directory, String path, int flags, long resolve) {
        try (NativeBuffer buffer = new NativeBuffer(16384)) {
            HostBuffer.putString(buffer.address() + 512, path);
            long how = buffer.address();
            Memory.putLong(how, flags | OpenFlags.O_CLOEXEC);
            Memory.putLong(how + 8, (flags & OpenFlags.O_CREAT) != 0 ? 0600 : 0);
            Memory.putLong(how + 16, resolve);
            long fd;
            do {
                fd = Linux.openat2(directory, buffer.address() + 512, how, 24);
                // openat2(2): a rename anywhere on the host at the same time can make ".." unsafe to follow.
            } while (fd == -Errno.EAGAIN);
            if (fd < 0) {
                return Errno.name((int) -fd);
            }
            FileStatus status = new FileStatus();
            HostStatus.query((int) fd, buffer.address() + 1024, status);
            Linux.close((int) fd);
            return status.inode + " " + Integer.toOctalString(status.mode);
        }
    }

    @Test
    void resolvesLikeTheKernel() throws IOException {
        Random random = new Random(42);
        for (int tree = 0; tree < 20; tree++) {
            List<String> directories = grow(random);
            for (int i = 0; i < 400; i++) {
                String path = randomPath(random, random.nextInt(3) > 0);
                int flags = switch (random.nextInt(7)) {
                    case 0 -> OpenFlags.O_PATH;
                    case 1 -> OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW;
                    case 2 -> OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY;
                    case 3 -> OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW;
                    case 4 -> OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW;
                    case 5 -> OpenFlags.O_WRONLY;
                    default -> OpenFlags.O_RDONLY;
                };
                assertThat(ours(null, path, flags, 0))
                        .as("%s flags %o", path, flags)
                        .isEqualTo(natively(rootDescriptor, path, flags, Fcntl.RESOLVE_IN_ROOT));
                // Creation: ours first, then the kernel must find the very same state and do nothing new.
                if (random.nextInt(10) == 0) {
                    int create = OpenFlags.O_CREAT | OpenFlags.O_WRONLY;
                    String mine = ours(null, path, create, 0);
                    assertThat(natively(rootDescriptor, path, create, Fcntl.RESOLVE_IN_ROOT))
                            .as("create %s", path)
                            .isEqualTo(mine);
                }
                // The same relative to a directory, and with the guest's own RESOLVE flags.
                String directory = directories.get(random.nextInt(directories.size()));
                String relative = randomPath(random, false);
                long resolve = new long[] {
                    Fcntl.RESOLVE_BENEATH, Fcntl.RESOLVE_IN_ROOT, Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_BENEATH
                }[random.nextInt(3)];
                compareConfined(directory, relative, resolve);
            }
            clear();
        }
    }

    private void compareConfined(String directory, String path, long resolve) {
        OpenFile base = fs.open(null, directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        try {
            assertThat(ours(base, path, OpenFlags.O_PATH, resolve))
                    .as("%s in %s with %x", path, directory, resolve)
                    .isEqualTo(natively(base.hostDescriptor(), path, OpenFlags.O_PATH, resolve));
        } finally {
            base.release();
        }
    }

    private List<String> grow(Random random) throws IOException {
        List<String> directories = new ArrayList<>(List.of("/"));
        for (int i = 0; i < 25; i++) {
            String parent = directories.get(random.nextInt(directories.size()));
            Path place = top.resolve("." + parent).resolve(name(random));
            if (Files.exists(place, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                continue;
            }
            switch (random.nextInt(3)) {
                case 0 -> {
                    Files.createDirectory(place);
                    directories.add("/" + top.relativize(place.normalize()));
                }
                case 1 -> Files.writeString(place, "x");
                default -> Files.createSymbolicLink(place, Path.of(randomPath(random, random.nextBoolean())));
            }
        }
        return directories;
    }

    private static String name(Random random) {
        return String.valueOf((char) ('a' + random.nextInt(6)));
    }

    private static String randomPath(Random random, boolean absolute) {
        StringBuilder path = new StringBuilder(absolute ? "/" : "");
        int components = 1 + random.nextInt(5);
        for (int i = 0; i < components; i++) {
            if (i > 0) {
                path.append(random.nextInt(6) == 0 ? "//" : "/");
            }
            int kind = random.nextInt(10);
            path.append(kind == 0 ? "." : kind <= 2 ? ".." : name(random));
        }
        if (random.nextInt(6) == 0) {
            path.append('/');
        }
        return path.toString();
    }

    private void clear() throws IOException {
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException error) throws IOException {
                if (!directory.equals(top)) {
                    Files.delete(directory);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Test
    void givesTheKernelsErrorsAtTheEdges() throws IOException {
        Files.writeString(top.resolve("file"), "x");
        Files.createSymbolicLink(top.resolve("loop"), Path.of("loop"));
        Files.createSymbolicLink(top.resolve("dangling"), Path.of("/new"));
        Path long1 = Files.createDirectory(top.resolve("d"));
        Files.createSymbolicLink(long1.resolve("l"), Path.of("/" + "d/../".repeat(700) + "file"));
        List<String> paths = List.of(
                "/", "//", "/.", "/..", "/../file", "file/", "file/x", "file/..", "loop", "loop/x", "dangling",
                "dangling/", "x".repeat(255), "x".repeat(256), "d/l", "d/l/", "d/./l", "/d/../d/l");
        for (String path : paths) {
            for (int flags : new int[] {0, OpenFlags.O_PATH, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW,
                OpenFlags.O_NOFOLLOW, OpenFlags.O_WRONLY, OpenFlags.O_DIRECTORY,
                OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL,
                OpenFlags.O_CREAT | OpenFlags.O_DIRECTORY}) {
                if (path.startsWith("x".repeat(255)) && (flags & OpenFlags.O_CREAT) != 0) {
                    continue;
                }
                String mine = ours(null, path, flags, 0);
                String native_ = natively(rootDescriptor, path, flags, Fcntl.RESOLVE_IN_ROOT);
                assertThat(mine).as("%s with %o", path, flags).isEqualTo(native_);
            }
        }
        assertThat(ours(null, "", 0, 0)).isEqualTo("ENOENT");
        assertThat(ours(null, "dangling", OpenFlags.O_CREAT | OpenFlags.O_WRONLY, 0)).endsWith("100600");
        assertThat(top.resolve("new")).exists();
    }

    @Test
    void walksPathsLongerThanPathMaxByRelativeSteps() {
        OpenFile here = fs.open(null, "/", OpenFlags.O_PATH, 0);
        String name = "n".repeat(250);
        for (int i = 0; i < 20; i++) {
            fs.makeDirectory(here, name, 0755);
            OpenFile next = fs.open(here, name, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
            here.release();
            here = next;
        }
        assertThat(ours(here, "..", OpenFlags.O_PATH, 0))
                .isEqualTo(natively(here.hostDescriptor(), "..", OpenFlags.O_PATH, 0));
        assertThat(ours(here, "../".repeat(19) + name, OpenFlags.O_PATH, 0))
                .isEqualTo(ours(null, "/" + name + "/" + name, OpenFlags.O_PATH, 0));
        assertThat(ours(here, "../".repeat(30), OpenFlags.O_PATH, 0))
                .isEqualTo(ours(null, "/", OpenFlags.O_PATH, 0));
        for (int i = 0; i < 20; i++) {
            OpenFile parent = fs.open(here, "..", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
            fs.remove(parent, name, true);
            here.release();
            here = parent;
        }
        here.release();
    }

    @Test
    void neverLeavesItsRoot(@TempDir Path outside) throws Exception {
        Files.writeString(outside.resolve("secret"), "secret");
        Files.createDirectories(top.resolve("a/b/c"));
        Files.createSymbolicLink(top.resolve("abs"), outside.resolve("secret"));
        Files.createSymbolicLink(top.resolve("up"), Path.of("../../../../../../../../.." + outside + "/secret"));
        assertThat(ours(null, "/abs", 0, 0)).isEqualTo("ENOENT");
        assertThat(ours(null, "/up", 0, 0)).isEqualTo("ENOENT");
        assertThat(ours(null, "/../../.." + outside + "/secret", 0, 0)).isEqualTo("ENOENT");

        // A directory that somebody moves out of the root leads on to nothing above it.
        OpenFile moved = fs.open(null, "/a/b/c", OpenFlags.O_PATH, 0);
        Files.move(top.resolve("a/b"), outside.resolve("b"));
        assertThat(ours(moved, "..", OpenFlags.O_PATH, 0)).isEqualTo("ENOENT");
        assertThat(ours(moved, "../../secret", OpenFlags.O_PATH, 0)).isEqualTo("ENOENT");
        fs.changeDirectory(moved);
        assertThat(fs.workingDirectory()).isNull();
        moved.release();
    }

    @Test
    void racesWithRenamesDoNotLeadOut(@TempDir Path outside) throws Exception {
        Path secret = Files.writeString(outside.resolve("secret"), "secret");
        long inode = (Long) Files.getAttribute(secret, "unix:ino");
        Files.createDirectories(top.resolve("x/y/z"));
        Files.createSymbolicLink(top.resolve("link"), outside);
        Files.createDirectory(top.resolve("dir"));
        AtomicBoolean stop = new AtomicBoolean();
        Thread racer = new Thread(() -> {
            while (!stop.get()) {
                swap("link", "dir");
                try {
                    Files.move(top.resolve("x/y"), top.resolve("y"));
                    Files.move(top.resolve("y"), top.resolve("x/y"));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        });
        racer.start();
        try {
            OpenFile deep = fs.open(null, "/x", OpenFlags.O_PATH, 0);
            for (int i = 0; i < 3000; i++) {
                assertThat(ours(null, "/link/secret", 0, 0)).doesNotStartWith(inode + " ");
                assertThat(ours(null, "/dir/secret", 0, 0)).doesNotStartWith(inode + " ");
                assertThat(ours(deep, "y/../../../../../.." + outside + "/secret", 0, 0))
                        .doesNotStartWith(inode + " ");
            }
            deep.release();
        } finally {
            stop.set(true);
            racer.join();
        }
    }

    private void swap(String a, String b) {
        try (NativeBuffer first = NativeBuffer.ofCString(a); NativeBuffer second = NativeBuffer.ofCString(b)) {
            Linux.renameat2(rootDescriptor, first.address(), rootDescriptor, second.address(), Fcntl.RENAME_EXCHANGE);
        }
    }

    @Test
    void theHostsProcIsOutOfReach() throws IOException {
        // A root with procfs somewhere unexpected: every way to it is refused.
        try (FsContext host = GuestFiles.context(null, null, 022, () -> null)) {
            String mine = "/proc/" + ProcessHandle.current().pid() + "/mem";
            for (String path : List.of(mine, "/proc/self/mem", "/proc/thread-self/mem", "/dev/fd/0",
                    "/proc/self/root/etc/passwd", "/dev/../proc/self/maps", "/proc/../proc/1/maps", "/proc/kcore",
                    "/dev/core", "/dev/mem", "/dev/kvm" /* no driver */, "/dev/kmsg")) {
                assertThatThrownBy(() -> host.open(null, path, 0, 0))
                        .as(path)
                        .isInstanceOf(ErrnoException.class);
            }
            Path link = Files.createSymbolicLink(top.resolve("p"), Path.of("/proc/self/environ"));
            assertThatThrownBy(() -> host.open(null, link.toString(), 0, 0)).isInstanceOf(ErrnoException.class);
            Files.delete(link);
        }
    }

    @Test
    void deviceFilesAreFoundOutWhereverTheyLie() {
        String kmsg = top.resolve("kmsg").toString();
        try (NativeBuffer path = NativeBuffer.ofCString(kmsg)) {
            long made = Linux.call(SyscallNumbers.SYS_mknodat, Fcntl.AT_FDCWD, path.address(), Stat.S_IFCHR | 0666,
                    FileStatus.encode(1, 11));
            org.junit.jupiter.api.Assumptions.assumeTrue(made == 0, "mknod needs privileges");
        }
        assertThat(ours(null, "/kmsg", 0, 0)).isEqualTo("EACCES");
        assertThat(ours(null, "/kmsg", OpenFlags.O_PATH, 0)).contains(" 20");
        assertThatThrownBy(() -> fs.makeNode(null, "/mem", Stat.S_IFCHR | 0666, FileStatus.encode(1, 1)))
                .hasMessage("EPERM");
    }

    @Test
    void changesDirectoriesLikeTheKernel() throws IOException {
        fs.makeDirectory(null, "/one", 0777);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(top.resolve("one"))))
                .isEqualTo("rwxr-xr-x");
        fs.umask(0);
        fs.makeDirectory(null, "/two/", 0777);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(top.resolve("two"))))
                .isEqualTo("rwxrwxrwx");
        assertThat(error(() -> fs.makeDirectory(null, "/one", 0777))).isEqualTo(Errno.EEXIST);
        assertThat(error(() -> fs.makeDirectory(null, "/", 0777))).isEqualTo(Errno.EEXIST);
        assertThat(error(() -> fs.makeDirectory(null, "/one/..", 0777))).isEqualTo(Errno.EEXIST);
        assertThat(error(() -> fs.makeDirectory(null, "/none/x", 0777))).isEqualTo(Errno.ENOENT);
        assertThat(error(() -> fs.remove(null, "/one/.", true))).isEqualTo(Errno.EINVAL);
        assertThat(error(() -> fs.remove(null, "/one/..", true))).isEqualTo(Errno.ENOTEMPTY);
        assertThat(error(() -> fs.remove(null, "/", true))).isEqualTo(Errno.EBUSY);
        assertThat(error(() -> fs.remove(null, "/proc", true))).isEqualTo(Errno.EBUSY);
        assertThat(error(() -> fs.rename(null, "/proc", null, "/p", 0))).isEqualTo(Errno.EBUSY);
        assertThat(error(() -> fs.remove(null, "/one", false))).isEqualTo(Errno.EISDIR);
        fs.makeSymbolicLink("/two", null, "/one/link");
        assertThat(fs.readLink(null, "/one/link")).isEqualTo("/two");
        assertThat(fs.realPath(null, "/one/link")).isEqualTo("/two");
        fs.makeLink(null, "/one/link", null, "/two/link", false);
        assertThat(fs.readLink(null, "/two/link")).isEqualTo("/two");
        fs.rename(null, "/one/link", null, "/moved", 0);
        assertThat(top.resolve("moved")).isSymbolicLink();
        fs.changeDirectory(null, "/moved");
        assertThat(fs.workingDirectory()).isEqualTo("/two");
        fs.rename(null, "/two", null, "/zwei", 0);
        assertThat(fs.workingDirectory()).isEqualTo("/zwei");
        fs.remove(null, "link", false);
        fs.remove(null, "/zwei", true);
        assertThat(fs.workingDirectory()).isNull();
        assertThat(ours(null, "..", OpenFlags.O_PATH, 0)).isEqualTo(ours(null, "/", OpenFlags.O_PATH, 0));
    }

    private static int error(Runnable action) {
        try {
            action.run();
            return 0;
        } catch (ErrnoException e) {
            return e.errno();
        }
    }
}
