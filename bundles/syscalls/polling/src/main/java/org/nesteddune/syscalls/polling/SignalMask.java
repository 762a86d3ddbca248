package org.nesteddune.syscalls.polling;

import org.nesteddune.arch.GuestAbi;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/** The signal mask that {@code ppoll} and its like set while they wait. Stateless. */
final class SignalMask {

    private static final long UNSTOPPABLE = Signal.bit(Signal.SIGKILL) | Signal.bit(Signal.SIGSTOP);

    private SignalMask() {}

    /** Reads the set at an address and sets it for this call; nothing for NULL. EINVAL for a wrong size, EFAULT. */
    static void set(Task task, long address, long size) {
        if (address == 0) {
            return;
        }
        GuestAbi abi = task.architecture().abi();
        if (size != abi.signalSetSize()) {
            throw new ErrnoException(Errno.EINVAL);
        }
        task.temporarySignalMask(abi.signalSetFromGuest(task.memory().readLong(address)) & ~UNSTOPPABLE);
    }
}
