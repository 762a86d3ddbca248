package org.nesteddune.internal.task;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.nesteddune.Guest.TraceSink;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.fs.FsContext;
import org.nesteddune.internal.dispatch.CallStatistics;
import org.nesteddune.internal.dispatch.SyscallTables;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.PendingSignals;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessSettings;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.ProcessTimers;
import org.nesteddune.kernel.SignalHandlers;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Signal;
import org.nesteddune.mm.AddressSpace;

/** A guest process. Mutable state is guarded by this object's monitor or volatile; no lock is held across a wait. */
public final class GuestProcess implements Process {

    private static final long STOP_SIGNALS =
            bit(Signal.SIGSTOP) | bit(Signal.SIGTSTP) | bit(Signal.SIGTTIN) | bit(Signal.SIGTTOU);

    private final int pid;
    private final Processes table;
    private final Supervisor runtime;
    private final ProcessImage image;
    private final FsContext fs;
    private final DescriptorTable descriptors = new DescriptorTable();
    private final SignalHandlers handlers = new SignalHandlers();
    private final PendingSignals pending = new PendingSignals();
    private final Limits limits;
    private final ProcessSettings settings = new ProcessSettings();
    private final ProcessTimers timers;
    private final long startTime;
    private final List<GuestTask> tasks = new CopyOnWriteArrayList<>();
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

    private final Object stopLock = new Object();

    private volatile Credentials credentials;
    private volatile int processGroup;
    private volatile int session;
    private volatile CallObserver observer;
    private volatile boolean stopped;
    private volatile ExitStatus exitStatus;
    private volatile int lastExitCode;
    private TraceSink sink;
    private CpuTimes endedTimes = new CpuTimes(0, 0);

    public GuestProcess(
            int pid,
            Processes table,
            Supervisor runtime,
            ProcessImage image,
            FsContext fs,
            Credentials credentials,
            Limits limits,
            long startTime) {
        this.pid = pid;
        this.table = table;
        this.runtime = runtime;
        this.image = image;
        this.fs = fs;
        this.credentials = credentials;
        this.limits = limits;
        this.startTime = startTime;
        this.timers = new ProcessTimers(this, runtime.timerThread());
        this.processGroup = pid;
        this.session = pid;
    }

    private static long bit(int signal) {
        return 1L << (signal - 1);
    }

    /**
     * Makes the first task and starts its thread.
     *
     * @param vcpu stands at the program's first instruction; the task's from now on
     */
    public void start(Vcpu vcpu) {
        GuestTask task = new GuestTask(pid, this, vcpu, image.name());
        tasks.add(task);
        table.add(this, task);
        Thread thread = new Thread(task, "guest-" + pid);
        thread.setDaemon(true);
        thread.start();
    }

    // What tasks and the runtime use.

    Supervisor runtime() {
        return runtime;
    }

    SyscallTables.Slot dispatch() {
        return image.dispatch();
    }

    CallObserver observer() {
        return observer;
    }

    /** Starts, replaces or (null) ends the trace. */
    public synchronized void trace(TraceSink sink) {
        observe(statistics(), sink);
    }

    /** Starts to count calls, unless that is done already. */
    public synchronized void enableStatistics() {
        if (statistics() == null) {
            observe(new CallStatistics(image.architecture().syscallNumbers()), sink);
        }
    }

    private void observe(CallStatistics statistics, TraceSink newSink) {
        sink = newSink;
        observer = statistics == null && newSink == null
                ? null
                : new CallObserver(statistics, newSink, image.architecture().abi());
    }

    /** The counters, or null if calls are not counted. */
    public CallStatistics statistics() {
        CallObserver current = observer;
        return current == null ? null : current.statistics();
    }

    public ProcessImage image() {
        return image;
    }

    public Machine machine() {
        return image.machine();
    }

    /** Completes after everything the process held has been freed. */
    public CompletableFuture<ExitStatus> exitStage() {
        return exit;
    }

    boolean isExiting() {
        return exitStatus != null;
    }

    void lastExitCode(int code) {
        lastExitCode = code;
    }

    /** What the first task is blocked in, or "". */
    public String blockedIn() {
        return tasks.isEmpty() ? "" : tasks.get(0).blockedIn();
    }

    /** The state letter of {@code ps}. */
    public char stateLetter() {
        if (exit.isDone()) {
            return 'Z';
        }
        if (stopped) {
            return 'T';
        }
        return blockedIn().isEmpty() ? 'R' : 'S';
    }

    /** Called by each task as its last act; with the last one the process ends. */
    void taskEnded(GuestTask task) {
        boolean last;
        synchronized (this) {
            if (!tasks.contains(task)) {
                return;
            }
            task.release();
            CpuTimes times = task.cpuTimes();
            endedTimes = new CpuTimes(endedTimes.user() + times.user(), endedTimes.system() + times.system());
            tasks.remove(task);
            last = tasks.isEmpty();
        }
        table.remove(task);
        if (last) {
            end();
        }
    }

