package org.nesteddune.linux;

/**
 * System V IPC and POSIX message queues. Sources: {@code include/uapi/linux/ipc.h}, {@code shm.h}, {@code sem.h},
 * {@code msg.h}, {@code mqueue.h}. Constants only: stateless, safe for any thread.
 */
public final class Ipc {

    /** The key that never names an object twice. */
    public static final int IPC_PRIVATE = 0;

    // Flags of the get calls, and of operations
    public static final int IPC_CREAT = 0x200;
    public static final int IPC_EXCL = 0x400;
    public static final int IPC_NOWAIT = 0x800;

    // Commands that all kinds have
    public static final int IPC_RMID = 0;
    public static final int IPC_SET = 1;
    public static final int IPC_STAT = 2;
    public static final int IPC_INFO = 3;

    /** A bit of the command that asks for today's structures, where an architecture still has old ones (MIPS). */
    public static final int IPC_64 = 0x100;

    // Shared memory
    public static final int SHM_HUGETLB = 0x800;
    public static final int SHM_NORESERVE = 0x1000;
    public static final int SHM_HUGE_SHIFT = 26;
    public static final int SHM_HUGE_MASK = 0x3f;
    public static final int SHM_RDONLY = 0x1000;
    public static final int SHM_RND = 0x2000;
    public static final int SHM_REMAP = 0x4000;
    public static final int SHM_EXEC = 0x8000;
    public static final int SHM_LOCK = 11;
    public static final int SHM_UNLOCK = 12;
    public static final int SHM_STAT = 13;
    public static final int SHM_INFO = 14;
    public static final int SHM_STAT_ANY = 15;
    /** In the mode of a segment: it goes with its last mapping. */
    public static final int SHM_DEST = 0x200;
    /** In the mode of a segment: it is not swapped. */
    public static final int SHM_LOCKED = 0x400;

    // Semaphores
    public static final int SEM_UNDO = 0x1000;
    public static final int GETPID = 11;
    public static final int GETVAL = 12;
    public static final int GETALL = 13;
    public static final int GETNCNT = 14;
    public static final int GETZCNT = 15;
    public static final int SETVAL = 16;
    public static final int SETALL = 17;
    public static final int SEM_STAT = 18;
    public static final int SEM_INFO = 19;
    public static final int SEM_STAT_ANY = 20;
    /** Greatest value of a semaphore, and of an adjustment at a process's end. */
    public static final int SEMVMX = 32767;
    /** What {@code semusz} says where it says nothing else: the size of a structure of long ago. */
    public static final int SEMUSZ = 20;

    // Message queues
    public static final int MSG_NOERROR = 0x1000;
    public static final int MSG_EXCEPT = 0x2000;
    public static final int MSG_COPY = 0x4000;
    public static final int MSG_STAT = 11;
    public static final int MSG_INFO = 12;
    public static final int MSG_STAT_ANY = 13;

    // POSIX message queues
    /** Priorities lie below this. */
    public static final int MQ_PRIO_MAX = 32768;
    /** Bytes of the message that SIGEV_THREAD has sent to a netlink socket. */
    public static final int NOTIFY_COOKIE_LEN = 32;

    private Ipc() {
    }
}
