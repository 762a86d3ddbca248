package org.nesteddune.migration;

import static org.nesteddune.host.SyscallNumbers.SYS_get_robust_list;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.NativeProgram;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.GuestTimer;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Prctl;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Signal;

/**
 * Finds out what a native process has told the kernel about itself: what proc(5) says, and what only the process itself can ask for.
 * For the thread that traces.
 */
final class NativeState {

    private static final int TIMERS = 3;

    /** {@code linux/membarrier.h}: MEMBARRIER_CMD_GET_REGISTRATIONS. */
    private static final int REGISTRATIONS = 1 << 9;

    /** {@code personality} that changes nothing. */
    private static final long PERSONALITY_OF_NOW = 0xffffffffL;

    private final Shell shell;
    private final SyscallNumbers numbers;
    private final ProcFiles proc;
    private final List<byte[]> actions = new ArrayList<>();
    private final List<GuestTimer.Setting> timers = new ArrayList<>();
    private long breakEnd;
    private NativeProgram.Settings settings;
    private Limits limits;

    NativeState(Shell shell, SyscallNumbers numbers) {
        this.shell = shell;
        this.numbers = numbers;
        this.proc = new ProcFiles(shell.pid());
    }

    /** Has the first thread ask the kernel. Must be the first thing that it does: later a SIGTRAP that was ignored is not so any more. */
    void ask() throws EscapeException {
        askForHandlers();
        askForLimits();
    }

    private void askForLimits() throws EscapeException {
        Script script = new Script(shell, numbers, shell.pid());
        script.room(Resource.RLIM_NLIMITS, Resource.RLIM_NLIMITS * KernelStructures.LIMIT);
        List<Long> places = new ArrayList<>();
        for (int resource = 0; resource < Resource.RLIM_NLIMITS; resource++) {
            places.add(script.space(KernelStructures.LIMIT));
            script.add("prlimit64", "say what its limits are", 0, resource, 0, places.get(resource));
        }
        script.run();
        limits = new Limits(
                places.stream().mapToLong(place -> Memory.getLong(script.own(place))).toArray(),
                places.stream().mapToLong(place -> Memory.getLong(script.own(place) + 8)).toArray());
    }

    private void askForHandlers() throws EscapeException {
        Script script = new Script(shell, numbers, shell.pid());
        script.room(Signal.NSIG + TIMERS + 5, Signal.NSIG * KernelStructures.SIGNAL_ACTION + TIMERS * KernelStructures.TIMER + 16);
        List<Long> places = new ArrayList<>();
        for (int signal = 1; signal <= Signal.NSIG; signal++) {
            places.add(script.space(KernelStructures.SIGNAL_ACTION));
            script.add("rt_sigaction", "say what it does about a signal", signal, 0, places.get(signal - 1), KernelStructures.SIGNAL_SET);
        }
        long subreaper = script.space(Integer.BYTES);
        long timer = script.space(TIMERS * KernelStructures.TIMER);
        int next = Signal.NSIG;
        for (int which = 0; which < TIMERS; which++) {
            script.add("getitimer", "say what timers it has", which, timer + (long) which * KernelStructures.TIMER);
            next++;
        }
        script.add("brk", "say where its heap ends", 0);
        script.add("prctl", "say whether it can be dumped", Prctl.PR_GET_DUMPABLE);
        script.attempt("prctl", Prctl.PR_GET_CHILD_SUBREAPER, subreaper);
        script.attempt("prctl", Prctl.PR_GET_THP_DISABLE);
        script.attempt("membarrier", REGISTRATIONS, 0, 0);
        script.run();
        for (long place : places) {
            actions.add(bytes(script.own(place), KernelStructures.SIGNAL_ACTION));
        }
        for (int which = 0; which < TIMERS; which++) {
            long at = script.own(timer + (long) which * KernelStructures.TIMER);
            long interval = KernelStructures.time(at);
            long left = KernelStructures.time(at + 16);
            // With an interval and no time left its signal waits to be taken; only then the kernel sets it anew.
            timers.add(new GuestTimer.Setting(left == 0 ? interval : left, interval));
        }
        breakEnd = script.result(next);
        settings = new NativeProgram.Settings(
                (int) script.result(next + 1),
                coreFilter(),
                Memory.getInt(script.own(subreaper)) != 0,
                script.result(next + 3) > 0,
                (int) Math.max(0, script.result(next + 4)));
    }

    private static byte[] bytes(long address, int length) {
        byte[] content = new byte[length];
        Memory.copyFrom(address, content, 0, length);
        return content;
    }

    private int coreFilter() {
        String filter = proc.textIfThere("coredump_filter").strip();
        return filter.isEmpty() ? 0x33 : Integer.parseInt(filter, 16);
    }

    /** Whether it has been found out what the process does about signals. */
    boolean hasAsked() {
        return !actions.isEmpty();
    }

    /** {@code struct sigaction} of the kernel for a signal. */
    byte[] action(int signal) {
        return actions.get(signal - 1).clone();
    }

