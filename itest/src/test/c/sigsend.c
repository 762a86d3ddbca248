/* Who can send what to whom, what waits, and which thread takes it. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int seen;
static siginfo_t last[64];
static volatile int order[64];
static volatile pid_t taker;

static pid_t tid(void) { return syscall(SYS_gettid); }

static void keep(int s, siginfo_t *i, void *c) {
    if (seen < 64) { last[seen] = *i; order[seen] = s; }
    taker = tid();
    seen++;
}

static void handle(int s, void (*f)(int, siginfo_t *, void *), int flags) {
    struct sigaction a = {.sa_sigaction = f, .sa_flags = SA_SIGINFO | flags};
    sigaction(s, &a, NULL);
}

static void block(int how, int s) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, s);
    pthread_sigmask(how, &set, NULL);
}

static int error(long r) { return r < 0 ? errno : 0; }

static long queue(pid_t pid, int sig, int code, int value) {
    siginfo_t i = {.si_code = code, .si_pid = 42, .si_uid = 43, .si_value.sival_int = value};
    return syscall(SYS_rt_sigqueueinfo, pid, sig, &i);
}

static long tgqueue(pid_t pid, pid_t thread, int sig, int code, int value) {
    siginfo_t i = {.si_code = code, .si_pid = 42, .si_uid = 43, .si_value.sival_int = value};
    return syscall(SYS_rt_tgsigqueueinfo, pid, thread, sig, &i);
}

static void show(const char *what) {
    printf("%s:", what);
    for (int n = 0; n < seen; n++)
        printf(" [%d code %d pid %d uid %d value %d]", order[n], last[n].si_code,
            last[n].si_pid == getpid() ? -1 : last[n].si_pid == getppid() ? -2 : last[n].si_pid,
            last[n].si_uid == getuid() ? -1 : (int)last[n].si_uid,
            last[n].si_code == SI_QUEUE || last[n].si_code < SI_TKILL ? last[n].si_value.sival_int : 0);
    printf("\n");
    seen = 0;
}

static void info(void) {
    for (int s = 1; s <= 64; s++) if (s != SIGKILL && s != SIGSTOP && s != 32 && s != 33) handle(s, keep, 0);
    kill(getpid(), SIGUSR1); show("kill");
    raise(SIGUSR1); show("raise");
    pthread_kill(pthread_self(), SIGUSR2); show("pthread_kill");
    syscall(SYS_tkill, tid(), SIGUSR2); show("tkill");
    union sigval v = {.sival_int = 9};
    sigqueue(getpid(), SIGUSR1, v); show("sigqueue");
    sigqueue(getpid(), SIGRTMIN, v); show("sigqueue rt");
    queue(getpid(), SIGRTMIN, SI_QUEUE, 5); show("queueinfo");
    queue(getpid(), SIGRTMIN, SI_USER, 5); show("queueinfo user");
    queue(getpid(), SIGRTMIN, SI_KERNEL, 5); show("queueinfo kernel");
    queue(getpid(), SIGRTMIN, SI_TKILL, 5); show("queueinfo tkill");
    queue(getpid(), SIGRTMIN, -60, 5); show("queueinfo asyncnl");
    tgqueue(getpid(), tid(), SIGRTMIN, SI_QUEUE, 6); show("tgqueueinfo");
    tgqueue(getpid(), tid(), SIGRTMIN, SI_USER, 6); show("tgqueueinfo user");
    
    alarm(1); pause(); show("alarm");
    int p[2];
    pipe(p); close(p[0]); write(p[1], "x", 1); show("pipe");
}

static void errors(void) {
    pid_t me = getpid(), none = 999999;
    printf("kill: %d %d %d %d\n", error(kill(me, 65)), error(kill(me, -1)), error(kill(none, 0)), error(kill(none, 99)));
    printf("group: %d %d %d\n", error(kill(-none, SIGUSR1)), error(kill(-none, 99)), error(kill(0, 99)));
    printf("int_min: %d\n", error(kill(-2147483647 - 1, SIGUSR1)));
    printf("tkill: %d %d %d %d\n", error(syscall(SYS_tkill, 0, 1)), error(syscall(SYS_tkill, -1, 1)),
        error(syscall(SYS_tkill, none, 1)), error(syscall(SYS_tkill, tid(), 65)));
    printf("tgkill: %d %d %d %d %d\n", error(syscall(SYS_tgkill, 0, tid(), 1)), error(syscall(SYS_tgkill, me, 0, 1)),
        error(syscall(SYS_tgkill, none, tid(), 1)), error(syscall(SYS_tgkill, me, tid(), 65)), error(syscall(SYS_tgkill, me, tid(), 0)));
    printf("queueinfo: %d %d %d %d\n", error(queue(none, SIGUSR1, SI_QUEUE, 0)), error(queue(me, 65, SI_QUEUE, 0)),
        error(queue(none, SIGUSR1, SI_USER, 0)), error(syscall(SYS_rt_sigqueueinfo, me, SIGUSR1, NULL)));
    printf("to the parent: %d %d %d %d\n", error(queue(getppid(), 0, SI_USER, 0)), error(queue(getppid(), 0, SI_TKILL, 0)),
        error(queue(getppid(), 0, SI_KERNEL, 0)), 0);
    printf("tgqueueinfo: %d %d %d\n", error(tgqueue(0, tid(), 0, SI_QUEUE, 0)), error(tgqueue(me, 0, 0, SI_QUEUE, 0)), error(tgqueue(me, none, 0, SI_QUEUE, 0)));
    struct sigaction a = {.sa_handler = SIG_IGN};
    printf("sigaction: %d %d %d %d %d\n", error(sigaction(SIGKILL, &a, NULL)), error(sigaction(SIGSTOP, &a, NULL)),
        error(syscall(SYS_rt_sigaction, 0, NULL, NULL, 8)), error(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8)), error(syscall(SYS_rt_sigaction, 1, NULL, NULL, 4)));
    printf("sigaction pointers: %d %d %d\n", error(syscall(SYS_rt_sigaction, SIGKILL, NULL, NULL, 8)), error(syscall(SYS_rt_sigaction, 1, 8, NULL, 8)), error(syscall(SYS_rt_sigaction, 1, NULL, 8, 8)));
    a = (struct sigaction){.sa_handler = SIG_IGN, .sa_flags = 0x7fffffff};
    sigfillset(&a.sa_mask);
    sigaction(SIGUSR2, &a, NULL);
    struct { void *h; unsigned long f; void *r; unsigned long m; } k;
    syscall(SYS_rt_sigaction, SIGUSR2, NULL, &k, 8);
    printf("flags %lx mask %lx\n", k.f, k.m);
    printf("procmask: %d %d %d\n", error(syscall(SYS_rt_sigprocmask, 7, NULL, NULL, 8)), error(syscall(SYS_rt_sigprocmask, 7, &k, NULL, 8)), error(syscall(SYS_rt_sigprocmask, 0, &k, NULL, 16)));
    printf("timedwait: %d %d\n", error(syscall(SYS_rt_sigtimedwait, &k.m, NULL, &(struct timespec){0, -1}, 8)), error(syscall(SYS_rt_sigtimedwait, &k.m, NULL, &(struct timespec){0, 0}, 8)));
    printf("suspend: %d\n", error(syscall(SYS_rt_sigsuspend, &k.m, 4)));
    printf("pending: %d %d\n", error(syscall(SYS_rt_sigpending, &k.m, 9)), error(syscall(SYS_rt_sigpending, &k.m, 4)));
}

/* Real-time signals in order, standard ones once, limits. */
static void queues(void) {
    sigset_t all, old;
    sigfillset(&all);
    for (int s = 1; s <= 64; s++) if (s != SIGKILL && s != SIGSTOP && s != 32 && s != 33) handle(s, keep, 0);
    sigprocmask(SIG_BLOCK, &all, &old);
    int sent[] = {SIGRTMAX, SIGTERM, SIGRTMIN + 1, SIGUSR1, SIGRTMIN + 1, SIGSEGV, SIGRTMIN, SIGUSR1, SIGHUP, SIGRTMIN + 1};
    for (int n = 0; n < (int)(sizeof sent / sizeof *sent); n++) queue(getpid(), sent[n], SI_QUEUE, n);
    queue(getpid(), SIGRTMIN + 1, SI_QUEUE, 100);
    tgqueue(getpid(), tid(), SIGRTMIN + 1, SI_QUEUE, 101);
    tgqueue(getpid(), tid(), SIGUSR1, SI_QUEUE, 102);
    sigset_t pending;
    sigpending(&pending);
    printf("pending %lx\n", pending.__val[0]);
    sigprocmask(SIG_SETMASK, &old, NULL);
    show("order");
    /* the handlers nest: the last frame made runs first */
    sigprocmask(SIG_BLOCK, &all, &old);
    for (int n = 0; n < 4; n++) queue(getpid(), SIGRTMIN + 2, SI_QUEUE, n);
    siginfo_t i;
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGRTMIN + 2);
    for (int n = 0; n < 4; n++) { sigwaitinfo(&one, &i); printf("waited %d\n", i.si_value.sival_int); }
    struct rlimit limit = {5, 5};
    prctl(PR_SET_DUMPABLE, 1);
    /* as another user, whose queues are empty */
    fflush(stdout);
    if (fork() == 0) {
        if (getuid() == 0) setresuid(54321, 54321, 54321);
        setrlimit(RLIMIT_SIGPENDING, &limit);
        for (int n = 0; n < 7; n++) printf("%d ", error(queue(getpid(), SIGRTMIN, SI_QUEUE, n)));
        printf("| %d %d %d\n", error(kill(getpid(), SIGRTMIN + 3)), error(kill(getpid(), SIGUSR1)), error(queue(getpid(), SIGUSR2, SI_QUEUE, 3)));
        timer_t t;
        printf("timer %d\n", error(timer_create(CLOCK_REALTIME, NULL, &t)));
        char line[256];
        FILE *f = fopen("/proc/self/status", "r");
        while (f && fgets(line, sizeof line, f)) if (!strncmp(line, "SigQ", 4) || !strncmp(line, "ShdPnd", 6) || !strncmp(line, "SigPnd", 6)) fputs(line, stdout);
        sigprocmask(SIG_SETMASK, &old, NULL);
        show("what came");
        exit(0);
    }
    wait(NULL);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

