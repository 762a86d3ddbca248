package org.nesteddune.devices.kvm;

import static org.nesteddune.host.SyscallNumbers.SYS_ioctl;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;

/** A virtual CPU's descriptor. */
final class VcpuFile extends KvmFile {

    private static final Requests REQUESTS = Requests.ofVcpu();

    private static final long KVM_CREATE_VCPU = 0xae41;
    private static final long KVM_RUN = 0xae80;
    private static final long KVM_CHECK_EXTENSION = 0xae03;
    private static final long KVM_SET_XSAVE = 0x5000aea5L;
    private static final long KVM_GET_XSAVE2 = 0x9000aecfL;
    private static final int KVM_CAP_XSAVE2 = 208;

    /** Bytes of {@code struct kvm_xsave}; more follow where the processor has more. */
    private static final int XSAVE = 4096;

    /** Offset of {@code immediate_exit} in {@code struct kvm_run}. */
    private static final int IMMEDIATE_EXIT = 1;

    private final VirtualMachine machine;
    /** The beginning of {@code struct kvm_run}. */
    private final long shared;
    private volatile SignalSet runMask; // null: the task's own

    private VcpuFile(int descriptor, String path, FileStatus status, VirtualMachine machine) {
        super(descriptor, path, OpenFlags.O_RDWR, status, REQUESTS);
        this.machine = machine;
        shared = ErrnoException.check(
                Linux.mmap(0, Linux.PAGE_SIZE, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED, descriptor, 0));
        machine.retain();
    }

    /** KVM_CREATE_VCPU. */
    static long create(KvmFile file, Task task, long id) {
        VirtualMachine machine = ((VmFile) file).machine();
        return file.newDescriptor(task, KVM_CREATE_VCPU, id, (descriptor, path, status) ->
                new VcpuFile(descriptor, path, status, machine));
    }

    @Override
    boolean belongsTo(Task task) {
        return machine.belongsTo(task.memory());
    }

    @Override
    int capable() {
        return machine.handle();
    }

    @Override
    protected void close() {
        Linux.munmap(shared, Linux.PAGE_SIZE);
        super.close();
        machine.release();
    }

    /**
     * KVM_RUN. With the mask of KVM_SET_SIGNAL_MASK it is the guest's signals that are masked meanwhile, never the host thread's. One that
     * comes through ends the run with EINTR and stays pending if the task blocks it otherwise.
     */
    static long run(KvmFile file, Task task, long argument) {
        if (argument != 0) {
            return -Errno.EINVAL;
        }
        VcpuFile vcpu = (VcpuFile) file;
        SignalSet mask = vcpu.runMask;
        if (mask == null) {
            return vcpu.run(task);
        }
        SignalSet own = task.signalMask();
        task.signalMask(mask);
        try {
            return vcpu.run(task);
        } finally {
            task.signalMask(own);
        }
    }

    private long run(Task task) {
        for (; ; ) {
            long result = task.blockingCallOnce(SYS_ioctl, hostDescriptor(), KVM_RUN, 0, 0, 0, 0);
            if (result == -Errno.ERESTARTSYS) {
                completeAccess();
                return -Errno.EINTR;
            }
            // One that concerns nobody is not seen, unless the guest itself has asked for the end.
            if (result != -Errno.EINTR || Memory.getByte(shared + IMMEDIATE_EXIT) != 0) {
                return result;
            }
        }
    }

    /**
     * KVM_RUN finishes the I/O that the last exit was about before it looks for signals, and programs rely on that. The call may not have
     * been made, because the signal was there before.
     */
    private void completeAccess() {
        byte before = Memory.getByte(shared + IMMEDIATE_EXIT);
        Memory.putByte(shared + IMMEDIATE_EXIT, (byte) 1);
        Linux.ioctl(hostDescriptor(), KVM_RUN, 0);
        Memory.putByte(shared + IMMEDIATE_EXIT, before);
    }

    /** KVM_SET_SIGNAL_MASK: a length, which must be that of the kernel's set, and the set; no address for no mask. */
    static long setSignalMask(KvmFile file, Task task, long argument) {
        VcpuFile vcpu = (VcpuFile) file;
        if (argument == 0) {
            vcpu.runMask = null;
            return 0;
        }
        if (task.memory().readInt(argument) != Long.BYTES) {
            return -Errno.EINVAL;
        }
        SignalSet set = new SignalSet(task.memory().readLong(argument + Integer.BYTES), 0);
        vcpu.runMask = set.andNot(SignalSet.UNSTOPPABLE);
        return 0;
    }

    /** KVM_SET_XSAVE, of which the kernel reads as much as the processor's state takes. */
    static long extendedState(KvmFile file, Task task, long argument) {
        return ((VcpuFile) file).extendedState(task, KVM_SET_XSAVE, argument);
    }

    /** KVM_GET_XSAVE2. */
    static long getExtendedState(KvmFile file, Task task, long argument) {
        return ((VcpuFile) file).extendedState(task, KVM_GET_XSAVE2, argument);
    }

    private long extendedState(Task task, long number, long argument) {
        long size = Math.max(XSAVE, Linux.ioctl(machine.handle(), KVM_CHECK_EXTENSION, KVM_CAP_XSAVE2));
        return Linux.ioctl(hostDescriptor(), number, task.memory().host(argument, size));
    }
}
