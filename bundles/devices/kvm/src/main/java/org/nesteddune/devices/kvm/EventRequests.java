package org.nesteddune.devices.kvm;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;

/** Requests that name event counters by the guest's descriptors. That they are event counters the host checks. Stateless. */
final class EventRequests {

    /** {@code struct kvm_irqfd}: descriptor at 0, flags at 8, the second descriptor at 12 if the flag says so. */
    private static final long KVM_IRQFD = 0x4020ae76L;

    private static final int IRQFD = 32;
    private static final int IRQFD_FLAGS = 8;
    private static final int IRQFD_RESAMPLE = 12;
    private static final int KVM_IRQFD_FLAG_RESAMPLE = 2;

    /** {@code struct kvm_ioeventfd}: descriptor at 20. */
    private static final long KVM_IOEVENTFD = 0x4040ae79L;

    private static final int IOEVENTFD = 64;
    private static final int IOEVENTFD_FD = 20;

    /** {@code struct kvm_hyperv_eventfd}: descriptor at 4, flags at 8. */
    private static final long KVM_HYPERV_EVENTFD = 0x4018aebdL;

    private static final int HYPERV = 24;
    private static final int HYPERV_FD = 4;
    private static final int HYPERV_FLAGS = 8;
    private static final int KVM_HYPERV_EVENTFD_DEASSIGN = 1;

    private EventRequests() {}

    /** KVM_IRQFD. */
    static long interrupt(KvmFile file, Task task, long argument) {
        try (NativeBuffer buffer = copy(task, argument, IRQFD)) {
            boolean two = (Memory.getInt(buffer.address() + IRQFD_FLAGS) & KVM_IRQFD_FLAG_RESAMPLE) != 0;
            return two
                    ? call(file, task, KVM_IRQFD, buffer, 0, IRQFD_RESAMPLE)
                    : call(file, task, KVM_IRQFD, buffer, 0);
        }
    }

    /** KVM_IOEVENTFD. */
    static long access(KvmFile file, Task task, long argument) {
        try (NativeBuffer buffer = copy(task, argument, IOEVENTFD)) {
            return call(file, task, KVM_IOEVENTFD, buffer, IOEVENTFD_FD);
        }
    }

    /** KVM_HYPERV_EVENTFD, which needs no descriptor to take one away. */
    static long hypercall(KvmFile file, Task task, long argument) {
        try (NativeBuffer buffer = copy(task, argument, HYPERV)) {
            boolean away = (Memory.getInt(buffer.address() + HYPERV_FLAGS) & KVM_HYPERV_EVENTFD_DEASSIGN) != 0;
            return away
                    ? call(file, task, KVM_HYPERV_EVENTFD, buffer)
                    : call(file, task, KVM_HYPERV_EVENTFD, buffer, HYPERV_FD);
        }
    }

    private static NativeBuffer copy(Task task, long argument, int size) {
        NativeBuffer buffer = new NativeBuffer(size);
        boolean done = false;
        try {
            task.memory().readTo(argument, buffer.address(), size);
            done = true;
            return buffer;
        } finally {
            if (!done) {
                buffer.close();
            }
        }
    }

    /** Puts host descriptors in the place of the guest's, which stay open meanwhile. */
    private static long call(KvmFile file, Task task, long number, NativeBuffer structure, int... places) {
        List<OpenFile> files = new ArrayList<>();
        try {
            for (int place : places) {
                OpenFile event = task.descriptors().get(Memory.getInt(structure.address() + place));
                files.add(event);
                if (event.hostDescriptor() < 0) {
                    return -Errno.EINVAL;
                }
                Memory.putInt(structure.address() + place, event.hostDescriptor());
            }
            return Linux.ioctl(file.hostDescriptor(), number, structure.address());
        } finally {
            files.forEach(OpenFile::release);
        }
    }
}
