package org.nesteddune.internal.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.GuestFiles;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.Dirent;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.testing.TestGuest;

class ProcTreeTest {

    @TempDir
    Path root;

    private TestGuest guest;

    @BeforeEach
    void start() {
        guest = new TestGuest(root);
    }

    @AfterEach
    void end() {
        guest.close();
    }

    private String read(String path) {
        return read(guest, path);
    }

    private static String read(TestGuest guest, String path) {
        OpenFile file = guest.fs().open(null, path, OpenFlags.O_RDONLY, 0);
        try {
            long buffer = guest.allocate(1 << 20);
            StringBuilder out = new StringBuilder();
            for (; ; ) {
                long got = ErrnoException.check(file.read(guest.task(), buffer, 1 << 20));
                if (got == 0) {
                    guest.memory().unmap(buffer, 1 << 20);
                    return out.toString();
                }
                out.append(guest.text(buffer, got));
            }
        } finally {
            file.release();
        }
    }

    /** Names in a directory, with {@code /} behind directories. */
    private static List<String> list(TestGuest guest, String path) {
        OpenFile file = guest.fs().open(null, path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
        try {
            List<String> names = new ArrayList<>();
            long buffer = guest.allocate(4096);
            for (long got; (got = ErrnoException.check(file.readDirectory(guest.task(), buffer, 4096))) > 0; ) {
                for (long at = 0; at < got; at += guest.memory().readShort(buffer + at + 16)) {
                    String name = guest.memory().readString(buffer + at + 19, 256);
                    boolean directory = guest.memory().readByte(buffer + at + 18) == Dirent.DT_DIR;
                    if (!name.equals(".") && !name.equals("..")) {
                        names.add(name + (directory ? "/" : ""));
                    }
                }
            }
            return names;
        } finally {
            file.release();
        }
    }

    @Test
    void selfIsTheGuest() {
        assertThat(guest.fs().readLink(null, "/proc/self")).isEqualTo("4711");
        assertThat(guest.fs().readLink(null, "/proc/thread-self")).isEqualTo("4711/task/4711");
        assertThat(read("/proc/self/cmdline")).isEqualTo("true\0-x\0");
        assertThat(read("/proc/self/environ")).isEqualTo("A=b\0");
        assertThat(read("/proc/self/stat")).startsWith("4711 (test) R 1 4711 4711 0 -1 ");
        assertThat(read("/proc/self/stat").strip().split(" ")).hasSize(52);
        assertThat(read("/proc/self/status")).contains("Name:\ttest\n", "Umask:\t0022\n", "Pid:\t4711\n",
                "Threads:\t1\n", "SigIgn:\t0000000000000000\n", "Cpus_allowed_list:\t");
        assertThat(read("/proc/self/statm").strip().split(" ")).hasSize(7);
        assertThat(read("/proc/self/limits")).contains("Max open files            1024                 1024    ");
        assertThat(read("/proc/self/maps")).contains("-").doesNotContain("libjvm");
        assertThat(read("/proc/thread-self/comm")).isEqualTo("test\n");
        assertThat(read("/proc/self/smaps")).contains("Rss: ", "Size: ").doesNotContain("libjvm");
        assertThat(read("/proc/self/smaps_rollup")).contains("[rollup]");
    }

    @Test
    void commCanBeWritten() {
        OpenFile comm = guest.fs().open(null, "/proc/self/comm", OpenFlags.O_RDWR, 0);
        assertThat(comm.write(guest.task(), guest.string("new"), 3)).isEqualTo(3);
        comm.release();
        assertThat(read("/proc/self/comm")).isEqualTo("new\n");
        assertThatThrownBy(() -> guest.fs().open(null, "/proc/self/stat", OpenFlags.O_RDWR, 0)).hasMessage("EACCES");
    }

    @Test
    void memoryByOffset() {
        long text = guest.string("some text");
        long buffer = guest.allocate(4096);
        OpenFile memory = guest.fs().open(null, "/proc/self/mem", OpenFlags.O_RDWR, 0);
        assertThat(memory.readAt(guest.task(), buffer, 9, text)).isEqualTo(9);
        assertThat(guest.text(buffer, 9)).isEqualTo("some text");
        assertThat(memory.writeAt(guest.task(), buffer, 4, text + 5)).isEqualTo(4);
        assertThat(guest.text(text, 9)).isEqualTo("some some");
        assertThat(memory.readAt(guest.task(), buffer, 8192, text)).isEqualTo(4096);
        assertThat(memory.readAt(guest.task(), buffer, 8, 8)).isEqualTo(-5);
        memory.release();
    }

    @Test
    void linksLeadToTheObjectsThemselves() throws IOException {
        Files.writeString(root.resolve("file"), "content");
        OpenFile file = guest.fs().open(null, "/file", OpenFlags.O_RDWR, 0);
        guest.descriptors().set(5, file, false);
        assertThat(guest.fs().readLink(null, "/proc/self/fd/5")).isEqualTo("/file");
        assertThat(guest.fs().readLink(null, "/dev/fd/5")).isEqualTo("/file");
        guest.fs().rename(null, "/file", null, "/renamed", 0);
        assertThat(guest.fs().readLink(null, "/proc/self/fd/5")).isEqualTo("/renamed");
        assertThat(read("/proc/self/fd/5")).isEqualTo("content");
        Files.delete(root.resolve("renamed"));
        assertThat(guest.fs().readLink(null, "/proc/self/fd/5")).isEqualTo("/renamed (deleted)");
        assertThat(read("/proc/self/fd/5")).isEqualTo("content");
        assertThat(read("/proc/self/fdinfo/5")).contains("pos:\t0\n", "flags:\t0100002\n");
        FileStatus link = new FileStatus();
        guest.fs().status(null, "/proc/self/fd/5", false, link);
        assertThat(link.mode).isEqualTo(0120700);
        assertThat(list(guest, "/proc/self/fd")).contains("5").hasSize(1);
        assertThatThrownBy(() -> guest.fs().open(null, "/proc/self/fd/7", 0, 0)).hasMessage("ENOENT");

        Files.createDirectory(root.resolve("d"));
        Files.writeString(root.resolve("d/x"), "x");
        guest.fs().changeDirectory(null, "/d");
        assertThat(guest.fs().readLink(null, "/proc/self/cwd")).isEqualTo("/d");
        assertThat(read("/proc/self/cwd/x")).isEqualTo("x");
        assertThat(read("/proc/self/cwd/../d/x")).isEqualTo("x");
        assertThat(read("/proc/self/root/d/x")).isEqualTo("x");
        assertThatThrownBy(() -> read("/proc/self/root/../../../../etc/passwd")).hasMessage("ENOENT");
    }

    @Test
    void exeIsTheMappedFile() throws IOException {
        Files.createDirectories(root.resolve("bin"));
        Files.writeString(root.resolve("bin/true"), "program");
        OpenFile file = guest.fs().open(null, "/bin/true", 0, 0);
        guest.memory().map(new MapRequest(0, 4096, Mman.PROT_READ, Mman.MAP_PRIVATE, file, 0, ""));
        file.release();
        assertThat(guest.fs().readLink(null, "/proc/self/exe")).isEqualTo("/bin/true");
        assertThat(read("/proc/self/maps")).contains("/bin/true\n");
        Files.delete(root.resolve("bin/true"));
        assertThat(guest.fs().readLink(null, "/proc/self/exe")).isEqualTo("/bin/true (deleted)");
        assertThat(read("/proc/self/exe")).isEqualTo("program");
    }

    @Test
    void otherGuestsShowWhatPsNeedsAndNoMore() {
        try (TestGuest other = new TestGuest(root, 4712, guest)) {
            assertThat(list(guest, "/proc")).contains("4711/", "4712/");
            assertThat(read("/proc/4712/stat")).startsWith("4712 (test) R ");
            assertThat(read("/proc/4712/cmdline")).isEqualTo("true\0-x\0");
            assertThat(read("/proc/4712/status")).contains("Pid:\t4712\n");
            for (String name : List.of("mem", "maps", "environ", "auxv", "fd/0", "fdinfo/0", "cwd/x", "root/file",
                    "exe", "smaps", "task/4712/mem", "task/4712/root/file")) {
                assertThatThrownBy(() -> guest.fs().open(null, "/proc/4712/" + name, 0, 0))
                        .as(name)
                        .hasMessage("EACCES");
            }
            assertThatThrownBy(() -> guest.fs().readLink(null, "/proc/4712/exe")).hasMessage("EACCES");
            assertThatThrownBy(() -> guest.fs().open(null, "/proc/4712/comm", OpenFlags.O_WRONLY, 0))
                    .hasMessage("EACCES");
            assertThat(read(other, "/proc/self/environ")).isEqualTo("A=b\0");
        }
    }

    /** Opens everything that is listed: all can be read, nothing names the runtime. */
    @Test
    void nothingListedNamesTheRuntime() {
        String jvm = Long.toString(ProcessHandle.current().pid());
        Deque<String> directories = new ArrayDeque<>(List.of("/proc/"));
        Set<String> seen = new HashSet<>();
        while (!directories.isEmpty()) {
            String directory = directories.pop();
            for (String name : list(guest, directory)) {
                String path = directory + name;
                assertThat(seen.add(path)).as(path).isTrue();
                assertThat(name).isNotEqualTo(jvm + "/");
                if (name.endsWith("/")) {
                    directories.push(path);
                    continue;
                }
                FileStatus status = new FileStatus();
                guest.fs().status(null, path, false, status);
                if (!path.endsWith("/mem") && (status.mode & 0170000) == 0100000) {
                    try {
                        assertThat(read(path)).as(path).doesNotContain("libjvm");
                    } catch (ErrnoException unreadable) {
                        // Some of the host's files cannot be read by everybody, or not in this state.
                    }
                }
            }
        }
        assertThat(seen).contains("/proc/cpuinfo", "/proc/sys/kernel/ostype", "/proc/4711/task/4711/stat",
                "/proc/4711/net/dev");
        assertThat(read("/proc/sys/kernel/ostype")).isEqualTo("Linux\n");
        assertThat(read("/proc/net/dev")).contains("lo:");
        assertThat(read("/proc/mounts")).contains(" / ", "proc /proc proc ").doesNotContain(root.toString());
        assertThat(read("/proc/self/mountinfo")).contains(" / rw");
    }

    @Test
    void theHostsTreeCannotBeChanged() {
        for (String path : List.of("/proc/sys/kernel/hostname", "/proc/cpuinfo", "/proc/sys/vm/overcommit_memory")) {
            assertThatThrownBy(() -> guest.fs().open(null, path, OpenFlags.O_WRONLY, 0)).hasMessage("EACCES");
        }
        assertThatThrownBy(() -> guest.fs().open(null, "/proc/new", OpenFlags.O_CREAT | OpenFlags.O_WRONLY, 0))
                .hasMessage("ENOENT");
        assertThatThrownBy(() -> guest.fs().makeDirectory(null, "/proc/new", 0755)).hasMessage("ENOENT");
        assertThatThrownBy(() -> guest.fs().remove(null, "/proc/cpuinfo", false)).hasMessage("EPERM");
        assertThatThrownBy(() -> guest.fs().open(null, "/proc/kcore", 0, 0)).hasMessage("ENOENT");
        assertThatThrownBy(() -> guest.fs().open(null, "/proc/sysrq-trigger", OpenFlags.O_WRONLY, 0))
                .hasMessage("ENOENT");
        assertThat(GuestFiles.hostUmask()).isBetween(0, 0777);
    }
}
