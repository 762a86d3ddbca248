package org.nesteddune.internal.task;

import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.clone.CloneChild;
import org.nesteddune.clone.CloneParent;
import org.nesteddune.clone.CloneStrategy;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.fs.FsContext;
import org.nesteddune.host.HostException;
import org.nesteddune.internal.mm.ReplaceableMachine;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.CloneRequest;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.PidFile;
import org.nesteddune.kernel.SignalHandlers;
import org.nesteddune.linux.Clone;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.linux.Resource;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.syscall.ErrnoException;

/**
 * Makes tasks ({@code copy_process} of kernel/fork.c): the strategy gives memory and CPU, this gives the kernel objects,
 * shared or copied by the flags.
 */
final class Cloning {

    private static final long NAMESPACES = Clone.CLONE_NEWNS
            | Clone.CLONE_NEWCGROUP
            | Clone.CLONE_NEWUTS
            | Clone.CLONE_NEWIPC
            | Clone.CLONE_NEWUSER
            | Clone.CLONE_NEWPID
            | Clone.CLONE_NEWNET
            | Clone.CLONE_NEWTIME;

    private Cloning() {}

    /** Makes a task as a call asks; the new tid. */
    static int clone(GuestTask task, CloneRequest request) {
        check(request);
        GuestProcess process = task.guestProcess();
        CloneStrategy strategy = process.runtime().strategy(task, request);
        task.note(strategy.name());
        VforkDone vfork = request.has(Clone.CLONE_VFORK) ? new VforkDone(task) : null;
        int event = task.tracee().cloneEvent(request.flags(), request.exitSignal());
        int tid = task.taskVcpu().undisturbed(() -> begin(task, request, strategy, vfork, event));
        if (event != 0) {
            task.tracee().event(event, tid);
        }
        if (vfork != null && task.awaitAnyhow(vfork::isDone)) {
            task.tracee().event(Ptrace.PTRACE_EVENT_VFORK_DONE, tid);
        }
        return tid;
    }

    /** Makes the new task and lets it run. */
    private static int begin(GuestTask task, CloneRequest request, CloneStrategy strategy, VforkDone vfork, int event) {
        GuestProcess process = task.guestProcess();
        int visits = process.processes().jobs().visits();
        int pidfd = reservePidfd(task, request);
        int tid = -1;
        GuestTask child = null;
        try {
            tid = process.processes().allocate(process.job(), task.credentials().uid(), userLimit(task));
            child = make(task, tid, strategy, request, visits);
        } finally {
            if (child == null) {
                if (tid >= 0) {
                    process.processes().giveBack(tid);
                }
                if (pidfd >= 0) {
                    task.descriptors().giveBack(pidfd);
                }
            }
        }
        if (pidfd >= 0) {
            boolean thread = request.has(Clone.CLONE_THREAD);
            task.descriptors().set(pidfd, thread ? PidFile.of(child, 0) : PidFile.of(child.process(), 0), true);
        }
        prepare(task, child, request);
        child.taskMemory().vforkDone(vfork);
        if (event != 0 || request.has(Clone.CLONE_PTRACE)) {
            child.tracee().follow(task.tracee());
        }
        if (task.hostThread().isChanged()) {
            child.inheritThread();
        }
        if (request.has(Clone.CLONE_PARENT_SETTID)) {
            try {
                task.memory().writeInt(request.parentTid(), tid);
            } catch (GuestFault bad) {
                // As in the kernel: the child is there already.
            }
        }
        child.guestProcess().threadGroup().start(child);
        return tid;
    }

    /** Finds a descriptor for CLONE_PIDFD and tells the caller of it; −1 if none is asked for. */
    private static int reservePidfd(GuestTask task, CloneRequest request) {
        if (!request.has(Clone.CLONE_PIDFD)) {
            return -1;
        }
        int descriptor = (int) ErrnoException.check(
                task.descriptors().reserve(task.process().limits().openFiles()));
        boolean good = false;
        try {
            task.memory().writeInt(request.pidfd(), descriptor);
            good = true;
        } finally {
            if (!good) {
                task.descriptors().giveBack(descriptor);
            }
        }
        return descriptor;
    }

    private static GuestTask make(GuestTask task, int tid, CloneStrategy strategy, CloneRequest request,
            int visits) {
        GuestProcess process = task.guestProcess();
        Limits limits = process.limits().copy();
        CloneChild made;
        try {
            made = strategy.make(new Parent(task, limits), request);
        } catch (EngineException | HostException full) {
            process.runtime().defect("clone of guest " + process.pid(), full);
            throw new ErrnoException(Errno.EAGAIN);
        }
        GuestTask child = null;
        try {
            child = request.has(Clone.CLONE_THREAD)
                    ? thread(task, tid, made, request)
                    : process(task, tid, made, limits, request, visits);
        } finally {
            if (child == null) {
                discard(task, made);
            }
        }
        return child;
    }

    private static void check(CloneRequest request) {
        boolean wrong = request.has(Clone.CLONE_FS) && request.has(Clone.CLONE_NEWNS | Clone.CLONE_NEWUSER)
                || request.has(Clone.CLONE_THREAD) && !request.has(Clone.CLONE_SIGHAND)
                || request.has(Clone.CLONE_SIGHAND) && !request.has(Clone.CLONE_VM)
                || request.has(Clone.CLONE_SIGHAND) && request.has(Clone.CLONE_CLEAR_SIGHAND)
                || request.has(Clone.CLONE_THREAD) && request.has(Clone.CLONE_NEWUSER | Clone.CLONE_NEWPID)
                || request.has(Clone.CLONE_NEWIPC) && request.has(Clone.CLONE_SYSVSEM);
        if (wrong) {
            throw new ErrnoException(Errno.EINVAL);
        }
        if (request.has(NAMESPACES)) {
            throw new ErrnoException(Errno.EPERM);
        }
    }

