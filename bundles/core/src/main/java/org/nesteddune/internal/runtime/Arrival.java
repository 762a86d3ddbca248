package org.nesteddune.internal.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.Vdso;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.escape.Arriving;
import org.nesteddune.escape.EntryRoute;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.NativeProgram;
import org.nesteddune.escape.NativeThread;
import org.nesteddune.escape.Parked;
import org.nesteddune.escape.ShellCode;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.GuestFiles;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.ThreadScheduling;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.internal.loader.VdsoMapping;
import org.nesteddune.internal.mm.ReplaceableMachine;
import org.nesteddune.internal.task.Anchor;
import org.nesteddune.internal.task.Emigrant;
import org.nesteddune.internal.task.GuestProcess;
import org.nesteddune.internal.task.Job;
import org.nesteddune.internal.task.Mm;
import org.nesteddune.internal.task.ProcessImage;
import org.nesteddune.internal.task.Processes;
import org.nesteddune.internal.task.Supervisor;
import org.nesteddune.internal.task.TaskIdentity;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Errno;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.HostShare;
import org.nesteddune.syscall.ErrnoException;

/**
 * The attempt of a native process to become a guest. A thread of its own stops it, makes a guest that is the same, empties the native
 * process, lets the guest run, and looks after the native process from then on ({@link Anchor}). Whatever fails before the process is
 * emptied ends the guest, and the process goes on: nothing of it was changed.
 */
final class Arrival {

    /** How long a guest may take to end that has just left dune and has the same number. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** How long it may take until a guest that goes on natively is known to have left. */
    private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Supervisor runtime;
    private final Processes processes;
    private final Backends backends;
    private final HostShare share;
    private final EntryRoute.Steps steps;

    Arrival(Supervisor runtime, Processes processes, Backends backends, HostShare share) {
        this.runtime = runtime;
        this.processes = processes;
        this.backends = backends;
        this.share = share;
        Consumer<String> watcher = backends.escapeWatcher();
        steps = name -> {
            if (watcher != null) {
                try {
                    watcher.accept(name);
                } catch (RuntimeException refused) {
                    throw new EscapeException("stopped before \"" + name + "\": " + refused.getMessage(), refused);
                }
            }
        };
    }

    /**
     * Makes a process a guest.
     *
     * @param job the number of the guest's job
     * @throws EscapeException if that is impossible or fails; the process goes on natively then
     */
    GuestProcess enter(int pid, long job) throws EscapeException {
        EntryRoute route = backends.entryRoute();
        if (route == null) {
            throw EscapeException.cannotEnter(pid, "no installed bundle takes native processes");
        }
        CompletableFuture<GuestProcess> outcome = new CompletableFuture<>();
        begin(pid, () -> keep(route, pid, job, outcome));
        try {
            return outcome.join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof EscapeException reason
                    ? reason
                    : new EscapeException("process " + pid + " could not enter: " + failed.getCause(), failed.getCause());
        }
    }

