package org.nesteddune.syscalls.signals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/** {@code sigset_t} arguments: of generic signals inside, of the guest's numbers in its memory. */
final class SignalSets {

    private SignalSets() {
    }

    /** EINVAL unless a size argument is that of the architecture's {@code sigset_t}. */
    static void checkSize(Task task, long size) {
        if (size != task.architecture().abi().signalSetSize()) {
            throw new ErrnoException(Errno.EINVAL);
        }
    }

    /** Reads a set, without the signals that nothing stops. */
    static SignalSet read(Task task, long address) {
        return task.architecture().abi().readSignalSet(task.memory(), address).andNot(SignalSet.UNSTOPPABLE);
    }

    /** Writes as many bytes of a set as the guest asked for, at most its own size. */
    static void write(Task task, long address, SignalSet set, int size) {
        SignalSet guest = task.architecture().abi().signalSetToGuest(set);
        byte[] bytes = new byte[SignalSet.LAST / Byte.SIZE];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(guest.low()).putLong(guest.high());
        task.memory().write(address, bytes, 0, size);
    }

    /** The generic number of a guest's signal; EINVAL if there is none. */
    static int signal(Task task, int number) {
        if (!task.architecture().abi().isSignal(number)) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return task.architecture().abi().signalFromGuest(number);
    }
}
