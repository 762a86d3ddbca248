package org.nesteddune.syscalls.ipc;

import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.kernel.ipc.IpcLimit;
import org.nesteddune.kernel.ipc.IpcLimits;
import org.nesteddune.kernel.ipc.SemaphoreOperation;
import org.nesteddune.kernel.ipc.SemaphoreSets;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** System V semaphores. Structures: {@code asm-generic/sembuf.h}, {@code asm/sembuf.h} of x86, {@code linux/sem.h}. */
final class SemaphoreCalls {

    /** Bytes in {@code struct sembuf}: sem_num 0, sem_op 2, sem_flg 4. */
    private static final int SEMBUF_SIZE = 6;

    /** Bytes in {@code struct seminfo}: ten ints. */
    private static final int SEMINFO_SIZE = 40;

    /** Bytes in {@code struct semid64_ds}, and in that of x86-64. */
    private static final int SEMID_SIZE = 88;

    private static final int PADDED_SEMID_SIZE = 104;

    private SemaphoreCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("semget", "enum:ipckey key, int nsems, flags:semget semflg", (task, a) ->
                        semaphores(task).get(task, a.getInt(0), a.getInt(1), a.getInt(2)))
                .full("semop", "int semid, in:sembuf[nsops] sops, uint nsops", (task, a) -> operate(task, a, 0))
                .full(
                        "semtimedop",
                        "int semid, in:sembuf[nsops] sops, uint nsops, in:timespec? timeout",
                        (task, a) -> operate(task, a, a.get(3)))
                .full("semctl", "int semid, int semnum, enum:semctl cmd, hex arg", SemaphoreCalls::control);
    }

    private static SemaphoreSets semaphores(Task task) {
        return task.process().table().ipc().semaphores();
    }

    private static IpcLimits limits(Task task) {
        return task.process().table().ipc().limits();
    }

    /** @param timeout guest address of a {@code timespec}, or 0 */
    private static long operate(Task task, SyscallArguments a, long timeout) {
        if (timeout != 0) {
            task.memory().readLong(timeout);
            task.memory().readLong(timeout + 8);
        }
        int count = a.getInt(2);
        if (Integer.compareUnsigned(count, limits(task).getInt(IpcLimit.SEMOPM)) > 0) {
            return -Errno.E2BIG;
        }
        if (count == 0) {
            return -Errno.EINVAL;
        }
        Structure buffers = Structure.read(task.memory(), a.get(1), count * SEMBUF_SIZE);
        SemaphoreOperation[] operations = new SemaphoreOperation[count];
        for (int i = 0; i < count; i++) {
            int at = i * SEMBUF_SIZE;
            operations[i] = new SemaphoreOperation(
                    buffers.getUnsignedShort(at), buffers.getShort(at + 2), buffers.getUnsignedShort(at + 4));
        }
        if (a.getInt(0) < 0) {
            return -Errno.EINVAL;
        }
        long deadline = timeout == 0
                ? Long.MAX_VALUE
                : Timespec.deadlineAfter(Timespec.read(task.memory(), timeout));
        return semaphores(task).operate(task, a.getInt(0), operations, deadline);
    }

    private static long control(Task task, SyscallArguments a) {
        int id = a.getInt(0);
        int number = a.getInt(1);
        int command = task.architecture().abi().ipcCommandFromGuest(a.getInt(2));
        long argument = a.get(3);
        if (id < 0) {
            return -Errno.EINVAL;
        }
        SemaphoreSets sets = semaphores(task);
        switch (command) {
            case Ipc.IPC_INFO, Ipc.SEM_INFO -> {
                info(task, command == Ipc.SEM_INFO).write(task.memory(), argument);
                return sets.greatestIndex();
            }
            case Ipc.IPC_STAT -> {
                status(task, sets.status(task, id)).write(task.memory(), argument);
                return 0;
            }
            case Ipc.SEM_STAT, Ipc.SEM_STAT_ANY -> {
                SemaphoreSets.Status status = sets.statusAt(task, id, command == Ipc.SEM_STAT_ANY);
                status(task, status).write(task.memory(), argument);
                return status.id();
            }
            case Ipc.GETVAL -> {
                return sets.value(task, id, number);
            }
            case Ipc.GETPID -> {
                return sets.lastPid(task, id, number);
            }
            case Ipc.GETNCNT, Ipc.GETZCNT -> {
                return sets.waiting(task, id, number, command == Ipc.GETZCNT);
            }
            case Ipc.GETALL -> {
                int[] values = sets.values(task, id);
                Structure all = new Structure(values.length * Short.BYTES);
                for (int i = 0; i < values.length; i++) {
                    all.putShort(i * Short.BYTES, values[i]);
                }
                all.write(task.memory(), argument);
                return 0;
            }
            case Ipc.SETVAL -> {
                sets.setValue(task, id, number, (int) argument);
                return 0;
            }
            case Ipc.SETALL -> {
                int[] values = new int[sets.sizeToSet(task, id)];
                Structure all = Structure.read(task.memory(), argument, values.length * Short.BYTES);
                for (int i = 0; i < values.length; i++) {
                    values[i] = all.getUnsignedShort(i * Short.BYTES);
                }
                sets.setValues(task, id, values);
                return 0;
            }
            case Ipc.IPC_SET -> {
                Structure wanted = Structure.read(task.memory(), argument, statusSize(task));
                sets.update(task, id, wanted.uid(), wanted.gid(), wanted.mode());
                return 0;
            }
            case Ipc.IPC_RMID -> {
                sets.remove(task, id);
                return 0;
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }

    private static int statusSize(Task task) {
        return task.architecture().abi().paddedSemaphoreTimes() ? PADDED_SEMID_SIZE : SEMID_SIZE;
    }

    private static Structure status(Task task, SemaphoreSets.Status status) {
        int step = task.architecture().abi().paddedSemaphoreTimes() ? 16 : 8;
        return new Structure(statusSize(task))
                .permissions(status.permissions())
                .putLong(Structure.PERMISSIONS, status.operationTime())
                .putLong(Structure.PERMISSIONS + step, status.changeTime())
                .putLong(Structure.PERMISSIONS + 2 * step, status.size());
    }

    /** semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz, semvmx, semaem. */
    private static Structure info(Task task, boolean usage) {
        IpcLimits limits = limits(task);
        SemaphoreSets sets = semaphores(task);
        // What the kernel does not limit says its default limit of something else (linux/sem.h).
        int unused = (int) IpcLimit.SEMMNS.initial();
        return new Structure(SEMINFO_SIZE).putInts(
                0,
                unused,
                limits.getInt(IpcLimit.SEMMNI),
                limits.getInt(IpcLimit.SEMMNS),
                unused,
                limits.getInt(IpcLimit.SEMMSL),
                limits.getInt(IpcLimit.SEMOPM),
                (int) IpcLimit.SEMOPM.initial(),
                usage ? sets.count() : Ipc.SEMUSZ,
                Ipc.SEMVMX,
                usage ? (int) sets.semaphores() : Ipc.SEMVMX);
    }
}
