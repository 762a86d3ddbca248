package org.nesteddune.internal.task;

import org.nesteddune.escape.NativeThread;
import org.nesteddune.internal.dispatch.DispatchTable;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.SyscallArguments;

/**
 * A wait for a time that a task was in when it was a native thread. The native thread goes on to wait for the time, which only the host's
 * kernel knows; the task waits for the rest of it. For the task's own thread, but for {@link #over}.
 */
final class NativeWait {

    private final GuestTask task;
    private final NativeThread.Wait wait;
    private final int call;
    private volatile boolean goesOn = true;
    private volatile boolean awaited;

    /** @param call its number */
    NativeWait(GuestTask task, NativeThread.Wait wait, int call) {
        this.task = task;
        this.wait = wait;
        this.call = call;
    }

    /** Has the task go on with it by {@code restart_syscall}. */
    void prepare() {
        task.settings().restartBlock((caller, arguments) -> goOn(arguments), TaskSettings.NATIVE_DEADLINE);
    }

    /** Makes the call again without its time. */
    private long goOn(SyscallArguments arguments) {
        long result = -Errno.ERESTARTSYS;
        if (goesOn) {
            awaited = true;
            result = wait.argument() == NativeThread.Wait.SLEEP ? task.sleepUntil(Long.MAX_VALUE) : again(arguments);
        }
        awaited = false;
        boolean interrupted = result <= -Errno.ERESTARTSYS && result >= -Errno.ERESTART_RESTARTBLOCK;
        if (!interrupted) {
            return result;
        }
        if (!goesOn) {
            return wait.outcome();
        }
        prepare();
        return -Errno.ERESTART_RESTARTBLOCK;
    }

    private long again(SyscallArguments arguments) {
        DispatchTable.Entry entry = task.guestProcess().dispatch().table().entry(call);
        if (entry == null) {
            return -Errno.EINTR;
        }
        arguments.set(wait.argument(), wait.endless());
        return entry.syscall().handler().handle(task, arguments);
    }

    /** The time has come. Any thread. */
    void over() {
        goesOn = false;
        task.interrupt();
        task.unpark();
    }

    /** Whether the task waits for a time that has come. */
    boolean isToEnd() {
        return awaited && !goesOn;
    }
}
