/* What signals end, how parents learn of it, and that all threads go together. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int error(long r) { return r < 0 ? errno : 0; }
static pid_t tid(void) { return syscall(SYS_gettid); }
static void millis(int n) {
    struct timespec t = {n / 1000, n % 1000 * 1000000L};
    while (nanosleep(&t, &t) && errno == EINTR) { }
}
static void no_core(void) { struct rlimit none = {0, 0}; setrlimit(RLIMIT_CORE, &none); }

static volatile int seen;
static volatile siginfo_t last;
static void keep(int s, siginfo_t *i, void *c) { memcpy((void *)&last, i, sizeof last); seen++; }
static void handle(int s, int flags) {
    struct sigaction a = {.sa_sigaction = keep, .sa_flags = SA_SIGINFO | flags};
    sigaction(s, &a, NULL);
}

/* Every signal's default, sent by kill and by itself. */
static void defaults(void) {
    for (int s = 1; s <= 64; s++) {
        if (s == SIGSTOP || s == SIGTSTP || s == SIGTTIN || s == SIGTTOU || s == 32 || s == 33) continue;
        fflush(stdout);
        pid_t p = fork();
        if (p == 0) {
            no_core();
            signal(s, SIG_DFL);
            kill(getpid(), s);
            _exit(7);
        }
        int status;
        waitpid(p, &status, 0);
        printf("%d: %x\n", s, status);
    }
}

/* All threads end together, whatever they do. */
static int fds[2];
static void *doing(void *arg) {
    char c;
    switch ((long)arg) {
    case 0: for (;;) { } break;
    case 1: read(fds[0], &c, 1); break;
    case 2: pause(); break;
    case 3: poll(NULL, 0, -1); break;
    case 4: for (;;) sched_yield(); break;
    case 5: { sigset_t s; sigfillset(&s); pthread_sigmask(SIG_SETMASK, &s, NULL); for (;;) pause(); } break;
    case 6: { sigset_t s; sigemptyset(&s); sigaddset(&s, SIGHUP); sigwaitinfo(&s, NULL); } break;
    case 7: { pid_t p = vfork(); if (p == 0) { millis(60000); _exit(0); } } break;
    case 8: { pid_t p = fork(); if (p == 0) { millis(60000); _exit(0); } waitpid(p, NULL, 0); } break;
    case 9: { pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; pthread_mutex_lock(&m); pthread_mutex_lock(&m); } break;
    case 10: { int f = open("fifo", O_RDONLY); (void)f; } break;
    }
    return NULL;
}

static void together(void) {
    int signals[] = {SIGTERM, SIGKILL, SIGQUIT, SIGSEGV, SIGRTMIN, 0};
    mkfifo("fifo", 0600);
    for (int n = 0; n < 6; n++) {
        fflush(stdout);
        pid_t p = fork();
        if (p == 0) {
            no_core();
            setpgid(0, 0);
            pthread_t t;
            pipe(fds);
            for (long k = 0; k < 11; k++) pthread_create(&t, NULL, doing, (void *)k);
            millis(200);
            if (n == 5) exit(9);
            if (n % 2) kill(getpid(), signals[n]);
            pause();
            _exit(1);
        }
        millis(600);
        if (n % 2 == 0) kill(p, signals[n]);
        int status;
        waitpid(p, &status, 0);
        printf("%d: %x\n", signals[n], status);
        kill(-p, SIGKILL);
    }
    unlink("fifo");
}

/* Only one thread in each state, and a signal to the process. */
static void one_each(void) {
    mkfifo("fifo", 0600);
    for (long k = 0; k < 11; k++) {
        for (int s = SIGTERM; s; s = s == SIGTERM ? SIGQUIT : s == SIGQUIT ? SIGKILL : 0) {
            fflush(stdout);
            pid_t p = fork();
            if (p == 0) {
                no_core();
                setpgid(0, 0);
                pipe(fds);
                doing((void *)k);
                _exit(1);
            }
            millis(150);
            kill(p, s);
            int status = 0, r = 0;
            for (int n = 0; n < 40 && r == 0; n++) { r = waitpid(p, &status, WNOHANG); millis(10); }
            printf("%ld, %d: %s %x\n", k, s, r == p ? "ended" : "goes on", status);
            kill(-p, SIGKILL);
            if (r == 0) waitpid(p, &status, 0);
        }
    }
    unlink("fifo");
}

