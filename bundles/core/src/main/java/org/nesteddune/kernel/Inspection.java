package org.nesteddune.kernel;

import org.nesteddune.fs.FsContext;

/**
 * Whether a process may look into another one ({@code ptrace_may_access} of kernel/ptrace.c). What was entered by itself has
 * a file tree of its own and is out of reach, whoever asks.
 */
public final class Inspection {

    private Inspection() {}

    /** Whether somebody may see files and memory of a process through {@code /proc}: by his file-system ids. */
    public static boolean isAllowed(FsContext.Owner caller, Process target) {
        Process process = caller.process();
        if (process == target) {
            return true;
        }
        if (process == null) {
            return false;
        }
        Task task = caller.currentTask();
        Credentials mine = task == null ? process.credentials() : task.credentials();
        return isAllowed(process, target, mine, mine.fsUid(), mine.fsGid(), mine.capabilities().effective());
    }

    /** Whether a task may take hold of what a process has: by its real ids. */
    public static boolean mayAttach(Task task, Process target) {
        Credentials mine = task.credentials();
        return task.process() == target
                || isAllowed(task.process(), target, mine, mine.uid(), mine.gid(), mine.capabilities().permitted());
    }

    private static boolean isAllowed(
            Process asker, Process target, Credentials mine, int uid, int gid, long capabilities) {
        if (!asker.fs().sharesTreeWith(target.fs())) {
            return false;
        }
        Credentials its = target.credentials();
        boolean same = uid == its.uid()
                && uid == its.effectiveUid()
                && uid == its.savedUid()
                && gid == its.gid()
                && gid == its.effectiveGid()
                && gid == its.savedGid();
        boolean more = (its.capabilities().permitted() & ~capabilities) != 0;
        return same && target.settings().dumpable() == 1 && !more || mine.has(Capabilities.CAP_SYS_PTRACE);
    }
}
