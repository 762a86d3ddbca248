package org.nesteddune.internal.proc;

import java.util.List;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Terminal;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessGroup;
import org.nesteddune.kernel.SignalHandlers;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Usage;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.MemoryUsage;
import org.nesteddune.syscall.ErrnoException;

/**
 * What the text files of {@code /proc/PID} say. Formats of {@code array.c}, {@code base.c} and {@code task_mmu.c} in the
 * kernel's {@code fs/proc}.
 */
final class ProcessText {

    /** Nanoseconds in a tick of USER_HZ. */
    private static final long TICK = 10_000_000;

    private static final int KIB = 1024;

    /** MMF_DUMP_FILTER_MASK of linux/sched/coredump.h: nine kinds of mappings. */
    private static final int CORE_FILTER = 0x1ff;

    /** A limit's line: name and unit, in the order of the RLIMIT_* numbers. */
    private static final List<String[]> LIMITS = List.of(
            new String[] {"Max cpu time", "seconds"},
            new String[] {"Max file size", "bytes"},
            new String[] {"Max data size", "bytes"},
            new String[] {"Max stack size", "bytes"},
            new String[] {"Max core file size", "bytes"},
            new String[] {"Max resident set", "bytes"},
            new String[] {"Max processes", "processes"},
            new String[] {"Max open files", "files"},
            new String[] {"Max locked memory", "bytes"},
            new String[] {"Max address space", "bytes"},
            new String[] {"Max file locks", "locks"},
            new String[] {"Max pending signals", "signals"},
            new String[] {"Max msgqueue size", "bytes"},
            new String[] {"Max nice priority", ""},
            new String[] {"Max realtime priority", ""},
            new String[] {"Max realtime timeout", "us"});

    private final Process process;
    private final Task task;
    private final FsContext.Owner caller;

    /** @param task the thread that is meant, or null for the process */
    ProcessText(Process process, Task task, FsContext.Owner caller) {
        this.process = process;
        this.task = task;
        this.caller = caller;
    }

    /** The thread that speaks for all: the first one; null when none is left. */
    private Task main() {
        if (task != null) {
            return task;
        }
        List<Task> tasks = process.tasks();
        return tasks.isEmpty() ? null : tasks.get(0);
    }

    private String name() {
        return task != null ? task.name() : process.name();
    }

    String comm() {
        return name() + "\n";
    }

    String coreFilter() {
        return String.format("%08x%n", process.settings().coreFilter());
    }

    /** Takes a number as C writes it. */
    void coreFilter(String text) {
        try {
            process.settings().coreFilter((int) (Long.decode(text.strip()) & CORE_FILTER));
        } catch (NumberFormatException none) {
            throw new ErrnoException(Errno.EINVAL);
        }
    }