/* Ignored and pending signals. */
static void ignored(void) {
    sigset_t p;
    handle(SIGUSR1, keep, 0);
    block(SIG_BLOCK, SIGUSR1);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    sigpending(&p);
    printf("dropped %d\n", sigismember(&p, SIGUSR1));
    raise(SIGUSR1);
    sigpending(&p);
    printf("ignored but blocked is kept %d\n", sigismember(&p, SIGUSR1));
    handle(SIGUSR1, keep, 0);
    block(SIG_UNBLOCK, SIGUSR1);
    printf("and delivered %d\n", seen);
    block(SIG_BLOCK, SIGCHLD);
    raise(SIGCHLD);
    sigpending(&p);
    printf("default ignored %d\n", sigismember(&p, SIGCHLD));
    signal(SIGCHLD, SIG_DFL);
    sigpending(&p);
    printf("set to default %d\n", sigismember(&p, SIGCHLD));
    signal(SIGUSR2, SIG_IGN);
    siginfo_t i;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    block(SIG_BLOCK, SIGUSR2);
    raise(SIGUSR2);
    printf("wait for an ignored one %d\n", sigwaitinfo(&set, &i));
    seen = 0;
    handle(SIGUSR1, keep, SA_RESETHAND);
    raise(SIGUSR1);
    struct sigaction a;
    sigaction(SIGUSR1, NULL, &a);
    printf("reset %d default %d flags %x\n", seen, a.sa_handler == SIG_DFL, a.sa_flags);
}

