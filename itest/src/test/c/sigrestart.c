/* Which calls a signal ends, and which go on after it (signal(7), "Interruption of system calls"). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int first, second;
static void one(int s) { first++; }
static void two(int s) { second++; }

static int fds[2], sock[2];
static char big[1 << 20];
static int word, queue, sems;
static pid_t child;
static sem_t sem;

static void millis(int n) {
    struct timespec t = {n / 1000, n % 1000 * 1000000L};
    while (nanosleep(&t, &t) && errno == EINTR) { }
}

static void timeouts(int fd) {
    struct timeval t = {5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

#define CASE(name) static long name(void)
CASE(read_pipe) { char c; return read(fds[0], &c, 1); }
CASE(readv_pipe) { char c; struct iovec v = {&c, 1}; return readv(fds[0], &v, 1); }
CASE(write_pipe) { fcntl(fds[1], F_SETFL, O_NONBLOCK); while (write(fds[1], big, 4096) > 0) { } fcntl(fds[1], F_SETFL, 0); return write(fds[1], big, 10); }
CASE(write_part) { return write(fds[1], big, sizeof big); }
CASE(open_fifo) { mkfifo("fifo", 0600); long r = open("fifo", O_RDONLY); int e = errno; unlink("fifo"); errno = e; return r; }
CASE(wait4_) { int s; return wait4(child, &s, 0, NULL); }
CASE(waitid_) { siginfo_t i; return waitid(P_PID, child, &i, WEXITED); }
CASE(flock_) { int f = open("lock", O_RDWR | O_CREAT, 0600); long r = flock(f, LOCK_EX); int e = errno; close(f); errno = e; return r; }
CASE(setlkw) { int f = open("lock", O_RDWR | O_CREAT, 0600); struct flock l = {.l_type = F_WRLCK}; long r = fcntl(f, F_SETLKW, &l); int e = errno; close(f); errno = e; return r; }
CASE(ofd_setlkw) { int f = open("lock", O_RDWR | O_CREAT, 0600); struct flock l = {.l_type = F_WRLCK}; long r = fcntl(f, F_OFD_SETLKW, &l); int e = errno; close(f); errno = e; return r; }
static long listen_(int timeout) {
    int l = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path + 1, 30, "sigrestart%d", getpid());
    bind(l, (void *)&a, sizeof a);
    listen(l, 1);
    if (timeout) timeouts(l);
    long r = accept(l, NULL, NULL);
    int e = errno;
    close(l);
    errno = e;
    return r;
}
CASE(accept_) { return listen_(0); }
CASE(accept_timeout) { return listen_(1); }
CASE(recv_) { char c; return recv(sock[0], &c, 1, 0); }
CASE(recv_timeout) { char c; timeouts(sock[0]); return recv(sock[0], &c, 1, 0); }
CASE(read_socket) { char c; return read(sock[0], &c, 1); }
CASE(read_socket_timeout) { char c; timeouts(sock[0]); return read(sock[0], &c, 1); }
CASE(recvmsg_) { char c; struct iovec v = {&c, 1}; struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1}; return recvmsg(sock[0], &m, 0); }
CASE(recvmmsg_) { char c; struct iovec v = {&c, 1}; struct mmsghdr m = {{.msg_iov = &v, .msg_iovlen = 1}}; return recvmmsg(sock[0], &m, 1, 0, NULL); }
CASE(recv_waitall) { char c[10]; write(sock[1], "abc", 3); return recv(sock[0], c, 10, MSG_WAITALL); }
CASE(send_) { fcntl(sock[0], F_SETFL, O_NONBLOCK); while (write(sock[0], big, 4096) > 0) { } fcntl(sock[0], F_SETFL, 0); return send(sock[0], big, 4096, 0); }
CASE(send_timeout) { timeouts(sock[0]); return send_(); }
CASE(futex_) { return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0); }
CASE(futex_timeout) { struct timespec t = {5, 0}; return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &t, NULL, 0); }
CASE(futex_bitset) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); t.tv_sec += 5; return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 0, &t, NULL, -1); }
CASE(sem_wait_) { sem_init(&sem, 0, 0); return sem_wait(&sem); }
CASE(sem_timedwait_) { struct timespec t; clock_gettime(CLOCK_REALTIME, &t); t.tv_sec += 5; sem_init(&sem, 0, 0); return sem_timedwait(&sem, &t); }
CASE(pause_) { return pause(); }
CASE(sigsuspend_) { sigset_t s; sigemptyset(&s); return sigsuspend(&s); }
CASE(sigwaitinfo_) { sigset_t s; sigemptyset(&s); sigaddset(&s, SIGHUP); return sigwaitinfo(&s, NULL); }
CASE(sigtimedwait_) { struct timespec t = {5, 0}; sigset_t s; sigemptyset(&s); sigaddset(&s, SIGHUP); return sigtimedwait(&s, NULL, &t); }
CASE(poll_) { struct pollfd p = {fds[0], POLLIN}; return poll(&p, 1, -1); }
CASE(poll_timeout) { struct pollfd p = {fds[0], POLLIN}; return poll(&p, 1, 5000); }
CASE(ppoll_) { struct pollfd p = {fds[0], POLLIN}; sigset_t s; sigemptyset(&s); struct timespec t = {5, 0}; return ppoll(&p, 1, &t, &s); }
CASE(select_) { fd_set s; FD_ZERO(&s); FD_SET(fds[0], &s); return select(fds[0] + 1, &s, NULL, NULL, NULL); }
CASE(select_timeout) { struct timeval t = {5, 0}; fd_set s; FD_ZERO(&s); FD_SET(fds[0], &s); return select(fds[0] + 1, &s, NULL, NULL, &t); }
CASE(pselect_) { struct timespec t = {5, 0}; fd_set s; FD_ZERO(&s); FD_SET(fds[0], &s); sigset_t m; sigemptyset(&m); return pselect(fds[0] + 1, &s, NULL, NULL, &t, &m); }
static long epoll(int timeout) {
    int e = epoll_create1(0);
    struct epoll_event v = {.events = EPOLLIN};
    epoll_ctl(e, EPOLL_CTL_ADD, fds[0], &v);
    long r = epoll_wait(e, &v, 1, timeout);
    int x = errno;
    close(e);
    errno = x;
    return r;
}
CASE(epoll_) { return epoll(-1); }
CASE(epoll_timeout) { return epoll(5000); }
CASE(nanosleep_) { struct timespec t = {5, 0}, r = {77, 0}; long x = nanosleep(&t, &r); int e = errno; printf("(left %ld) ", (long)r.tv_sec); errno = e; return x; }
CASE(clock_relative) { struct timespec t = {5, 0}, r = {77, 0}; errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &r); int e = errno; printf("(left %ld) ", (long)r.tv_sec); errno = e; return errno ? -1 : 0; }
CASE(clock_absolute) { struct timespec t, r = {77, 0}; clock_gettime(CLOCK_MONOTONIC, &t); t.tv_sec += 5; errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, &r); int e = errno; printf("(left %ld) ", (long)r.tv_sec); errno = e; return errno ? -1 : 0; }
CASE(clock_realtime) { struct timespec t; clock_gettime(CLOCK_REALTIME, &t); t.tv_sec += 5; errno = clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL); return errno ? -1 : 0; }
CASE(msgrcv_) { struct { long t; char c[8]; } m; return msgrcv(queue, &m, 8, 0, 0); }
CASE(msgsnd_) { struct { long t; char c[4096]; } m = {1}; while (msgsnd(queue, &m, 4096, IPC_NOWAIT) == 0) { } return msgsnd(queue, &m, 4096, 0); }
CASE(semop_) { struct sembuf b = {0, -1, 0}; return semop(sems, &b, 1); }
CASE(semtimedop_) { struct timespec t = {5, 0}; struct sembuf b = {0, -1, 0}; return semtimedop(sems, &b, 1, &t); }
static long mq(int timed, int send) {
    char name[32];
    snprintf(name, sizeof name, "/sigrestart%d", getpid());
    struct mq_attr a = {.mq_maxmsg = 1, .mq_msgsize = 8};
    mqd_t q = mq_open(name, O_RDWR | O_CREAT, 0600, &a);
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += 5;
    char m[8];
    if (send) mq_send(q, m, 8, 0);
    long r = send ? mq_send(q, m, 8, 0) : timed ? mq_timedreceive(q, m, 8, NULL, &t) : mq_receive(q, m, 8, NULL);
    int e = errno;
    mq_close(q);
    mq_unlink(name);
    errno = e;
    return r;
}
CASE(mq_receive_) { return mq(0, 0); }
CASE(mq_timedreceive_) { return mq(1, 0); }
CASE(mq_send_) { return mq(0, 1); }
static long from(int fd) { char b[128]; long r = read(fd, b, sizeof b); int e = errno; close(fd); errno = e; return r; }
CASE(inotify_) { return from(inotify_init1(0)); }
CASE(eventfd_) { return from(eventfd(0, 0)); }
CASE(timerfd_) { int f = timerfd_create(CLOCK_MONOTONIC, 0); struct itimerspec t = {{0, 0}, {5, 0}}; timerfd_settime(f, 0, &t, NULL); return from(f); }
CASE(splice_) { int p[2]; pipe(p); long r = splice(fds[0], NULL, p[1], NULL, 10, 0); int e = errno; close(p[0]); close(p[1]); errno = e; return r; }
CASE(sendfile_part) { int f = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600); ftruncate(f, 1 << 20); long r = sendfile(fds[1], f, NULL, 1 << 20); int e = errno; close(f); errno = e; return r; }
CASE(vmsplice_) { fcntl(fds[1], F_SETFL, O_NONBLOCK); while (write(fds[1], big, 4096) > 0) { } fcntl(fds[1], F_SETFL, 0); struct iovec v = {big, 4096}; return vmsplice(fds[1], &v, 1, 0); }
CASE(ptmx) { int m = posix_openpt(O_RDWR | O_NOCTTY); return from(m); }
CASE(vfork_) { pid_t p = vfork(); if (p == 0) { struct timespec t = {0, 150000000}; syscall(SYS_nanosleep, &t, NULL); _exit(0); } waitpid(p, NULL, 0); printf("(first %d) ", first); second = 0; return 0; }

static const struct { const char *name; long (*run)(void); } cases[] = {
#define C(n) {#n, n}
    C(read_pipe), C(readv_pipe), C(write_pipe), C(write_part), C(open_fifo), C(wait4_), C(waitid_), C(flock_), C(setlkw), C(ofd_setlkw),
    C(accept_), C(accept_timeout), C(recv_), C(recv_timeout), C(read_socket), C(read_socket_timeout), C(recvmsg_), C(recvmmsg_), C(recv_waitall), C(send_),
    C(send_timeout), C(futex_), C(futex_timeout), C(futex_bitset), C(sem_wait_), C(sem_timedwait_), C(pause_),
    C(sigsuspend_), C(sigwaitinfo_), C(sigtimedwait_), C(poll_), C(poll_timeout), C(ppoll_), C(select_),
    C(select_timeout), C(pselect_), C(epoll_), C(epoll_timeout), C(nanosleep_), C(clock_relative), C(clock_absolute),
    C(clock_realtime), C(msgrcv_), C(msgsnd_), C(semop_), C(semtimedop_), C(mq_receive_), C(mq_timedreceive_), C(mq_send_),
    C(inotify_), C(eventfd_), C(timerfd_), C(splice_), C(sendfile_part), C(vmsplice_), C(ptmx), C(vfork_),
};

/* Waits until a process sleeps and goes on sleeping, so that signals come while it is in the call. */
static void settled(pid_t p, const char *states) {
    char name[32], text[256];
    snprintf(name, sizeof name, "/proc/%d/stat", p);
    for (int quiet = 0, n = 0; quiet < 4 && n < 1000; n++) {
        millis(10);
        int f = open(name, O_RDONLY), c = read(f, text, sizeof text - 1);
        close(f);
        text[c > 0 ? c : 0] = 0;
        char *state = strrchr(text, ')');
        quiet = state && strchr(states, state[2]) ? quiet + 1 : 0;
    }
}

