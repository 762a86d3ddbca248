package org.nesteddune.escape;

import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.host.ThreadScheduling;
import org.nesteddune.kernel.TaskSettings;

/**
 * A native thread that stands still.
 *
 * @param tid number on the host
 * @param registers NT_PRSTATUS, as PTRACE_GETREGSET gives it; behind the system-call instruction where it was called out of a call
 * @param vector the set of {@link ShellCode#vectorSet}
 * @param mask the signals that it blocks when no call has replaced them for its time
 * @param settings what it has told about itself
 * @param scheduling its CPUs, policy, nice value and priority of input and output
 * @param restart how a call it was called out of goes on, ERESTARTSYS and its kin (positive); 0 if it was in none
 * @param call the number of that call
 * @param timedWait how that call goes on if only the host knows until when it waits; null for others
 */
public record NativeThread(
        int tid,
        String name,
        byte[] registers,
        byte[] vector,
        SignalSet mask,
        AlternateStack alternateStack,
        TaskSettings settings,
        ThreadScheduling scheduling,
        int restart,
        int call,
        Wait timedWait) {

    /**
     * A call that waits until a time which the native thread has begun to wait for, and tells when it has come.
     *
     * @param argument which of the call's arguments is the time; {@link #SLEEP} if there is nothing else to wait for
     * @param endless what says in its place that there is no end
     * @param outcome what the call gives when the time has come
     */
    public record Wait(int argument, long endless, long outcome) {

        /** No argument. */
        public static final int SLEEP = -1;
    }
}