/* Across fork and exec. */
static void across(const char *self) {
    sigset_t p;
    handle(SIGUSR1, keep, 0);
    signal(SIGUSR2, SIG_IGN);
    block(SIG_BLOCK, SIGHUP);
    block(SIG_BLOCK, SIGRTMIN);
    kill(getpid(), SIGHUP);
    queue(getpid(), SIGRTMIN, SI_QUEUE, 1);
    fflush(stdout);
    if (fork() == 0) {
        sigpending(&p);
        printf("child: pending %lx, alarm %u\n", p.__val[0], alarm(0));
        exit(0);
    }
    wait(NULL);
    alarm(100);
    if (fork() == 0) {
        printf("child's alarm %u\n", alarm(0));
        exit(0);
    }
    wait(NULL);
    tgqueue(getpid(), tid(), SIGRTMIN, SI_QUEUE, 2);
    timer_t t;
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 3};
    timer_create(CLOCK_MONOTONIC, &e, &t);
    timer_settime(t, 0, &(struct itimerspec){{0, 0}, {0, 1}}, NULL);
    usleep(20000);
    execl(self, self, "exec", NULL);
}

static void execed(void) {
    sigset_t p;
    struct sigaction a;
    sigpending(&p);
    printf("execed: pending %lx alarm %d\n", p.__val[0], alarm(0) > 90);
    sigaction(SIGUSR1, NULL, &a);
    printf("handler %d", a.sa_handler == SIG_DFL);
    sigaction(SIGUSR2, NULL, &a);
    printf(" ignored %d\n", a.sa_handler == SIG_IGN);
    siginfo_t i;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    while (sigtimedwait(&set, &i, &(struct timespec){0, 0}) > 0) printf("queued code %d value %d\n", i.si_code, i.si_value.sival_int);
}

/* Which thread. */
static pid_t ids[4];
static atomic_int ready, go;

static void *worker(void *arg) {
    long n = (long)arg;
    ids[n] = tid();
    sigset_t set;
    sigemptyset(&set);
    if (n == 1) { sigaddset(&set, SIGUSR1); sigaddset(&set, SIGUSR2); }
    if (n == 2) sigaddset(&set, SIGUSR2);
    if (n == 3) sigfillset(&set);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
    ready++;
    while (!go) usleep(1000);
    return NULL;
}

static void until(int n) { for (int t = 0; seen < n && t < 2000; t++) usleep(1000); }

