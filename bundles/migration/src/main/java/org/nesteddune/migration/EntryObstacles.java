package org.nesteddune.migration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nesteddune.escape.EscapeException;

/** What keeps a native process out of dune: looked for by reading alone. Stateless. */
final class EntryObstacles {

    private static final int ELF_MACHINE = 18;
    private static final int ELF_CLASS = 4;
    private static final int CLASS_64 = 2;

    /** Namespaces in which the runtime acts for its guests. */
    private static final List<String> NAMESPACES = List.of("mnt", "net", "ipc", "uts", "user", "pid", "time");

    /** VmFlags of {@code proc(5)} and what they say of a mapping. */
    private static final Map<String, String> FLAGS = Map.of(
            "ht", "has large pages of hugetlbfs",
            "io", "is of a device",
            "pf", "is of a device",
            "ss", "is a shadow stack",
            "sl", "is sealed (mseal)",
            "um", "is watched by userfaultfd",
            "uw", "is watched by userfaultfd");

    /** Files without a name that become the guest's as they are, or are made again. */
    private static final Set<String> NAMELESS = Set.of(
            "anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[timerfd]", "anon_inode:[signalfd]",
            "anon_inode:inotify");

    private EntryObstacles() {}

    /**
     * Looks at everything.
     *
     * @return {@code e_machine} of the program
     * @throws EscapeException with one sentence about the first thing that is found
     */
    static int check(int pid) throws EscapeException {
        ProcFiles proc = new ProcFiles(pid);
        if (pid == ProcessHandle.current().pid()) {
            throw EscapeException.cannotEnter(pid, "it is this runtime");
        }
        String found;
        int machine;
        try {
            String state = state(proc);
            machine = machine(pid);
            found = first(
                    () -> state, () -> surroundings(proc), () -> mappings(NativeMap.parse(proc.text("smaps"))), () -> descriptors(proc));
        } catch (EscapeException unreadable) {
            throw EscapeException.cannotEnter(pid, unreadable.getMessage());
        }
        if (found != null) {
            throw EscapeException.cannotEnter(pid, found);
        }
        return machine;
    }

    /**
     * Looks once more at what can have changed until the process stood still.
     *
     * @throws EscapeException with one sentence about the first thing that is found
     */
    static void checkStopped(int pid) throws EscapeException {
        ProcFiles proc = new ProcFiles(pid);
        String found = first(() -> timers(proc), () -> mappings(NativeMap.parse(proc.text("smaps"))), () -> descriptors(proc));
        if (found != null) {
            throw EscapeException.cannotEnter(pid, found);
        }
    }

    /** Looks for one kind of obstacle; null if there is none. */
    private interface Look {

        String find() throws EscapeException;
    }

    private static String first(Look... looks) throws EscapeException {
        for (Look look : looks) {
            String found = look.find();
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static String state(ProcFiles proc) throws EscapeException {
        Map<String, String> status = proc.fields("status");
        char state = status.get("State").charAt(0);
        if (state == 'Z' || state == 'X') {
            return "it has ended";
        }
        if (state == 'T') {
            return "it is stopped; let it go on first (SIGCONT)";
        }
        if (!status.get("TracerPid").equals("0")) {
            return "process " + status.get("TracerPid") + " traces it";
        }
        if (!status.get("Tgid").equals(status.get("Pid"))) {
            return "it is a thread of process " + status.get("Tgid");
        }
        if (proc.hasTerminal() && proc.session() == Integer.parseInt(status.get("Pid"))) {
            return "it leads the session of its terminal, whose jobs it looks after; what it has started can enter";
        }
        if (!status.getOrDefault("Seccomp", "0").equals("0")) {
            return "it has restricted its system calls (seccomp)";
        }
        return timers(proc);
    }

    private static String timers(ProcFiles proc) {
        if (!proc.textIfThere("timers").isBlank()) {
            return "it has timers of timer_create";
        }
        return null;
    }

    private static int machine(int pid) throws EscapeException {
        try (FileChannel program = FileChannel.open(Path.of("/proc/" + pid + "/exe"))) {
            ByteBuffer header = ByteBuffer.allocate(ELF_MACHINE + 2).order(ByteOrder.LITTLE_ENDIAN);
            if (program.read(header) < header.capacity()) {
                throw new EscapeException("its program is no ELF file");
            }
            if (header.get(ELF_CLASS) != CLASS_64) {
                throw new EscapeException("its program is not one of 64 bits");
            }
            return Short.toUnsignedInt(header.getShort(ELF_MACHINE));
        } catch (IOException unreadable) {
            throw new EscapeException("its program cannot be read: you may not trace it, or it is a thread of the kernel");
        }
    }

    private static String surroundings(ProcFiles proc) throws EscapeException {
        ProcFiles own = new ProcFiles((int) ProcessHandle.current().pid());
        for (String each : NAMESPACES) {
            if (!proc.link("ns/" + each).equals(own.link("ns/" + each))) {
                return "it is in another namespace than this runtime (" + each + ")";
            }
        }
        if (!proc.link("root").equals("/")) {
            return "its root directory is not the host's";
        }
        return proc.link("cwd").endsWith(" (deleted)") ? "its working directory has been deleted" : null;
    }

    private static String mappings(List<NativeMap> maps) {
        for (NativeMap map : maps) {
            String reason = map.isKernels() ? null : reason(map);
            if (reason != null) {
                return "its mapping at 0x" + Long.toHexString(map.start()) + (map.name().isEmpty() ? "" : " (" + map.name() + ")")
                        + " " + reason;
            }
        }
        return null;
    }

    private static String reason(NativeMap map) {
        for (Map.Entry<String, String> flag : FLAGS.entrySet()) {
            if (map.has(flag.getKey())) {
                return flag.getValue();
            }
        }
        if (map.name().startsWith("/SYSV")) {
            return "is System V shared memory";
        }
        if (map.name().startsWith("/[aio]")) {
            return "is a context of asynchronous I/O (io_setup)";
        }
        if (map.name().startsWith("anon_inode:") || map.name().startsWith("socket:")) {
            return "is shared with the kernel";
        }
        return null;
    }

    private static String descriptors(ProcFiles proc) throws EscapeException {
        for (int number : proc.numbers("fd")) {
            String name;
            String information;
            try {
                name = proc.link("fd/" + number);
                information = proc.text("fdinfo/" + number);
            } catch (EscapeException closed) {
                continue;
            }
            String reason = descriptor(name, information);
            if (reason != null) {
                return "its descriptor " + number + " (" + name + ") " + reason;
            }
        }
        return null;
    }

    private static String descriptor(String name, String information) {
        if (name.startsWith("anon_inode:") && !NAMELESS.contains(name)) {
            return "is of a kind that no guest can have";
        }
        if (name.startsWith("/proc/") || name.equals("/proc") || name.startsWith("net:") || name.startsWith("mnt:")) {
            return "is about the host's processes, of which guests see none";
        }
        if (name.startsWith("/dev/") && !isPlainDevice(name)) {
            return "is a device, which guests have none of";
        }
        for (String line : information.split("\n")) {
            if (line.startsWith("lock:") && (line.contains("POSIX") || line.contains("LEASE"))) {
                return "holds record locks or a lease (fcntl)";
            }
        }
        return null;
    }

    private static boolean isPlainDevice(String name) {
        return name.startsWith("/dev/pts/") || name.startsWith("/dev/tty") || name.startsWith("/dev/shm/")
                || Set.of("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/console").contains(name);
    }
}
