package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.nesteddune.fs.FileNotifier;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.LockTable;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.fs.Terminals;
import org.nesteddune.kernel.PiFutexes;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.SignalQueues;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.kernel.ipc.IpcNamespace;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Time;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.socket.SocketTable;

/**
 * The process table of a dune: who there is. One lock guards it, the {@linkplain ProcessTree tree} and the {@linkplain Sessions
 * sessions}, as tasklist_lock does in the kernel; signals are sent under it, nothing is waited for. Thread-safe.
 */
public final class Processes implements ProcessTable {

    /** The pid that guests see as their parent where they have none: the runtime in the role of init. */
    public static final int RUNTIME_PID = 1;

    /** PID_MAX_LIMIT of linux/threads.h on 64-bit machines is 4 Mi; the default of kernel.pid_max is used here. */
    private static final int PID_MAX = 32768;

    private final Map<Integer, GuestProcess> processes = new ConcurrentHashMap<>();
    private final Map<Integer, GuestTask> tasks = new ConcurrentHashMap<>();
    private final Map<Integer, Reservation> reserved = new HashMap<>(); // guarded by lock
    private final ThreadLocal<GuestTask> current = new ThreadLocal<>();
    private final SignalQueues signalQueues = new SignalQueues();
    private final IpcNamespace ipc = new IpcNamespace(current::get);
    private final int taskLimit;
    private final Object lock = new Object();
    private final FileNotifier fileNotifier = new FileNotifier();
    private final PiFutexes piFutexes = new PiFutexes(this::task);
    private final LockTable recordLocks = new LockTable();
    private final RunningPrograms programs = new RunningPrograms();
    private SocketTable sockets;
    private final Sessions sessions = new Sessions(this, lock);
    private final ProcessTree tree = new ProcessTree(this, sessions, lock);
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
        synchronized (lock) {
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

    /**
     * Takes given numbers, all or none, as {@link #allocate} does.
     *
     * @return a number that is in use; 0 if all have been taken
     */
    public int claim(List<Integer> ids, int user) {
        synchronized (lock) {
            for (int id : ids) {
                if (isUsed(id)) {
                    return id;
                }
            }
            ids.forEach(id -> reserved.put(id, new Reservation(null, user)));
            return 0;
        }
    }

    /** A number that is taken for a task that is being made. */
    private record Reservation(Job job, int user) {}

    /** Gives back what {@link #allocate} gave, when the task was not made after all. */
    public void giveBack(int id) {
        synchronized (lock) {
            reserved.remove(id);
        }
    }

    private boolean isUsed(int id) {
        return processes.containsKey(id) || tasks.containsKey(id) || reserved.containsKey(id) || sessions.isUsed(id);
    }

    private int tasksOf(int user) {
        int count = 0;
        for (GuestProcess process : processes.values()) {
            count += process.credentials().uid() == user ? Math.max(1, process.threadGroup().tasks().size()) : 0;
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
            count += process.job() == job ? Math.max(1, process.threadGroup().tasks().size()) : 0;
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
        synchronized (lock) {
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
        synchronized (lock) {
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
        synchronized (lock) {
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
        synchronized (lock) {
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

    /** Who is whose child. */
    ProcessTree tree() {
        return tree;
    }

    /** Takes an ended process out of the table. */
    void remove(GuestProcess process) {
        processes.remove(process.pid());
    }
}
