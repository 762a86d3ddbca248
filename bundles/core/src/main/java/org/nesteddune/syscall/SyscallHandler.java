package org.nesteddune.syscall;

import org.nesteddune.kernel.Task;

/** Carries out one system call. */
@FunctionalInterface
public interface SyscallHandler {

    /**
     * The value that tells the dispatcher to leave the CPU's result registers alone, because the call has set the CPU's
     * state itself ({@code rt_sigreturn}, {@code execve}) or the thread has ended.
     */
    long NO_RESULT = Long.MIN_VALUE;

    /**
     * Carries out the call for a guest thread, on that thread. Allocates nothing on the paths that programs run often.
     *
     * @param task the calling guest thread
     * @param arguments the call's arguments, valid until the handler returns
     * @return the result, a negated generic error number (−1 to −4095, the restart codes −512 to −516 among them), or
     *     {@link #NO_RESULT}
     * @throws org.nesteddune.memory.GuestFault for a bad pointer; the guest gets EFAULT
     * @throws ErrnoException for any other error
     */
    long handle(Task task, SyscallArguments arguments);
}
