package org.nesteddune.internal.runtime;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.nesteddune.CallMeter;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestListener;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.clone.CloneStrategy;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.EscapeRoute;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Terminal;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.KickSignal;
import org.nesteddune.internal.dispatch.SyscallTables;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.internal.loader.LoadedProgram;
import org.nesteddune.internal.loader.ProgramLoader;
import org.nesteddune.internal.mm.ReplaceableMachine;
import org.nesteddune.internal.task.GuestProcess;
import org.nesteddune.internal.task.GuestTask;
import org.nesteddune.internal.task.Holds;
import org.nesteddune.internal.task.Job;
import org.nesteddune.internal.task.ProcessImage;
import org.nesteddune.internal.task.Processes;
import org.nesteddune.internal.task.Supervisor;
import org.nesteddune.internal.task.TaskIdentity;
import org.nesteddune.internal.task.TaskThreads;
import org.nesteddune.kernel.CloneRequest;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.SignalHandlers;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TimerThread;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.mm.HostShare;
import org.nesteddune.syscall.ErrnoException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;

/**
 * The runtime: starts programs and knows the guests. When it is deactivated its guests are killed; it is immediate, so
 * that this does not happen when the last user of the service gives it back.
 */
@Component(service = Dune.class, immediate = true)
public final class DuneRuntime implements Dune, Supervisor, Backends.Users {

    /** Time between two kick signals to a task that has not taken notice yet. */
    private static final long NUDGE_NANOS = 1_000_000;

    /** Time until a task is kicked out of a call that it began although it was wanted elsewhere. */
    private static final long SOON_NANOS = 50_000;

    /** How many ended guests are remembered for those who ask late. */
    private static final int REMEMBERED = 64;

    /** Between two looks whether held guests can go on. */
    private static final long RESUME_NANOS = 5_000_000;

    private static final long SHUTDOWN_SECONDS = 5;

    /** Property of the framework: {@code own} where the process is the runtime's alone. */
    private static final String PROCESS = "dune.process";

    private final BundleContext context;

    /** Before any of what guests run on goes. */
    private final SynchronousBundleListener stopping = event -> {
        if (event.getType() == BundleEvent.STOPPING && event.getBundle().getBundleId() == 0) {
            letGo();
        }
    };

