/*
 * Processes and signals as files: pidfds and signalfd, with poll, epoll and waitid. Prints nothing that differs from run to
 * run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define SHOW(call) do { errno = 0; long r_ = (long)(call); int e_ = errno; \
    printf("%s = %ld%s%s\n", #call, r_ < 0 ? -1 : r_, r_ < 0 ? " " : "", r_ < 0 ? strerrorname_np(e_) : ""); } while (0)

static pid_t split(void) {
    fflush(stdout);
    return fork();
}

static void nap(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&t, &t) && errno == EINTR) ;
}

static int pidfd_open_(pid_t pid, unsigned flags) { return syscall(SYS_pidfd_open, pid, flags); }
static int send_(int fd, int sig, siginfo_t *info, unsigned flags) { return syscall(SYS_pidfd_send_signal, fd, sig, info, flags); }
static int getfd_(int fd, int target, unsigned flags) { return syscall(SYS_pidfd_getfd, fd, target, flags); }

static void ready(const char *what, int fd) {
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    int n = poll(&p, 1, 0);
    printf("%s: poll %d %x\n", what, n, p.revents);
}

static void lines(const char *what, int fd, const char *kind, long expected) {
    char path[64], text[4096], link[100] = {0};
    sprintf(path, "/proc/self/fd/%d", fd);
    readlink(path, link, sizeof link - 1);
    sprintf(path, "/proc/self/fdinfo/%d", fd);
    int f = open(path, O_RDONLY);
    int n = read(f, text, sizeof text - 1);
    close(f);
    text[n > 0 ? n : 0] = 0;
    char *at = strstr(text, kind);
    struct stat s;
    fstat(fd, &s);
    printf("%s: %s %s%s mode %o size %ld links %ld flags %x cloexec %d\n", what, link, kind,
           at && strtol(at + strlen(kind), NULL, kind[0] == 's' ? 16 : 10) == expected ? "as expected" : "otherwise", s.st_mode,
           (long)s.st_size, (long)s.st_nlink, fcntl(fd, F_GETFL) & ~O_EXCL, fcntl(fd, F_GETFD));
}

static volatile int caught, caught_code, caught_value;

static void handler(int signal, siginfo_t *info, void *context) {
    (void)context;
    caught = signal;
    caught_code = info->si_code;
    caught_value = info->si_value.sival_int;
}

static void *idler(void *tid) {
    *(volatile int *)tid = gettid();
    nap(300);
    return NULL;
}

static void pidfds(void) {
    pid_t child = split();
    if (child == 0) { pause(); _exit(3); }
    int fd = pidfd_open_(child, 0);
    printf("opened %d\n", fd >= 0);
    lines("new", fd, "Pid:\t", child);
    ready("alive", fd);
    char b[16];
    SHOW(read(fd, b, 10));
    SHOW(write(fd, b, 10));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(pidfd_open_(child, 1));
    SHOW(pidfd_open_(-1, 0));
    SHOW(pidfd_open_(0, 0));
    SHOW(pidfd_open_(4194000, 0));
    siginfo_t info;
    SHOW(waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG));
    SHOW(waitid(P_PIDFD, 0, &info, WEXITED | WNOHANG));
    SHOW(waitid(P_PIDFD, 999, &info, WEXITED | WNOHANG));
    SHOW(waitid(P_PIDFD, -1, &info, WEXITED | WNOHANG));
    int own = pidfd_open_(getpid(), 0), impatient = pidfd_open_(child, O_NONBLOCK);
    SHOW(waitid(P_PIDFD, own, &info, WEXITED));
    SHOW(waitid(P_PIDFD, impatient, &info, WEXITED));
    SHOW(waitid(P_PIDFD, impatient, &info, WEXITED | WNOHANG));
    SHOW(fcntl(impatient, F_GETFL) & O_NONBLOCK ? 1 : 0);
    struct stat one, two;
    fstat(fd, &one);
    fstat(impatient, &two);
    printf("same %d\n", one.st_ino == two.st_ino && one.st_dev == two.st_dev);
    fstat(own, &two);
    printf("same %d\n", one.st_ino == two.st_ino);

    SHOW(send_(fd, 0, NULL, 0));
    SHOW(send_(fd, 0, NULL, 1 << 10));
    SHOW(send_(0, 0, NULL, 0));
    SHOW(send_(99, 0, NULL, 0));
    SHOW(send_(fd, 65, NULL, 0));
    SHOW(send_(fd, SIGUSR1, (void *)16, 0));
    memset(&info, 0, sizeof info);
    info.si_signo = SIGUSR1;
    SHOW(send_(fd, SIGUSR1, &info, 0));
    SHOW(send_(fd, SIGUSR2, &info, 0));
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    SHOW(send_(own, SIGUSR1, NULL, 0));
    printf("caught %d code %d\n", caught == SIGUSR1, caught_code);
    info.si_code = SI_QUEUE;
    info.si_value.sival_int = 7;
    SHOW(send_(own, SIGUSR1, &info, 0));
    printf("caught %d code %d value %d\n", caught == SIGUSR1, caught_code, caught_value);

    int copy = getfd_(fd, 1, 0);
    printf("copy %d cloexec %d\n", copy >= 0, fcntl(copy, F_GETFD));
    write(copy, "through the copy\n", 0);
    SHOW(getfd_(fd, 777, 0));
    SHOW(getfd_(fd, 1, 1));
    SHOW(getfd_(0, 1, 0));

    int ep = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = 9};
    SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
    SHOW(epoll_wait(ep, &event, 1, 10));
    SHOW(send_(fd, SIGTERM, NULL, 0));
    SHOW(epoll_wait(ep, &event, 1, 10000));
    printf("%x %d\n", event.events, event.data.u32);
    ready("ended", fd);
    SHOW(send_(fd, SIGTERM, NULL, 0));
    SHOW(pidfd_open_(child, 0) >= 0);
    SHOW(getfd_(fd, 1, 0));
    SHOW(waitid(P_PIDFD, fd, &info, WEXITED | WNOWAIT));
    ready("still there", fd);
    SHOW(waitid(P_PIDFD, fd, &info, WEXITED));
    printf("signo %d code %d status %d pid %d\n", info.si_signo, info.si_code, info.si_status, info.si_pid == child);
    lines("gone", fd, "Pid:\t", -1);
    SHOW(send_(fd, SIGTERM, NULL, 0));
    SHOW(waitid(P_PIDFD, fd, &info, WEXITED));
    SHOW(getfd_(fd, 1, 0));
    SHOW(pidfd_open_(child, 0));

    /* clone with CLONE_PIDFD, several ways. */
    int made = -1;
    fflush(stdout);
    child = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &made, 0, 0);
    if (child == 0) _exit(fcntl(made, F_GETFD) == -1 ? 5 : 6);
    lines("cloned", made, "Pid:\t", child);
    struct pollfd p = {made, POLLIN, 0};
    SHOW(poll(&p, 1, 10000));
    SHOW(waitid(P_PIDFD, made, &info, WEXITED));
    printf("status %d\n", info.si_status);
    close(made);
    struct { uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls; } args = {
        .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&made, .exit_signal = SIGCHLD};
    int before = open("/dev/null", O_RDONLY);
    close(before);
    fflush(stdout);
    child = syscall(SYS_clone3, &args, sizeof args);
    if (child == 0) _exit(4);
    printf("lowest %d\n", made == before);
    SHOW(waitid(P_PIDFD, made, &info, WEXITED));
    printf("status %d\n", info.si_status);
    close(made);
    SHOW(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, 8, 0, 0));
    SHOW(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &made, 0, 0));
    struct rlimit limit, none = {0, 0};
    getrlimit(RLIMIT_NOFILE, &limit);
    none.rlim_max = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    SHOW(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &made, 0, 0));
    setrlimit(RLIMIT_NOFILE, &limit);
    SHOW(waitpid(-1, NULL, WNOHANG));

    /* A child of somebody else. */
    int pipes[2];
    pipe(pipes);
    child = split();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) { nap(200); _exit(0); }
        write(pipes[1], &grandchild, sizeof grandchild);
        waitpid(grandchild, NULL, 0);
        _exit(0);
    }
    pid_t grandchild;
    read(pipes[0], &grandchild, sizeof grandchild);
    int distant = pidfd_open_(grandchild, 0);
    SHOW(waitid(P_PIDFD, distant, &info, WEXITED));
    p.fd = distant;
    SHOW(poll(&p, 1, 10000));
    SHOW(waitpid(child, NULL, 0) == child);
    ready("distant", distant);

    /* A thread's. */
    int tid = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, idler, &tid);
    while (!*(volatile int *)&tid) nap(1);
    int of_thread = pidfd_open_(tid, O_EXCL);
    if (of_thread >= 0) {
        ready("thread", of_thread);
        pthread_join(thread, NULL);
        p.fd = of_thread;
        poll(&p, 1, 10000);
        SHOW(send_(of_thread, 0, NULL, 0));
    }

    /* A process's directory. */
    char name[64];
    snprintf(name, sizeof name, "/proc/%d", (int) getpid());
    int directory = open(name, O_DIRECTORY), place = open(name, O_PATH | O_DIRECTORY), above = open("/proc", O_DIRECTORY);
    SHOW(send_(directory, 0, NULL, 0));
    SHOW(send_(place, 0, NULL, 0));
    SHOW(send_(above, 0, NULL, 0));
    SHOW(waitid(P_PIDFD, directory, &info, WEXITED));
    snprintf(name, sizeof name, "/proc/%d/task/%d", (int) getpid(), (int) getpid());
    SHOW(send_(open(name, O_DIRECTORY), 0, NULL, 0));
    caught = 0;
    sigaction(SIGUSR1, &(struct sigaction) {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}, NULL);
    SHOW(send_(directory, SIGUSR1, NULL, 0));
    printf("caught %d\n", caught);
}

