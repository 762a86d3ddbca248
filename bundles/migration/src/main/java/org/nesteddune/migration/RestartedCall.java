package org.nesteddune.migration;

import java.util.Map;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuSnapshot;
import org.nesteddune.escape.Departing.Standing;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ptrace;

/**
 * Brings a thread into the middle of a call that waits for some time, from which the kernel goes on by itself (restart_syscall(2)).
 * The call is made with the time that is left, and interrupted by the tracer: the kernel then has noted when it is to end and where the
 * rest is to be written, which is all that the guest's own call had.
 */
final class RestartedCall {

    private static final long MILLISECOND = 1_000_000;

    /** Which argument is the time: nanoseconds in a timespec, but for poll. */
    private static final Map<String, Integer> TIMES =
            Map.of("nanosleep", 0, "clock_nanosleep", 2, "futex", 3, "poll", 2);

    private final Shell shell;
    private final Architecture architecture;
    private final Standing standing;

    RestartedCall(Shell shell, Architecture architecture, Standing standing) {
        this.shell = shell;
        this.architecture = architecture;
        this.standing = standing;
    }

    /** Whether a task's call can only be gone on with. One that waits until a point of time is made again. */
    static boolean isNeeded(Architecture architecture, Standing standing) {
        return standing.restart() == Errno.ERESTART_RESTARTBLOCK
                && !("futex".equals(name(architecture, standing))
                        && TimedCall.isWaitUntil(architecture.syscallArgument(standing.cpu(), 1)));
    }

    /** Whether a task's call is one that can be gone on with. */
    static boolean isKnown(Architecture architecture, Standing standing) {
        return !isNeeded(architecture, standing)
                || name(architecture, standing) != null
                        && standing.task().settings().restartDeadline() != TaskSettings.NO_DEADLINE;
    }

    private static String name(Architecture architecture, Standing standing) {
        for (String name : TIMES.keySet()) {
            if (architecture.syscallNumbers().number(name) == standing.call()) {
                return name;
            }
        }
        return null;
    }

    /**
     * Makes the call.
     *
     * @param cpu the guest's registers, behind its instruction
     * @return what the thread is to be given at last
     */
    byte[] begin(int tid, CpuSnapshot cpu) throws EscapeException {
        String name = name(architecture, standing);
        if (isNative() && shell.isWaiting(tid)) {
            // The kernel knows already.
            byte[] own = shell.code().registers(cpu);
            shell.code().resume(own, standing.call());
            return own;
        }
        long[] arguments = new long[6];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = architecture.syscallArgument(cpu, i);
        }
        arguments[TIMES.get(name)] = timeLeft(name);
        Tracer tracer = shell.tracer();
        tracer.change(tid, registers -> shell.code().call(registers, shell.callInstruction(), standing.call(), arguments));
        tracer.toCallStop(tid);
        tracer.awaitCallStop(tid);
        tracer.toCallStop(tid);
        tracer.interrupt(tid);
        tracer.awaitCallStop(tid);
        long result = shell.code().result(tracer.registers(tid));
        // The stop at the call's end stood for the interruption too; the next one comes before it is decided what is restarted.
        tracer.interrupt(tid);
        tracer.goOn(tid);
        tracer.awaitEvent(tid, Ptrace.PTRACE_EVENT_STOP);
        if (result != -Errno.ERESTART_RESTARTBLOCK) {
            architecture.setSyscallResult(cpu, result);
            return shell.code().registers(cpu);
        }
        byte[] own = shell.code().registers(cpu);
        shell.code().resume(own, standing.call());
        return own;
    }

    private boolean isNative() {
        return standing.task().settings().restartDeadline() == TaskSettings.NATIVE_DEADLINE;
    }

    private long timeLeft(String name) {
        long deadline = isNative() ? System.nanoTime() : standing.task().settings().restartDeadline();
        if (deadline == Long.MAX_VALUE) {
            return name.equals("poll") ? -1 : 0;
        }
        long left = Math.max(1, deadline - System.nanoTime());
        if (name.equals("poll")) {
            return (left + MILLISECOND - 1) / MILLISECOND;
        }
        int place = Shell.TABLE_LENGTH - 16;
        Memory.putLong(shell.window() + place, left / Timespec.SECOND);
        Memory.putLong(shell.window() + place + 8, left % Timespec.SECOND);
        return shell.tableAddress() + place;
    }
}
