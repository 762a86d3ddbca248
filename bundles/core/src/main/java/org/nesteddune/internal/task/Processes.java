package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.fs.FileNotifier;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.LockTable;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.fs.Terminals;
import org.nesteddune.kernel.ChildEvent;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.PiFutexes;
import org.nesteddune.kernel.PidHandle;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.SignalQueues;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.kernel.Usage;
import org.nesteddune.kernel.ipc.IpcNamespace;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Time;
import org.nesteddune.linux.Wait;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.socket.SocketTable;

/**
 * The process table of a dune: who there is, who is whose child, and what parents learn of their children. One lock guards
 * the tree, as tasklist_lock does in the kernel; signals are sent under it, nothing is waited for. Thread-safe.
 */
public final class Processes implements ProcessTable {

    /** The pid that guests see as their parent where they have none: the runtime in the role of init. */
    public static final int RUNTIME_PID = 1;

    /** PID_MAX_LIMIT of linux/threads.h on 64-bit machines is 4 Mi; the default of kernel.pid_max is used here. */
    private static final int PID_MAX = 32768;

    /** USER_HZ ticks of siginfo's times. */
    private static final long TICK_NANOS = 10_000_000;

    private final Map<Integer, GuestProcess> processes = new ConcurrentHashMap<>();
    private final Map<Integer, GuestTask> tasks = new ConcurrentHashMap<>();
    private final Map<Integer, Reservation> reserved = new HashMap<>(); // guarded by tree
    private final ThreadLocal<GuestTask> current = new ThreadLocal<>();
    private final SignalQueues signalQueues = new SignalQueues();
    private final IpcNamespace ipc = new IpcNamespace(current::get);
    private final int taskLimit;
    private final Object tree = new Object();
    private final FileNotifier fileNotifier = new FileNotifier();
    private final PiFutexes piFutexes = new PiFutexes(this::task);
    private final LockTable recordLocks = new LockTable();
    private final RunningPrograms programs = new RunningPrograms();
    private SocketTable sockets;
    private final Sessions sessions = new Sessions(this, tree);
    private final Terminals terminals = new Terminals();
    private int lastPid = RUNTIME_PID;

    /** @param taskLimit greatest number of tasks at a time, as a control group's pids.max */
    public Processes(int taskLimit) {
        this.taskLimit = taskLimit;
    }

    // Ids.

    /**
     * Takes a pid or tid that is not in use, as a process group or session neither. It is the caller's until a task with it
     * is {@linkplain #add added}, or it is {@linkplain #giveBack given back}.
     *
     * @param job whose task it will be; null for the first task of a new job
     * @param user whose task it will be
     * @param userLimit greatest number of tasks that the user may have (RLIMIT_NPROC), unsigned
     * @throws ErrnoException EAGAIN if there are too many tasks
     */
    public int allocate(Job job, int user, long userLimit) {
        synchronized (tree) {
            int all = tasks.size() + reserved.size();
            boolean full = all >= taskLimit
                    || job != null && job.taskLimit() <= all && tasksOf(job) >= job.taskLimit()
                    || Long.compareUnsigned(userLimit, all) <= 0 && tasksOf(user) >= userLimit;
            for (int tried = 0; tried < PID_MAX && !full; tried++) {
                lastPid = lastPid + 1 >= PID_MAX ? RUNTIME_PID + 1 : lastPid + 1;
                if (!isUsed(lastPid)) {
                    reserved.put(lastPid, new Reservation(job, user));
                    return lastPid;
                }
            }
        }
        throw new ErrnoException(Errno.EAGAIN);
    }

    /** A number that is taken for a task that is being made. */
    private record Reservation(Job job, int user) {}

    /** Gives back what {@link #allocate} gave, when the task was not made after all. */
    public void giveBack(int id) {
        synchronized (tree) {
            reserved.remove(id);
        }
    }

    private boolean isUsed(int id) {
        return processes.containsKey(id) || tasks.containsKey(id) || reserved.containsKey(id) || sessions.isUsed(id);
    }