    private final HostLimits hostLimits;
    private final Backends backends;
    private final Drivers drivers;
    private final SyscallTables tables;
    private final Logger log;
    private final Holds holds;
    private final GuestNews news = new GuestNews(this::defect);
    private final Object meterLock = new Object();
    private volatile GuardedMeter meter;
    private final AtomicBoolean lookingAgain = new AtomicBoolean();
    private final TaskThreads taskThreads = new TaskThreads();
    private final TimerThread timers = new TimerThread();
    private final AtomicLong jobs = new AtomicLong();
    private final HostShare share = HostShare.ofHost();
    private final Processes processes = new Processes(share.mostThreads());
    private final Map<Integer, GuestHandle> guests = new ConcurrentHashMap<>();
    private final Map<Integer, GuestHandle> ended = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, GuestHandle> eldest) {
            return size() > REMEMBERED;
        }
    };

    @Activate
    public DuneRuntime(
            BundleContext context,
            @Reference Backends backends,
            @Reference Drivers drivers,
            @Reference SyscallTables tables,
            @Reference(service = LoggerFactory.class) Logger log) {
        this.backends = backends;
        this.drivers = drivers;
        this.tables = tables;
        this.log = log;
        holds = new Holds(processes, backends, this::dispatch, this::defect);
        backends.users(this);
        hostLimits = new HostLimits("own".equals(context.getProperty(PROCESS)));
        KickSignal.install();
        this.context = context;
        context.addBundleListener(stopping);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addListener(GuestListener listener) {
        news.add(listener);
    }

    void removeListener(GuestListener listener) {
        news.remove(listener);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setMeter(CallMeter service) {
        useMeter(new GuardedMeter(service, this::defect));
    }

    void unsetMeter(CallMeter service) {
        GuardedMeter current = meter;
        if (current != null && current.isOf(service)) {
            useMeter(null);
        }
    }

    private void useMeter(GuardedMeter now) {
        synchronized (meterLock) {
            meter = now;
            guests.values().forEach(guest -> guest.meter(now));
        }
    }

    /** For a guest that has just come among the guests; so none is left out, and none is left with a meter that has gone. */
    private void meet(GuestHandle guest) {
        synchronized (meterLock) {
            guest.meter(meter);
        }
    }

    @Deactivate
    void deactivate() {
        backends.users(null);
        context.removeBundleListener(stopping);
        letGo();
        guests.values().forEach(guest -> guest.signal(Signal.SIGKILL));
        for (GuestHandle guest : guests.values()) {
            try {
                guest.exitStage().get(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException | java.util.concurrent.ExecutionException late) {
                log.error("guest {} did not end in time", guest.pid(), late);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        taskThreads.close();
        timers.close();
        news.close();
        processes.ipc().close();
        processes.close();
        hostLimits.close();
    }

    /** Whoever was a native process before goes on as one, if that is possible. */
    private void letGo() {
        for (GuestHandle guest : guests.values()) {
            if (guest.hasArrived()) {
                try {
                    guest.escape();
                } catch (EscapeException stays) {
                    log.warn("{}; it ends", stays.getMessage());
                }
            }
        }
    }

    @Override
    public Guest enter(GuestSpec spec) throws LaunchException {
        GuestProcess[] made = new GuestProcess[1];
        Credentials user = HostEnvironment.credentials(spec.user());
        Confinement confinement = spec.profile() == null ? null : new Confinement(spec.profile(), this::refused);
        FsContext fs = as(user, () -> HostEnvironment.files(spec, confinement, drivers, processes.viewOf(() -> made[0])));
        boolean good = false;
        try {
            GuestHandle guest = start(spec, fs, made, user, confinement);
            good = true;
            return guest;
        } catch (LoadException failed) {
            boolean engine = spec.engine() != null && failed.isForWantOfBackend() && failed.errno() == 0;
            throw new LaunchException(
                    engine ? LaunchException.Part.ENGINE : LaunchException.Part.PROGRAM, failed.errno(), failed.getMessage());
        } catch (EngineException failed) {
            throw new LaunchException(LaunchException.Part.RUNTIME, failed.getMessage(), failed);
        } catch (ErrnoException full) {
            throw new LaunchException(
                    LaunchException.Part.RUNTIME, full.errno(), "no further guest can be started: there are too many tasks already");
        } finally {
            if (!good) {
                fs.close();
            }
        }
    }

    @Override
    public Guest enter(int pid) throws EscapeException {
        GuestProcess process = new Arrival(this, processes, backends, share).enter(pid, jobs.incrementAndGet());
        return guest(process.pid()).orElseThrow(
                () -> new EscapeException("process " + pid + " has entered, and has ended since"));
    }

    /** What looks at the guest's files is done as the guest's user. */
    private interface UserAction<T, E extends Exception> {
        T run() throws E;
    }

    private static <T, E extends Exception> T as(Credentials user, UserAction<T, E> action) throws E, LaunchException {
        if (user.hostIdentity() == HostIdentity.present()) {
            return action.run();
        }
        try {
            TaskIdentity.assume(user);
        } catch (ErrnoException refused) {
            throw new LaunchException(LaunchException.Part.USER, refused.errno(), "user " + Integer.toUnsignedString(user.uid()) + ", group "
                    + Integer.toUnsignedString(user.gid()) + ": the host does not let this process be another user: "
                    + Errno.text(refused.errno()));
        }
        try {
            return action.run();
        } finally {
            TaskIdentity.giveBack();
        }
    }

    private GuestHandle start(
            GuestSpec spec, FsContext fs, GuestProcess[] made, Credentials user, Confinement confinement)
            throws LoadException, LaunchException {
        Limits limits = hostLimits.forGuest();
        int pid = processes.allocate(null, user.uid(), Limits.INFINITY);
        boolean good = false;
        try {
            GuestHandle guest = start(spec, fs, made, user, confinement, limits, pid);
            good = true;
            return guest;
        } finally {
            if (!good) {
                processes.giveBack(pid);
            }
        }
    }

    private GuestHandle start(
            GuestSpec spec, FsContext fs, GuestProcess[] made, Credentials user, Confinement confinement, Limits limits,
            int pid)
            throws LoadException, LaunchException {
        Job job = new Job(
                pid, jobs.incrementAndGet(), spec.engine(), spec.memoryLimit(), spec.taskLimit(), confinement);
        String path = as(user, () -> ProgramSearch.find(fs, spec.program(), spec.environment()));
        LoadedProgram program = as(user, () -> load(new ProgramLoader.Request(
                fs,
                null,
                path,
                true,
                path,
                spec.arguments(),
                spec.environment(),
                user,
                false,
                false,
                limits,
                spec.engine(),
                job.memory())));
        ProcessImage image = null;
        Vcpu vcpu = null;
        DescriptorTable descriptors = new DescriptorTable();
        JavaStreams streams = null;
        boolean good = false;
        try {
            streams = JavaStreams.of(spec);
            vcpu = program.machine().createVcpu();
            program.architecture().start(vcpu.state(), program.entry(), program.stackPointer(), program.elfFlags());
            HostEnvironment.standardStreams(streams.descriptors(), confinement != null, descriptors);
            image = ProcessImage.of(program, dispatch(program.architecture(), job), path, job, processes.programs());
            GuestProcess process = new GuestProcess(
                    pid,
                    processes,
                    this,
                    job,
                    image,
                    fs,
                    descriptors,
                    program.identity().credentials(),
                    limits,
                    Processes.bootTime());
            ignore(process.signalHandlers(), HostEnvironment.ignoredSignals());
            if (spec.statistics()) {
                process.observation().enableStatistics();
                job.enableHotSpots();
            }
            if (spec.trace() != null) {
                process.observation().trace(spec.trace());
            }
            made[0] = process;
            GuestHandle guest = new GuestHandle(process, holds, streams.exit(process.exitStage()));
            guests.put(guest.pid(), guest);
            meet(guest);
            news.tell(listener -> listener.started(guest));
            start(process, vcpu, spec.terminal());
            good = true;
            streams.started();
            return guest;
        } finally {
            if (!good) {
                guests.remove(pid);
                if (streams != null) {
                    streams.close();
                }
                release(program, image, vcpu, descriptors);
            }
        }
    }

    private static void ignore(SignalHandlers handlers, long signals) {
        for (long rest = signals; rest != 0; rest &= rest - 1) {
            int signal = Long.numberOfTrailingZeros(rest) + 1;
            if (signal != Signal.SIGKILL && signal != Signal.SIGSTOP) {
                handlers.set(signal, SignalAction.IGNORING);
            }
        }
    }

    private void start(GuestProcess process, Vcpu vcpu, GuestSpec.Terminal place) {
        Terminal terminal = place == GuestSpec.Terminal.NONE ? null : processes.terminals().own();
        try {
            process.start(vcpu, terminal, place == GuestSpec.Terminal.FOREGROUND);
        } finally {
            if (terminal != null) {
                terminal.release();
            }
        }
    }

    private static void release(
            LoadedProgram program, ProcessImage image, Vcpu vcpu, DescriptorTable descriptors) {
        descriptors.closeAll();
        if (vcpu != null) {
            vcpu.close();
        }
        if (image != null) {
            image.mm().release();
        } else {
            program.memory().close();
            program.machine().close();
        }
    }

    private LoadedProgram load(ProgramLoader.Request request) throws LoadException {
        return new ProgramLoader(backends, share, processes.programs()).load(request);
    }

    @Override
    public LoadedProgram load(GuestTask task, ProgramLoader.Request request) throws LoadException {
        try {
            return load(request);
        } catch (LoadException missing) {
            if (missing.isForWantOfBackend()) {
                backends.awaitPlatform(task);
            }
            throw missing;
        }
    }

    @Override
    public ReplaceableMachine createMachine(GuestTask task) {
        GuestProcess process = (GuestProcess) task.process();
        Architecture architecture = task.architecture();
        try {
            return new ReplaceableMachine(backends.engine(architecture, process.image().engine()), architecture);
        } catch (LoadException | EngineException missing) {
            backends.awaitPlatform(task);
            throw missing instanceof EngineException failed ? failed : new EngineException(missing.getMessage());
        }
    }

    // Backends.Users

    @Override
    public void leaving(Architecture architecture) {
        holds.leaving(architecture);
    }

    @Override
    public void leaving(ExecutionEngine engine) {
        holds.leaving(engine);
    }

    @Override
    public void settle(GuestTask task) {
        if (holds.settle(task)) {
            lookAgain();
        }
    }

    /** An engine may learn of its part of an architecture later than this does of the architecture, so it looks again. */
    @Override
    public void arrived() {
        if (holds.resume()) {
            lookAgain();
        }
    }

    private void lookAgain() {
        if (lookingAgain.compareAndSet(false, true)) {
            timers.after(RESUME_NANOS, () -> {
                lookingAgain.set(false);
                arrived();
            });
        }
    }

    @Override
    public SyscallTables.Slot dispatch(Architecture architecture, Job job) {
        return tables.slot(architecture, job.confinement());
    }

    @Override
    public CloneStrategy strategy(Task task, CloneRequest request) {
        return backends.strategy(task, request);
    }

    @Override
    public List<Guest> guests() {
        List<Guest> all = new ArrayList<>(guests.values());
        all.sort(Comparator.comparingInt(Guest::pid));
        return all;
    }

    @Override
    public Optional<Guest> guest(int pid) {
        Guest running = guests.get(pid);
        if (running != null) {
            return Optional.of(running);
        }
        synchronized (ended) {
            return Optional.ofNullable(ended.get(pid));
        }
    }

    @Override
    public void defect(String what, Throwable cause) {
        HostIdentity.asProcess(() -> {
            log.error("internal error in {}", what, cause);
            return null;
        });
    }

    /** Logs what a profile does not grant. */
    private void refused(String line) {
        HostIdentity.asProcess(() -> {
            log.warn(line);
            return null;
        });
    }

    @Override
    public void nudgeSoon(GuestTask task) {
        timers.after(SOON_NANOS, () -> nudge(task));
    }

    @Override
    public void nudge(GuestTask task) {
        if (task.nudge()) {
            timers.after(NUDGE_NANOS, () -> nudge(task));
        }
    }

    @Override
    public TaskThreads taskThreads() {
        return taskThreads;
    }

    @Override
    public EscapeRoute escapeRoute() {
        return backends.escapeRoute();
    }

    @Override
    public Consumer<String> escapeWatcher() {
        return backends.escapeWatcher();
    }

    @Override
    public TimerThread timerThread() {
        return timers;
    }

    @Override
    public void began(GuestProcess process) {
        GuestHandle guest = new GuestHandle(process, holds);
        guests.put(guest.pid(), guest);
        meet(guest);
        news.tell(listener -> listener.started(guest));
    }

    @Override
    public void stopped(GuestProcess process, int signal) {
        if (process.anchor() != null) {
            process.anchor().stopped(signal != 0);
        }
        GuestHandle guest = guests.get(process.pid());
        if (guest != null) {
            timers.after(0, () -> guest.stopped(signal));
            if (signal == 0) {
                news.tell(listener -> listener.continued(guest));
            } else {
                news.tell(listener -> listener.stopped(guest, signal));
            }
        }
    }

    @Override
    public void held(GuestProcess process, String reason) {
        GuestHandle guest = guests.get(process.pid());
        if (guest != null) {
            news.tell(listener -> listener.held(guest, reason));
        }
    }

    @Override
    public void resumed(GuestProcess process) {
        GuestHandle guest = guests.get(process.pid());
        if (guest != null) {
            news.tell(listener -> listener.resumed(guest));
        }
    }

    @Override
    public void ended(GuestProcess process) {
        GuestHandle guest = guests.get(process.pid());
        if (guest != null && guest.isOf(process)) {
            guest.ended();
            if (news.isWanted()) {
                guest.exitStage().whenComplete((status, never) -> news.tell(listener -> listener.exited(guest, status)));
            }
            if (process.isReaped()) {
                remember(guest);
            }
        }
    }

    @Override
    public void reaped(GuestProcess process) {
        GuestHandle guest = guests.get(process.pid());
        if (guest != null && guest.isOf(process) && guest.hasEnded()) {
            remember(guest);
        }
    }

    private void remember(GuestHandle guest) {
        guest.reaped();
        guests.remove(guest.pid(), guest);
        synchronized (ended) {
            ended.put(guest.pid(), guest);
        }
    }
}
