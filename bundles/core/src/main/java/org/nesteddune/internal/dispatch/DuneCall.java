package org.nesteddune.internal.dispatch;

import org.nesteddune.internal.task.GuestTask;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * The system call that no kernel has (docs/inside): a program asks whether it is in dune, or asks to leave it. Once it has left, the
 * call is made again natively, so that it ends with ENOSYS.
 */
final class DuneCall {

    /** "dune": far behind the numbers of all architectures. */
    static final int NUMBER = 0x64756e65;

    static final String NAME = "dune";

    private static final int INSIDE = 0;
    private static final int ESCAPE = 1;

    /** What stands in every table. */
    static final DispatchTable.Entry ENTRY = new DispatchTable.Entry(
            new Syscall.Table().full(NAME, "int operation", DuneCall::handle).build().get(0), "core");

    private DuneCall() {}

    private static long handle(Task task, SyscallArguments arguments) {
        return switch (arguments.getInt(0)) {
            case INSIDE -> 1;
            case ESCAPE -> ((GuestTask) task).escape();
            default -> -Errno.EINVAL;
        };
    }
}
