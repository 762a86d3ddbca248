/* Process identity, limits and prctl; prints what is the same natively and in dune. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOW(e) do { errno = 0; long r_ = (long)(e); printf("%s = %ld %d\n", #e, r_, r_ == -1 ? errno : 0); } while (0)

int main(void) {
    char name[17] = {0};
    int value = -1;
    struct rlimit limit;
    gid_t groups[64];
    uid_t r, e, s;
    SHOW(getpid() == gettid());
    SHOW(getpgid(0) == getpgrp());
    SHOW(getpgid(-1));
    SHOW(getsid(999999));
    SHOW(setpgid(999999, 0));
    SHOW(setpgid(0, -1));
    SHOW(getuid());
    SHOW(getresuid(&r, &e, &s));
    SHOW(r + e + s);
    SHOW(setresuid(-1, -1, -1));
    SHOW(setuid(getuid()));
    SHOW(setgid(getgid()));
    SHOW(getgroups(0, groups));
    SHOW(syscall(SYS_getgroups, -1, groups));
    SHOW(getrlimit(RLIMIT_NOFILE, &limit));
    SHOW(getrlimit(99, &limit));
    limit.rlim_cur = 100; limit.rlim_max = 50;
    SHOW(setrlimit(RLIMIT_CORE, &limit));
    SHOW(prlimit(999999, RLIMIT_CORE, NULL, &limit));
    SHOW(prctl(PR_GET_NAME, name));
    printf("%s\n", name);
    SHOW(prctl(PR_SET_NAME, "a name that is too long for it"));
    SHOW(prctl(PR_GET_NAME, name));
    printf("%s\n", name);
    SHOW(prctl(PR_GET_DUMPABLE));
    SHOW(prctl(PR_SET_DUMPABLE, 7));
    SHOW(prctl(PR_SET_PDEATHSIG, 65));
    SHOW(prctl(PR_SET_PDEATHSIG, SIGTERM));
    SHOW(prctl(PR_GET_PDEATHSIG, &value));
    SHOW(value);
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SHOW(prctl(PR_SET_TIMERSLACK, 1000));
    SHOW(prctl(PR_GET_TIMERSLACK));
    SHOW(prctl(PR_SET_CHILD_SUBREAPER, 1));
    SHOW(prctl(PR_GET_CHILD_SUBREAPER, &value));
    SHOW(value);
    SHOW(prctl(PR_CAPBSET_READ, 99));
    SHOW(prctl(PR_SET_KEEPCAPS, 2));
    SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
    SHOW(prctl(PR_CAP_AMBIENT, 99, 0, 0, 0));
    SHOW(prctl(12345));
    SHOW(personality(0xffffffff));
    SHOW(sched_yield());
    SHOW(sched_getscheduler(0));
    SHOW(sched_getscheduler(999999));
    SHOW(sched_get_priority_max(SCHED_FIFO));
    SHOW(sched_get_priority_max(77));
    cpu_set_t cpus;
    SHOW(sched_getaffinity(0, sizeof cpus, &cpus));
    SHOW(syscall(SYS_sched_getaffinity, 0, 3, &cpus));
    SHOW(getpriority(PRIO_PROCESS, 0));
    SHOW(getpriority(77, 0));
    SHOW(setpriority(PRIO_PROCESS, 0, 5));
    SHOW(getpriority(PRIO_PROCESS, 0));
    SHOW(wait(&value));
    SHOW(waitpid(-1, &value, 0x1000));
    SHOW(syscall(SYS_waitid, P_ALL, 0, NULL, 0, NULL));
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct d[2];
    SHOW(syscall(SYS_capget, &h, d));
    printf("%x %x %x %x\n", d[0].effective, d[0].permitted, d[1].effective, d[0].inheritable);
    h.version = 1;
    SHOW(syscall(SYS_capget, &h, d));
    SHOW(h.version == _LINUX_CAPABILITY_VERSION_3);
    struct rusage usage;
    SHOW(getrusage(RUSAGE_SELF, &usage));
    SHOW(getrusage(55, &usage));
    SHOW(usage.ru_maxrss > 100);
    struct tms t;
    SHOW(times(&t) > 0);
    SHOW(syscall(SYS_futex, &value, 0, value + 1, NULL, NULL, 0));
    SHOW(syscall(SYS_futex, &value, 1, 1, NULL, NULL, 0));
    struct timespec ts = {0, 1000000};
    SHOW(syscall(SYS_futex, &value, 0, value, &ts, NULL, 0));
    SHOW(syscall(SYS_futex, (char *)&value + 1, 0, value, &ts, NULL, 0));
    SHOW(syscall(SYS_tgkill, -1, 1, 0));
    SHOW(syscall(SYS_set_robust_list, 0, 24));
    SHOW(syscall(SYS_set_robust_list, 0, 23));
    SHOW(setsid() == getpid() || errno == EPERM);
    return 0;
}