static void *leave(void *a) { millis(100); syscall(SYS_exit_group, 5); return NULL; }
static void *fault(void *a) { millis(100); *(volatile int *)8 = 1; return NULL; }
static void *only(void *a) { millis(100); return NULL; }
static void *later(void *a) { millis(300); kill(getpid(), SIGTERM); millis(10000); return NULL; }

static void ends(void) {
    void *(*how[])(void *) = {leave, fault, only, later};
    for (int n = 0; n < 4; n++) {
        fflush(stdout);
        pid_t p = fork();
        if (p == 0) {
            no_core();
            pthread_t t;
            pthread_create(&t, NULL, how[n], NULL);
            if (n >= 2) pthread_exit(NULL);
            pause();
            _exit(1);
        }
        int status;
        waitpid(p, &status, 0);
        printf("end %d: %x\n", n, status);
    }
}

/* What SIGCHLD tells. */
static void show(const char *what, pid_t p) {
    printf("%s: seen %d code %d pid %d uid %d status %d\n", what, seen, last.si_code, last.si_pid == p, last.si_uid == getuid(), last.si_status);
    seen = 0;
    memset((void *)&last, 0, sizeof last);
}

static void until(int n) { for (int t = 0; seen < n && t < 300; t++) millis(10); }

static void children(void) {
    handle(SIGCHLD, 0);
    pid_t p = fork();
    if (p == 0) _exit(300);
    until(1); show("exited", p);
    waitpid(p, NULL, 0);
    p = fork();
    if (p == 0) { no_core(); for (;;) pause(); }
    millis(100);
    kill(p, SIGSTOP); until(1); show("stopped", p);
    kill(p, SIGCONT); until(1); show("continued", p);
    kill(p, SIGSTOP); until(1); show("stopped", p);
    int status, r;
    r = waitpid(p, &status, WUNTRACED); printf("wait %d %x\n", r == p, status);
    kill(p, SIGCONT); until(1); show("continued", p);
    r = waitpid(p, &status, WCONTINUED); printf("wait %d %x\n", r == p, status);
    kill(p, SIGTERM); until(1); show("killed", p);
    siginfo_t i;
    r = waitid(P_PID, p, &i, WEXITED | WNOWAIT);
    printf("waitid %d: signal %d code %d pid %d uid %d status %d\n", r, i.si_signo, i.si_code, i.si_pid == p, i.si_uid == getuid(), i.si_status);
    r = waitpid(p, &status, 0); printf("wait %d %x\n", r == p, status);
    handle(SIGCHLD, SA_NOCLDSTOP);
    p = fork();
    if (p == 0) for (;;) pause();
    millis(50);
    kill(p, SIGSTOP); millis(50); kill(p, SIGCONT); millis(50);
    printf("SA_NOCLDSTOP: %d\n", seen);
    kill(p, SIGKILL); until(1); show("killed", p);
    waitpid(p, NULL, 0);
    handle(SIGCHLD, SA_NOCLDWAIT);
    p = fork();
    if (p == 0) _exit(3);
    until(1); show("SA_NOCLDWAIT", p);
    r = waitpid(p, &status, 0); printf("wait %d %d\n", r, errno);
    signal(SIGCHLD, SIG_IGN);
    p = fork();
    if (p == 0) _exit(3);
    r = waitpid(p, &status, 0); printf("ignored: wait %d %d\n", r, errno);
    signal(SIGCHLD, SIG_DFL);
    p = fork();
    if (p == 0) _exit(4);
    r = waitpid(p, &status, 0); printf("default: wait %d %x\n", r == p, status);
    handle(SIGUSR1, 0);
    static char stack[65536];
    p = syscall(SYS_clone, SIGUSR1, 0, 0, 0, 0);
    if (p == 0) _exit(5);
    until(1); printf("another signal %d ", last.si_signo); show("clone", p);
    r = waitpid(p, &status, 0); printf("wait %d %d\n", r, errno);
    r = waitpid(p, &status, __WCLONE); printf("wait %d %x\n", r == p, status);
    p = syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (p == 0) _exit(6);
    millis(50);
    printf("no signal: %d\n", seen);
    r = waitpid(p, &status, __WALL); printf("wait %d %x\n", r == p, status);
    (void)stack;
}