    /** The number of tasks that a process's user may have. */
    private static long userLimit(GuestTask task) {
        Credentials user = task.credentials();
        boolean exempt = user.uid() == 0
                || user.has(Capabilities.CAP_SYS_RESOURCE)
                || user.has(Capabilities.CAP_SYS_ADMIN);
        return exempt ? Limits.INFINITY : task.process().limits().soft(Resource.RLIMIT_NPROC);
    }

    private static GuestTask thread(GuestTask task, int tid, CloneChild made, CloneRequest request) {
        GuestProcess process = task.guestProcess();
        GuestTask child = new GuestTask(
                tid, process, made.vcpu(), task.name(), task.credentials(), task.settings().copy(), files(task, process, request),
                descriptors(task, request));
        process.processes().add(child);
        return child;
    }

    private static GuestTask process(
            GuestTask task, int tid, CloneChild made, Limits limits, CloneRequest request, int visits) {
        GuestProcess own = task.guestProcess();
        boolean sibling = request.has(Clone.CLONE_PARENT);
        GuestProcess parent = sibling ? own.kinship().parent() : own;
        Kinship kinship = new Kinship(
                parent,
                sibling ? own.kinship().parentTid : task.tid(),
                sibling ? own.kinship().exitSignal : request.exitSignal());
        Mm mm = made.memory() == own.memory()
                ? own.image().mm().retain()
                : own.image().mm().copy((ReplaceableMachine) made.machine(), made.memory());
        GuestProcess process = new GuestProcess(
                tid,
                own,
                kinship,
                own.image().in(mm),
                task.credentials(),
                limits,
                handlers(own, request),
                Processes.bootTime());
        GuestTask child = new GuestTask(
                tid, process, made.vcpu(), task.name(), task.credentials(), task.settings().copy(), files(task, process, request),
                descriptors(task, request));
        boolean good = false;
        try {
            process.processes().add(process, child, task, visits);
            good = true;
        } finally {
            if (!good) {
                child.release();
                mm.release();
            }
        }
        process.runtime().began(process);
        return child;
    }

    private static SignalHandlers handlers(GuestProcess own, CloneRequest request) {
        if (request.has(Clone.CLONE_SIGHAND)) {
            return own.signalHandlers();
        }
        SignalHandlers handlers = own.signalHandlers().copy();
        if (request.has(Clone.CLONE_CLEAR_SIGHAND)) {
            handlers.resetForExec();
        }
        return handlers;
    }

    private static Shared<FsContext> files(GuestTask task, GuestProcess owner, CloneRequest request) {
        Shared<FsContext> own = task.files().fs();
        return request.has(Clone.CLONE_FS)
                ? own.retain()
                : own.with(own.value().copy(owner.processes().viewOf(owner)));
    }

    private static Shared<DescriptorTable> descriptors(GuestTask task, CloneRequest request) {
        Shared<DescriptorTable> own = task.files().descriptors();
        return request.has(Clone.CLONE_FILES) ? own.retain() : own.with(own.value().copy());
    }

    /** What the child's registers and values differ in from the parent's. */
    private static void prepare(GuestTask task, GuestTask child, CloneRequest request) {
        Architecture architecture = task.architecture();
        architecture.setSyscallResult(child.cpu(), 0);
        if (request.has(Clone.CLONE_SETTLS)) {
            architecture.setThreadPointer(child.cpu(), request.threadPointer());
        }
        child.signals().inherit(task.signals());
        if (request.has(Clone.CLONE_SYSVSEM)) {
            child.settings().shareUndoList(task.settings());
        }
        if ((request.flags() & (Clone.CLONE_VM | Clone.CLONE_VFORK)) == Clone.CLONE_VM) {
            child.signals().alternateStack(AlternateStack.NONE);
        }
        if (request.has(Clone.CLONE_CHILD_CLEARTID)) {
            child.clearChildTid(request.childTid());
        }
        if (request.has(Clone.CLONE_CHILD_SETTID)) {
            child.taskMemory().storeTidAt(request.childTid());
        }
    }

    private static void discard(GuestTask task, CloneChild made) {
        made.vcpu().close();
        if (made.memory() != task.memory()) {
            made.memory().close();
            made.machine().close();
        }
    }

    /** What strategies see of the calling task. */
    private record Parent(GuestTask task, Limits limits) implements CloneParent {

        @Override
        public Architecture architecture() {
            return task.architecture();
        }

        @Override
        public CloneChild share() {
            Machine machine = task.memory().machine();
            return new CloneChild(machine, task.memory(), vcpu(machine));
        }

        @Override
        public CloneChild copy() {
            GuestProcess process = task.guestProcess();
            Machine machine = process.runtime().createMachine(task);
            AddressSpace memory = null;
            boolean good = false;
            try {
                memory = task.memory().fork(machine, limits);
                CloneChild child = new CloneChild(machine, memory, vcpu(machine));
                good = true;
                return child;
            } finally {
                if (!good) {
                    if (memory != null) {
                        memory.close();
                    }
                    machine.close();
                }
            }
        }

        private Vcpu vcpu(Machine machine) {
            Vcpu vcpu = machine.createVcpu();
            boolean good = false;
            try {
                vcpu.state().copyFrom(task.cpu());
                good = true;
                return vcpu;
            } finally {
                if (!good) {
                    vcpu.close();
                }
            }
        }
    }
}
