package org.nesteddune.internal.runtime;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.fs.FsContext;
import org.nesteddune.host.KickSignal;
import org.nesteddune.internal.dispatch.SyscallTables;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.internal.loader.LoadedProgram;
import org.nesteddune.internal.loader.ProgramLoader;
import org.nesteddune.internal.task.GuestProcess;
import org.nesteddune.internal.task.GuestTask;
import org.nesteddune.internal.task.ProcessImage;
import org.nesteddune.internal.task.Processes;
import org.nesteddune.internal.task.Supervisor;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.TimerThread;
import org.nesteddune.linux.Signal;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;

/**
 * The runtime: starts programs and knows the guests. When it is deactivated its guests are killed; it is immediate, so
 * that this does not happen when the last user of the service gives it back.
 */
@Component(service = Dune.class, immediate = true)
public final class DuneRuntime implements Dune, Supervisor {

    /** Time between two kick signals to a task that has not taken notice yet. */
    private static final long NUDGE_NANOS = 1_000_000;

    /** How many ended guests are remembered for those who ask late. */
    private static final int REMEMBERED = 64;

    private static final long SHUTDOWN_SECONDS = 5;

    private final Backends backends;
    private final SyscallTables tables;
    private final Logger log;
    private final Processes processes = new Processes();
    private final TimerThread timers = new TimerThread();
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
            @Reference Backends backends,
            @Reference SyscallTables tables,
            @Reference(service = LoggerFactory.class) Logger log) {
        this.backends = backends;
        this.tables = tables;
        this.log = log;
        KickSignal.install();
    }

    @Deactivate
    void deactivate() {
        guests.values().forEach(guest -> guest.signal(Signal.SIGKILL));
        for (GuestHandle guest : guests.values()) {
            try {
                guest.process().exitStage().get(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException | java.util.concurrent.ExecutionException late) {
                log.error("guest {} did not end in time", guest.pid(), late);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        timers.close();
    }

    @Override
    public Guest enter(GuestSpec spec) throws LaunchException {
        GuestHandle[] made = new GuestHandle[1];
        FsContext fs = HostEnvironment.files(spec, () -> made[0] == null ? null : made[0].process());
        boolean good = false;
        try {
            GuestHandle guest = start(spec, fs, made);
            good = true;
            return guest;
        } catch (LoadException failed) {
            throw new LaunchException(failed.errno(), failed.getMessage());
        } catch (EngineException failed) {
            throw new LaunchException(failed.getMessage(), failed);
        } finally {
            if (!good) {
                fs.close();
            }
        }
    }

    private GuestHandle start(GuestSpec spec, FsContext fs, GuestHandle[] made) throws LoadException {
        Credentials user = HostEnvironment.credentials();
        Limits limits = HostEnvironment.limits();
        String path = ProgramSearch.find(fs, spec.program(), spec.environment());
        LoadedProgram program = new ProgramLoader(backends).load(new ProgramLoader.Request(
                fs,
                path,
                spec.arguments(),
                spec.environment(),
                user,
                limits,
                spec.engine(),
                spec.memoryLimit()));
        Vcpu vcpu = null;
        DescriptorTable descriptors = null;
        boolean good = false;
        try {
            vcpu = program.machine().createVcpu();
            program.architecture().start(vcpu.state(), program.entry(), program.stackPointer());
            GuestProcess process = new GuestProcess(
                    processes.allocate(), processes, this, image(program, path), fs, user, limits,
                    HostEnvironment.bootTime());
            descriptors = process.descriptors();
            HostEnvironment.standardStreams(spec, descriptors);
            if (spec.statistics()) {
                process.enableStatistics();
            }
            if (spec.trace() != null) {
                process.trace(spec.trace());
            }
            GuestHandle guest = new GuestHandle(process);
            made[0] = guest;
            guests.put(guest.pid(), guest);
            process.start(vcpu);
            good = true;
            return guest;
        } finally {
            if (!good) {
                release(program, vcpu, descriptors);
            }
        }
    }

    private static void release(LoadedProgram program, Vcpu vcpu, DescriptorTable descriptors) {
        if (descriptors != null) {
            descriptors.closeAll();
        }
        if (vcpu != null) {
            vcpu.close();
        }
        program.memory().close();
        program.machine().close();
    }

    private ProcessImage image(LoadedProgram program, String path) {
        return new ProcessImage(
                program.architecture(),
                program.engine(),
                program.machine(),
                program.memory(),
                tables.slot(program.architecture()),
                program.executable(),
                path.substring(path.lastIndexOf('/') + 1),
                program.commandLine(),
                program.environment(),
                program.auxiliaryVector(),
                program.bounds());
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
        log.error("internal error in {}", what, cause);
    }

    @Override
    public void nudge(GuestTask task) {
        if (task.nudge()) {
            timers.after(NUDGE_NANOS, () -> nudge(task));
        }
    }

    @Override
    public TimerThread timerThread() {
        return timers;
    }

    @Override
    public void ended(GuestProcess process) {
        GuestHandle guest = guests.remove(process.pid());
        if (guest != null) {
            guest.ended();
            synchronized (ended) {
                ended.put(guest.pid(), guest);
            }
        }
    }
}
