package org.nesteddune.internal.task;

import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.escape.NativeThread;
import org.nesteddune.internal.trace.TraceLine;
import org.nesteddune.syscall.SyscallArguments;

/**
 * The system call that a task makes, or has been called out of: number and arguments, how it is gone on with, and what is told of it. For
 * the task's own thread; {@link #number} for any.
 */
final class TaskCall {

    private final GuestTask task;
    private final SyscallArguments arguments = new SyscallArguments();
    private int restart;
    private String note = "";

    /** What the task waited for when it was a native thread; null if nothing. */
    private volatile NativeWait nativeWait;

    /** Of a call that is traced. */
    TraceLine traceLine;

    /** When it began, by {@link System#nanoTime}, if that is to be known. */
    long start;

    TaskCall(GuestTask task) {
        this.task = task;
    }

    SyscallArguments arguments() {
        return arguments;
    }

    /** The architecture's number of the call. */
    int number() {
        return arguments.number();
    }

    /** Reads number and arguments from the registers. */
    int load() {
        CpuState cpu = task.cpu();
        Architecture architecture = task.architecture();
        int number = architecture.syscallNumber(cpu);
        arguments.number(number);
        for (int i = 0; i < SyscallArguments.COUNT; i++) {
            arguments.set(i, architecture.syscallArgument(cpu, i));
        }
        return number;
    }

    /** The task was a native thread, and goes on with the call that this was called out of, if it was in one. */
    void arrive(NativeThread thread) {
        if (thread.restart() != 0) {
            restart(thread.restart());
            arguments.number(thread.call());
            if (thread.timedWait() != null) {
                nativeWait = new NativeWait(task, thread.timedWait(), thread.call());
                nativeWait.prepare();
            }
        }
    }

    /** The time has come that the native thread waits for. Any thread. */
    void endNativeWait() {
        NativeWait wait = nativeWait;
        if (wait != null) {
            wait.over();
        }
    }

    /** Whether the task waits for such a time, and it has come. */
    boolean isNativeWaitOver() {
        NativeWait wait = nativeWait;
        return wait != null && wait.isToEnd();
    }

    /** Notes how it is to go on: ERESTARTSYS or one of its kin, positive. */
    void restart(int code) {
        restart = code;
    }

    /** What {@link #takeRestart} will give. */
    int restart() {
        return restart;
    }

    /** How it is to go on, 0 if it has ended; that is forgotten. */
    int takeRestart() {
        int code = restart;
        restart = 0;
        return code;
    }

    /** The call that {@link #restart()} is about: the one that was made first, however often it has been gone on with. */
    int toRestart() {
        boolean goneOn = number() == task.architecture().syscallNumbers().number("restart_syscall");
        return goneOn ? task.settings().restartedCall() : number();
    }

    void note(String text) {
        note = text;
    }

    /** The remark on it, "" for none; it is forgotten. */
    String takeNote() {
        String text = note;
        note = "";
        return text;
    }
}
