package org.nesteddune.migration;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.fs.Terminal;
import org.nesteddune.host.ThreadScheduling;
import org.nesteddune.kernel.GuestTimer;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Prctl;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/** Tells a new process what a guest has told the kernel about itself: handlers, timers, limits, names. */
final class StateMove {

    private static final int ROBUST_LIST_HEAD = 24;

    // PR_SET_MM of linux/prctl.h with struct prctl_mm_map: eleven addresses, the auxiliary vector, its size, a descriptor
    private static final int PR_SET_MM = 35;
    private static final int PR_SET_MM_MAP = 14;
    private static final int MM_MAP = 13 * 8;

    private final Script script;
    private final Process process;

    StateMove(Script script, Process process) {
        this.script = script;
        this.process = process;
    }

    /** Handlers of all signals but the one that the process stops by meanwhile. */
    void handlers() throws EscapeException {
        for (int signal = 1; signal <= Signal.NSIG; signal++) {
            if (signal != Signal.SIGKILL && signal != Signal.SIGSTOP && signal != Signal.SIGTRAP) {
                byte[] action = action(signal);
                script.room(1, action.length);
                script.add("rt_sigaction", "set a signal's handler", signal, script.data(action), 0, KernelStructures.SIGNAL_SET);
            }
        }
    }

    /** {@code struct sigaction} of the kernel: handler, flags, restorer, mask. */
    byte[] action(int signal) {
        SignalAction action = process.signalHandlers().get(signal);
        return Script.structure(KernelStructures.SIGNAL_ACTION)
                .putLong(action.handler())
                .putLong(action.flags())
                .putLong(action.restorer())
                .putLong(action.mask().low())
                .array();
    }

