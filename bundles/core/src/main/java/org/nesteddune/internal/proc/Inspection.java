package org.nesteddune.internal.proc;

import org.nesteddune.fs.FsContext;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Process;

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
        Credentials mine = process.credentials();
        Credentials its = target.credentials();
        boolean same = mine.effectiveUid() == its.uid()
                && mine.effectiveUid() == its.effectiveUid()
                && mine.effectiveUid() == its.savedUid()
                && mine.effectiveGid() == its.gid()
                && mine.effectiveGid() == its.effectiveGid()
                && mine.effectiveGid() == its.savedGid();
        return same && target.settings().dumpable() == 1 || mine.has(Capabilities.CAP_SYS_PTRACE);
    }
}
