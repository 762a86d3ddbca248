package org.nesteddune.kernel.ipc;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;

/**
 * A set of semaphores. Whoever changes values carries out what others wait for, in the order in which they came
 * ({@code ipc/sem.c}): a waiter wakes to a call that is done. Everything is guarded by the object's monitor.
 */
final class SemaphoreSet extends IpcObject {

    private static final int GREATEST_UNDO = Ipc.SEMVMX;

    /** The result of a call that waits. */
    private static final int PENDING = 1;

    private final int[] values;
    private final int[] pids;
    private final LinkedHashSet<Waiter> altering = new LinkedHashSet<>();
    private final LinkedHashSet<Waiter> waitingForZero = new LinkedHashSet<>();
    private final Map<UndoList, UndoList.Adjustments> undos = new LinkedHashMap<>();
    private final HeapShare heap;
    private long operationTime;
    private long changeTime = now();

    SemaphoreSet(int key, int mode, int size, Credentials creator, HeapShare heap) {
        super(key, mode, creator);
        heap.take(bytes(size));
        this.heap = heap;
        values = new int[size];
        pids = new int[size];
    }

    private static long bytes(int size) {
        return HeapShare.OBJECT + 2L * Integer.BYTES * size;
    }

    private static long undoBytes(int size) {
        return HeapShare.OBJECT + (long) Short.BYTES * size;
    }

    /** A task in {@code semop}. */
    private static final class Waiter {

        private final Task task;
        private final SemaphoreOperation[] operations;
        private final UndoList.Adjustments undo;
        private SemaphoreOperation blocking;
        private int result = PENDING;

        Waiter(Task task, SemaphoreOperation[] operations, UndoList.Adjustments undo) {
            this.task = task;
            this.operations = operations;
            this.undo = undo;
        }
    }

    int size() {
        return values.length;
    }

    synchronized long operationTime() {
        return operationTime;
    }

    synchronized long changeTime() {
        return changeTime;
    }

    // Operations

    /**
     * {@code semtimedop}; permissions and numbers have been checked.
     *
     * @param undo what SEM_UNDO is noted in, or null
     * @param deadline as {@link Task#park} has it
     * @return 0, or a negated error number
     */
    int operate(Task task, SemaphoreOperation[] operations, UndoList undo, long deadline) {
        Waiter waiter;
        synchronized (this) {
            checkPresent();
            waiter = new Waiter(task, operations, undo == null ? null : adjustments(undo));
            int result = perform(waiter);
            if (result == 0) {
                if (alters(operations)) {
                    wake(true);
                } else {
                    operationTime = now();
                }
                return 0;
            }
            if (result < 0) {
                return result;
            }
            queue(waiter).add(waiter);
        }
        return await(waiter, deadline);
    }

    private UndoList.Adjustments adjustments(UndoList list) {
        UndoList.Adjustments known = list.get(this);
        if (known == null) {
            heap.take(undoBytes(size()));
            known = new UndoList.Adjustments(this);
            list.put(known);
            undos.put(list, known);
        }
        return known;
    }

    private LinkedHashSet<Waiter> queue(Waiter waiter) {
        return alters(waiter.operations) ? altering : waitingForZero;
    }

    static boolean alters(SemaphoreOperation[] operations) {
        for (SemaphoreOperation operation : operations) {
            if (operation.change() != 0) {
                return true;
            }
        }
        return false;
    }

    private int await(Waiter waiter, long deadline) {
        for (; ; ) {
            long parked = waiter.task.park(deadline);
            synchronized (this) {
                if (waiter.result != PENDING) {
                    return waiter.result;
                }
                if (parked == -Errno.ETIMEDOUT || parked == -Errno.ERESTARTSYS) {
                    queue(waiter).remove(waiter);
                    return parked == -Errno.ETIMEDOUT ? -Errno.EAGAIN : -Errno.EINTR;
                }
            }
        }
    }

    /** Carries out all operations or none: 0, an error, or {@link #PENDING} if it has to wait. */
    private int perform(Waiter waiter) {
        SemaphoreOperation[] operations = waiter.operations;
        int done = 0;
        int result = 0;
        for (; done < operations.length; done++) {
            result = apply(operations[done], waiter.undo);
            if (result != 0) {
                break;
            }
        }
        if (result == 0) {
            int pid = waiter.task.process().pid();
            for (SemaphoreOperation operation : operations) {
                pids[operation.number()] = pid;
            }
            return 0;
        }
        if (result == PENDING) {
            waiter.blocking = operations[done];
            if ((waiter.blocking.flags() & Ipc.IPC_NOWAIT) != 0) {
                result = -Errno.EAGAIN;
            }
        }
        while (--done >= 0) {
            revert(operations[done], waiter.undo);
        }
        return result;
    }