    private int tasksOf(int user) {
        int count = 0;
        for (GuestProcess process : processes.values()) {
            count += process.credentials().uid() == user ? Math.max(1, process.liveTasks().size()) : 0;
        }
        for (Reservation each : reserved.values()) {
            count += each.user == user ? 1 : 0;
        }
        return count;
    }

    /** Ended processes that nobody has waited for count too. */
    private int tasksOf(Job job) {
        int count = 0;
        for (GuestProcess process : processes.values()) {
            count += process.job() == job ? Math.max(1, process.liveTasks().size()) : 0;
        }
        for (Reservation each : reserved.values()) {
            count += each.job == job ? 1 : 0;
        }
        return count;
    }

    @Override
    public SignalQueues signalQueues() {
        return signalQueues;
    }

    @Override
    public GuestTask currentTask() {
        return current.get();
    }

    @Override
    public IpcNamespace ipc() {
        return ipc;
    }

    /** Who looks at files: the calling task's process, or the one given on a thread of the runtime's own. */
    FsContext.Owner viewOf(GuestProcess owner) {
        return viewOf(() -> owner);
    }

    /** As {@link #viewOf(GuestProcess)}, for a process that is being made. */
    public FsContext.Owner viewOf(Supplier<GuestProcess> owner) {
        return new FsContext.Owner() {
            @Override
            public Process process() {
                GuestTask task = current.get();
                return task == null ? owner.get() : task.process();
            }

            @Override
            public Task currentTask() {
                GuestTask task = current.get();
                return task != null ? task : FsContext.Owner.super.currentTask();
            }
        };
    }

    /** Says which task the calling thread runs; null when it has ended. */
    void current(GuestTask task) {
        if (task == null) {
            current.remove();
        } else {
            current.set(task);
        }
    }

    /** CLOCK_BOOTTIME in nanoseconds: the start time of a process that is made now. */
    public static long bootTime() {
        return Timespec.now(Time.CLOCK_BOOTTIME);
    }

    /** Gives back what is held for the guests as a whole; they have ended. */
    public void close() {
        sessions.close();
    }

    // The table.

    /** Adds a process that is entered, with its first task. */
    void add(GuestProcess process, GuestTask task) {
        synchronized (tree) {
            sessions.enter(process);
            processes.put(process.pid(), process);
            tasks.put(task.tid(), task);
            reserved.remove(task.tid());
        }
    }

    /**
     * Adds a process that a task makes, with its first task.
     *
     * @param visits {@link Sessions#visits} when the making began
     * @throws ErrnoException ERESTARTNOINTR if the maker ends, or has got a signal that was sent to a group meanwhile, which
     *     the child would miss
     */
    void add(GuestProcess process, GuestTask task, GuestTask maker, int visits) {
        synchronized (tree) {
            GuestProcess parent = process.kinship().parent();
            boolean ending = maker.isEnding() || parent != null && parent.isExiting();
            if (ending || sessions.visits() != visits && maker.hasDeliverableSignal()) {
                throw new ErrnoException(Errno.ERESTARTNOINTR);
            }
            if (parent != null) {
                parent.kinship().children.add(process);
            }
            sessions.inherit(process, maker.guestProcess());
            processes.put(process.pid(), process);
            tasks.put(task.tid(), task);
            reserved.remove(task.tid());
        }
    }

    /** Adds a further task of a process. */
    void add(GuestTask task) {
        synchronized (tree) {
            tasks.put(task.tid(), task);
            reserved.remove(task.tid());
        }
    }

    void remove(GuestTask task) {
        tasks.remove(task.tid(), task);
    }

    /** The task takes over the process's pid from a first task that has ended ({@code de_thread} of fs/exec.c). */
    void becomeLeader(GuestTask task) {
        tasks.remove(task.tid(), task);
        task.becomeLeader();
        tasks.put(task.tid(), task);
    }

    @Override
    public GuestProcess process(int pid) {
        return processes.get(pid);
    }

    @Override
    public Task task(int tid) {
        return tasks.get(tid);
    }

