package org.nesteddune.internal.task;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.nesteddune.Guest;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.NativeThread;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Terminal;
import org.nesteddune.internal.dispatch.SyscallTables;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.ChildEvent;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.PendingSignals;
import org.nesteddune.kernel.PidHandle;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessGroup;
import org.nesteddune.kernel.ProcessSettings;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.SignalWatchers;
import org.nesteddune.kernel.ProcessTimers;
import org.nesteddune.kernel.SignalHandlers;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.kernel.Usage;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Signal;
import org.nesteddune.mm.AddressSpace;

/**
 * A guest process. Mutable state is guarded by this object's monitor or volatile; no lock is held across a wait. Where it
 * stands among the others is {@link Kinship}'s, its tasks are a {@link ThreadGroup}, and its end is a {@link Termination}.
 */
public final class GuestProcess implements Process {

    private final int pid;
    private final Processes table;
    private final Supervisor runtime;
    private final Job job;
    private final Kinship kinship;
    private final ProcessSignals signals;
    private final Limits limits;
    private final ProcessSettings settings;
    private final ProcessTimers timers;
    private final long startTime;
    private final ThreadGroup threadGroup = new ThreadGroup(this);
    private final Termination termination = new Termination(this);
    private final GroupStop groupStop;
    private final GroupExit groupExit = new GroupExit(this);
    private final ProcessFiles files;
    private final Standing standing = new Standing();
    private final Observation observation;
    private final Leaving leaving = new Leaving(this);
    private final ProcessAccount account = new ProcessAccount(this);

    private final PidHandle handle;

    private volatile Anchor anchor;

    private volatile ProcessImage image;
    private volatile Credentials credentials;
    private volatile Hold hold;
    private volatile String name = "";
    private volatile boolean hasExeced;

    /** A process that the runtime starts. Files and descriptors become its own. */
    public GuestProcess(
            int pid,
            Processes table,
            Supervisor runtime,
            Job job,
            ProcessImage image,
            FsContext fs,
            DescriptorTable descriptors,
            Credentials credentials,
            Limits limits,
            long startTime) {
        this.pid = pid;
        this.handle = new PidHandle(pid);
        this.table = table;
        this.runtime = runtime;
        this.job = job;
        this.kinship = new Kinship(null, 0, Signal.SIGCHLD);
        this.image = image;
        this.files = new ProcessFiles(this, fs, descriptors);
        this.signals = new ProcessSignals(this, new SignalHandlers(), quota());
        this.settings = new ProcessSettings();
        this.limits = limits;
        credentials(credentials);
        this.startTime = startTime;
        this.observation = new Observation(this, null);
        this.timers = new ProcessTimers(this, runtime.timerThread(), signals.quota());
        this.groupStop = new GroupStop(this);
    }

    /** A child; see {@link Cloning}. */
    GuestProcess(int pid, GuestProcess parent, Kinship kinship, ProcessImage image, Credentials credentials, Limits limits,
            SignalHandlers handlers, long startTime) {
        this.pid = pid;
        this.handle = new PidHandle(pid);
        this.table = parent.table;
        this.runtime = parent.runtime;
        this.job = parent.job;
        this.kinship = kinship;
        this.image = image;
        this.files = new ProcessFiles(this);
        this.signals = new ProcessSignals(this, handlers, quota());
        this.settings = parent.settings.copy();
        this.credentials = credentials;
        this.limits = limits;
        this.startTime = startTime;
        this.timers = new ProcessTimers(this, runtime.timerThread(), signals.quota());
        this.groupStop = new GroupStop(this);
        this.observation = new Observation(this, parent.observer());
    }

    private PendingSignals.Quota quota() {
        return table.signalQueues().quota(() -> credentials.uid(), () -> limits.soft(Resource.RLIMIT_SIGPENDING));
    }

    /**
     * Makes the first task and starts its thread.
     *
     * @param vcpu stands at the program's first instruction; the task's from now on
     * @param terminal its controlling terminal, the one that the runtime was started on; or null
     * @param foreground whether the terminal is the process's to read
     */
    public void start(Vcpu vcpu, Terminal terminal, boolean foreground) {
        GuestTask task = new GuestTask(
                pid, this, vcpu, image.name(), credentials, new TaskSettings(), files.fs().retain(), files.descriptors().retain());
        table.add(this, task);
        if (terminal != null) {
            table.jobs().attach(this, terminal, foreground);
        }
        threadGroup.start(task);
    }

