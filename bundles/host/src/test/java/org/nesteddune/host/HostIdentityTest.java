package org.nesteddune.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;

class HostIdentityTest {

    private static final long DAC_OVERRIDE = 1L << 1;
    private static final long KILL = 1L << 5;
    private static final long ALL = -1;

    private static final HostIdentity SOMEBODY = HostIdentity.of(4711, 4712, new int[] {4714, 4713}, KILL);

    @TempDir
    private Path directory;

    private static <T> T inThread(Callable<T> action) throws Exception {
        FutureTask<T> task = new FutureTask<>(action);
        new Thread(task).start();
        return task.get();
    }

    /** Lines of the calling thread's status in the host, by name, their words separated by single blanks. */
    private static Map<String, String> status() throws Exception {
        return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
            .map(line -> line.split(":", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1].strip().replaceAll("\\s+", " ")));
    }

    private static void needsRoot() {
        assumeTrue(HostIdentity.isFree(), "only a process with CAP_SETUID and CAP_SETGID can do this");
    }

    private static long open(Path file, int flags) {
        try (NativeBuffer path = NativeBuffer.ofCString(file.toString())) {
            long descriptor = Linux.open(path.address(), flags | OpenFlags.O_CLOEXEC, 0644);
            if (descriptor >= 0) {
                Linux.close((int) descriptor);
                return 0;
            }
            return descriptor;
        }
    }

    @Test
    void aThreadBecomesSomebodyAndIsTheProcessAgain() throws Exception {
        needsRoot();
        List<Map<String, String>> seen = inThread(() -> {
            List<Map<String, String>> all = new ArrayList<>();
            all.add(status());
            assertThat(SOMEBODY.assume()).isZero();
            assertThat(HostIdentity.present()).isSameAs(SOMEBODY);
            all.add(status());
            assertThat(HostIdentity.PROCESS.assume()).isZero();
            all.add(status());
            return all;
        });
        assertThat(seen.get(1).get("Uid")).endsWith(" 4711");
        assertThat(seen.get(1).get("Gid")).endsWith(" 4712");
        assertThat(seen.get(1).get("Groups")).isEqualTo("4713 4714");
        assertThat(Long.parseUnsignedLong(seen.get(1).get("CapEff"), 16)).isEqualTo(KILL);
        for (String name : List.of("Uid", "Gid", "Groups", "CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")) {
            assertThat(seen.get(2).get(name)).as(name).isEqualTo(seen.get(0).get(name));
            assertThat(status().get(name)).as(name).isEqualTo(seen.get(0).get(name));
        }
    }

    @Test
    void theHostDecidesByIt() throws Exception {
        needsRoot();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path secret = Files.writeString(directory.resolve("secret"), "s", StandardCharsets.UTF_8);
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        Path mine = directory.resolve("mine");
        assertThat(inThread(() -> {
            SOMEBODY.assume();
            assertThat(open(mine, OpenFlags.O_CREAT | OpenFlags.O_WRONLY)).isZero();
            assertThat(HostIdentity.asProcess(() -> open(secret, OpenFlags.O_RDONLY))).isZero();
            return open(secret, OpenFlags.O_RDONLY);
        })).isEqualTo(-Errno.EACCES);
        assertThat(Files.getAttribute(mine, "unix:uid")).isEqualTo(4711);
        assertThat(Files.getAttribute(mine, "unix:gid")).isEqualTo(4712);
    }

    @Test
    void aCapabilityLessIsSomebodyElse() throws Exception {
        needsRoot();
        Path locked = Files.createFile(directory.resolve("locked"));
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("---------"));
        HostIdentity weak = HostIdentity.of(0, 0, new int[0], ALL & ~DAC_OVERRIDE & ~(1L << 2));
        assertThat(inThread(() -> {
            weak.assume();
            return open(locked, OpenFlags.O_RDWR);
        })).isEqualTo(-Errno.EACCES);
    }

    @Test
    void aNewThreadIsWhatItsMakerIs() throws Exception {
        needsRoot();
        assertThat(inThread(() -> {
            SOMEBODY.assume();
            return inThread(() -> {
                assertThat(HostIdentity.present()).isSameAs(SOMEBODY);
                assertThat(status().get("Uid")).endsWith(" 4711");
                return HostIdentity.PROCESS.assume() + " " + status().get("Uid");
            });
        })).isEqualTo("0 " + status().get("Uid"));
    }

    @Test
    void theProcessStaysDumpable() throws Exception {
        needsRoot();
        long before = Linux.call(SyscallNumbers.SYS_prctl, org.nesteddune.linux.Prctl.PR_GET_DUMPABLE, 0, 0, 0, 0);
        inThread(SOMEBODY::assume);
        assertThat(Linux.call(SyscallNumbers.SYS_prctl, org.nesteddune.linux.Prctl.PR_GET_DUMPABLE, 0, 0, 0, 0))
            .isEqualTo(before);
    }

    @Test
    void withoutPrivilegeThereIsOnlyTheProcess() throws Exception {
        assertThat(HostIdentity.present()).isSameAs(HostIdentity.PROCESS);
        assertThat(HostIdentity.PROCESS.assume()).isZero();
        if (!HostIdentity.isFree()) {
            assertThat(inThread(SOMEBODY::assume)).isEqualTo(-Errno.EPERM);
            assertThat(HostIdentity.present()).isSameAs(HostIdentity.PROCESS);
        }
    }

    @Test
    void theSameIsRecognised() throws Exception {
        Map<String, String> status = status();
        int user = Integer.parseInt(status.get("Uid").split(" ")[3]);
        int group = Integer.parseInt(status.get("Gid").split(" ")[3]);
        int[] groups = java.util.Arrays.stream(status.get("Groups").split(" "))
            .filter(word -> !word.isEmpty())
            .mapToInt(Integer::parseInt)
            .toArray();
        long effective = Long.parseUnsignedLong(status.get("CapEff"), 16);
        assertThat(HostIdentity.of(user, group, groups, effective)).isSameAs(HostIdentity.PROCESS);
        assertThat(SOMEBODY)
            .isEqualTo(HostIdentity.of(4711, 4712, new int[] {4713, 4714}, KILL))
            .hasToString("user 4711, group 4712, groups [4713, 4714], capabilities "
                + Long.toHexString(HostIdentity.isFree() ? KILL : 0));
    }
}
