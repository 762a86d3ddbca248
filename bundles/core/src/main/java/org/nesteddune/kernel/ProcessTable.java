package org.nesteddune.kernel;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** All guest processes of a dune. Thread-safe. */
@ProviderType
public interface ProcessTable {

    /** The process with a pid, or null. */
    Process process(int pid);

    /** The task with a tid, or null. */
    Task task(int tid);

    /** All processes by ascending pid, a snapshot. */
    List<Process> processes();
}