    NativeProgram program(int elfMachine) throws EscapeException {
        Map<String, String> status = proc.fields("status");
        String[] stat = proc.stat();
        Map<Integer, SignalAction> handled = new HashMap<>();
        for (int signal = 1; signal <= Signal.NSIG; signal++) {
            ByteBuffer action = Script.buffer(actions.get(signal - 1));
            SignalAction value = new SignalAction(
                    action.getLong(0), action.getLong(8), action.getLong(16), new SignalSet(action.getLong(24), 0));
            if (value.handler() != SignalAction.DEFAULT || value.flags() != 0) {
                handled.put(signal, value);
            }
        }
        String executable = proc.link("exe");
        return new NativeProgram(
                shell.pid(),
                Integer.parseInt(stat[1]),
                elfMachine,
                executable,
                file(),
                status.get("Name"),
                proc.bytes("cmdline"),
                proc.bytes("environ"),
                proc.bytes("auxv"),
                bounds(stat),
                breakEnd,
                credentials(status),
                Integer.parseInt(status.get("Umask"), 8),
                proc.link("cwd"),
                limits,
                handled,
                timers,
                settings);
    }

    private RunningPrograms.Program file() throws EscapeException {
        try (NativeBuffer status = new NativeBuffer(HostStatus.STATX_SIZE + 1)) {
            FileStatus file = new FileStatus();
            if (HostStatus.ofHost("/proc/" + shell.pid() + "/exe", file) != 0) {
                throw new EscapeException("its program cannot be found");
            }
            return new RunningPrograms.Program(file.device, file.inode);
        }
    }

    /** Fields of proc(5), the first of {@code stat} here being its third. */
    private static Process.ProgramBounds bounds(String[] stat) {
        long[] values = new long[52];
        for (int field : new int[] {26, 27, 28, 45, 46, 47, 48, 49, 50, 51}) {
            values[field] = Long.parseUnsignedLong(stat[field - 3]);
        }
        return new Process.ProgramBounds(
                values[26], values[27], values[45], values[46], values[47], values[28], values[48], values[49], values[50],
                values[51]);
    }

    private static Credentials credentials(Map<String, String> status) {
        int[] uids = ids(status.get("Uid"));
        int[] gids = ids(status.get("Gid"));
        List<Integer> groups = new ArrayList<>();
        for (int group : ids(status.get("Groups"))) {
            groups.add(group);
        }
        return new Credentials(
                uids[0], uids[1], uids[2], uids[3], gids[0], gids[1], gids[2], gids[3], groups,
                new Capabilities(
                        ProcFiles.set(status, "CapEff"), ProcFiles.set(status, "CapPrm"), ProcFiles.set(status, "CapInh"), ProcFiles.set(status, "CapBnd"),
                        ProcFiles.set(status, "CapAmb"), 0));
    }

    private static int[] ids(String text) {
        String stripped = text.strip();
        if (stripped.isEmpty()) {
            return new int[0];
        }
        String[] words = stripped.split("\\s+");
        int[] ids = new int[words.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Integer.parseUnsignedInt(words[i]);
        }
        return ids;
    }

    /** Where a thread's handlers run, and what it has told about itself. */
    record Told(AlternateStack stack, TaskSettings settings) {}

    /** Has a thread ask the kernel about itself. */
    Told told(int tid) throws EscapeException {
        Script script = new Script(shell, numbers, tid);
        script.room(4, KernelStructures.STACK + 16);
        long stack = script.space(KernelStructures.STACK);
        long clear = script.space(Long.BYTES);
        script.add("sigaltstack", "say where its handlers run", 0, stack);
        script.add("prctl", "say where its number is", Prctl.PR_GET_TID_ADDRESS, clear);
        script.add("prctl", "say what its timer slack is", Prctl.PR_GET_TIMERSLACK);
        script.add("personality", "say what its personality is", PERSONALITY_OF_NOW);
        script.run();
        TaskSettings settings = new TaskSettings();
        settings.clearChildTid(Memory.getLong(script.own(clear)));
        settings.timerSlack(script.result(2));
        settings.personality((int) script.result(3));
        settings.robustListHead(robustList(tid));
        ProcFiles thread = new ProcFiles(tid);
        settings.nice(Integer.parseInt(thread.stat()[19 - 3]));
        if ("1".equals(thread.fields("status").get("NoNewPrivs"))) {
            settings.setNoNewPrivileges();
        }
        long at = script.own(stack);
        return new Told(
                new AlternateStack(
                        Memory.getLong(at), Memory.getInt(at + 8) & ~Signal.SS_ONSTACK, Memory.getLong(at + 16)),
                settings);
    }

    private static long robustList(int tid) throws EscapeException {
        try (NativeBuffer words = new NativeBuffer(2 * Long.BYTES)) {
            long result = Linux.call(
                    SYS_get_robust_list, tid, words.address(), words.address() + Long.BYTES);
            if (result < 0) {
                throw new EscapeException("its list of robust locks cannot be asked for: " + Errno.text((int) -result));
            }
            return Memory.getLong(words.address());
        }
    }
}