    /** Working directory, umask, and where the process stands among others. */
    void place(Descriptors passing) throws EscapeException {
        OpenFile directory;
        try {
            directory = process.fs().open(null, ".", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        } catch (ErrnoException gone) {
            throw new EscapeException("the guest's working directory cannot be opened: " + Errno.text(gone.errno()));
        }
        try {
            passing.pass(List.of(directory.hostDescriptor()));
        } finally {
            directory.release();
        }
        script.add("fchdir", "enter its working directory", 0);
        passing.closePassed(1);
        script.add("umask", "set its umask", process.fs().umask());
        Terminal terminal = process.terminal();
        if (process.session() == process.pid()) {
            if (!script.leadsSession()) {
                script.add("setsid", "begin a session");
            }
            if (terminal != null) {
                control(passing, terminal);
            }
        } else if (!script.isSettled() && terminal == null && process.processGroup() == process.pid()) {
            script.add("setpgid", "begin a process group", 0, 0);
        }
    }

    /** The host knew of no session that has the terminal; now it is the new process's. */
    private void control(Descriptors passing, Terminal terminal) throws EscapeException {
        int descriptor = (int) terminal.open(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC);
        if (descriptor < 0) {
            throw new EscapeException("the guest's terminal cannot be opened: " + Errno.text(-descriptor));
        }
        try {
            passing.pass(List.of(descriptor));
        } finally {
            Spawner.close(descriptor);
        }
        script.add("ioctl", "take its terminal", 0, Ioctl.TIOCSCTTY, 0);
        passing.closePassed(1);
    }

    /** What {@code ps} and {@code /proc} show of the program, and where its heap ends. */
    void program(Descriptors passing, long heapEnd) throws EscapeException {
        byte[] auxiliary = process.auxiliaryVector();
        OpenFile executable = executable();
        if (executable != null) {
            try {
                passing.pass(List.of(executable.hostDescriptor()));
            } finally {
                executable.release();
            }
        }
        script.room(3, 2 * (MM_MAP + auxiliary.length) + 64);
        long vector = script.data(auxiliary);
        if (executable != null) {
            // Another file than it began with takes privileges; without them /proc/PID/exe shows that.
            script.attempt("prctl", PR_SET_MM, PR_SET_MM_MAP, script.data(map(heapEnd, vector, auxiliary.length, 0)), MM_MAP);
        }
        script.add("prctl", "set where its parts lie",
                PR_SET_MM, PR_SET_MM_MAP, script.data(map(heapEnd, vector, auxiliary.length, -1)), MM_MAP);
        if (executable != null) {
            passing.closePassed(1);
        }
        if (process.settings().dumpable() == 0) {
            script.add("prctl", "forbid core files", Prctl.PR_SET_DUMPABLE, 0);
        }
        if (process.settings().hugePagesDisabled()) {
            script.add("prctl", "forbid large pages", Prctl.PR_SET_THP_DISABLE, 1);
        }
        if (process.settings().childSubreaper()) {
            script.add("prctl", "adopt orphans", Prctl.PR_SET_CHILD_SUBREAPER, 1);
        }
        for (int rest = process.settings().membarriers(); rest != 0; rest &= rest - 1) {
            script.add("membarrier", "register for membarrier", rest & -rest, 0, 0);
        }
    }

    private OpenFile executable() {
        try {
            OpenFile file = process.fs().open(null, process.executable(), OpenFlags.O_RDONLY, 0);
            if (file.hostDescriptor() >= 0) {
                return file;
            }
            file.release();
            return null;
        } catch (ErrnoException gone) {
            return null;
        }
    }

    private byte[] map(long heapEnd, long auxiliary, int auxiliaryLength, int executable) {
        Process.ProgramBounds bounds = process.bounds();
        return Script.structure(MM_MAP)
                .putLong(bounds.codeStart()).putLong(bounds.codeEnd())
                .putLong(bounds.dataStart()).putLong(bounds.dataEnd())
                .putLong(bounds.breakStart()).putLong(heapEnd)
                .putLong(bounds.stackStart())
                .putLong(bounds.argumentsStart()).putLong(bounds.argumentsEnd())
                .putLong(bounds.environmentStart()).putLong(bounds.environmentEnd())
                .putLong(auxiliary).putInt(auxiliaryLength).putInt(executable)
                .array();
    }

    /** Interval timers; they run from here on. */
    void timers(List<GuestTimer.Setting> settings) throws EscapeException {
        for (int which = 0; which < settings.size(); which++) {
            GuestTimer.Setting left = settings.get(which);
            if (left.value() != 0) {
                script.room(1, KernelStructures.TIMER);
                long setting = script.data(KernelStructures.timer(left.interval(), left.value()));
                script.add("setitimer", "set an interval timer", which, setting, 0);
            }
        }
    }

    /** Resource limits, of which some would be in the way of the making. Nobody is asked for more than the process may do itself. */
    void limits() throws EscapeException {
        Limits limits = process.limits();
        for (int resource = 0; resource < limits.count(); resource++) {
            script.room(1, KernelStructures.LIMIT);
            long pair = script.data(KernelStructures.limit(limits.soft(resource), limits.hard(resource)));
            script.add("prlimit64", "set resource limit " + resource, 0, resource, pair, 0);
        }
        script.run();
    }

    /** What a thread has told about itself. */
    static void thread(Script script, Task task, int tid) throws EscapeException {
        TaskSettings settings = task.settings();
        byte[] name = (task.name() + "\0").getBytes(StandardCharsets.ISO_8859_1);
        script.room(8, 128);
        script.add("prctl", "set its name", Prctl.PR_SET_NAME, script.data(name));
        script.add("set_tid_address", "say where its number is", settings.clearChildTid());
        if (settings.robustListHead() != 0) {
            script.add("set_robust_list", "say where its locks are", settings.robustListHead(), ROBUST_LIST_HEAD);
        }
        AlternateStack stack = task.alternateStack();
        if (stack.size() != 0) {
            byte[] structure = Script.structure(KernelStructures.STACK)
                    .putLong(stack.base()).putInt(stack.flags() & ~Signal.SS_ONSTACK).putInt(0).putLong(stack.size())
                    .array();
            script.add("sigaltstack", "set where its handlers run", script.data(structure), 0);
        }
        if (settings.timerSlack() != TaskSettings.DEFAULT_TIMER_SLACK) {
            script.add("prctl", "set its timer slack", Prctl.PR_SET_TIMERSLACK, settings.timerSlack());
        }
        if (settings.personality() != 0) {
            script.add("personality", "set its personality", settings.personality());
        }
        if (settings.noNewPrivileges()) {
            script.add("prctl", "renounce privileges", Prctl.PR_SET_NO_NEW_PRIVS, 1);
        }
        script.run();
        schedule(task, tid);
    }

    private static void schedule(Task task, int tid) throws EscapeException {
        ThreadScheduling wanted = task.hostThread().scheduling();
        if (wanted != null && !wanted.isLike(ThreadScheduling.of(tid))) {
            long result = wanted.applyTo(tid);
            if (result < 0) {
                throw new EscapeException("task " + task.tid() + " cannot be scheduled natively as it is in dune: "
                        + Errno.text((int) -result));
            }
        }
    }
}