/* signalfd */

static void record(int fd) {
    struct signalfd_siginfo s;
    memset(&s, 0xee, sizeof s);
    ssize_t n = read(fd, &s, sizeof s);
    if (n < 0) printf("read: %s\n", strerrorname_np(errno));
    else printf("read %zd: %u code %d from me %d value %d status %d overrun %u band %u\n", n, s.ssi_signo, s.ssi_code,
                s.ssi_pid == (unsigned)getpid() && s.ssi_uid == getuid(), s.ssi_int, s.ssi_status, s.ssi_overrun, s.ssi_band);
}

static void *raiser(void *unused) {
    (void)unused;
    nap(100);
    kill(getpid(), SIGUSR1);
    return NULL;
}

static void signals(void) {
    sigset_t set, wait;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGKILL);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    lines("new", fd, "sigmask:\t", (1l << (SIGUSR1 - 1)) | (1l << (SIGRTMIN - 1)) | (1l << (SIGCHLD - 1)));
    ready("nothing", fd);
    record(fd);
    raise(SIGUSR1);
    ready("raised", fd);
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    struct timeval zero = {0, 0};
    SHOW(select(fd + 1, &readable, NULL, NULL, &zero));
    record(fd);
    ready("taken", fd);
    kill(getpid(), SIGUSR1);
    union sigval value = {.sival_int = 5};
    sigqueue(getpid(), SIGRTMIN, value);
    value.sival_int = 6;
    sigqueue(getpid(), SIGRTMIN, value);
    struct signalfd_siginfo many[4];
    SHOW(read(fd, many, sizeof many - 1));
    printf("%u %u/%d %u/%d\n", many[0].ssi_signo, many[1].ssi_signo - SIGRTMIN, many[1].ssi_int, many[2].ssi_signo - SIGRTMIN,
           many[2].ssi_int);
    SHOW(read(fd, many, 127));
    SHOW(write(fd, many, 128));
    SHOW(lseek(fd, 3, SEEK_SET));
    SHOW(pread(fd, many, 128, 0));
    raise(SIGUSR1);
    SHOW(syscall(SYS_read, fd, 16, 128));
    record(fd);

    /* A child's end, as event loops learn of it. */
    int ep = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = 3};
    SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
    SHOW(epoll_wait(ep, &event, 1, 10));
    pid_t child = split();
    if (child == 0) { nap(50); _exit(7); }
    SHOW(epoll_wait(ep, &event, 1, 10000));
    record(fd);
    SHOW(waitpid(child, NULL, 0) == child);
    SHOW(epoll_wait(ep, &event, 1, 10));
    event.events = EPOLLIN | EPOLLET;
    SHOW(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &event));
    raise(SIGUSR1);
    SHOW(epoll_wait(ep, &event, 1, 1000));
    SHOW(epoll_wait(ep, &event, 1, 10));
    sigqueue(getpid(), SIGRTMIN, value);
    SHOW(epoll_wait(ep, &event, 1, 1000));
    SHOW(epoll_wait(ep, &event, 1, 10));
    record(fd);
    record(fd);
    record(fd);

    /* Other ways of taking. */
    raise(SIGUSR1);
    sigemptyset(&wait);
    sigaddset(&wait, SIGUSR1);
    struct timespec now = {0, 0};
    SHOW(sigtimedwait(&wait, NULL, &now) == SIGUSR1);
    ready("waited for", fd);
    raise(SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    ready("ignored", fd);
    signal(SIGUSR1, SIG_DFL);

    /* Another mask, and what is no signal file. */
    raise(SIGUSR1);
    ready("old mask", fd);
    sigemptyset(&wait);
    sigaddset(&wait, SIGRTMIN);
    SHOW(signalfd(fd, &wait, 0) == fd);
    ready("new mask", fd);
    record(fd);
    SHOW(signalfd(fd, &set, 0) == fd);
    ready("old mask", fd);
    record(fd);
    SHOW(signalfd(0, &set, 0));
    SHOW(signalfd(99, &set, 0));
    SHOW(signalfd(-1, &set, 1));
    SHOW(syscall(SYS_signalfd4, -1, &set, 7, 0));
    SHOW(syscall(SYS_signalfd4, -1, NULL, 8, 0));

    /* A timer, a waiting reader, and one that a signal interrupts. */
    timer_t timer;
    struct sigevent tell = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 11};
    timer_create(CLOCK_MONOTONIC, &tell, &timer);
    struct itimerspec soon = {{0, 0}, {0, 20000000}};
    fcntl(fd, F_SETFL, 0);
    timer_settime(timer, 0, &soon, NULL);
    record(fd);
    pthread_t thread;
    pthread_create(&thread, NULL, raiser, NULL);
    record(fd);
    pthread_join(thread, NULL);
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGALRM, &action, NULL);
    struct itimerspec again = {{0, 20000000}, {0, 20000000}};
    tell.sigev_signo = SIGALRM;
    timer_create(CLOCK_MONOTONIC, &tell, &timer);
    timer_settime(timer, 0, &again, NULL);
    record(fd);
    timer_delete(timer);
    printf("caught %d\n", caught == SIGALRM);

    /* A child sees its own signals. */
    raise(SIGUSR1);
    child = split();
    if (child == 0) {
        ready("child", fd);
        raise(SIGUSR1);
        ready("child", fd);
        record(fd);
        fflush(stdout);
        _exit(0);
    }
    SHOW(waitpid(child, NULL, 0) == child);
    ready("parent", fd);
    record(fd);
    record(fd);
}

int main(int count, char **words) {
    if (count > 1 && !strcmp(words[1], "pidfd")) pidfds();
    if (count > 1 && !strcmp(words[1], "signalfd")) signals();
    return 0;
}
