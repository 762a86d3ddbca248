package org.nesteddune.internal.task;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.escape.NativeThread;
import org.nesteddune.fs.FsContext;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.ThreadScheduling;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.CloneRequest;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.ExecRequest;
import org.nesteddune.kernel.HostThread;
import org.nesteddune.kernel.PendingSignals;
import org.nesteddune.kernel.PidHandle;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessSettings;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.kernel.Tracing;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.mm.AddressSpace;

/**
 * A guest thread on a Java thread and a vCPU. Fields without {@code volatile} belong to the task's own thread.
 */
public final class GuestTask implements Task, Runnable {

    /** Name length without the NUL (TASK_COMM_LEN of linux/sched.h is 16). */
    private static final int NAME_LENGTH = 15;

    private static final int TIMESPEC_SIZE = 16;

    private final GuestProcess process;
    private final NativeBuffer scratch;
    private final TaskCall call = new TaskCall(this);
    private final TaskFiles files;
    private final TaskMemory taskMemory = new TaskMemory(this);
    private final TaskSignals signals;
    private final HostThread hostThread = new HostThread();
    private final TaskSettings settings;
    private final Tracee tracee;
    private final TaskActivity activity = new TaskActivity();
    private final EscapeCall escape = new EscapeCall(this);
    private final Attention attention = new Attention(this);
    /** The tasks that it traces. Guarded by the process table's lock. */
    private final Set<GuestTask> tracees = new LinkedHashSet<>();

    private volatile int tid;
    private final PidHandle handle;
    private final TaskVcpu vcpu;
    private volatile Architecture architecture;
    private volatile boolean inheritsThread;
    private volatile String name;
    private volatile boolean ending;
    private volatile int exitCode;
    private volatile int stopLeft;
    private volatile Credentials credentials;

    /** How it was scheduled as a native thread; null once it is so, or if it was none. */
    private ThreadScheduling scheduling;
    private Exit lastExit;

    /** vCPU, files and descriptors become the task's. */
    GuestTask(
            int tid,
            GuestProcess process,
            Vcpu vcpu,
            String name,
            Credentials credentials,
            TaskSettings settings,
            Shared<FsContext> fs,
            Shared<DescriptorTable> descriptors) {
        this.tid = tid;
        this.credentials = credentials;
        this.handle = new PidHandle(tid);
        this.settings = settings;
        this.files = new TaskFiles(fs, descriptors);
        this.process = process;
        this.signals = new TaskSignals(this, process.signals());
        this.tracee = new Tracee(this);
        this.vcpu = new TaskVcpu(this, attention, vcpu);
        this.architecture = process.architecture();
        this.scratch = new NativeBuffer(SCRATCH_SIZE + TIMESPEC_SIZE);
        name(name);
    }

    /** A task that was a native thread. vCPU, files and descriptors become its own. */
    static GuestTask arrived(
            NativeThread thread, GuestProcess process, Vcpu vcpu, Shared<FsContext> fs, Shared<DescriptorTable> descriptors) {
        GuestTask task = new GuestTask(
                thread.tid(), process, vcpu, thread.name(), process.credentials(), thread.settings(), fs, descriptors);
        task.signals.mask(thread.mask());
        task.signals.alternateStack(thread.alternateStack());
        task.scheduling = thread.scheduling();
        task.call.arrive(thread);
        return task;
    }

    /** The life of the task, on its own thread. */
    @Override
    public void run() {
        attention.begin();
        hostThread.begin(inheritsThread);
        if (scheduling != null) {
            hostThread.scheduleAs(scheduling, settings.timerSlack());
            scheduling = null;
        }
        process.processes().current(this);
        try {
            TaskIdentity.assume(credentials);
            taskMemory.begin();
            process.runtime().settle(this);
            for (TaskState state = TaskState.ATTEND; state != null; ) {
                state = state.step(this);
            }
        } catch (Throwable defect) {
            TaskIdentity.giveBack();
            process.runtime().defect("guest " + process.pid(), defect);
            process.exit(ExitStatus.signaled(Signal.SIGKILL, "internal error: " + defect));
            process.termination().taskEnded(this);
        }
    }

    /** Begins to run; on the thread of the task that made it, if a task did. */
    void start() {
        process.runtime().taskThreads().run(this, inheritsThread);
    }

    /** Its host thread has to be made by the calling one, so that it is scheduled as that is. */
    void inheritThread() {
        inheritsThread = true;
    }