    /**
     * Makes the tasks of a process that was a native one, and starts their threads.
     *
     * @param threads what they are; the first one is the process's own
     * @param vcpus stand where the threads did; the tasks' from now on
     * @param home the native process
     */
    public void arrive(List<NativeThread> threads, List<Vcpu> vcpus, Anchor home) {
        threadGroup.arrive(threads, vcpus, home);
    }

    // What tasks and the runtime use.

    ThreadGroup threadGroup() {
        return threadGroup;
    }

    ProcessAccount account() {
        return account;
    }

    ProcessFiles files() {
        return files;
    }

    Supervisor runtime() {
        return runtime;
    }

    Processes processes() {
        return table;
    }

    public Job job() {
        return job;
    }

    Kinship kinship() {
        return kinship;
    }

    GroupStop groupStop() {
        return groupStop;
    }

    GroupExit groupExit() {
        return groupExit;
    }

    Termination termination() {
        return termination;
    }

    Standing standing() {
        return standing;
    }

    /** Whether the runtime started it; all others are descendants of such. */
    boolean isEntered() {
        return job.pid() == pid;
    }

    /** Sends a signal as a key of the runtime's terminal does: to its foreground group, or to the process if there is none. */
    public void signalForeground(int signal) {
        if (!table.jobs().signalForeground(signal)) {
            signal(SignalInfo.kernel(signal));
        }
    }

    /** Makes its group, or the one of its job that was it before, the foreground group of the runtime's terminal. */
    public void bringToForeground() {
        table.jobs().bringToForeground(this);
    }

    SyscallTables.Slot dispatch() {
        return image.dispatch();
    }

    /** Who looks on at its calls; null if nobody does. */
    CallObserver observer() {
        return observation.observer();
    }

    /** Who looks on at its calls. */
    public Observation observation() {
        return observation;
    }

    /** What all its tasks have done, those that have ended among them. */
    public synchronized Guest.Activity activity() {
        return account.activity();
    }

    public ProcessImage image() {
        return image;
    }

    /** Completes after everything the process held has been freed. */
    public CompletableFuture<ExitStatus> exitStage() {
        return termination.stage();
    }

    boolean isExiting() {
        return groupExit.isExiting();
    }

    /** Whether nobody waits for its end any more. */
    public boolean isReaped() {
        return kinship.isReaped();
    }

    @Override
    public String name() {
        return name;
    }

    void name(String value) {
        name = value;
    }

    /** Whether it has executed a program since it was made. */
    boolean hasExeced() {
        return hasExeced;
    }

    /** What the first task is blocked in, or "". */
    public String blockedIn() {
        for (GuestTask task : threadGroup.tasks()) {
            return task.blockedIn();
        }
        return "";
    }

    /** The state letter of {@code ps}. */
    @Override
    public char stateLetter() {
        if (kinship.isZombie() || exitStage().isDone()) {
            return Guest.Info.ENDED;
        }
        GuestTask first = threadGroup.first();
        if (first != null && first.tracee().isStopped()) {
            return 't';
        }
        if (groupStop.isStopped()) {
            return 'T';
        }
        return blockedIn().isEmpty() ? 'R' : 'S';
    }

    /** The same for an operator, who also learns that it is held ({@code H}). */
    public char operatorsStateLetter() {
        char letter = stateLetter();
        return hold != null && letter != Guest.Info.ENDED ? Guest.Info.HELD : letter;
    }

    /**
     * Begins another program; the calling task is the only one.
     *
     * @return what the process ran before
     */
    synchronized ProcessImage execute(ProcessImage program) {
        ProcessImage old = image;
        image = program;
        groupExit.executed();
        hasExeced = true;
        if (old.architecture() != program.architecture()) {
            observation.otherNumbers();
        }
        return old;
    }

    /** Why its tasks do not run although they could; null if nothing keeps them. */
    Hold hold() {
        return hold;
    }