    @Override
    public PiFutexes piFutexes() {
        return piFutexes;
    }

    @Override
    public FileNotifier fileNotifier() {
        return fileNotifier;
    }

    @Override
    public RunningPrograms programs() {
        return programs;
    }

    @Override
    public LockTable recordLocks() {
        return recordLocks;
    }

    @Override
    public synchronized SocketTable sockets() {
        if (sockets == null) {
            sockets = new SocketTable();
        }
        return sockets;
    }

    @Override
    public Sessions jobs() {
        return sessions;
    }

    @Override
    public Terminals terminals() {
        return terminals;
    }

    @Override
    public void forEach(Consumer<Process> action) {
        synchronized (tree) {
            sessions.visit();
            processes().forEach(action);
        }
    }

    @Override
    public List<Process> processes() {
        List<Process> all = new ArrayList<>(processes.values());
        all.sort(Comparator.comparingInt(Process::pid));
        return all;
    }

    List<Process> children(GuestProcess parent) {
        synchronized (tree) {
            return List.copyOf(parent.kinship().children);
        }
    }

    Usage childrenUsage(GuestProcess parent) {
        synchronized (tree) {
            return parent.kinship().childrenUsage;
        }
    }

    // The end of processes.

    /** A process has ended: its children get another parent, and its own learns of it. */
    void ended(GuestProcess process) {
        List<GuestProcess> toWake = new ArrayList<>();
        synchronized (tree) {
            Kinship kin = process.kinship();
            sessions.leaderEnds(process);
            kin.becomeZombie();
            process.handle().become(PidHandle.State.ENDED);
            for (GuestProcess child : List.copyOf(kin.children)) {
                orphaned(child, process, toWake);
            }
            kin.children.clear();
            sessions.memberEnded(process);
            Tracers.forgetEnded(process);
            if (kin.parent() != null) {
                toWake.add(kin.parent());
            }
            GuestTask leader = process.leader();
            process.leaderTracer(leader == null ? null : leader.tracee().ended());
            kin.held = isForTracer(process);
            if (kin.held) {
                Tracers.traceeEnded(process.leader(), process.leaderTracer(), process.exitStatus(), process);
            } else {
                tellOfEnd(process);
            }
        }
        toWake.forEach(each -> each.kinship().waiting.wakeAll());
    }

    /** Whether another than its parent traced a process that has ended, and is to learn of it first. */
    private static boolean isForTracer(GuestProcess process) {
        GuestTask tracer = process.leaderTracer();
        return tracer != null
                && tracer.guestProcess() != process.kinship().parent()
                && !tracer.guestProcess().isExiting();
    }

    /** The tracer of an ended process has waited for it, or has ended itself: its parent learns of it. */
    void releaseHeld(GuestProcess process) {
        process.kinship().held = false;
        tellOfEnd(process);
        GuestProcess parent = process.kinship().parent();
        if (parent != null) {
            parent.kinship().waiting.wakeAll();
        }
    }

    /** A task has ended; its tracer learns of it, and those that it traces go on. */
    void taskEnded(GuestTask task) {
        synchronized (tree) {
            Tracers.tracerEnds(task);
            // Of its first task a process's tracer learns when all have ended.
            if (task.tid() != task.guestProcess().pid()) {
                GuestTask tracer = task.tracee().ended();
                if (tracer != null) {
                    Tracers.traceeEnded(task, tracer, task.endStatus(), null);
                }
            }
        }
    }

    /** A task that has made children ends while its process goes on. */
    void taskEnds(GuestTask task) {
        synchronized (tree) {
            for (GuestProcess child : task.guestProcess().kinship().children) {
                if (child.kinship().parentTid == task.tid()) {
                    parentDied(child, task.guestProcess());
                    child.kinship().parentTid = task.guestProcess().pid();
                }
            }
        }
    }

