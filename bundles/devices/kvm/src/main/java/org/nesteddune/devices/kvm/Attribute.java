package org.nesteddune.devices.kvm;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;

/** A request about attributes ({@code struct kvm_device_attr}) that knows one attribute, of 64 bits; others are ENXIO. */
record Attribute(int number, int group, long attribute) implements Request.Handler {

    private static final int KVM_HAS_DEVICE_ATTR = 0x4018aee3;

    // struct kvm_device_attr: flags, group, attribute, address
    private static final int GROUP = 4;
    private static final int ATTRIBUTE = 8;
    private static final int ADDRESS = 16;
    private static final int SIZE = 24;

    @Override
    public long handle(KvmFile file, Task task, long argument) {
        try (NativeBuffer buffer = new NativeBuffer(SIZE)) {
            long copy = buffer.address();
            task.memory().readTo(argument, copy, SIZE);
            if (Memory.getInt(copy + GROUP) != group || Memory.getLong(copy + ATTRIBUTE) != attribute) {
                return -Errno.ENXIO;
            }
            // Whether there is such an attribute is asked without a place for it.
            Memory.putLong(copy + ADDRESS, number == KVM_HAS_DEVICE_ATTR ? 0 : task.memory().host(Memory.getLong(copy + ADDRESS), Long.BYTES));
            return Linux.ioctl(file.hostDescriptor(), Integer.toUnsignedLong(number), copy);
        }
    }
}