/* Stopped processes take no signals but two. */
static void stopped(void) {
    int p[2];
    char c;
    pipe(p);
    pid_t child = fork();
    if (child == 0) {
        handle(SIGUSR1, 0);
        write(p[1], "r", 1);
        for (;;) { millis(5); if (seen) { write(p[1], "h", 1); seen = 0; } }
    }
    read(p[0], &c, 1);
    int status;
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGUSR1);
    struct pollfd f = {p[0], POLLIN};
    printf("while stopped: %d\n", poll(&f, 1, 100));
    kill(child, SIGCONT);
    read(p[0], &c, 1);
    printf("after: %c\n", c);
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGTERM);
    millis(100);
    printf("terminated while stopped: %d\n", waitpid(child, &status, WNOHANG));
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    printf("after: %x\n", status);
    child = fork();
    if (child == 0) for (;;) pause();
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    printf("killed while stopped: %x\n", status);
    child = fork();
    if (child == 0) { handle(SIGTSTP, 0); handle(SIGCONT, 0); write(p[1], "r", 1); while (seen < 2) pause(); _exit(seen); }
    read(p[0], &c, 1);
    kill(child, SIGTSTP);
    millis(50);
    kill(child, SIGCONT);
    waitpid(child, &status, WUNTRACED);
    printf("handled: %x\n", status);
}

static void death(void) {
    int p[2];
    pipe(p);
    char b[64];
    if (fork() == 0) {
        if (fork() == 0) {
            handle(SIGUSR2, 0);
            prctl(PR_SET_PDEATHSIG, SIGUSR2);
            pid_t parent = getppid();
            write(p[1], "r", 1);
            until(1);
            int n = sprintf(b, "code %d pid %d", last.si_code, last.si_pid == parent);
            write(p[1], b, n + 1);
            _exit(0);
        }
        read(p[0], b, 1);
        _exit(0);
    }
    wait(NULL);
    millis(300);
    read(p[0], b, sizeof b);
    printf("parent's death: %s\n", b);
}

/* Writing where nobody reads, and beyond the limit of a file's size. */
static void writes(void) {
    int p[2];
    pipe(p);
    close(p[0]);
    handle(SIGPIPE, 0);
    int r = write(p[1], "x", 1);
    printf("%d %d: code %d pid %d uid %d\n", r, errno, last.si_code, last.si_pid == getpid(), last.si_uid == getuid());
    signal(SIGPIPE, SIG_IGN);
    r = write(p[1], "x", 1);
    printf("ignored: %d %d\n", r, errno);
    signal(SIGPIPE, SIG_DFL);
    fflush(stdout);
    if (fork() == 0) { write(p[1], "x", 1); _exit(0); }
    int status;
    wait(&status);
    printf("default: %x\n", status);
    handle(SIGXFSZ, 0);
    struct rlimit l = {100, 100};
    setrlimit(RLIMIT_FSIZE, &l);
    int f = open("size", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char b[200] = {0};
    seen = 0;
    r = write(f, b, 200);
    printf("part: %d seen %d\n", r, seen);
    r = write(f, b, 1);
    printf("none: %d %d seen %d code %d pid %d\n", r, errno, seen, last.si_code, last.si_pid == getpid());
    r = ftruncate(f, 200);
    printf("truncate: %d %d seen %d\n", r, errno, seen);
    no_core();
    if (fork() == 0) { signal(SIGXFSZ, SIG_DFL); write(f, b, 1); _exit(0); }
    wait(&status);
    unlink("size");
    l.rlim_cur = RLIM_INFINITY;
    printf("default: %x\n", status);
}

/* Whoever starts the program may have signals blocked. */
static void clear_mask(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    clear_mask();
    char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "defaults")) defaults();
    if (!strcmp(what, "together")) together();
    if (!strcmp(what, "each")) one_each();
    if (!strcmp(what, "ends")) ends();
    if (!strcmp(what, "children")) children();
    if (!strcmp(what, "stopped")) stopped();
    if (!strcmp(what, "death")) death();
    if (!strcmp(what, "writes")) writes();
    (void)error; (void)tid;
    return 0;
}
