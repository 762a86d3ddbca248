package org.nesteddune.internal.runtime;

import java.util.function.Consumer;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.fs.DeviceDrivers;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Terminal;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.internal.loader.LoadedProgram;
import org.nesteddune.internal.loader.ProgramLoader;
import org.nesteddune.internal.task.GuestProcess;
import org.nesteddune.internal.task.Holds;
import org.nesteddune.internal.task.Job;
import org.nesteddune.internal.task.ProcessImage;
import org.nesteddune.internal.task.Processes;
import org.nesteddune.internal.task.Supervisor;
import org.nesteddune.internal.task.TaskIdentity;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.SignalHandlers;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/** Makes guests of programs. Thread-safe. */
final class Launches {

    private final Supervisor runtime;
    private final ProgramLoader loader;
    private final Processes processes;
    private final DeviceDrivers drivers;
    private final HostLimits hostLimits;
    private final Holds holds;
    private final Guests guests;
    private final Consumer<String> refusals;

    /**
     * @param guests where each is entered before it runs
     * @param refusals takes lines about what a profile does not grant
     */
    Launches(
            Supervisor runtime,
            ProgramLoader loader,
            Processes processes,
            DeviceDrivers drivers,
            HostLimits hostLimits,
            Holds holds,
            Guests guests,
            Consumer<String> refusals) {
        this.runtime = runtime;
        this.loader = loader;
        this.processes = processes;
        this.drivers = drivers;
        this.hostLimits = hostLimits;
        this.holds = holds;
        this.guests = guests;
        this.refusals = refusals;
    }

    /**
     * Starts a program as a guest.
     *
     * @param job the number of the guest's job
     * @throws LaunchException if that cannot be; nothing is left behind then
     */
    GuestHandle launch(GuestSpec spec, long job) throws LaunchException {
        Launch launch = new Launch(spec, job);
        boolean good = false;
        try {
            GuestHandle guest = launch.run();
            good = true;
            launch.streams.started();
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
                launch.abandon();
            }
        }
    }

    /** One guest that is being made, and what is there of it. */
    private final class Launch {

        private final GuestSpec spec;
        private final long number;
        private final Credentials user;
        private final Confinement confinement;
        private final FsContext fs;
        private final DescriptorTable descriptors = new DescriptorTable();
        private int pid;
        private LoadedProgram program;
        private ProcessImage image;
        private Vcpu vcpu;
        private JavaStreams streams;
        private volatile GuestProcess process;

        Launch(GuestSpec spec, long number) throws LaunchException {
            this.spec = spec;
            this.number = number;
            user = HostEnvironment.credentials(spec.user());
            confinement = spec.profile() == null ? null : new Confinement(spec.profile(), refusals);
            fs = asUser(() -> HostEnvironment.files(spec, confinement, drivers, processes.viewOf(() -> process)));
        }

        GuestHandle run() throws LoadException, LaunchException {
            Limits limits = hostLimits.forGuest();
            pid = processes.allocate(null, user.uid(), Limits.INFINITY);
            Job job = new Job(pid, number, spec.engine(), spec.memoryLimit(), spec.taskLimit(), confinement);
            String path = asUser(() -> ProgramSearch.find(fs, spec.program(), spec.environment()));
            program = asUser(() -> loader.load(new ProgramLoader.Request(
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
            streams = JavaStreams.of(spec);
            vcpu = program.machine().createVcpu();
            program.architecture().start(vcpu.state(), program.entry(), program.stackPointer(), program.elfFlags());
            HostEnvironment.standardStreams(streams.descriptors(), confinement != null, descriptors);
            image = ProcessImage.of(
                    program, runtime.dispatch(program.architecture(), job), path, job, processes.programs());
            process = new GuestProcess(
                    pid,
                    processes,
                    runtime,
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
            GuestHandle guest = new GuestHandle(process, holds, streams.exit(process.exitStage()));
            guests.add(guest);
            start();
            return guest;
        }

        private void start() {
            Terminal terminal = spec.terminal() == GuestSpec.Terminal.NONE ? null : processes.terminals().own();
            try {
                process.start(vcpu, terminal, spec.terminal() == GuestSpec.Terminal.FOREGROUND);
            } finally {
                if (terminal != null) {
                    terminal.release();
                }
            }
        }

        /** Gives back what is there. */
        void abandon() {
            if (pid != 0) {
                guests.remove(pid);
            }
            if (streams != null) {
                streams.close();
            }
            descriptors.closeAll();
            if (vcpu != null) {
                vcpu.close();
            }
            if (image != null) {
                image.mm().release();
            } else if (program != null) {
                program.memory().close();
                program.machine().close();
            }
            if (pid != 0) {
                processes.giveBack(pid);
            }
            fs.close();
        }

        /** Does what looks at the guest's files, as the guest's user. */
        private <T, E extends Exception> T asUser(UserAction<T, E> action) throws E, LaunchException {
            if (user.hostIdentity() == HostIdentity.present()) {
                return action.run();
            }
            try {
                TaskIdentity.assume(user);
            } catch (ErrnoException refused) {
                throw new LaunchException(
                        LaunchException.Part.USER,
                        refused.errno(),
                        "user " + Integer.toUnsignedString(user.uid()) + ", group " + Integer.toUnsignedString(user.gid())
                                + ": the host does not let this process be another user: " + Errno.text(refused.errno()));
            }
            try {
                return action.run();
            } finally {
                TaskIdentity.giveBack();
            }
        }
    }

    private interface UserAction<T, E extends Exception> {
        T run() throws E;
    }

    private static void ignore(SignalHandlers handlers, long signals) {
        for (long rest = signals; rest != 0; rest &= rest - 1) {
            int signal = Long.numberOfTrailingZeros(rest) + 1;
            if (signal != Signal.SIGKILL && signal != Signal.SIGSTOP) {
                handlers.set(signal, SignalAction.IGNORING);
            }
        }
    }
}
