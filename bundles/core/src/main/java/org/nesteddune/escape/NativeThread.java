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
 * @param pollDeadline until when it waits if it is poll(2) with a time, by {@link System#nanoTime}; 0 for others, of which the settings
 *     know it
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
        long pollDeadline) {}
