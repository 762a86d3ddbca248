package org.nesteddune.mips;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nesteddune.arch.GenericSyscallTable;
import org.nesteddune.arch.SyscallNumbers;

/**
 * The system calls of n64 programs, by their names in {@code unistd_n64.h}, but for those that work in a way of their own: {@code
 * sysm_pipe} and {@code mips_set_thread_area}. Source: {@code arch/mips/kernel/syscalls/syscall_n64.tbl} of Linux 6.18. Constants
 * only.
 */
final class MipsSyscallTable {

    /** __NR_Linux of n64. */
    static final int FIRST = 5000;

    private static final List<String> OWN = Arrays.asList(
            "read", "write", "open", "close", "stat", "fstat", "lstat", "poll", "lseek", "mmap", "mprotect",
            "munmap", "brk", "rt_sigaction", "rt_sigprocmask", "ioctl", "pread64", "pwrite64", "readv",
            "writev", "access", "sysm_pipe", "select", "sched_yield", "mremap", "msync", "mincore",
            "madvise", "shmget", "shmat", "shmctl", "dup", "dup2", "pause", "nanosleep", "getitimer",
            "setitimer", "alarm", "getpid", "sendfile", "socket", "connect", "accept", "sendto", "recvfrom",
            "sendmsg", "recvmsg", "shutdown", "bind", "listen", "getsockname", "getpeername", "socketpair",
            "setsockopt", "getsockopt", "clone", "fork", "execve", "exit", "wait4", "kill", "uname",
            "semget", "semop", "semctl", "shmdt", "msgget", "msgsnd", "msgrcv", "msgctl", "fcntl", "flock",
            "fsync", "fdatasync", "truncate", "ftruncate", "getdents", "getcwd", "chdir", "fchdir", "rename",
            "mkdir", "rmdir", "creat", "link", "unlink", "symlink", "readlink", "chmod", "fchmod", "chown",
            "fchown", "lchown", "umask", "gettimeofday", "getrlimit", "getrusage", "sysinfo", "times",
            "ptrace", "getuid", "syslog", "getgid", "setuid", "setgid", "geteuid", "getegid", "setpgid",
            "getppid", "getpgrp", "setsid", "setreuid", "setregid", "getgroups", "setgroups", "setresuid",
            "getresuid", "setresgid", "getresgid", "getpgid", "setfsuid", "setfsgid", "getsid", "capget",
            "capset", "rt_sigpending", "rt_sigtimedwait", "rt_sigqueueinfo", "rt_sigsuspend", "sigaltstack",
            "utime", "mknod", "personality", "ustat", "statfs", "fstatfs", "sysfs", "getpriority",
            "setpriority", "sched_setparam", "sched_getparam", "sched_setscheduler", "sched_getscheduler",
            "sched_get_priority_max", "sched_get_priority_min", "sched_rr_get_interval", "mlock", "munlock",
            "mlockall", "munlockall", "vhangup", "pivot_root", "_sysctl", "prctl", "adjtimex", "setrlimit",
            "chroot", "sync", "acct", "settimeofday", "mount", "umount2", "swapon", "swapoff", "reboot",
            "sethostname", "setdomainname", "create_module", "init_module", "delete_module",
            "get_kernel_syms", "query_module", "quotactl", "nfsservctl", "getpmsg", "putpmsg", "afs_syscall",
            null, "gettid", "readahead", "setxattr", "lsetxattr", "fsetxattr", "getxattr", "lgetxattr",
            "fgetxattr", "listxattr", "llistxattr", "flistxattr", "removexattr", "lremovexattr",
            "fremovexattr", "tkill", null, "futex", "sched_setaffinity", "sched_getaffinity", "cacheflush",
            "cachectl", "sysmips", "io_setup", "io_destroy", "io_getevents", "io_submit", "io_cancel",
            "exit_group", "lookup_dcookie", "epoll_create", "epoll_ctl", "epoll_wait", "remap_file_pages",
            "rt_sigreturn", "set_tid_address", "restart_syscall", "semtimedop", "fadvise64", "timer_create",
            "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete", "clock_settime",
            "clock_gettime", "clock_getres", "clock_nanosleep", "tgkill", "utimes", "mbind", "get_mempolicy",
            "set_mempolicy", "mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify",
            "mq_getsetattr", "vserver", "waitid", null, "add_key", "request_key", "keyctl",
            "mips_set_thread_area", "inotify_init", "inotify_add_watch", "inotify_rm_watch", "migrate_pages",
            "openat", "mkdirat", "mknodat", "fchownat", "futimesat", "newfstatat", "unlinkat", "renameat",
            "linkat", "symlinkat", "readlinkat", "fchmodat", "faccessat", "pselect6", "ppoll", "unshare",
            "splice", "sync_file_range", "tee", "vmsplice", "move_pages", "set_robust_list",
            "get_robust_list", "kexec_load", "getcpu", "epoll_pwait", "ioprio_set", "ioprio_get",
            "utimensat", "signalfd", null, "eventfd", "fallocate", "timerfd_create", "timerfd_gettime",
            "timerfd_settime", "signalfd4", "eventfd2", "epoll_create1", "dup3", "pipe2", "inotify_init1",
            "preadv", "pwritev", "rt_tgsigqueueinfo", "perf_event_open", "accept4", "recvmmsg",
            "fanotify_init", "fanotify_mark", "prlimit64", "name_to_handle_at", "open_by_handle_at",
            "clock_adjtime", "syncfs", "sendmmsg", "setns", "process_vm_readv", "process_vm_writev", "kcmp",
            "finit_module", "getdents64", "sched_setattr", "sched_getattr", "renameat2", "seccomp",
            "getrandom", "memfd_create", "bpf", "execveat", "userfaultfd", "membarrier", "mlock2",
            "copy_file_range", "preadv2", "pwritev2", "pkey_mprotect", "pkey_alloc", "pkey_free", "statx",
            "rseq", "io_pgetevents");

    /** The table. */
    static final SyscallNumbers NUMBERS = numbers();

    private MipsSyscallTable() {
    }

    private static SyscallNumbers numbers() {
        List<String> names = new ArrayList<>(OWN);
        GenericSyscallTable.addCommon(names);
        return new SyscallNumbers(FIRST, names.toArray(String[]::new));
    }
}