    /** The Java thread that will run it; {@code null} before one is found. */
    void thread(Thread value) {
        attention.thread(value);
    }

    String threadName() {
        return tid == process.pid() ? "guest-" + tid : "guest-" + process.pid() + "-" + tid;
    }

    // What clone and exec use.

    /** What binds it to the memory that it runs in. */
    TaskMemory taskMemory() {
        return taskMemory;
    }

    TaskFiles files() {
        return files;
    }

    /** Goes on with another program on another vCPU. */
    void execute(Vcpu next, ProcessImage image) {
        architecture = image.architecture();
        name(image.name());
        vcpu.replace(next);
    }

    /** Its tid is the process's pid from now on. */
    void becomeLeader() {
        tid = process.pid();
        process.credentials(credentials);
    }

    @Override
    public int cloneTask(CloneRequest request) {
        return Cloning.clone(this, request);
    }

    @Override
    public void exec(ExecRequest request) {
        Execution.exec(this, request);
    }

    /**
     * Makes the process a native one; the call is made again there.
     *
     * @return −ERESTARTNOINTR when the task is to come to the boundary; −EBUSY if the process stays in dune
     */
    public long escape() {
        return escape.make();
    }

    @Override
    public void unshare(boolean ofFs, boolean ofDescriptors) {
        files.unshare(process, ofFs, ofDescriptors);
    }

    /** Waits for a condition whatever signals come; false if the task has to end before it is met. */
    boolean awaitAnyhow(BooleanSupplier condition) {
        attention.await(() -> condition.getAsBoolean() || isEnding());
        return condition.getAsBoolean();
    }

    /** Which of the process's stops a tracer has let the task leave. */
    int stopLeft() {
        return stopLeft;
    }

    void stopLeft(int stop) {
        stopLeft = stop;
    }

    Tracee tracee() {
        return tracee;
    }

    @Override
    public Tracing tracing() {
        return tracee;
    }

    Set<GuestTask> tracees() {
        return tracees;
    }

    /** How the task ends, or has ended. */
    ExitStatus endStatus() {
        ExitStatus status = process.groupExit().status();
        return status != null ? status : ExitStatus.exited(exitCode);
    }

    @Override
    public void note(String text) {
        call.note(text);
    }

    // What the states use.

    Vcpu vcpu() {
        return vcpu.present();
    }

    /** Whose vCPU may be taken away and given back. */
    TaskVcpu taskVcpu() {
        return vcpu;
    }

    /** Goes on in other classes of its architecture. The task's own thread. */
    void continueWith(Architecture other) {
        architecture = other;
    }

    GuestProcess guestProcess() {
        return process;
    }

    TaskActivity activity() {
        return activity;
    }

    TaskSignals signals() {
        return signals;
    }

    TaskCall call() {
        return call;
    }

    void fault(Exit exit) {
        lastExit = exit;
    }

    Exit lastExit() {
        return lastExit;
    }

    long pc() {
        return vcpu().state().get(architecture.registers().programCounter());
    }

    /** How it waits, and is called out of that. */
    Attention attention() {
        return attention;
    }

    boolean isEnding() {
        return ending || process.groupExit().endsFor(this);
    }

    // Waiting.

    /** Makes the task look after its signals and its process's state soon. Any thread. */
    void interrupt() {
        attention.interrupt();
    }

    /**
     * Sends the kick signal if it is still needed. Any thread.
     *
     * @return whether it may have to be sent again
     */
    public boolean nudge() {
        return attention.nudge();
    }

    @Override
    public long blockingCall(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
        for (; ; ) {
            long result = blockingCallOnce(number, a0, a1, a2, a3, a4, a5);
            if (result != -Errno.EINTR) {
                return result;
            }
        }
    }

    @Override
    public long blockingCallOnce(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
        return attention.call(number, a0, a1, a2, a3, a4, a5);
    }

    @Override
    public long sleepUntil(long deadline, SignalSet wanted) {
        signals.await(wanted);
        try {
            return signals.hasAwaited() ? -Errno.ERESTARTSYS : sleepUntil(deadline);
        } finally {
            signals.await(SignalSet.EMPTY);
        }
    }

    @Override
    public TaskSettings settings() {
        return settings;
    }

    @Override
    public long sleepUntil(long deadline) {
        long request = scratch.address() + SCRATCH_SIZE;
        Memory.putLong(request, deadline / 1_000_000_000L);
        Memory.putLong(request + 8, deadline % 1_000_000_000L);
        // CLOCK_MONOTONIC 1, TIMER_ABSTIME 1
        return blockingCall(SyscallNumbers.SYS_clock_nanosleep, 1, 1, request, 0, 0, 0);
    }

