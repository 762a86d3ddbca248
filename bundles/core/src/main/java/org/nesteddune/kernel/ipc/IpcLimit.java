package org.nesteddune.kernel.ipc;

/**
 * The limits of an IPC namespace, as {@code /proc/sys/kernel} and {@code /proc/sys/fs/mqueue} name them. Defaults are those
 * of {@code linux/shm.h}, {@code sem.h}, {@code msg.h} and {@code ipc_namespace.h}.
 */
public enum IpcLimit {
    /** Bytes in a shared memory segment, at most. */
    SHMMAX("shmmax", -1L - (1L << 24), 0, -1),
    /** Pages of shared memory in all; unsigned. */
    SHMALL("shmall", -1L - (1L << 24), 0, -1),
    /** Shared memory segments. */
    SHMMNI("shmmni", 4096, 0, IpcIds.INDEXES),
    /** 1 if segments without mappings are removed at once. */
    SHM_RMID_FORCED("shm_rmid_forced", 0, 0, 1),
    /** Bytes in a System V message. */
    MSGMAX("msgmax", 8192, 0, Integer.MAX_VALUE),
    /** Bytes that a new System V queue may hold. */
    MSGMNB("msgmnb", 16384, 0, Integer.MAX_VALUE),
    /** System V message queues. */
    MSGMNI("msgmni", 32000, 0, IpcIds.INDEXES),
    /** Semaphores in a set. */
    SEMMSL("semmsl", 32000, 0, Integer.MAX_VALUE),
    /** Semaphores in all. */
    SEMMNS("semmns", 1_024_000_000, 0, Integer.MAX_VALUE),
    /** Operations in a {@code semop}. */
    SEMOPM("semopm", 500, 0, 1 << 20),
    /** Sets of semaphores. */
    SEMMNI("semmni", 32000, 0, IpcIds.INDEXES),
    /** POSIX message queues. */
    QUEUES_MAX("queues_max", 256, 0, Integer.MAX_VALUE),
    /** Greatest {@code mq_maxmsg} that needs no privilege. */
    MSG_MAX("msg_max", 10, 1, 65536),
    /** Greatest {@code mq_msgsize} that needs no privilege. */
    MSGSIZE_MAX("msgsize_max", 8192, 128, 16 << 20),
    /** {@code mq_maxmsg} where a program names none. */
    MSG_DEFAULT("msg_default", 10, 1, 65536),
    /** {@code mq_msgsize} where a program names none. */
    MSGSIZE_DEFAULT("msgsize_default", 8192, 128, 16 << 20);

    private final String file;
    private final long initial;
    private final long least;
    private final long greatest;

    IpcLimit(String file, long initial, long least, long greatest) {
        this.file = file;
        this.initial = initial;
        this.least = least;
        this.greatest = greatest;
    }

    /** The name of its file; the four of semaphores share one. */
    public String fileName() {
        return file;
    }

    /** Its value at first. */
    public long initial() {
        return initial;
    }

    /** Whether it may have a value; values are unsigned. */
    boolean allows(long value) {
        return Long.compareUnsigned(value, least) >= 0 && Long.compareUnsigned(value, greatest) <= 0;
    }
}