    private void end() {
        ExitStatus status = exitStatus != null ? exitStatus : ExitStatus.exited(lastExitCode);
        exitStatus = status;
        CallObserver last = observer;
        try {
            timers.close();
            descriptors.closeAll();
            fs.close();
            image.memory().close();
            image.machine().close();
        } catch (RuntimeException defect) {
            runtime.defect("end of guest " + pid, defect);
        }
        if (last != null) {
            last.ended(status);
        }
        table.remove(this);
        runtime.ended(this);
        exit.complete(status);
    }

    // Signals.

    /** Whether a signal would have no effect at all: ignored, or by default so. */
    boolean ignores(int signal) {
        SignalAction action = handlers.get(signal);
        return action.handler() == SignalAction.IGNORE
                || action.handler() == SignalAction.DEFAULT && DefaultAction.of(signal) == DefaultAction.IGNORE;
    }

    /** Stop signals and SIGCONT cancel each other, and SIGCONT wakes a stopped process, when they are sent. */
    void prepareSignal(SignalInfo info) {
        if (info.signal() == Signal.SIGCONT) {
            discard(STOP_SIGNALS);
            stopped = false;
            unparkAll();
        } else if ((STOP_SIGNALS >>> (info.signal() - 1) & 1) != 0) {
            discard(bit(Signal.SIGCONT));
        } else if (info.signal() == Signal.SIGKILL) {
            stopped = false;
            unparkAll();
        }
    }

    private void discard(long signals) {
        pending.discard(signals);
        tasks.forEach(task -> task.pendingSignals().discard(signals));
    }

    private void unparkAll() {
        synchronized (stopLock) {
            stopLock.notifyAll();
        }
    }

    @Override
    public void signal(SignalInfo info) {
        prepareSignal(info);
        GuestTask taker = null;
        boolean blockedByAll = true;
        for (GuestTask task : tasks) {
            blockedByAll &= (task.signalMask() & bit(info.signal())) != 0;
            if (taker == null && task.wants(info.signal())) {
                taker = task;
            }
        }
        if (!blockedByAll && ignores(info.signal())) {
            return;
        }
        pending.add(info);
        if (taker != null) {
            taker.interrupt();
        }
    }

    /** Holds the calling task until SIGCONT or SIGKILL comes. */
    void stop(GuestTask task) {
        stopped = true;
        synchronized (stopLock) {
            while (stopped && !isExiting()) {
                try {
                    stopLock.wait();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    @Override
    public void exit(ExitStatus status) {
        synchronized (this) {
            if (exitStatus != null) {
                return;
            }
            exitStatus = status;
        }
        stopped = false;
        unparkAll();
        tasks.forEach(GuestTask::interrupt);
    }

    // The rest of Process.

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public int parentPid() {
        return Processes.RUNTIME_PID;
    }

    @Override
    public int processGroup() {
        return processGroup;
    }

    @Override
    public void processGroup(int group) {
        processGroup = group;
    }

    @Override
    public int session() {
        return session;
    }

    @Override
    public synchronized void newSession() {
        session = pid;
        processGroup = pid;
    }

    @Override
    public List<Task> tasks() {
        return List.copyOf(tasks);
    }

    @Override
    public Architecture architecture() {
        return image.architecture();
    }

    @Override
    public AddressSpace memory() {
        return image.memory();
    }

    @Override
    public DescriptorTable descriptors() {
        return descriptors;
    }

    @Override
    public FsContext fs() {
        return fs;
    }

    @Override
    public SignalHandlers signalHandlers() {
        return handlers;
    }

    @Override
    public PendingSignals pendingSignals() {
        return pending;
    }

    @Override
    public Credentials credentials() {
        return credentials;
    }

    @Override
    public void credentials(Credentials value) {
        credentials = value;
    }

    @Override
    public Limits limits() {
        return limits;
    }

    @Override
    public ProcessSettings settings() {
        return settings;
    }

    @Override
    public ProcessTimers timers() {
        return timers;
    }

    @Override
    public String executable() {
        return image.executable();
    }

    @Override
    public byte[] commandLine() {
        return image.commandLine().clone();
    }

    @Override
    public byte[] environment() {
        return image.environment().clone();
    }

    @Override
    public byte[] auxiliaryVector() {
        return image.auxiliaryVector().clone();
    }

    @Override
    public ProgramBounds bounds() {
        return image.bounds();
    }

    @Override
    public long startTime() {
        return startTime;
    }

    @Override
    public CpuTimes cpuTimes() {
        CpuTimes sum;
        synchronized (this) {
            sum = endedTimes;
        }
        for (GuestTask task : tasks) {
            CpuTimes times = task.cpuTimes();
            sum = new CpuTimes(sum.user() + times.user(), sum.system() + times.system());
        }
        return sum;
    }

    @Override
    public ProcessTable table() {
        return table;
    }
}