    /** A child of this process can be traced by nobody but the thread that made it and waits for it. */
    private void begin(int pid, Supplier<ExitStatus> keeping) throws EscapeException {
        boolean isChild = ProcessHandle.of(pid)
                .flatMap(ProcessHandle::parent)
                .filter(ProcessHandle.current()::equals)
                .isPresent();
        if (isChild) {
            // Who has just left may ask before it is known here that he has.
            for (long end = System.nanoTime() + KNOWN_NANOS; System.nanoTime() < end; ) {
                for (Process each : processes.processes()) {
                    Emigrant representative = ((GuestProcess) each).representative();
                    if (representative != null && representative.pid() == pid && representative.visit(keeping)) {
                        return;
                    }
                }
                LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(1));
            }
            throw EscapeException.cannotEnter(pid, "it is a child of this runtime's process, which waits for it");
        }
        Thread keeper = new Thread(keeping::get, "native-" + pid);
        keeper.setDaemon(true);
        keeper.start();
    }

    /** Gives how the native process has ended; null if it goes on natively. */
    private ExitStatus keep(EntryRoute route, int pid, long job, CompletableFuture<GuestProcess> outcome) {
        Anchor anchor;
        GuestProcess process;
        try {
            Arriving arriving = route.seize(pid, steps);
            try {
                Making making = new Making(arriving, job);
                process = making.process();
                anchor = making.anchor();
                making.begin();
            } finally {
                arriving.abandon();
            }
        } catch (EscapeException | RuntimeException | Error failed) {
            outcome.completeExceptionally(failed);
            return null;
        }
        outcome.complete(process);
        return anchor.run();
    }

    /** Makes one guest of one process. */
    private final class Making {

        private final Arriving arriving;
        private final NativeProgram program;
        private final List<Vcpu> vcpus = new ArrayList<>();
        private final GuestProcess[] made = new GuestProcess[1];
        private ReplaceableMachine machine;
        private AddressSpace memory;
        private FsContext files;
        private DescriptorTable descriptors;
        private Anchor anchor;

        Making(Arriving arriving, long number) throws EscapeException {
            this.arriving = arriving;
            this.program = arriving.program();
            List<Integer> ids = arriving.threads().stream().map(NativeThread::tid).toList();
            checkUser();
            checkScheduling();
            claim(ids);
            boolean good = false;
            try {
                make(new Job(program.pid(), number, null, Long.MAX_VALUE, Integer.MAX_VALUE, null));
                Parked parked = arriving.park();
                anchor = new Anchor(parked, made[0], program.parentPid());
                good = true;
            } catch (LoadException | EngineException missing) {
                throw failed(missing.getMessage(), missing);
            } catch (ErrnoException failed) {
                throw failed(Errno.text(failed.errno()), failed);
            } catch (EscapeException reason) {
                throw reason.getMessage().startsWith("process ") ? reason : failed(reason.getMessage(), reason);
            } finally {
                if (!good) {
                    release();
                    ids.forEach(processes::giveBack);
                }
            }
        }

        private EscapeException failed(String reason, Throwable cause) {
            return new EscapeException("process " + program.pid() + " could not enter: " + reason, cause);
        }

        private void checkUser() throws EscapeException {
            if (program.credentials().hostIdentity().equals(HostIdentity.PROCESS)) {
                return;
            }
            try {
                TaskIdentity.assume(program.credentials());
                TaskIdentity.giveBack();
            } catch (ErrnoException refused) {
                throw EscapeException.cannotEnter(program.pid(), "it runs as user "
                        + Integer.toUnsignedString(program.credentials().uid())
                        + " or with other groups or capabilities than dune, and the host does not let dune be another user");
            }
        }

        /** Guests are scheduled as the host lets this process's threads be; what can be taken back is tried on the calling one. */
        private void checkScheduling() throws EscapeException {
            ThreadScheduling own = ThreadScheduling.ofCaller();
            for (NativeThread thread : arriving.threads()) {
                ThreadScheduling wanted = thread.scheduling();
                boolean isReturnable = wanted.policy() == own.policy() && wanted.nice() <= own.nice();
                if (isReturnable && !wanted.isLike(own)) {
                    long result = wanted.applyTo(0);
                    own.applyToCaller();
                    if (result < 0) {
                        throw EscapeException.cannotEnter(program.pid(), "its thread " + thread.tid()
                                + " has CPUs or a nice value that the host does not let dune have: " + Errno.text((int) -result));
                    }
                }
            }
        }

        /** A guest keeps the numbers that it knows. Who has just left dune with one of them is about to end here. */
        private void claim(List<Integer> ids) throws EscapeException {
            long begun = System.nanoTime();
            long end = begun + PATIENCE_NANOS;
            int used = processes.claim(ids, program.credentials().uid());
            while (used != 0) {
                GuestProcess holder = processes.process(program.pid());
                boolean stays = processes.task(used) != null && (holder == null || !holder.hasLeft());
                if (System.nanoTime() > end || stays && System.nanoTime() > begun + KNOWN_NANOS) {
                    throw EscapeException.cannotEnter(program.pid(), "a guest has the number " + used + " already");
                }
                LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(1));
                used = processes.claim(ids, program.credentials().uid());
            }
        }

        private void make(Job job) throws EscapeException, LoadException {
            Architecture architecture = backends.architecture(program.elfMachine(), program.executable());
            steps.step("make a machine");
            ExecutionEngine engine = backends.engine(architecture, null);
            machine = new ReplaceableMachine(engine, architecture);
            memory = AddressSpace.create(
                    machine,
                    architecture.pageSize(),
                    AddressSpaceOptions.defaults().withLimits(program.limits()).withMemory(job.memory()).withShare(share));
            arriving.memory(memory);
            mapVdso(architecture);
            TaskIdentity.assume(program.credentials());
            try {
                files = GuestFiles.context(
                        null, program.workingDirectory(), program.umask(), processes.viewOf(() -> made[0]));
            } finally {
                TaskIdentity.giveBack();
            }
            descriptors = new DescriptorTable();
            arriving.descriptors(descriptors, files, processes);
            steps.step("set registers");
            for (NativeThread thread : arriving.threads()) {
                vcpus.add(vcpu(architecture, thread));
            }
            made[0] = process(architecture, engine, job);
            arriving.watch(made[0]);
        }

        private void mapVdso(Architecture architecture) throws EscapeException {
            Vdso vdso = architecture.vdso();
            if (vdso != null) {
                long known = arriving.find(vdso.image());
                if (known != 0) {
                    VdsoMapping.mapData(memory, vdso, known);
                }
                long image = known != 0 ? known : VdsoMapping.map(memory, vdso);
                arriving.redirect(memory, vdso.image(), image);
            }
        }

        private Vcpu vcpu(Architecture architecture, NativeThread thread) throws EscapeException {
            Vcpu vcpu = machine.createVcpu();
            ShellCode code = backends.shellCode(program.elfMachine());
            if (code == null || !code.adopt(thread.registers(), thread.vector(), vcpu.state())) {
                vcpu.close();
                throw new EscapeException("its thread " + thread.tid() + " uses registers that guests have not");
            }
            return vcpu;
        }

        private GuestProcess process(Architecture architecture, ExecutionEngine engine, Job job) {
            ProcessImage image = new ProcessImage(
                    architecture,
                    engine.name(),
                    new Mm(machine, memory, job, processes.programs(), program.file()),
                    runtime.dispatch(architecture, job),
                    program.executable(),
                    program.name(),
                    program.commandLine(),
                    program.environment(),
                    program.auxiliaryVector(),
                    program.bounds());
            GuestProcess process = new GuestProcess(
                    program.pid(), processes, runtime, job, image, files, descriptors, program.credentials(),
                    program.limits(), Processes.bootTime());
            program.actions().forEach(process.signalHandlers()::set);
            NativeProgram.Settings settings = program.settings();
            process.settings().dumpable(settings.dumpable());
            process.settings().coreFilter(settings.coreFilter());
            process.settings().childSubreaper(settings.childSubreaper());
            process.settings().hugePagesDisabled(settings.hugePagesDisabled());
            process.settings().registerMembarrier(settings.membarriers());
            return process;
        }

        GuestProcess process() {
            return made[0];
        }

        Anchor anchor() {
            return anchor;
        }

        /** Lets the guest run. */
        void begin() {
            for (int which = 0; which < program.intervalTimers().size(); which++) {
                if (program.intervalTimers().get(which).value() != 0) {
                    made[0].timers().intervalTimer(
                            which, program.intervalTimers().get(which).value(), program.intervalTimers().get(which).interval());
                }
            }
            made[0].arrive(arriving.threads(), vcpus, anchor);
        }

        private void release() {
            vcpus.forEach(Vcpu::close);
            if (descriptors != null) {
                descriptors.closeAll();
            }
            if (files != null) {
                files.close();
            }
            if (made[0] != null) {
                made[0].image().mm().release();
                return;
            }
            if (memory != null) {
                memory.close();
            }
            if (machine != null) {
                machine.close();
            }
        }
    }
}