    void rename(String text) {
        Task main = main();
        if (main != null) {
            main.name(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
        }
    }

    String personality() {
        Task main = main();
        return String.format("%08x%n", main == null ? 0 : main.settings().personality());
    }

    private char state() {
        return task != null ? task.stateLetter() : process.stateLetter();
    }

    private int tracerPid() {
        Task one = task != null ? task : main();
        Task tracer = one == null ? null : one.tracing().tracer();
        return tracer == null ? 0 : tracer.process().pid();
    }

    /** The children that a thread's process has; the kernel lists each at the thread that made it. */
    String children() {
        StringBuilder out = new StringBuilder();
        if (task == main()) {
            process.children().forEach(child -> out.append(child.pid()).append(' '));
        }
        return out.toString();
    }

    String stat() {
        AddressSpace memory = process.memory();
        Process.ProgramBounds bounds = process.bounds();
        Usage usage = task == null ? process.usage() : task.hostThread().usage();
        Task main = main();
        Terminal terminal = process.terminal();
        ProcessGroup foreground = terminal == null ? null : process.group().session().foreground();
        SignalSets signals = new SignalSets(process, main);
        int nice = main == null ? 0 : main.settings().nice();
        StringBuilder out = new StringBuilder(400);
        out.append(task == null ? process.pid() : task.tid()).append(" (").append(name()).append(") ").append(state());
        append(out, process.parentPid(), process.processGroup(), process.session(),
                terminal == null ? 0 : terminal.device(), foreground == null ? -1 : foreground.id());
        Usage children = process.childrenUsage();
        append(out, 0, usage.minorFaults(), children.minorFaults(), usage.majorFaults(), children.majorFaults());
        append(out, usage.user() / TICK, usage.system() / TICK, children.user() / TICK, children.system() / TICK);
        append(out, 20 + nice, nice, Math.max(1, process.tasks().size()), 0, process.startTime() / TICK);
        append(out, memory.size(), memory.residentSize() / memory.pageSize());
        out.append(' ').append(Long.toUnsignedString(process.limits().soft(Resource.RLIMIT_RSS)));
        append(out, bounds.codeStart(), bounds.codeEnd(), bounds.stackStart(), 0, 0);
        append(out, standard(signals.pending), standard(signals.blocked), standard(signals.ignored), standard(signals.handled));
        append(out, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0); // wchan, swap, exit signal SIGCHLD, processor, policy, delays
        append(out, bounds.dataStart(), bounds.dataEnd(), bounds.breakStart(), bounds.argumentsStart(),
                bounds.argumentsEnd(), bounds.environmentStart(), bounds.environmentEnd(), 0);
        return out.append('\n').toString();
    }

    private static void append(StringBuilder out, long... values) {
        for (long value : values) {
            out.append(' ').append(value);
        }
    }

    String statm() {
        AddressSpace memory = process.memory();
        MemoryUsage usage = memory.usage();
        int page = memory.pageSize();
        return usage.total() / page + " " + memory.residentSize() / page + " 0 " + usage.executable() / page + " 0 "
                + (usage.data() + usage.stack()) / page + " 0\n";
    }

    String status() {
        Task main = main();
        Credentials user = main == null ? process.credentials() : main.credentials();
        StringBuilder out = new StringBuilder(1500);
        line(out, "Name", name());
        line(out, "Umask", String.format("%04o", process.fs().umask()));
        char state = state();
        line(out, "State", state + switch (state) {
            case 'R' -> " (running)";
            case 'S' -> " (sleeping)";
            case 'T' -> " (stopped)";
            case 't' -> " (tracing stop)";
            default -> " (zombie)";
        });
        line(out, "Tgid", process.pid());
        line(out, "Ngid", 0);
        line(out, "Pid", task == null ? process.pid() : task.tid());
        line(out, "PPid", process.parentPid());
        line(out, "TracerPid", tracerPid());
        line(out, "Uid", user.uid() + "\t" + user.effectiveUid() + "\t" + user.savedUid() + "\t" + user.fsUid());
        line(out, "Gid", user.gid() + "\t" + user.effectiveGid() + "\t" + user.savedGid() + "\t" + user.fsGid());
        line(out, "FDSize", process.descriptors().capacity());
        StringBuilder groups = new StringBuilder();
        user.groups().forEach(group -> groups.append(group).append(' '));
        line(out, "Groups", groups.append(groups.length() == 0 ? " " : "").toString());
        if (main != null) {
            memory(out);
        }
        line(out, "Threads", process.tasks().size());
        signals(out, main);
        capabilities(out, user.capabilities());
        line(out, "NoNewPrivs", main != null && main.settings().noNewPrivileges() ? 1 : 0);
        line(out, "Seccomp", 0);
        HostText.lines("/proc/self/status", "Cpus_allowed", "Cpus_allowed_list", "Mems_allowed", "Mems_allowed_list")
                .forEach(host -> out.append(host).append('\n'));
        return out.toString();
    }

    private void memory(StringBuilder out) {
        AddressSpace memory = process.memory();
        MemoryUsage usage = memory.usage();
        long resident = memory.residentSize();
        kilobytes(out, "VmPeak", usage.peak());
        kilobytes(out, "VmSize", usage.total());
        kilobytes(out, "VmLck", usage.locked());
        kilobytes(out, "VmPin", 0);
        kilobytes(out, "VmHWM", memory.peakResidentSize());
        kilobytes(out, "VmRSS", resident);
        kilobytes(out, "VmData", usage.data());
        kilobytes(out, "VmStk", usage.stack());
        Process.ProgramBounds bounds = process.bounds();
        long own = Math.max(0, bounds.codeEnd() - bounds.codeStart());
        kilobytes(out, "VmExe", own);
        kilobytes(out, "VmLib", Math.max(0, usage.executable() - own));
        kilobytes(out, "VmSwap", 0);
    }

    private void signals(StringBuilder out, Task main) {
        SignalSets sets = new SignalSets(process, main);
        line(out, "SigQ", process.table().signalQueues().count(process.credentials().uid()) + "/"
                + limit(process.limits().soft(Resource.RLIMIT_SIGPENDING)));
        line(out, "SigPnd", signalSet(sets.pending));
        line(out, "ShdPnd", signalSet(process.pendingSignals().set()));
        line(out, "SigBlk", signalSet(sets.blocked));
        line(out, "SigIgn", signalSet(sets.ignored));
        line(out, "SigCgt", signalSet(sets.handled));
    }

    /** By the numbers of the process's architecture, as many as that has. */
    private String signalSet(SignalSet generic) {
        GuestAbi abi = process.architecture().abi();
        return abi.signalSetToGuest(generic).hex(abi.signalSetSize());
    }

    /** Signals 1 to 31 by the numbers of the process's architecture. */
    private long standard(SignalSet generic) {
        return process.architecture().abi().signalSetToGuest(generic).low() & 0x7fff_ffff;
    }

    private static void capabilities(StringBuilder out, Capabilities sets) {
        line(out, "CapInh", hex(sets.inheritable()));
        line(out, "CapPrm", hex(sets.permitted()));
        line(out, "CapEff", hex(sets.effective()));
        line(out, "CapBnd", hex(sets.bounding()));
        line(out, "CapAmb", hex(sets.ambient()));
    }

    private static String hex(long set) {
        return String.format("%016x", set);
    }

    private static void line(StringBuilder out, String name, Object value) {
        out.append(name).append(":\t").append(value).append('\n');
    }

    private static void kilobytes(StringBuilder out, String name, long bytes) {
        out.append(String.format("%s:\t%8d kB%n", name, bytes / KIB));
    }

    String limits() {
        Limits limits = process.limits();
        StringBuilder out = new StringBuilder(1400);
        out.append(String.format("%-25s %-20s %-20s %-10s%n", "Limit", "Soft Limit", "Hard Limit", "Units"));
        for (int i = 0; i < Math.min(limits.count(), LIMITS.size()); i++) {
            out.append(String.format("%-25s %-20s %-20s %-10s%n", LIMITS.get(i)[0], limit(limits.soft(i)),
                    limit(limits.hard(i)), LIMITS.get(i)[1]));
        }
        return out.toString();
    }

    private static String limit(long value) {
        return value == Limits.INFINITY ? "unlimited" : Long.toUnsignedString(value);
    }

    String smaps() {
        return new HostMaps().smaps(process.memory(), false);
    }

    String smapsRollup() {
        return new HostMaps().smaps(process.memory(), true);
    }

    /** A process's signal state as bit sets. */
    private static final class SignalSets {
        final SignalSet pending;
        final SignalSet blocked;
        final SignalSet ignored;
        final SignalSet handled;

        SignalSets(Process process, Task main) {
            pending = main == null ? SignalSet.EMPTY : main.pendingSignals().set();
            blocked = main == null ? SignalSet.EMPTY : main.signalMask();
            SignalSet ignoredSet = SignalSet.EMPTY;
            SignalSet handledSet = SignalSet.EMPTY;
            SignalHandlers handlers = process.signalHandlers();
            for (int signal = 1; signal <= SignalSet.LAST; signal++) {
                SignalAction action = handlers.get(signal);
                if (action.isHandled()) {
                    handledSet = handledSet.with(signal);
                } else if (action.handler() == SignalAction.IGNORE) {
                    ignoredSet = ignoredSet.with(signal);
                }
            }
            ignored = ignoredSet;
            handled = handledSet;
        }
    }
}
