package org.nesteddune.kernel.ipc;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;
import org.nesteddune.syscall.ErrnoException;

/**
 * System V semaphores. Methods throw {@link ErrnoException} with the error that the call gets. Thread-safe.
 */
public final class SemaphoreSets {

    private final IpcIds<SemaphoreSet> ids = new IpcIds<>();
    private final IpcLimits limits;
    private final HeapShare heap;

    SemaphoreSets(IpcLimits limits, HeapShare heap) {
        this.limits = limits;
        this.heap = heap;
    }

    /**
     * A set as {@code semctl} shows it. Times are seconds since the epoch.
     *
     * @param operationTime of the last {@code semop}
     * @param changeTime when it was made or changed by {@code semctl}
     * @param size how many semaphores are in it
     */
    public record Status(int id, IpcPermissions permissions, long operationTime, long changeTime, int size) {}

    /** {@code semget}; the id. */
    public int get(Task task, int key, int size, int flags) {
        if (size < 0 || size > limits.get(IpcLimit.SEMMSL)) {
            throw new ErrnoException(Errno.EINVAL);
        }
        Credentials who = task.credentials();
        return ids.get(key, flags, limits.get(IpcLimit.SEMMNI), who, found -> {
            if (size > found.size()) {
                throw new ErrnoException(Errno.EINVAL);
            }
        }, () -> {
            if (size == 0) {
                throw new ErrnoException(Errno.EINVAL);
            }
            if (semaphores() + size > limits.get(IpcLimit.SEMMNS)) {
                throw new ErrnoException(Errno.ENOSPC);
            }
            return new SemaphoreSet(key, flags, size, who, heap);
        });
    }

    /** How many sets there are. */
    public int count() {
        return ids.count();
    }

    /** How many semaphores there are in all sets. */
    public long semaphores() {
        return ids.all().stream().mapToLong(SemaphoreSet::size).sum();
    }

    /** What the {@code *_INFO} commands return. */
    public int greatestIndex() {
        return ids.greatestIndex();
    }

    /**
     * {@code semtimedop}.
     *
     * @param deadline as {@link Task#park} has it
     * @return 0, or a negated error number
     */
    public int operate(Task task, int id, SemaphoreOperation[] operations, long deadline) {
        SemaphoreSet set = ids.find(id);
        boolean undoes = false;
        for (SemaphoreOperation operation : operations) {
            if (operation.number() >= set.size()) {
                throw new ErrnoException(Errno.EFBIG);
            }
            undoes |= (operation.flags() & Ipc.SEM_UNDO) != 0;
        }
        boolean alters = SemaphoreSet.alters(operations);
        set.check(task.credentials(), alters ? IpcObject.WRITE : IpcObject.READ);
        return set.operate(task, operations, undoes ? task.settings().undoList() : null, deadline);
    }

    /** GETVAL. */
    public int value(Task task, int id, int number) {
        return one(task, id, number, set -> set.value(number));
    }

    /** GETPID. */
    public int lastPid(Task task, int id, int number) {
        return one(task, id, number, set -> set.lastPid(number));
    }

    /** GETNCNT, or GETZCNT. */
    public int waiting(Task task, int id, int number, boolean forZero) {
        return one(task, id, number, set -> set.waiting(number, forZero));
    }

    private int one(Task task, int id, int number, ToIntFunction<SemaphoreSet> question) {
        SemaphoreSet set = readable(task, id);
        if (number < 0 || number >= set.size()) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return question.applyAsInt(set);
    }

    private SemaphoreSet readable(Task task, int id) {
        SemaphoreSet set = ids.find(id);
        set.check(task.credentials(), IpcObject.READ);
        return set;
    }

    /** GETALL. */
    public int[] values(Task task, int id) {
        return readable(task, id).values();
    }

    /** SETVAL. */
    public void setValue(Task task, int id, int number, int value) {
        if (value < 0 || value > Ipc.SEMVMX) {
            throw new ErrnoException(Errno.ERANGE);
        }
        SemaphoreSet set = ids.find(id);
        if (number < 0 || number >= set.size()) {
            throw new ErrnoException(Errno.EINVAL);
        }
        set.check(task.credentials(), IpcObject.WRITE);
        set.value(number, value, task.process().pid());
    }

    /** How many values {@link #setValues} takes; what is checked first of SETALL. */
    public int sizeToSet(Task task, int id) {
        SemaphoreSet set = ids.find(id);
        set.check(task.credentials(), IpcObject.WRITE);
        return set.size();
    }

    /** SETALL. */
    public void setValues(Task task, int id, int[] values) {
        SemaphoreSet set = ids.find(id);
        if (values.length != set.size()) {
            throw new ErrnoException(Errno.EIDRM); // another set has taken the place of the one that was asked for its size
        }
        for (int value : values) {
            if (value > Ipc.SEMVMX) {
                throw new ErrnoException(Errno.ERANGE);
            }
        }
        set.values(values, task.process().pid());
    }

    /** IPC_STAT. */
    public Status status(Task task, int id) {
        return status(readable(task, id));
    }

    /** SEM_STAT, or SEM_STAT_ANY if {@code anybody} may ask. */
    public Status statusAt(Task task, int index, boolean anybody) {
        SemaphoreSet set = ids.find(index, IpcIds.Lookup.INDEX);
        if (!anybody) {
            set.check(task.credentials(), IpcObject.READ);
        }
        return status(set);
    }

    private static Status status(SemaphoreSet set) {
        synchronized (set) {
            set.checkPresent();
            return new Status(set.id(), set.permissions(), set.operationTime(), set.changeTime(), set.size());
        }
    }

    /** All sets, for {@code /proc/sysvipc/sem}. */
    public List<Status> all() {
        List<Status> all = new ArrayList<>();
        synchronized (ids) {
            ids.all().forEach(set -> all.add(status(set)));
        }
        return all;
    }

    /** IPC_SET. */
    public void update(Task task, int id, int uid, int gid, int mode) {
        SemaphoreSet set = ids.find(id);
        set.checkControl(task.credentials());
        set.change(uid, gid, mode);
    }

    /** IPC_RMID. */
    public void remove(Task task, int id) {
        SemaphoreSet set = ids.find(id);
        set.checkControl(task.credentials());
        remove(set);
    }

    private void remove(SemaphoreSet set) {
        if (ids.remove(set)) {
            set.dispose();
        }
    }

    /** A task that shares a list has ended; with the last one what the list has noted is taken back. */
    void leave(UndoList list, int pid) {
        if (list.leave()) {
            for (UndoList.Adjustments undo : list.takeAll()) {
                undo.set.undo(list, undo, pid);
            }
        }
    }

    /** Removes all. */
    void close() {
        ids.all().forEach(this::remove);
    }
}
