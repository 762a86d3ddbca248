package org.nesteddune.syscalls.ipc;

import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.ipc.IpcLimit;
import org.nesteddune.kernel.ipc.IpcLimits;
import org.nesteddune.kernel.ipc.SharedSegments;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** System V shared memory. Structures: {@code asm-generic/shmbuf.h}, {@code linux/shm.h}. */
final class SharedMemoryCalls {

    /** Bytes in {@code struct shmid64_ds}, {@code struct shminfo64} and {@code struct shm_info}. */
    private static final int SHMID_SIZE = 112;

    private static final int SHMINFO_SIZE = 72;
    private static final int SHM_INFO_SIZE = 48;

    private SharedMemoryCalls() {}

    static void addTo(Syscall.Table table) {
        table.partial(
                        "shmget",
                        "enum:ipckey key, size size, flags:shmget shmflg",
                        "SHM_HUGETLB finds no huge pages: ENOMEM",
                        (task, a) -> segments(task).get(task, a.getInt(0), a.get(1), a.getInt(2)))
                .full("shmat", "int shmid, addr shmaddr, flags:shmat shmflg -> addr", SharedMemoryCalls::attach)
                .full("shmdt", "addr shmaddr", (task, a) -> segments(task).detach(task, a.get(0)))
                .partial(
                        "shmctl",
                        "int shmid, enum:shmctl cmd, hex buf",
                        "SHM_LOCK is noted, but what is swapped is for the host to decide",
                        SharedMemoryCalls::control);
    }

    private static SharedSegments segments(Task task) {
        return task.process().table().ipc().sharedMemory();
    }

    private static long attach(Task task, SyscallArguments a) {
        long alignment = task.architecture().abi().sharedMemoryAlignment(task.memory().pageSize());
        return segments(task).attach(task, a.getInt(0), a.get(1), a.getInt(2), alignment);
    }

    private static long control(Task task, SyscallArguments a) {
        int id = a.getInt(0);
        int command = task.architecture().abi().ipcCommandFromGuest(a.getInt(1));
        long buffer = a.get(2);
        if (id < 0 || command < 0) {
            return -Errno.EINVAL;
        }
        SharedSegments segments = segments(task);
        switch (command) {
            case Ipc.IPC_INFO -> {
                limits(task.process().table().ipc().limits()).write(task.memory(), buffer);
                return segments.greatestIndex();
            }
            case Ipc.SHM_INFO -> {
                usage(segments.usage()).write(task.memory(), buffer);
                return segments.greatestIndex();
            }
            case Ipc.IPC_STAT -> {
                status(segments.status(task, id)).write(task.memory(), buffer);
                return 0;
            }
            case Ipc.SHM_STAT, Ipc.SHM_STAT_ANY -> {
                SharedSegments.Status status = segments.statusAt(task, id, command == Ipc.SHM_STAT_ANY);
                status(status).write(task.memory(), buffer);
                return status.id();
            }
            case Ipc.IPC_SET -> {
                Structure wanted = Structure.read(task.memory(), buffer, SHMID_SIZE);
                segments.update(task, id, wanted.uid(), wanted.gid(), wanted.mode());
                return 0;
            }
            case Ipc.IPC_RMID -> {
                segments.remove(task, id);
                return 0;
            }
            case Ipc.SHM_LOCK, Ipc.SHM_UNLOCK -> {
                segments.lock(task, id, command == Ipc.SHM_LOCK);
                return 0;
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }

    private static Structure limits(IpcLimits limits) {
        long count = limits.get(IpcLimit.SHMMNI);
        return new Structure(SHMINFO_SIZE)
                .putLong(0, limits.get(IpcLimit.SHMMAX))
                .putLong(8, 1)
                .putLong(16, count)
                .putLong(24, count)
                .putLong(32, limits.get(IpcLimit.SHMALL));
    }

    private static Structure usage(SharedSegments.Usage usage) {
        return new Structure(SHM_INFO_SIZE)
                .putInt(0, usage.segments())
                .putLong(8, usage.pages())
                .putLong(16, usage.residentPages());
    }

    private static Structure status(SharedSegments.Status status) {
        return new Structure(SHMID_SIZE)
                .permissions(status.permissions())
                .putLong(48, status.size())
                .putLong(56, status.attachTime())
                .putLong(64, status.detachTime())
                .putLong(72, status.changeTime())
                .putInts(80, status.creatorPid(), status.lastPid())
                .putLong(88, status.mappings());
    }
}
