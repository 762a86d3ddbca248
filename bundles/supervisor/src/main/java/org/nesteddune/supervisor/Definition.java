package org.nesteddune.supervisor;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A guest as it is configured.
 *
 * @param name what it is called
 * @param what what runs; if another definition has the same, a guest need not be started anew for it
 * @param restart when it is started again
 * @param delayMillis before the first restart
 * @param mostDelayMillis what the delay grows to, and after what time it is forgotten
 * @param limit restarts soon one after the other after which it is left alone; 0 for no limit
 * @param stopSignal generic number of the signal that asks it to end
 * @param graceMillis how long it may take to end
 */
record Definition(
        String name,
        What what,
        Restart restart,
        long delayMillis,
        long mostDelayMillis,
        int limit,
        int stopSignal,
        long graceMillis) {

    /** When a guest that has ended is started again. */
    enum Restart {
        ALWAYS,
        ON_FAILURE,
        NEVER
    }

    /**
     * Where a guest's output goes.
     *
     * @param target {@code framework}, {@code none}, or {@code file:PATH}
     * @param size after how many bytes a file is begun anew; {@link Long#MAX_VALUE} for never
     * @param files how many earlier ones are kept
     */
    record Log(String target, long size, int files) {}

    /**
     * What runs. Null stands for what the runtime has without being told.
     *
     * @param user {@code USER[:GROUP]}
     * @param profile name of a profile
     * @param families names of system-call families
     * @param log where its output goes
     */
    record What(
            String program,
            List<String> arguments,
            List<String> environment,
            String directory,
            Path root,
            String user,
            String engine,
            long memory,
            int tasks,
            String profile,
            Set<String> families,
            Log log) {}
}
