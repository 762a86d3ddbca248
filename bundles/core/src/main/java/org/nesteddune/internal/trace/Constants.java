package org.nesteddune.internal.trace;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.nesteddune.linux.Clone;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.Futex;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.Ipc;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Prctl;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.linux.Random;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Seek;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Socket;
import org.nesteddune.linux.Stat;
import org.nesteddune.linux.Time;
import org.nesteddune.linux.Wait;
import org.nesteddune.linux.Xattr;

/**
 * The sets of constants that signatures name ({@code flags:open}, {@code enum:clock}). Case, {@code _} and {@code -} in
 * a set's name do not count. Immutable, safe for any thread.
 */
final class Constants {

    private static final Map<String, ConstantSet> SETS = sets();

    private Constants() {
    }

    /** The set of a name, or null. */
    static ConstantSet set(String name) {
        return SETS.get(normal(name));
    }

    private static String normal(String name) {
        return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    private static Map<String, ConstantSet> sets() {
        Map<String, ConstantSet> sets = new HashMap<>();
        files(sets);
        memory(sets);
        processes(sets);
        time(sets);
        polling(sets);
        ipc(sets);
        sockets(sets);
        return Map.copyOf(sets);
    }

    private static void put(Map<String, ConstantSet> sets, ConstantSet set, String... names) {
        for (String name : names) {
            sets.put(normal(name), set);
        }
    }

    private static void files(Map<String, ConstantSet> sets) {
        put(sets, ConstantSet.of(OpenFlags.class, "O_*").without("O_ACCMODE").withField(OpenFlags.O_ACCMODE), "open", "status");
        // The same bits for a new descriptor, which has no access mode.
        put(sets, ConstantSet.of(OpenFlags.class, "O_CLOEXEC", "O_NONBLOCK", "O_DIRECT"), "pipe", "dup3");
        put(sets, ConstantSet.of(OpenFlags.class, "O_CLOEXEC", "O_NONBLOCK").with("PIDFD_THREAD", OpenFlags.O_EXCL), "pidfd");
        put(sets, ConstantSet.of(Fcntl.class, "AT_SYMLINK_NOFOLLOW", "AT_SYMLINK_FOLLOW", "AT_NO_AUTOMOUNT",
                "AT_EMPTY_PATH", "AT_STATX_FORCE_SYNC", "AT_STATX_DONT_SYNC", "AT_RECURSIVE")
                .with("AT_REMOVEDIR", Fcntl.AT_REMOVEDIR), "at", "unlink", "unlinkat", "link", "linkat", "utimensat");
        put(sets, ConstantSet.of(Fcntl.class, "AT_SYMLINK_NOFOLLOW", "AT_EMPTY_PATH", "AT_EACCESS"),
                "faccessat", "faccessat2", "ataccess");
        put(sets, ConstantSet.of(Fcntl.class, "AT_SYMLINK_NOFOLLOW", "AT_NO_AUTOMOUNT", "AT_EMPTY_PATH",
                "AT_STATX_SYNC_AS_STAT", "AT_STATX_FORCE_SYNC", "AT_STATX_DONT_SYNC")
                .withField(Fcntl.AT_STATX_SYNC_TYPE), "statx", "atstatx");
        put(sets, ConstantSet.of(Fcntl.class, "F_OK", "R_OK", "W_OK", "X_OK"), "access");
        put(sets, ConstantSet.of(Fcntl.class, "F_DUPFD", "F_DUPFD_CLOEXEC", "F_DUPFD_QUERY", "F_CREATED_QUERY",
                "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL", "F_GETLK", "F_SETLK", "F_SETLKW", "F_SETOWN", "F_GETOWN",
                "F_SETSIG", "F_GETSIG", "F_SETOWN_EX", "F_GETOWN_EX", "F_GETOWNER_UIDS", "F_OFD_*", "F_SETLEASE",
                "F_GETLEASE", "F_CANCELLK", "F_NOTIFY", "F_SETPIPE_SZ", "F_GETPIPE_SZ", "F_ADD_SEALS", "F_GET_SEALS",
                "F_GET_RW_HINT", "F_SET_RW_HINT", "F_GET_FILE_RW_HINT", "F_SET_FILE_RW_HINT"), "fcntl", "fcntlcmd");
        put(sets, ConstantSet.of(Fcntl.class, "FD_CLOEXEC"), "fd", "fdflags");
        put(sets, ConstantSet.of(Fcntl.class, "F_RDLCK", "F_WRLCK", "F_UNLCK"), "lock", "locktype", "lease");
        put(sets, ConstantSet.of(Fcntl.class, "LOCK_*"), "flock");
        put(sets, ConstantSet.of(Fcntl.class, "F_SEAL_*"), "seal", "seals");
        put(sets, ConstantSet.of(Fcntl.class, "RESOLVE_*"), "resolve");
        put(sets, ConstantSet.of(Fcntl.class, "RENAME_*"), "rename", "renameat2");
        put(sets, ConstantSet.of(Fcntl.class, "FALLOC_FL_*"), "fallocate", "falloc");
        put(sets, ConstantSet.of(Fcntl.class, "CLOSE_RANGE_*"), "closerange");
        put(sets, ConstantSet.of(Fcntl.class, "SPLICE_F_*"), "splice");
        put(sets, ConstantSet.of(Fcntl.class, "RWF_*"), "rwf", "rw");
        put(sets, ConstantSet.of(Fcntl.class, "SYNC_FILE_RANGE_*"), "syncfilerange");
        put(sets, ConstantSet.of(Fcntl.class, "POSIX_FADV_*"), "fadvise", "fadvise64", "fadv");
        put(sets, ConstantSet.of(Seek.class, "SEEK_*").without("SEEK_MAX"), "seek", "whence", "lseek");
        put(sets, ConstantSet.of(Xattr.class, "XATTR_*"), "xattr", "setxattr");
        put(sets, ConstantSet.of(Stat.class, "STATX_*").without("STATX_ALL"), "statxmask");
        put(sets, ConstantSet.of(Stat.class, "S_IFSOCK", "S_IFLNK", "S_IFREG", "S_IFBLK", "S_IFDIR", "S_IFCHR", "S_IFIFO")
                .withField(Stat.S_IFMT), "filetype");
        put(sets, ConstantSet.of(FileSystems.class, "TMPFS_MAGIC", "EXT4_SUPER_MAGIC", "BTRFS_SUPER_MAGIC",
                "XFS_SUPER_MAGIC", "OVERLAYFS_SUPER_MAGIC", "PROC_SUPER_MAGIC", "SYSFS_MAGIC", "DEVPTS_SUPER_MAGIC",
                "PIPEFS_MAGIC", "SOCKFS_MAGIC", "ANON_INODE_FS_MAGIC", "FUSE_SUPER_MAGIC", "NFS_SUPER_MAGIC",
                "SQUASHFS_MAGIC", "V9FS_MAGIC", "CGROUP2_SUPER_MAGIC", "RAMFS_MAGIC", "F2FS_SUPER_MAGIC"), "filesystem");
        // TIOCINQ is FIONREAD under another name.
        put(sets, ConstantSet.of(Ioctl.class, "*").without("TIOCINQ"), "ioctl");
    }

    private static void memory(Map<String, ConstantSet> sets) {
        put(sets, ConstantSet.of(Mman.class, "PROT_*"), "prot", "protection");
        put(sets, ConstantSet.of(Mman.class, "MAP_*").without("MAP_TYPE", "MAP_FILE", "MAP_HUGE_SHIFT", "MAP_HUGE_MASK")
                .withField(Mman.MAP_TYPE), "map", "mmap");
        put(sets, ConstantSet.of(Mman.class, "MADV_*"), "madvise", "madv", "advice");
        put(sets, ConstantSet.of(Mman.class, "MREMAP_*"), "mremap");
        put(sets, ConstantSet.of(Mman.class, "MS_*"), "msync", "ms");
        put(sets, ConstantSet.of(Mman.class, "MLOCK_*"), "mlock", "mlock2");
        put(sets, ConstantSet.of(Mman.class, "MCL_*"), "mlockall", "mcl");
        put(sets, ConstantSet.of(Mman.class, "MFD_*"), "memfd", "memfdcreate", "mfd");
        put(sets, ConstantSet.of(Mman.class, "PKEY_DISABLE_*"), "pkey");
        put(sets, ConstantSet.of(Random.class, "GRND_*"), "getrandom", "random", "grnd");
    }

    private static void processes(Map<String, ConstantSet> sets) {
        put(sets, ConstantSet.of(Clone.class, "CLONE_*").without("CLONE_ARGS_SIZE_VER0", "CLONE_ARGS_SIZE_VER1",
                "CLONE_ARGS_SIZE_VER2", "CLONE_NEWTIME").wide(), "clone", "unshare", "setns");
        put(sets, ConstantSet.of(Clone.class, "SCHED_*").without("SCHED_RESET_ON_FORK"), "sched", "schedpolicy");
        put(sets, ConstantSet.of(Wait.class, "WNOHANG", "WUNTRACED", "WEXITED", "WCONTINUED", "WNOWAIT", "__WNOTHREAD",
                "__WALL", "__WCLONE"), "wait", "wait4");
        put(sets, ConstantSet.of(Wait.class, "WNOHANG", "WSTOPPED", "WEXITED", "WCONTINUED", "WNOWAIT", "__WNOTHREAD",
                "__WALL", "__WCLONE"), "waitidoptions", "waitid");
        put(sets, ConstantSet.of(Ptrace.class, "PTRACE_TRACEME", "PTRACE_PEEKTEXT", "PTRACE_PEEKDATA",
                "PTRACE_PEEKUSR", "PTRACE_POKETEXT", "PTRACE_POKEDATA", "PTRACE_POKEUSR", "PTRACE_CONT", "PTRACE_KILL",
                "PTRACE_SINGLESTEP", "PTRACE_GETREGS", "PTRACE_SETREGS", "PTRACE_GETFPREGS", "PTRACE_SETFPREGS",
                "PTRACE_ATTACH", "PTRACE_DETACH", "PTRACE_SYSCALL", "PTRACE_SYSEMU", "PTRACE_SYSEMU_SINGLESTEP",
                "PTRACE_SETOPTIONS", "PTRACE_GETEVENTMSG", "PTRACE_GETSIGINFO", "PTRACE_SETSIGINFO",
                "PTRACE_GETREGSET", "PTRACE_SETREGSET", "PTRACE_SEIZE", "PTRACE_INTERRUPT", "PTRACE_LISTEN",
                "PTRACE_PEEKSIGINFO", "PTRACE_GETSIGMASK", "PTRACE_SETSIGMASK", "PTRACE_GET_SYSCALL_INFO"), "ptrace");
        put(sets, ConstantSet.of(Wait.class, "P_*"), "idtype", "waitidtype", "waittarget", "pidtype");
        put(sets, ConstantSet.of(Prctl.class, "PR_SET_*", "PR_GET_*", "PR_CAPBSET_*", "PR_TASK_*", "PR_MCE_KILL",
                "PR_MCE_KILL_GET", "PR_MPX_*", "PR_CAP_AMBIENT", "PR_SVE_SET_VL", "PR_SVE_GET_VL", "PR_PAC_RESET_KEYS",
                "PR_SCHED_CORE", "PR_SME_SET_VL", "PR_SME_GET_VL", "PR_PAC_SET_ENABLED_KEYS")
                .without("PR_SET_MM_*", "PR_SET_VMA_*", "PR_SET_PTRACER_ANY"), "prctl");
        put(sets, ConstantSet.of(Prctl.class, "ARCH_*"), "archprctl", "arch");
        put(sets, ConstantSet.of(Prctl.class, "PR_SET_MM_*"), "prctlmm");
        put(sets, ConstantSet.of(Resource.class, "RLIMIT_*"), "rlimit", "resource", "limit");
        put(sets, ConstantSet.of(Resource.class, "RUSAGE_*"), "rusage", "getrusage");
        put(sets, ConstantSet.of(Resource.class, "PRIO_PROCESS", "PRIO_PGRP", "PRIO_USER"), "priority", "prio", "which");
        put(sets, ConstantSet.of(Signal.class, "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK"),
                "sigprocmask", "sigmask");
        put(sets, ConstantSet.of(Signal.class, "SA_*").without("SA_NOMASK", "SA_ONESHOT"), "sa", "saflags", "sigaction");
        put(sets, ConstantSet.of(Signal.class, "PIDFD_SIGNAL_*"), "pidfdsignal");
        put(sets, ConstantSet.of(Signal.class, "SS_*"), "ss", "sigaltstack");
        put(sets, ConstantSet.of(Signal.class, "SIGEV_SIGNAL", "SIGEV_NONE", "SIGEV_THREAD", "SIGEV_THREAD_ID"), "sigev");
        ConstantSet futex = ConstantSet.of(Futex.class, "FUTEX_WAIT", "FUTEX_WAKE", "FUTEX_FD", "FUTEX_REQUEUE",
                "FUTEX_CMP_REQUEUE", "FUTEX_WAKE_OP", "FUTEX_LOCK_PI", "FUTEX_UNLOCK_PI", "FUTEX_TRYLOCK_PI",
                "FUTEX_WAIT_BITSET", "FUTEX_WAKE_BITSET", "FUTEX_WAIT_REQUEUE_PI", "FUTEX_CMP_REQUEUE_PI",
                "FUTEX_LOCK_PI2", "FUTEX_PRIVATE_FLAG", "FUTEX_CLOCK_REALTIME");
        put(sets, futex.withField(Futex.FUTEX_PRIVATE_FLAG - 1), "futex", "futexop");
    }

    private static void time(Map<String, ConstantSet> sets) {
        put(sets, ConstantSet.of(Time.class, "CLOCK_*"), "clock", "clockid");
        put(sets, ConstantSet.of(Time.class, "TIMER_ABSTIME"), "timer", "nanosleep", "clocknanosleep", "timerabs");
        put(sets, ConstantSet.of(Time.class, "ITIMER_*"), "itimer");
        put(sets, ConstantSet.of(Time.class, "TFD_CLOEXEC", "TFD_NONBLOCK"), "timerfd", "timerfdcreate", "tfd");
        put(sets, ConstantSet.of(Time.class, "TFD_TIMER_*"), "timerfdsettime", "tfdtimer");
    }

    private static void ipc(Map<String, ConstantSet> sets) {
        put(sets, ConstantSet.of(Ipc.class, "IPC_PRIVATE"), "ipckey");
        put(sets, ConstantSet.of(Ipc.class, "IPC_CREAT", "IPC_EXCL"), "semget", "msgget");
        put(sets, ConstantSet.of(Ipc.class, "IPC_CREAT", "IPC_EXCL", "SHM_HUGETLB", "SHM_NORESERVE"), "shmget");
        put(sets, ConstantSet.of(Ipc.class, "SHM_RDONLY", "SHM_RND", "SHM_REMAP", "SHM_EXEC"), "shmat");
        put(sets, ConstantSet.of(Ipc.class, "IPC_RMID", "IPC_SET", "IPC_STAT", "IPC_INFO", "SHM_LOCK", "SHM_UNLOCK",
                "SHM_STAT", "SHM_INFO", "SHM_STAT_ANY"), "shmctl");
        put(sets, ConstantSet.of(Ipc.class, "IPC_RMID", "IPC_SET", "IPC_STAT", "IPC_INFO", "GETPID", "GETVAL", "GETALL",
                "GETNCNT", "GETZCNT", "SETVAL", "SETALL", "SEM_STAT", "SEM_INFO", "SEM_STAT_ANY"), "semctl");
        put(sets, ConstantSet.of(Ipc.class, "IPC_RMID", "IPC_SET", "IPC_STAT", "IPC_INFO", "MSG_STAT", "MSG_INFO",
                "MSG_STAT_ANY"), "msgctl");
        put(sets, ConstantSet.of(Ipc.class, "IPC_NOWAIT", "SEM_UNDO"), "sembuf");
        put(sets, ConstantSet.of(Ipc.class, "IPC_NOWAIT", "MSG_NOERROR", "MSG_EXCEPT", "MSG_COPY"), "msgrcv", "msgsnd");
    }

    private static void sockets(Map<String, ConstantSet> sets) {
        put(sets, ConstantSet.of(Socket.class, "AF_*").without("AF_MAX"), "af", "addressfamily");
        // SOCK_TYPE_MASK of linux/net.h
        put(sets, ConstantSet.of(Socket.class, "SOCK_*").withField(0xf), "socktype");
        put(sets, ConstantSet.of(Socket.class, "SOCK_CLOEXEC", "SOCK_NONBLOCK"), "sockflags", "accept4");
        put(sets, ConstantSet.of(Socket.class, "MSG_*"), "msg", "msgflags");
        put(sets, ConstantSet.of(Socket.class, "SOL_*"), "sol", "sockoptlevel");
        put(sets, ConstantSet.of(Socket.class, "SHUT_*"), "shutdown");
        put(sets, ConstantSet.of(Socket.class, "SO_*"), "sosocket");
        put(sets, ConstantSet.of(Socket.class, "TCP_*"), "sotcp");
        put(sets, ConstantSet.of(Socket.class, "IP_*"), "soip");
        put(sets, ConstantSet.of(Socket.class, "IPV6_*"), "soipv6");
        put(sets, ConstantSet.of(Socket.class, "NETLINK_*").without("NETLINK_ROUTE"), "sonetlink");
        put(sets, ConstantSet.of(Socket.class, "SCM_*"), "scm");
    }

    private static void polling(Map<String, ConstantSet> sets) {
        put(sets, ConstantSet.of(Poll.class, "POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL",
                "POLLRDNORM", "POLLRDBAND", "POLLWRNORM", "POLLWRBAND", "POLLMSG", "POLLREMOVE", "POLLRDHUP"), "poll");
        put(sets, ConstantSet.of(Poll.class, "EPOLLIN", "EPOLLPRI", "EPOLLOUT", "EPOLLERR", "EPOLLHUP", "EPOLLNVAL",
                "EPOLLRDNORM", "EPOLLRDBAND", "EPOLLWRNORM", "EPOLLWRBAND", "EPOLLMSG", "EPOLLRDHUP", "EPOLLEXCLUSIVE",
                "EPOLLWAKEUP", "EPOLLONESHOT", "EPOLLET"), "epoll", "epollevents");
        put(sets, ConstantSet.of(Poll.class, "EPOLL_CTL_*"), "epollctl", "epollop");
        put(sets, ConstantSet.of(Poll.class, "EPOLL_CLOEXEC"), "epollcreate", "epollcreate1");
        put(sets, ConstantSet.of(Poll.class, "EFD_*"), "eventfd", "eventfd2", "efd");
        put(sets, ConstantSet.of(Poll.class, "SFD_*"), "signalfd", "signalfd4", "sfd");
        put(sets, ConstantSet.of(Poll.class, "IN_*").without("IN_CLOEXEC", "IN_NONBLOCK", "IN_CLOSE", "IN_MOVE"),
                "inotify", "inotifymask");
        put(sets, ConstantSet.of(Poll.class, "IN_CLOEXEC", "IN_NONBLOCK"), "inotifyinit", "inotifyinit1");
    }
}