static void helper(int mode) {
    pid_t p = getppid();
    settled(p, "SD");
    if (mode == 2) {
        kill(p, SIGSTOP);
        settled(p, "T");
        kill(p, SIGCONT);
    } else {
        kill(p, SIGUSR1);
    }
    millis(60);
    settled(p, "SD");
    kill(p, SIGUSR2);
    millis(3000); /* a second chance, should that have come between two calls */
    kill(p, SIGUSR2);
    _exit(0);
}

/* Runs one case in a process and a directory of its own. */
static void run(int n, int mode) {
    struct sigaction a = {.sa_handler = one, .sa_flags = mode == 1 ? SA_RESTART : 0};
    sigaction(SIGUSR1, &a, NULL);
    a.sa_handler = two;
    a.sa_flags = 0;
    sigaction(SIGUSR2, &a, NULL);
    char directory[] = "restartXXXXXX", c;
    mkdtemp(directory);
    chdir(directory);
    int gate[2];
    pipe(fds);
    pipe(gate);
    socketpair(AF_UNIX, SOCK_STREAM, 0, sock);
    queue = msgget(IPC_PRIVATE, 0600);
    sems = semget(IPC_PRIVATE, 1, 0600);
    pid_t holder = child = fork();
    if (holder == 0) {
        int f = open("lock", O_RDWR | O_CREAT, 0600);
        struct flock l = {.l_type = F_WRLCK};
        flock(f, LOCK_EX);
        fcntl(f, F_SETLKW, &l);
        write(gate[1], "x", 1);
        for (;;) pause();
    }
    read(gate[0], &c, 1);
    pid_t h = fork();
    if (h == 0) helper(mode);
    first = second = 0;
    errno = 0;
    printf("  %s: ", cases[n].name);
    long r = cases[n].run();
    int e = r < 0 ? errno : 0, handled = first, ended = second;
    printf("%ld %s, handler %d, end %d\n", r, e ? strerrorname_np(e) : "ok", handled, ended);
    kill(h, SIGKILL);
    kill(holder, SIGKILL);
    while (wait(NULL) > 0 || errno == EINTR) { }
    msgctl(queue, IPC_RMID, NULL);
    semctl(sems, 0, IPC_RMID);
    unlink("lock");
    unlink("data");
    unlink("fifo");
    chdir("..");
    rmdir(directory);
    exit(0);
}

/* Whoever starts the program may have signals blocked. */
static void clear_mask(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

enum { COUNT = sizeof cases / sizeof *cases, TOGETHER = 6 };

int main(int argc, char **argv) {
    int mode = atoi(argv[1]), ends[COUNT] = {0}, started = 0;
    clear_mask();
    printf("%s\n", mode == 0 ? "handler" : mode == 1 ? "SA_RESTART" : "stop and continue");
    for (int n = 0; n < COUNT; n++) {
        for (; started < COUNT && started < n + TOGETHER; started++) {
            if (argc > 2 && strcmp(argv[2], cases[started].name)) continue;
            int p[2];
            pipe(p);
            fflush(stdout);
            if (fork() == 0) {
                dup2(p[1], 1);
                close(p[0]);
                close(p[1]);
                run(started, mode);
            }
            close(p[1]);
            ends[started] = p[0];
        }
        if (ends[n] == 0) continue;
        char text[256];
        for (int c; (c = read(ends[n], text, sizeof text)) > 0; ) fwrite(text, 1, c, stdout);
        close(ends[n]);
        wait(NULL);
    }
    return 0;
}