    /** Begins to be held, unless it is; see {@link Holds}. */
    synchronized boolean beginHold(Hold value) {
        if (hold != null) {
            return false;
        }
        hold = value;
        return true;
    }

    /** Is not held any more. */
    synchronized void endHold() {
        hold = null;
    }

    /** The native process that it was; null if it began in dune. */
    public Anchor anchor() {
        return anchor;
    }

    void anchor(Anchor value) {
        anchor = value;
    }

    /** What stands for it since it has left dune, until the native process ends; null if it has not, or was a native process before. */
    public Emigrant representative() {
        return anchor == null ? leaving.emigrant() : null;
    }

    /** Whether it has left dune, and is about to end here if nobody needs it any more. */
    public boolean hasLeft() {
        return leaving.emigrant() != null;
    }

    Leaving leaving() {
        return leaving;
    }

    /** See {@link Leaving#escape}. */
    public int escape() throws EscapeException {
        return leaving.escape();
    }

    /** Goes on in other classes of its architecture; no task is in guest code. */
    synchronized void continueWith(Architecture architecture, SyscallTables.Slot dispatch) {
        image = image.on(architecture, dispatch);
        observation.renew();
    }

    // Signals.

    ProcessSignals signals() {
        return signals;
    }

    @Override
    public boolean signal(SignalInfo info) {
        return signals.send(info, null, null);
    }

    @Override
    public boolean signal(SignalInfo info, Task preferred) {
        return signals.send(info, null, (GuestTask) preferred);
    }

    @Override
    public boolean signal(PendingSignals.Source source, Task preferred) {
        return signals.send(source, null, (GuestTask) preferred);
    }

    @Override
    public long signalNativeChildren(int selector, int signal) {
        Anchor home = anchor;
        return home == null ? -Errno.ESRCH : home.signalChildren(selector, signal);
    }

    @Override
    public void exit(ExitStatus status) {
        groupExit.exit(status);
    }

    // The rest of Process.

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public Confinement confinement() {
        return job.confinement();
    }

    @Override
    public PidHandle handle() {
        return handle;
    }

    @Override
    public int parentPid() {
        GuestProcess parent = kinship.parent();
        if (parent != null) {
            return parent.pid;
        }
        Anchor home = anchor;
        return home == null ? Processes.RUNTIME_PID : home.parentPid();
    }

    @Override
    public ProcessGroup group() {
        return standing.group();
    }

    @Override
    public Terminal terminal() {
        return standing.isAttached() ? standing.group().session().terminal() : null;
    }

    @Override
    public List<Task> tasks() {
        return List.copyOf(threadGroup.tasks());
    }

    @Override
    public Architecture architecture() {
        return image.architecture();
    }

    @Override
    public AddressSpace memory() {
        return image.mm().memory();
    }

    @Override
    public DescriptorTable descriptors() {
        return files.descriptors().value();
    }

    @Override
    public FsContext fs() {
        return files.fs().value();
    }

    @Override
    public SignalHandlers signalHandlers() {
        return signals.handlers();
    }

    @Override
    public SignalWatchers signalWatchers() {
        return signals.watchers();
    }

    @Override
    public PendingSignals pendingSignals() {
        return signals.pending();
    }

    @Override
    public Credentials credentials() {
        return credentials;
    }

    /** The first task's credentials are others. */
    void credentials(Credentials value) {
        limits.locksUnlimited(value.has(Capabilities.CAP_IPC_LOCK));
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
    public synchronized CpuTimes cpuTimes() {
        return account.cpuTimes();
    }

    @Override
    public synchronized Usage usage() {
        return account.usage();
    }

    @Override
    public synchronized long peakResident() {
        return account.peakResident();
    }

    @Override
    public Usage childrenUsage() {
        return table.tree().childrenUsage(this);
    }

    @Override
    public List<Process> children() {
        return table.tree().children(this);
    }

    @Override
    public ChildEvent awaitChild(Task caller, ChildSelector selector, int options) {
        return table.tree().await(this, caller, selector, options);
    }

    @Override
    public ProcessTable table() {
        return table;
    }
}
