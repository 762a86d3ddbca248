package org.nesteddune.escape;

import java.util.List;
import java.util.Map;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.GuestTimer;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.Process;

/**
 * What a native process is, apart from threads, memory and descriptors.
 *
 * @param pid number on the host
 * @param parentPid number of its parent there
 * @param elfMachine {@code e_machine} of the program
 * @param executable path of the program
 * @param file that file
 * @param name of its first thread
 * @param breakEnd where its heap ends
 * @param actions what it does about signals, by their numbers; the rest have their default
 * @param intervalTimers what is left of ITIMER_REAL, ITIMER_VIRTUAL and ITIMER_PROF
 * @param settings what it has told by {@code prctl} and its like
 */
public record NativeProgram(
        int pid,
        int parentPid,
        int elfMachine,
        String executable,
        RunningPrograms.Program file,
        String name,
        byte[] commandLine,
        byte[] environment,
        byte[] auxiliaryVector,
        Process.ProgramBounds bounds,
        long breakEnd,
        Credentials credentials,
        int umask,
        String workingDirectory,
        Limits limits,
        Map<Integer, SignalAction> actions,
        List<GuestTimer.Setting> intervalTimers,
        Settings settings) {

    public NativeProgram {
        actions = Map.copyOf(actions);
        intervalTimers = List.copyOf(intervalTimers);
    }

    /** See {@link org.nesteddune.kernel.ProcessSettings}. */
    public record Settings(
            int dumpable, int coreFilter, boolean childSubreaper, boolean hugePagesDisabled, int membarriers) {}
}