    private int apply(SemaphoreOperation operation, UndoList.Adjustments undo) {
        int number = operation.number();
        int old = values[number];
        int value = old + operation.change();
        if (operation.change() == 0 && old != 0 || value < 0) {
            return PENDING;
        }
        if (value > Ipc.SEMVMX) {
            return -Errno.ERANGE;
        }
        if ((operation.flags() & Ipc.SEM_UNDO) != 0) {
            int adjustment = undo.values[number] - operation.change();
            if (adjustment < -GREATEST_UNDO - 1 || adjustment > GREATEST_UNDO) {
                return -Errno.ERANGE;
            }
            undo.values[number] = (short) adjustment;
        }
        values[number] = value;
        return 0;
    }

    private void revert(SemaphoreOperation operation, UndoList.Adjustments undo) {
        values[operation.number()] -= operation.change();
        if ((operation.flags() & Ipc.SEM_UNDO) != 0) {
            undo.values[operation.number()] += (short) operation.change();
        }
    }

    /**
     * After values have changed: carries out what can be now ({@code do_smart_update}).
     *
     * @param operated whether an operation changed them, which the time of the last one shows
     */
    private void wake(boolean operated) {
        boolean any = operated | wakeForZero();
        for (Iterator<Waiter> all = altering.iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            int result = perform(waiter);
            if (result == PENDING) {
                continue;
            }
            all.remove();
            finish(waiter, result);
            if (result == 0) {
                any = true;
                wakeForZero();
                all = altering.iterator(); // it may be an older one's turn now
            }
        }
        if (any) {
            operationTime = now();
        }
    }

    private boolean wakeForZero() {
        boolean any = false;
        for (Iterator<Waiter> all = waitingForZero.iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            int result = perform(waiter);
            if (result != PENDING) {
                all.remove();
                finish(waiter, result);
                any |= result == 0;
            }
        }
        return any;
    }

    private static void finish(Waiter waiter, int result) {
        waiter.result = result;
        waiter.task.unpark();
    }

    // Values

    synchronized int value(int number) {
        checkPresent();
        return values[number];
    }

    synchronized int lastPid(int number) {
        checkPresent();
        return pids[number];
    }

    /** How many wait for a semaphore to grow, or to be zero. */
    synchronized int waiting(int number, boolean forZero) {
        checkPresent();
        int count = 0;
        for (LinkedHashSet<Waiter> queue : List.of(altering, waitingForZero)) {
            for (Waiter waiter : queue) {
                SemaphoreOperation blocking = waiter.blocking;
                if (blocking.number() == number && (forZero ? blocking.change() == 0 : blocking.change() < 0)) {
                    count++;
                }
            }
        }
        return count;
    }

    synchronized int[] values() {
        checkPresent();
        return values.clone();
    }

    /** SETVAL. */
    synchronized void value(int number, int value, int pid) {
        checkPresent();
        undos.values().forEach(undo -> undo.values[number] = 0);
        values[number] = value;
        pids[number] = pid;
        changeTime = now();
        wake(false);
    }

    /** SETALL. */
    synchronized void values(int[] all, int pid) {
        checkPresent();
        System.arraycopy(all, 0, values, 0, values.length);
        java.util.Arrays.fill(pids, pid);
        undos.values().forEach(undo -> java.util.Arrays.fill(undo.values, (short) 0));
        changeTime = now();
        wake(false);
    }

    /** IPC_SET. */
    synchronized void change(int uid, int gid, int mode) {
        update(uid, gid, mode);
        changeTime = now();
    }

    // Ends

    /** Takes back what a list has noted; values stay within their range. */
    synchronized void undo(UndoList list, UndoList.Adjustments undo, int pid) {
        if (undos.remove(list) == null) {
            return;
        }
        heap.give(undoBytes(size()));
        for (int i = 0; i < values.length; i++) {
            if (undo.values[i] != 0) {
                values[i] = Math.max(0, Math.min(Ipc.SEMVMX, values[i] + undo.values[i]));
                pids[i] = pid;
            }
        }
        wake(true);
    }

    @Override
    synchronized void dispose() {
        List<Waiter> waiting = new ArrayList<>(altering);
        waiting.addAll(waitingForZero);
        altering.clear();
        waitingForZero.clear();
        waiting.forEach(waiter -> finish(waiter, -Errno.EIDRM));
        undos.keySet().forEach(list -> list.remove(this));
        heap.give(undos.size() * undoBytes(size()) + bytes(size()));
        undos.clear();
    }
}
