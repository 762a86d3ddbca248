package org.nesteddune.internal.runtime;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
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
import org.nesteddune.clone.CloneStrategy;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.EscapeRoute;
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
import org.nesteddune.internal.task.Processes;
import org.nesteddune.internal.task.Supervisor;
import org.nesteddune.internal.task.TaskThreads;
import org.nesteddune.kernel.CloneRequest;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TimerThread;
import org.nesteddune.linux.Signal;
import org.nesteddune.mm.HostShare;
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
    private final SyscallTables tables;
    private final Logger log;
    private final Holds holds;
    private final AtomicBoolean lookingAgain = new AtomicBoolean();
    private final TaskThreads taskThreads = new TaskThreads();
    private final TimerThread timers = new TimerThread();
    private final AtomicLong jobs = new AtomicLong();
    private final HostShare share = HostShare.ofHost();
    private final Processes processes = new Processes(share.mostThreads());
    private final Guests guests = new Guests(timers, this::defect);
    private final ProgramLoader loader;
    private final Launches launches;

    @Activate
    public DuneRuntime(
            BundleContext context,
            @Reference Backends backends,
            @Reference Drivers drivers,
            @Reference SyscallTables tables,
            @Reference(service = LoggerFactory.class) Logger log) {
        this.backends = backends;
        this.tables = tables;
        this.log = log;
        holds = new Holds(processes, backends, this::dispatch, this::defect);
        backends.users(this);
        hostLimits = new HostLimits("own".equals(context.getProperty(PROCESS)));
        loader = new ProgramLoader(backends, share, processes.programs());
        launches = new Launches(this, loader, processes, drivers, hostLimits, holds, guests, this::refused);
        KickSignal.install();
        this.context = context;
        context.addBundleListener(stopping);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addListener(GuestListener listener) {
        guests.add(listener);
    }

    void removeListener(GuestListener listener) {
        guests.remove(listener);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setMeter(CallMeter service) {
        guests.use(service);
    }

    void unsetMeter(CallMeter service) {
        guests.stopUsing(service);
    }

    @Deactivate
    void deactivate() {
        backends.users(null);
        context.removeBundleListener(stopping);
        letGo();
        guests.present().forEach(guest -> guest.signal(Signal.SIGKILL));
        for (GuestHandle guest : guests.present()) {
            try {
                guest.exitStage().get(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException | ExecutionException late) {
                log.error("guest {} did not end in time", guest.pid(), late);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        taskThreads.close();
        timers.close();
        guests.closeNews();
        processes.ipc().close();
        processes.close();
        hostLimits.close();
    }

    /** Whoever was a native process before goes on as one, if that is possible. */
    private void letGo() {
        for (GuestHandle guest : guests.present()) {
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
        return launches.launch(spec, jobs.incrementAndGet());
    }

    @Override
    public Guest enter(int pid) throws EscapeException {
        GuestProcess process = new Arrival(this, processes, backends, share).enter(pid, jobs.incrementAndGet());
        return guest(process.pid()).orElseThrow(
                () -> new EscapeException("process " + pid + " has entered, and has ended since"));
    }

    @Override
    public LoadedProgram load(GuestTask task, ProgramLoader.Request request) throws LoadException {
        try {
            return loader.load(request);
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
        return guests.sorted();
    }

    @Override
    public Optional<Guest> guest(int pid) {
        return Optional.ofNullable(guests.find(pid));
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
        guests.add(new GuestHandle(process, holds));
    }

    @Override
    public void stopped(GuestProcess process, int signal) {
        if (process.anchor() != null) {
            process.anchor().stopped(signal != 0);
        }
        guests.stopped(process, signal);
    }

    @Override
    public void held(GuestProcess process, String reason) {
        guests.held(process, reason);
    }

    @Override
    public void resumed(GuestProcess process) {
        guests.resumed(process);
    }

    @Override
    public void ended(GuestProcess process) {
        guests.ended(process);
    }

    @Override
    public void reaped(GuestProcess process) {
        guests.reaped(process);
    }
}
