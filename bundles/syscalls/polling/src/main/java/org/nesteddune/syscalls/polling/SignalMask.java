package org.nesteddune.syscalls.polling;

import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/** The signal mask that {@code ppoll} and its like set while they wait. Stateless. */
final class SignalMask {

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
        task.temporarySignalMask(abi.readSignalSet(task.memory(), address).andNot(SignalSet.UNSTOPPABLE));
    }
}