    @Override
    public long park(long deadline) {
        return attention.park(deadline);
    }

    @Override
    public void unpark() {
        attention.unpark();
    }

    // Signals.

    @Override
    public SignalInfo takeSignal(SignalSet wanted) {
        return signals.take(wanted);
    }

    @Override
    public boolean hasDeliverableSignal() {
        return signals.hasDeliverable();
    }

    @Override
    public boolean signal(SignalInfo info) {
        return process.signals().send(info, this, null);
    }

    @Override
    public boolean signal(PendingSignals.Source source) {
        return process.signals().send(source, this, null);
    }

    @Override
    public SignalSet signalMask() {
        return signals.mask();
    }

    @Override
    public void signalMask(SignalSet mask) {
        signals.mask(mask);
    }

    @Override
    public void temporarySignalMask(SignalSet mask) {
        signals.temporaryMask(mask);
    }

    @Override
    public long returnFromSignal() {
        return SignalDelivery.returnFrom(this);
    }

    long stackPointer() {
        return vcpu().state().get(architecture.registers().stackPointer());
    }

    @Override
    public AlternateStack alternateStack() {
        return signals.alternateStack();
    }

    @Override
    public int changeAlternateStack(AlternateStack stack) {
        return signals.changeAlternateStack(stack, stackPointer());
    }

    @Override
    public PendingSignals pendingSignals() {
        return signals.pending();
    }

    // Who it is.

    @Override
    public Credentials credentials() {
        return credentials;
    }

    @Override
    public void credentials(Credentials value) {
        TaskIdentity.assume(value);
        Credentials old = credentials;
        credentials = value;
        if (tid == process.pid()) {
            process.credentials(value);
        }
        if (value.isGainFrom(old)) {
            process.settings().dumpable(ProcessSettings.SUID_DUMPABLE);
            settings.parentDeathSignal(0);
        }
    }

    @Override
    public long asRealUser(LongSupplier action) {
        return TaskIdentity.asReal(credentials, action);
    }

    // The rest of Task.

    @Override
    public int tid() {
        return tid;
    }

    @Override
    public PidHandle handle() {
        return handle;
    }

    @Override
    public Process process() {
        return process;
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public CpuState cpu() {
        return vcpu().state();
    }

    @Override
    public AddressSpace memory() {
        return process.memory();
    }

    @Override
    public FsContext fs() {
        return files.fs().value();
    }

    @Override
    public DescriptorTable descriptors() {
        return files.descriptors().value();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void name(String value) {
        name = value.length() > NAME_LENGTH ? value.substring(0, NAME_LENGTH) : value;
        if (tid == process.pid()) {
            process.name(name);
        }
    }

    @Override
    public void clearChildTid(long address) {
        settings.clearChildTid(address);
    }

    @Override
    public HostThread hostThread() {
        return hostThread;
    }

    @Override
    public Process.CpuTimes cpuTimes() {
        return hostThread.cpuTimes();
    }

    @Override
    public void exit(int code) {
        if (tid == process.pid()) {
            process.groupExit().leaderExitCode(code);
        }
        exitCode = code;
        ending = true;
        attention.want();
    }

    @Override
    public long scratch() {
        return scratch.address();
    }

    @Override
    public char stateLetter() {
        if (tracee.isStopped()) {
            return 't';
        }
        if (process.groupStop().holds(this)) {
            return 'T';
        }
        return attention.isWaiting() ? 'S' : 'R';
    }

    /** The call that the task is blocked in, or "". Any thread. */
    String blockedIn() {
        int number = call.number();
        Emigrant emigrant = process.leaving().emigrant();
        if (emigrant != null) {
            return "escaped: process " + emigrant.pid() + " of the host";
        }
        Hold hold = process.hold();
        if (hold != null) {
            return "held: " + hold.reason();
        }
        return attention.isWaiting() ? process.dispatch().table().name(number) : "";
    }

    /** Frees what the task holds; its last act. */
    void release() {
        RobustList.release(this);
        // Before anybody is told that it is gone.
        process.processes().remove(this);
        taskMemory.leave();
        taskMemory.vforkCompleted();
        process.processes().ipc().releaseUndoList(this);
        process.processes().tree().taskEnds(this);
        signals.close();
        files.release();
        hostThread.end();
        vcpu.close();
        scratch.close();
    }
}