    private void orphaned(GuestProcess child, GuestProcess parent, List<GuestProcess> toWake) {
        GuestProcess heir = heir(parent);
        Kinship kin = child.kinship();
        kin.parent(heir);
        kin.parentTid = heir == null ? 0 : heir.pid();
        kin.exitSignal = Signal.SIGCHLD;
        if (heir != null) {
            heir.kinship().children.add(child);
            toWake.add(heir);
        }
        if (kin.isZombie() && !kin.held) {
            tellOfEnd(child);
        } else if (!kin.isZombie()) {
            parentDied(child, parent);
        }
        sessions.parentEnded(child, parent);
    }

    private static void parentDied(GuestProcess child, GuestProcess parent) {
        for (Task task : child.tasks()) {
            int signal = task.settings().parentDeathSignal();
            if (signal != 0) {
                // As if the parent had sent it (SEND_SIG_NOINFO).
                child.signal(SignalInfo.from(
                        signal, Signal.SI_USER, parent.pid(), parent.credentials().uid()));
            }
        }
    }

    /** The nearest ancestor that takes in orphans (PR_SET_CHILD_SUBREAPER); null for the runtime. */
    private static GuestProcess heir(GuestProcess process) {
        GuestProcess ancestor = process.kinship().parent();
        while (ancestor != null && (ancestor.isExiting() || !ancestor.settings().childSubreaper())) {
            ancestor = ancestor.kinship().parent();
        }
        return ancestor;
    }

    /** Sends the signal of a child's end; if nobody will wait for it, it is gone at once (do_notify_parent of the kernel). */
    private void tellOfEnd(GuestProcess child) {
        Kinship kin = child.kinship();
        GuestProcess parent = kin.parent();
        if (parent == null || parent.kinship().isZombie()) {
            reap(child);
            return;
        }
        int signal = kin.exitSignal;
        boolean gone = false;
        if (signal == Signal.SIGCHLD) {
            SignalAction action = parent.signalHandlers().get(Signal.SIGCHLD);
            gone = action.handler() == SignalAction.IGNORE || (action.flags() & Signal.SA_NOCLDWAIT) != 0;
            if (action.handler() == SignalAction.IGNORE) {
                signal = 0;
            }
        }
        if (signal != 0) {
            parent.signal(info(signal, endOf(child)));
        }
        if (gone) {
            reap(child);
        }
    }

    private void reap(GuestProcess child) {
        GuestProcess parent = child.kinship().parent();
        if (parent != null) {
            parent.kinship().children.remove(child);
        }
        processes.remove(child.pid());
        sessions.leave(child);
        child.kinship().becomeReaped();
        child.handle().become(PidHandle.State.GONE);
        child.runtime().reaped(child);
    }

    private static SignalInfo info(int signal, ChildEvent event) {
        return new SignalInfo(
                signal,
                event.code(),
                event.pid(),
                event.uid(),
                event.status(),
                0,
                event.usage().user() / TICK_NANOS,
                event.usage().system() / TICK_NANOS);
    }

    // Stops.

    /** A process has stopped. The caller holds the lock. */
    void stopped(GuestProcess process, int signal) {
        tell(process, Signal.CLD_STOPPED, signal);
    }

    /** A process goes on. The caller holds the lock. */
    void continued(GuestProcess process) {
        tell(process, Signal.CLD_CONTINUED, Signal.SIGCONT);
    }

    private void tell(GuestProcess process, int code, int signal) {
        Kinship kin = process.kinship();
        kin.stopReport = code == Signal.CLD_STOPPED ? signal : 0;
        kin.continueReport = code == Signal.CLD_CONTINUED;
        GuestProcess parent = kin.parent();
        if (parent != null) {
            SignalAction action = parent.signalHandlers().get(Signal.SIGCHLD);
            if (action.handler() != SignalAction.IGNORE && (action.flags() & Signal.SA_NOCLDSTOP) == 0) {
                parent.signal(info(Signal.SIGCHLD, event(process, code, signal, 0)));
            }
            parent.kinship().waiting.wakeAll();
        } else if (process.isEntered()) {
            process.runtime().stopped(process, code == Signal.CLD_STOPPED ? signal : 0);
        }
    }

    // Waiting.

