package org.nesteddune.devices.kvm;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestMemory;

/**
 * One request of ioctl(2), and how its argument comes to the host. Immutable.
 *
 * <p>A structure without pointers in it is read and written by the host's kernel where it lies in the guest's window. What has a length in
 * it is copied first: another thread of the guest could change the length between its check and the kernel's use of it.
 */
record Request(String name, int number, Form form) {

    /** What an argument is. */
    sealed interface Form permits Plain, Structure, Counted, Own {}

    /** A number, or nothing. */
    record Plain() implements Form {}

    /** The address of a structure of a fixed size in bytes. */
    record Structure(int size) implements Form {}

    /**
     * The address of a structure with a list at its end.
     *
     * @param count offset of the 32-bit number of elements
     * @param head bytes before the list
     * @param element bytes of one of them
     * @param most greatest number of elements that is carried over
     * @param excess error number for more of them; 0 where the kernel gives what there is and no more
     * @param least bytes that the kernel reads or writes even without elements
     * @param read whether the kernel reads the elements
     * @param written whether it writes them
     */
    record Counted(int count, int head, int element, int most, int excess, int least, boolean read, boolean written)
            implements Form {}

    /** Needs to be understood. */
    record Own(Handler handler) implements Form {}

    /** Carries a request over by itself. */
    interface Handler {

        /** The call's result, or a negated error number. */
        long handle(KvmFile file, Task task, long argument);
    }

    /** Makes the request of the host. */
    long carryOver(KvmFile file, Task task, long argument) {
        if (form instanceof Own own) {
            return own.handler.handle(file, task, argument);
        }
        if (form instanceof Counted counted) {
            return carryOver(counted, file, task, argument);
        }
        return form instanceof Structure structure
                ? call(file, task.memory().host(argument, structure.size))
                : call(file, argument);
    }

    private long call(KvmFile file, long argument) {
        return Linux.ioctl(file.hostDescriptor(), Integer.toUnsignedLong(number), argument);
    }

    private long carryOver(Counted list, KvmFile file, Task task, long argument) {
        GuestMemory memory = task.memory();
        int count = memory.readInt(argument + list.count);
        if (Integer.compareUnsigned(count, list.most) > 0) {
            if (list.excess != 0) {
                return -list.excess;
            }
            count = list.most;
        }
        int size = Math.max(list.least, list.head + count * list.element);
        try (NativeBuffer buffer = new NativeBuffer(size)) {
            long address = buffer.address();
            buffer.clear();
            memory.readTo(argument, address, list.read ? size : Math.max(list.head, list.count + Integer.BYTES));
            Memory.putInt(address + list.count, count);
            long result = call(file, address);
            if (!list.written) {
                return result;
            }
            if (result >= 0) {
                int now = Memory.getInt(address + list.count);
                int used = Integer.compareUnsigned(now, count) < 0 ? now : count;
                memory.writeFrom(argument, address, Math.max(list.least, list.head + used * list.element));
            } else if (result == -Errno.E2BIG) {
                memory.writeInt(argument + list.count, Memory.getInt(address + list.count)); // how many it would take
            }
            return result;
        }
    }
}
