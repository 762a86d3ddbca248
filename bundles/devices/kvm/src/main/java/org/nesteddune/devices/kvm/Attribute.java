package org.nesteddune.devices.kvm;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;

/** A request about attributes ({@code struct kvm_device_attr}) that knows one attribute, of 64 bits; others are ENXIO. */
record Attribute(int number, int group, long attribute) implements Request.Handler {

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
            Memory.putLong(copy + ADDRESS, task.memory().host(Memory.getLong(copy + ADDRESS), Long.BYTES));
            return Linux.ioctl(file.hostDescriptor(), Integer.toUnsignedLong(number), copy);
        }
    }
}