    ChildEvent await(GuestProcess parent, Task caller, ChildSelector selector, int options) {
        ChildEvent[] found = new ChildEvent[1];
        boolean[] childless = new boolean[1];
        long result = parent.kinship().waiting.await(caller, () -> {
            synchronized (tree) {
                return look(parent, caller, selector, options, found, childless) || (options & Wait.WNOHANG) != 0;
            }
        }, Long.MAX_VALUE);
        ErrnoException.check(result);
        if (childless[0]) {
            throw new ErrnoException(Errno.ECHILD);
        }
        return found[0];
    }

    /** Whether the wait is over: something was found, or there is nothing to wait for. */
    private boolean look(GuestProcess parent, Task caller, ChildSelector selector, int options, ChildEvent[] found,
            boolean[] childless) {
        ChildEvent traced = Tracers.take(parent, caller, selector, options);
        if (traced != null) {
            found[0] = traced;
            return true;
        }
        boolean any = Tracers.any(parent, caller, selector, options);
        for (GuestProcess child : parent.kinship().children) {
            if (!matches(child, caller, selector, options)) {
                continue;
            }
            any = true;
            ChildEvent event = take(parent, child, options);
            if (event != null) {
                found[0] = event;
                return true;
            }
        }
        childless[0] = !any;
        return !any;
    }

    private static boolean matches(GuestProcess child, Task caller, ChildSelector selector, int options) {
        boolean named = switch (selector.type()) {
            case Wait.P_PID -> child.pid() == selector.id();
            case Wait.P_PGID -> child.processGroup() == selector.id();
            default -> true;
        };
        if (!named) {
            return false;
        }
        Kinship kin = child.kinship();
        if ((options & Wait.__WNOTHREAD) != 0 && kin.parentTid != caller.tid()) {
            return false;
        }
        boolean clone = kin.exitSignal != Signal.SIGCHLD;
        return (options & Wait.__WALL) != 0 || isTracedBy(child, caller) || clone == ((options & Wait.__WCLONE) != 0);
    }

    /** Who traces a child need not say that it waits for clones too. */
    private static boolean isTracedBy(GuestProcess child, Task caller) {
        GuestTask first = child.firstTask();
        Task tracer = first == null ? child.leaderTracer() : first.tracing().tracer();
        return tracer != null && tracer.process() == caller.process();
    }

    private ChildEvent take(GuestProcess parent, GuestProcess child, int options) {
        boolean keep = (options & Wait.WNOWAIT) != 0;
        Kinship kin = child.kinship();
        if (kin.isZombie()) {
            if ((options & Wait.WEXITED) == 0 || kin.held) {
                return null;
            }
            ChildEvent event = endOf(child);
            if (!keep) {
                Kinship own = parent.kinship();
                own.childrenUsage = own.childrenUsage.plus(event.usage());
                reap(child);
            }
            return event;
        }
        if ((options & Wait.WSTOPPED) != 0 && kin.stopReport != 0) {
            ChildEvent event = event(child, Signal.CLD_STOPPED, kin.stopReport, kin.stopReport << 8 | 0x7f);
            kin.stopReport = keep ? kin.stopReport : 0;
            return event;
        }
        if ((options & Wait.WCONTINUED) != 0 && kin.continueReport) {
            kin.continueReport = keep;
            return event(child, Signal.CLD_CONTINUED, Signal.SIGCONT, 0xffff);
        }
        return null;
    }

    private static ChildEvent endOf(GuestProcess child) {
        ExitStatus status = child.exitStatus();
        return status.signal() == 0
                ? event(child, Signal.CLD_EXITED, status.code(), status.waitStatus())
                : event(child, status.coreDumped() ? Signal.CLD_DUMPED : Signal.CLD_KILLED, status.signal(), status.waitStatus());
    }

    private static ChildEvent event(GuestProcess child, int code, int status, int waitStatus) {
        return new ChildEvent(
                child.pid(),
                child.credentials().uid(),
                code,
                status,
                waitStatus,
                child.usage().plus(child.kinship().childrenUsage));
    }
}