static void who(const char *what) {
    for (int n = 0; n < 4; n++) if (taker == ids[n]) printf("%s: thread %d, seen %d\n", what, n, seen);
    seen = 0;
    taker = 0;
}

static void threads(void) {
    pthread_t t[4];
    ids[0] = tid();
    handle(SIGUSR1, keep, 0);
    handle(SIGUSR2, keep, 0);
    handle(SIGHUP, keep, 0);
    for (long n = 1; n < 4; n++) pthread_create(&t[n], NULL, worker, (void *)n);
    while (ready < 3) usleep(1000);
    kill(getpid(), SIGUSR1); until(1); who("the first wants it");
    block(SIG_BLOCK, SIGUSR1);
    kill(getpid(), SIGUSR1); until(1); who("only another wants it");
    block(SIG_BLOCK, SIGUSR2);
    kill(getpid(), SIGUSR2); usleep(20000); printf("all block it: %d\n", seen);
    block(SIG_UNBLOCK, SIGUSR2); until(1); who("whoever unblocks it");
    pthread_kill(t[1], SIGUSR1); usleep(20000); printf("blocked there: %d\n", seen);
    block(SIG_UNBLOCK, SIGUSR1); usleep(20000); printf("not for others: %d\n", seen);
    pthread_kill(t[2], SIGUSR1); until(1); who("to one");
    syscall(SYS_tgkill, getpid(), ids[3], SIGKILL + 0 == 9 ? SIGHUP : 0); usleep(20000); printf("blocked in 3: %d\n", seen);
    kill(ids[2], SIGUSR1); until(1); who("kill with a tid goes to the process");
    kill(ids[3], SIGHUP); until(1); who("kill with a tid that blocks it");
    queue(ids[1], SIGUSR1, SI_QUEUE, 1); until(1); who("queueinfo with a tid");
    go = 1;
    for (int n = 1; n < 4; n++) pthread_join(t[n], NULL);
}

/* Blocking a signal that was meant for the blocker passes it on. */
static atomic_int total;
static void countup(int s, siginfo_t *i, void *c) { total++; }

static void *flipper(void *arg) {
    while (!go) {
        block(SIG_BLOCK, SIGUSR1);
        block(SIG_UNBLOCK, SIGUSR1);
    }
    return NULL;
}

static void passing(void) {
    pthread_t a, b;
    handle(SIGUSR1, countup, 0);
    pthread_create(&a, NULL, flipper, NULL);
    pthread_create(&b, NULL, flipper, NULL);
    block(SIG_BLOCK, SIGUSR1);
    int lost = 0;
    for (int n = 0; n < 300; n++) {
        int before = total;
        kill(getpid(), SIGUSR1);
        int t = 0;
        while (total == before && t++ < 3000) usleep(1000);
        if (total == before) lost++;
    }
    go = 1;
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    printf("sent 300, lost %d\n", lost);
}

/* Permission. */
static void permission(void) {
    if (getuid() != 0) { printf("not root\n"); return; }
    fflush(stdout);
    pid_t other = fork();
    if (other == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setresuid(1001, 1001, 1001);
        for (;;) pause();
    }
    usleep(50000);
    if (fork() == 0) {
        setresuid(1002, 1002, 1002);
        printf("another user: %d %d %d\n", error(kill(other, 0)), error(kill(other, SIGTERM)), error(kill(getppid(), SIGTERM)));
        printf("cont in the session: %d %d\n", error(kill(other, SIGCONT)), error(kill(getppid(), SIGCONT)));
        printf("invalid: %d\n", error(kill(other, 99)));
        printf("tgkill: %d queue: %d\n", error(syscall(SYS_tgkill, other, other, SIGTERM)), error(queue(other, SIGTERM, SI_QUEUE, 1)));
        setsid();
        printf("cont from outside: %d\n", error(kill(other, SIGCONT)));
        exit(0);
    }
    wait(NULL);
    if (fork() == 0) {
        setresuid(1001, 1002, 1003);
        printf("real matches real: %d\n", error(kill(other, 0)));
        exit(0);
    }
    wait(NULL);
    if (fork() == 0) {
        setresuid(1002, 1003, 1001);
        printf("saved does not count: %d\n", error(kill(other, 0)));
        exit(0);
    }
    wait(NULL);
    kill(other, SIGKILL);
    wait(NULL);
}

/* Whoever starts the program may have signals blocked. */
static void clear_mask(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "exec")) { execed(); return 0; }
    clear_mask();
    if (!strcmp(what, "info")) info();
    if (!strcmp(what, "errors")) errors();
    if (!strcmp(what, "queues")) queues();
    if (!strcmp(what, "ignored")) ignored();
    if (!strcmp(what, "across")) across(argv[0]);
    if (!strcmp(what, "threads")) threads();
    if (!strcmp(what, "passing")) passing();
    if (!strcmp(what, "permission")) permission();
    return 0;
}
