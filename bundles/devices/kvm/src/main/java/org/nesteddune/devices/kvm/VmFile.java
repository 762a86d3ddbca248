package org.nesteddune.devices.kvm;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;

/** A virtual machine's descriptor. */
final class VmFile extends KvmFile {

    private static final Requests REQUESTS = Requests.ofVm();

    private static final long KVM_CREATE_VM = 0xae01;
    private static final long KVM_GET_DIRTY_LOG = 0x4010ae42L;
    private static final long KVM_CLEAR_DIRTY_LOG = 0xc018aec0L;
    private static final long KVM_X86_SET_MSR_FILTER = 0x4188aec6L;

    private static final int KVM_CAP_USER_MEMORY2 = 231;

    /** Bytes in {@code struct kvm_create_device}. */
    private static final int CREATE_DEVICE = 12;

    /** Bytes in {@code struct kvm_userspace_memory_region2}. */
    private static final int REGION2 = 160;

    // struct kvm_userspace_memory_region, and the beginning of kvm_userspace_memory_region2
    private static final int REGION_FLAGS = 4;
    private static final int REGION_ADDRESS = 24;

    /** KVM_MEM_LOG_DIRTY_PAGES and KVM_MEM_READONLY; a slot of a guest_memfd is not carried over. */
    private static final int REGION_FLAGS_KNOWN = 3;

    // struct kvm_dirty_log, struct kvm_clear_dirty_log
    private static final int LOG = 16;
    private static final int LOG_BITMAP = 8;
    private static final int CLEAR = 24;
    private static final int CLEAR_PAGES = 4;
    private static final int CLEAR_BITMAP = 16;

    // struct kvm_msr_filter: 8 bytes, then 16 ranges of flags, count, base, bitmap (KVM_MSR_FILTER_MAX_RANGES)
    private static final int FILTER = 392;
    private static final int FILTER_RANGES = 8;
    private static final int RANGE = 24;
    private static final int RANGE_COUNT = 4;
    private static final int RANGE_BITMAP = 16;

    private final VirtualMachine machine;

    private VmFile(int descriptor, String path, FileStatus status, VirtualMachine machine) {
        super(descriptor, path, OpenFlags.O_RDWR, status, REQUESTS);
        this.machine = machine;
        machine.retain();
    }

    /** KVM_CREATE_VM. */
    static long create(KvmFile system, Task task, long type) {
        return system.newDescriptor(task, KVM_CREATE_VM, type, (descriptor, path, status) ->
                new VmFile(descriptor, path, status, new VirtualMachine(task.memory(), descriptor)));
    }

    VirtualMachine machine() {
        return machine;
    }

    @Override
    boolean belongsTo(Task task) {
        return machine.belongsTo(task.memory());
    }

    @Override
    protected void close() {
        super.close();
        machine.release();
    }

    /** KVM_SET_USER_MEMORY_REGION: all of the slot must lie in one piece in the guest's window, mapped or not. */
    static long setRegion(KvmFile file, Task task, long argument) {
        return setRegion(file, task, argument, VirtualMachine.REGION);
    }

    /** KVM_SET_USER_MEMORY_REGION2: the same with more behind it, for a guest_memfd, which guests do not have. */
    static long setRegion2(KvmFile file, Task task, long argument) {
        return Capabilities.check(file, task, KVM_CAP_USER_MEMORY2) > 0 ? setRegion(file, task, argument, REGION2) : -Errno.ENOTTY;
    }

    private static long setRegion(KvmFile file, Task task, long argument, int length) {
        VmFile vm = (VmFile) file;
        try (NativeBuffer buffer = new NativeBuffer(length)) {
            long region = buffer.address();
            task.memory().readTo(argument, region, length);
            if ((Memory.getInt(region + REGION_FLAGS) & ~REGION_FLAGS_KNOWN) != 0) {
                return -Errno.EINVAL;
            }
            long size = Memory.getLong(region + VirtualMachine.REGION_SIZE);
            long host;
            try {
                host = size <= 0 ? 0 : task.memory().host(Memory.getLong(region + REGION_ADDRESS), size);
            } catch (GuestFault outside) {
                return -Errno.EINVAL;
            }
            if (size < 0) {
                return -Errno.EINVAL;
            }
            Memory.putLong(region + REGION_ADDRESS, host);
            return vm.machine.setSlot(region);
        }
    }

    /** KVM_CREATE_DEVICE, as a kernel answers that has none: on x86 the only one is VFIO's, which leads out of the guest. */
    static long createDevice(KvmFile file, Task task, long argument) {
        try (NativeBuffer buffer = new NativeBuffer(CREATE_DEVICE)) {
            task.memory().readTo(argument, buffer.address(), CREATE_DEVICE);
        }
        return -Errno.ENODEV;
    }

    /** KVM_GET_DIRTY_LOG: a bit for each page of the slot. */
    static long getDirtyLog(KvmFile file, Task task, long argument) {
        GuestMemory memory = task.memory();
        try (NativeBuffer buffer = new NativeBuffer(LOG)) {
            long log = buffer.address();
            memory.readTo(argument, log, LOG);
            return ((VmFile) file).machine.withSlot(Memory.getInt(log), pages -> {
                long bitmap = Memory.getLong(log + LOG_BITMAP);
                Memory.putLong(log + LOG_BITMAP, pages == 0 ? 0 : memory.host(bitmap, bitmapSize(pages)));
                return Linux.ioctl(file.hostDescriptor(), KVM_GET_DIRTY_LOG, log);
            });
        }
    }

    /** KVM_CLEAR_DIRTY_LOG: a bit for each of the pages that are named. */
    static long clearDirtyLog(KvmFile file, Task task, long argument) {
        try (NativeBuffer buffer = new NativeBuffer(CLEAR)) {
            long log = buffer.address();
            task.memory().readTo(argument, log, CLEAR);
            long size = bitmapSize(Integer.toUnsignedLong(Memory.getInt(log + CLEAR_PAGES)));
            Memory.putLong(log + CLEAR_BITMAP, task.memory().host(Memory.getLong(log + CLEAR_BITMAP), size));
            return Linux.ioctl(file.hostDescriptor(), KVM_CLEAR_DIRTY_LOG, log);
        }
    }

    /** Bytes of a bitmap, in whole longs as the kernel has it. */
    private static long bitmapSize(long bits) {
        return (bits + Long.SIZE - 1) / Long.SIZE * Long.BYTES;
    }

    /** KVM_X86_SET_MSR_FILTER: each range points at a bitmap. */
    static long setMsrFilter(KvmFile file, Task task, long argument) {
        try (NativeBuffer buffer = new NativeBuffer(FILTER)) {
            long filter = buffer.address();
            task.memory().readTo(argument, filter, FILTER);
            for (long range = filter + FILTER_RANGES; range < filter + FILTER; range += RANGE) {
                long count = Integer.toUnsignedLong(Memory.getInt(range + RANGE_COUNT));
                long bitmap = Memory.getLong(range + RANGE_BITMAP);
                Memory.putLong(range + RANGE_BITMAP, count == 0 ? 0 : task.memory().host(bitmap, bitmapSize(count)));
            }
            return Linux.ioctl(file.hostDescriptor(), KVM_X86_SET_MSR_FILTER, filter);
        }
    }
}
