package org.nesteddune.fs;

import org.nesteddune.arch.SignalInfo;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.syscall.ErrnoException;

/**
 * Who gets the signals of an open file description ({@code struct fown_struct} of {@code linux/fs.h}). Immutable.
 *
 * @param type F_OWNER_TID, F_OWNER_PID or F_OWNER_PGRP
 * @param id of the task, process or process group
 * @param target the {@link Task} or {@link Process} meant, so that a later one with the same id is not; null for a group
 * @param uid real user id of who made it the owner
 * @param effectiveUid the same one's effective user id
 */
public record FileOwner(int type, int id, Object target, int uid, int effectiveUid) {

    /**
     * The owner that a task names.
     *
     * @throws ErrnoException EINVAL if there is no such type, ESRCH if there is nobody with that id
     */
    public static FileOwner of(Task caller, int type, int id) {
        ProcessTable table = caller.process().table();
        Object target = switch (type) {
            case Fcntl.F_OWNER_TID -> found(table.task(id));
            case Fcntl.F_OWNER_PID -> found(table.process(id));
            case Fcntl.F_OWNER_PGRP -> {
                if (table.processes().stream().noneMatch(each -> each.processGroup() == id)) {
                    throw new ErrnoException(Errno.ESRCH);
                }
                yield null;
            }
            default -> throw new ErrnoException(Errno.EINVAL);
        };
        boolean separate = switch (type) {
            case Fcntl.F_OWNER_PGRP -> table.processes().stream()
                    .anyMatch(each -> each.processGroup() == id && Confinement.separates(caller.process(), each));
            case Fcntl.F_OWNER_TID -> Confinement.separates(caller.process(), ((Task) target).process());
            default -> Confinement.separates(caller.process(), (Process) target);
        };
        if (separate) {
            throw new ErrnoException(Errno.EPERM);
        }
        Credentials user = caller.credentials();
        return new FileOwner(type, id, target, user.uid(), user.effectiveUid());
    }

    private static <T> T found(T target) {
        if (target == null) {
            throw new ErrnoException(Errno.ESRCH);
        }
        return target;
    }

    /** Whether there still is somebody to be told. */
    public boolean isThere(ProcessTable table) {
        return switch (type) {
            case Fcntl.F_OWNER_TID -> table.task(id) == target;
            case Fcntl.F_OWNER_PID -> table.process(id) == target;
            default -> table.processes().stream().anyMatch(each -> each.processGroup() == id);
        };
    }

    /** Sends a signal to whoever of them the one who made them the owner may send signals to. */
    void signal(ProcessTable table, SignalInfo info) {
        if (type == Fcntl.F_OWNER_PGRP) {
            for (Process each : table.processes()) {
                if (each.processGroup() == id && may(each)) {
                    each.signal(info);
                }
            }
        } else if (isThere(table)) {
            if (target instanceof Task task) {
                if (may(task.process())) {
                    task.signal(info);
                }
            } else if (may((Process) target)) {
                ((Process) target).signal(info);
            }
        }
    }

    /** {@code sigio_perm} of fs/fcntl.c. */
    private boolean may(Process process) {
        Credentials theirs = process.credentials();
        return effectiveUid == 0
                || effectiveUid == theirs.savedUid()
                || effectiveUid == theirs.uid()
                || uid == theirs.savedUid()
                || uid == theirs.uid();
    }
}
