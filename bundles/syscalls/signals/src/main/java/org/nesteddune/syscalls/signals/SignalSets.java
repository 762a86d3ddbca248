package org.nesteddune.syscalls.signals;

import org.nesteddune.arch.GuestAbi;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/** {@code sigset_t} arguments: of generic signals inside, of the guest's numbers in its memory. */
final class SignalSets {

    /** Signals that can be neither blocked nor caught. */
    static final long UNSTOPPABLE = Signal.bit(Signal.SIGKILL) | Signal.bit(Signal.SIGSTOP);

    private SignalSets() {
    }

    /** EINVAL unless a size argument is that of the architecture's {@code sigset_t}. */
    static void checkSize(Task task, long size) {
        if (size != task.architecture().abi().signalSetSize()) {
            throw new ErrnoException(Errno.EINVAL);
        }
    }

    /** Reads a set, without the signals that nothing stops. */
    static long read(Task task, long address) {
        GuestAbi abi = task.architecture().abi();
        long set = task.memory().readLong(address);
        if (abi.signalSetSize() > Long.BYTES) {
            task.memory().readLong(address + Long.BYTES);
        }
        return abi.signalSetFromGuest(set) & ~UNSTOPPABLE;
    }

    /** Writes as many bytes of a set as the guest asked for, at most its own size. */
    static void write(Task task, long address, long set, int size) {
        GuestAbi abi = task.architecture().abi();
        long guest = abi.signalSetToGuest(set);
        if (size >= Long.BYTES) {
            task.memory().writeLong(address, guest);
            if (size > Long.BYTES) {
                task.memory().clear(address + Long.BYTES, size - Long.BYTES);
            }
        } else {
            for (int i = 0; i < size; i++) {
                task.memory().writeByte(address + i, (byte) (guest >>> 8 * i));
            }
        }
    }

    /** The generic number of a guest's signal; EINVAL if there is none. */
    static int signal(Task task, int number) {
        if (!Signal.isValid(number)) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return task.architecture().abi().signalFromGuest(number);
    }
}
