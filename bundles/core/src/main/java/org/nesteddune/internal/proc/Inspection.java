package org.nesteddune.internal.proc;

import org.nesteddune.fs.FsContext;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;

/**
 * Whether a process may look into another one ({@code ptrace_may_access} of kernel/ptrace.c, by file-system ids). What was
 * entered by itself has a file tree of its own and is out of reach, whoever asks.
 */
final class Inspection {

    private Inspection() {}

    static boolean isAllowed(FsContext.Owner caller, Process target) {
        Process process = caller.process();
        if (process == target) {
            return true;
        }
        if (process == null || !process.fs().sharesTreeWith(target.fs())) {
            return false;
        }
        Task task = caller.currentTask();
        Credentials mine = task == null ? process.credentials() : task.credentials();
        Credentials its = target.credentials();
        boolean same = mine.fsUid() == its.uid()
                && mine.fsUid() == its.effectiveUid()
                && mine.fsUid() == its.savedUid()
                && mine.fsGid() == its.gid()
                && mine.fsGid() == its.effectiveGid()
                && mine.fsGid() == its.savedGid();
        boolean more = (its.capabilities().permitted() & ~mine.capabilities().effective()) != 0;
        return same && target.settings().dumpable() == 1 && !more || mine.has(Capabilities.CAP_SYS_PTRACE);
    }
}
