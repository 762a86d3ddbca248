/* Timers of all kinds. Prints nothing that depends on speed. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int seen;
static volatile siginfo_t last;
static volatile pid_t taker;
static pid_t tid(void) { return syscall(SYS_gettid); }
static volatile int overruns;
static void keep(int s, siginfo_t *i, void *c) { if (i->si_code == SI_TIMER && i->si_overrun > overruns) overruns = i->si_overrun; memcpy((void *)&last, i, sizeof last); taker = tid(); seen++; }
static void handle(int s) {
    struct sigaction a = {.sa_sigaction = keep, .sa_flags = SA_SIGINFO};
    sigaction(s, &a, NULL);
}
static int error(long r) { return r < 0 ? errno : 0; }
static double now(int clock) { struct timespec t; clock_gettime(clock, &t); return t.tv_sec + t.tv_nsec / 1e9; }
static void millis(int n) {
    struct timespec t = {n / 1000, n % 1000 * 1000000L};
    while (nanosleep(&t, &t) && errno == EINTR) { }
}
/* Waits for so many signals, for as long as a busy machine may take. */
static int come(int n) { for (int i = 0; i < 10000 && seen < n; i++) millis(1); return seen >= n; }
static void block(int how, int s) { sigset_t set; sigemptyset(&set); sigaddset(&set, s); pthread_sigmask(how, &set, NULL); }
static struct itimerval tv(long value, long interval) { struct itimerval v = {{interval / 1000, interval % 1000 * 1000}, {value / 1000, value % 1000 * 1000}}; return v; }
static struct itimerspec ts(long value, long interval) { struct itimerspec v = {{interval / 1000, interval % 1000 * 1000000}, {value / 1000, value % 1000 * 1000000}}; return v; }

static void interval(void) {
    struct itimerval v = tv(30, 0), old;
    handle(SIGALRM); handle(SIGVTALRM); handle(SIGPROF);
    sigset_t none;
    sigemptyset(&none);
    block(SIG_BLOCK, SIGALRM);
    double start = now(CLOCK_MONOTONIC);
    setitimer(ITIMER_REAL, &v, NULL);
    sigsuspend(&none);
    block(SIG_UNBLOCK, SIGALRM);
    double took = now(CLOCK_MONOTONIC) - start;
    printf("real: seen %d code %d pid %d, not early %d\n", seen, last.si_code, last.si_pid, took >= 0.03);
    getitimer(ITIMER_REAL, &old);
    printf("expired: %ld %ld\n", (long)old.it_value.tv_sec, (long)old.it_value.tv_usec);
    seen = 0;
    v = tv(10, 10);
    setitimer(ITIMER_REAL, &v, NULL);
    while (seen < 5) millis(1);
    v = tv(0, 10);
    setitimer(ITIMER_REAL, &v, &old);
    printf("periodic: %d interval %ld left %d\n", seen >= 5, (long)old.it_interval.tv_usec, old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 10000);
    getitimer(ITIMER_REAL, &old);
    printf("stopped: %ld interval %ld\n", (long)old.it_value.tv_usec, (long)old.it_interval.tv_usec);
    seen = 0;
    block(SIG_BLOCK, SIGALRM);
    v = tv(5, 5);
    setitimer(ITIMER_REAL, &v, NULL);
    millis(50);
    v = tv(0, 0);
    setitimer(ITIMER_REAL, &v, NULL);
    block(SIG_UNBLOCK, SIGALRM);
    printf("blocked meanwhile: %d\n", seen);
    seen = 0;
    signal(SIGALRM, SIG_IGN);
    v = tv(5, 5);
    setitimer(ITIMER_REAL, &v, NULL);
    millis(30);
    handle(SIGALRM);
    millis(30);
    printf("ignored at first: %d\n", seen); /* nothing starts it again */
    v = tv(0, 0);
    setitimer(ITIMER_REAL, &v, NULL);
    for (int which = ITIMER_VIRTUAL; which <= ITIMER_PROF; which++) {
        int clock = CLOCK_PROCESS_CPUTIME_ID;
        seen = 0;
        v = tv(20, 20);
        double cpu = now(clock);
        setitimer(which, &v, NULL);
        millis(60);
        printf("cpu timer %d while asleep: %d\n", which, seen);
        while (seen < 3) { if (which == ITIMER_PROF) getppid(); }
        printf("cpu timer: code %d, used enough %d, not too much %d\n", last.si_code, now(clock) - cpu > 0.045, now(clock) - cpu < 1);
        v = tv(0, 0);
        setitimer(which, &v, &old);
        printf("left %d\n", old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 20000 + 10000);
    }
    printf("errors: %d %d %d\n", error(syscall(SYS_setitimer, 3, &v, NULL)), error(syscall(SYS_setitimer, 0, 8, NULL)), error(syscall(SYS_getitimer, 3, &v)));
    v.it_value.tv_usec = 1000000;
    printf("errors: %d\n", error(setitimer(0, &v, NULL)));
    printf("null: %d\n", error(syscall(SYS_setitimer, 0, NULL, &old)));
    printf("alarm: %u", alarm(10)); printf(" %u", alarm(20)); printf(" %u", alarm(0)); printf(" %u\n", alarm(0));
}

static void posix(void) {
    timer_t t, u;
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 42};
    struct itimerspec v, old;
    handle(SIGRTMIN); handle(SIGALRM);
    timer_create(CLOCK_MONOTONIC, &e, &t);
    v = ts(20, 0);
    timer_settime(t, 0, &v, &old);
    printf("old %ld\n", (long)old.it_value.tv_nsec);
    while (!seen) millis(1);
    printf("once: code %d value %d overrun %d %d id %d\n", last.si_code, last.si_value.sival_int, last.si_overrun, timer_getoverrun(t), last.si_timerid == 0);
    timer_gettime(t, &v);
    printf("left %ld\n", (long)v.it_value.tv_nsec);
    seen = 0;
    block(SIG_BLOCK, SIGRTMIN);
    v = ts(10, 10);
    timer_settime(t, 0, &v, NULL);
    millis(105);
    printf("before: overrun %d\n", timer_getoverrun(t));
    block(SIG_UNBLOCK, SIGRTMIN);
    printf("after: at least %d\n", overruns >= 9);
    timer_gettime(t, &v);
    printf("left %d interval %ld\n", v.it_value.tv_nsec > 0 && v.it_value.tv_nsec <= 10000000, (long)v.it_interval.tv_nsec);
    while (seen < 3) millis(1);
    block(SIG_BLOCK, SIGRTMIN);
    millis(30);
    v = ts(1000, 0);
    timer_settime(t, 0, &v, NULL);
    seen = 0;
    block(SIG_UNBLOCK, SIGRTMIN);
    printf("set anew: %d\n", seen);
    block(SIG_BLOCK, SIGRTMIN);
    v = ts(1, 1);
    timer_settime(t, 0, &v, NULL);
    millis(30);
    printf("delete %d\n", timer_delete(t));
    block(SIG_UNBLOCK, SIGRTMIN);
    printf("deleted: %d\n", seen);
    timer_create(CLOCK_REALTIME, NULL, &t);
    struct timespec n;
    clock_gettime(CLOCK_REALTIME, &n);
    v = ts(0, 0);
    v.it_value = n;
    v.it_value.tv_nsec += 20000000;
    if (v.it_value.tv_nsec >= 1000000000) { v.it_value.tv_sec++; v.it_value.tv_nsec -= 1000000000; }
    timer_settime(t, TIMER_ABSTIME, &v, NULL);
    while (!seen) millis(1);
    printf("absolute default: %d value %d\n", last.si_signo, last.si_value.sival_int == last.si_timerid);
    seen = 0;
    v.it_value.tv_sec = 1;
    timer_settime(t, TIMER_ABSTIME, &v, NULL);
    while (!seen) millis(1);
    printf("in the past\n");
    timer_delete(t);
    seen = 0;
    signal(SIGRTMIN, SIG_IGN);
    timer_create(CLOCK_MONOTONIC, &e, &t);
    v = ts(5, 5);
    timer_settime(t, 0, &v, NULL);
    millis(40);
    handle(SIGRTMIN);
    printf("ignored at first: %d\n", come(2));
    signal(SIGRTMIN, SIG_IGN);
    millis(20);
    seen = 0;
    handle(SIGRTMIN);
    printf("ignored for a time: %d\n", come(2));
    timer_delete(t);
    seen = 0;
    e.sigev_notify = SIGEV_NONE;
    timer_create(CLOCK_MONOTONIC, &e, &t);
    v = ts(900, 0);
    timer_settime(t, 0, &v, NULL);
    timer_gettime(t, &v);
    printf("none: left %d", v.it_value.tv_nsec > 0);
    millis(910);
    timer_gettime(t, &v);
    printf(" then %ld seen %d\n", (long)v.it_value.tv_nsec, seen);
    timer_delete(t);
    e.sigev_notify = SIGEV_SIGNAL;
    int clocks[] = {CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE, 99, -77};
    for (int c = 0; c < 8; c++) {
        seen = 0;
        int r = timer_create(clocks[c], &e, &t);
        printf("clock %d: %d", clocks[c], error(r));
        if (r == 0) {
            v = ts(20, 0);
            printf(" set %d", timer_settime(t, 0, &v, NULL));
            for (double s = now(CLOCK_MONOTONIC); !seen && now(CLOCK_MONOTONIC) < s + 10; ) { }
            printf(" seen %d", seen);
            timer_delete(t);
        }
        printf("\n");
    }
    clockid_t own;
    pthread_getcpuclockid(pthread_self(), &own);
    printf("own thread's clock: %d", timer_create(own, &e, &t)); timer_delete(t);
    clock_getcpuclockid(0, &own);
    printf(" %d\n", timer_create(own, &e, &t)); timer_delete(t);
    e.sigev_signo = 65;
    printf("errors: %d", error(timer_create(CLOCK_MONOTONIC, &e, &u)));
    e.sigev_signo = SIGUSR1; e.sigev_notify = 9;
    printf(" %d", error(timer_create(CLOCK_MONOTONIC, &e, &u)));
    e.sigev_notify = SIGEV_THREAD_ID; e._sigev_un._tid = 1;
    printf(" %d", error(timer_create(CLOCK_MONOTONIC, &e, &u)));
    v = ts(1, 0);
    v.it_value.tv_nsec = 1000000000;
    timer_create(CLOCK_MONOTONIC, NULL, &t);
    printf(" %d %d %d %d", error(timer_settime(t, 0, &v, NULL)), error(syscall(SYS_timer_settime, 777, 0, &v, NULL)), error(syscall(SYS_timer_gettime, 777, &v)), error(syscall(SYS_timer_delete, 777)));
    printf(" %d\n", error(syscall(SYS_timer_settime, 0, 0, NULL, NULL)));
}

static volatile int stop;
static volatile pid_t other;
static void *spin(void *a) {
    other = tid();
    block(SIG_BLOCK, SIGHUP);
    while (!stop) { }
    return NULL;
}

static void function(union sigval v) { taker = tid(); seen = v.sival_int; }

static void threads(void) {
    pthread_t t;
    timer_t id;
    handle(SIGRTMIN);
    pthread_create(&t, NULL, spin, NULL);
    while (!other) usleep(1000);
    struct sigevent e = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN, ._sigev_un._tid = other};
    timer_create(CLOCK_MONOTONIC, &e, &id);
    struct itimerspec v = ts(20, 0);
    timer_settime(id, 0, &v, NULL);
    while (!seen) usleep(1000);
    printf("to the thread: %d\n", taker == other);
    timer_delete(id);
    e = (struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = function, .sigev_value.sival_int = 17};
    seen = 0;
    timer_create(CLOCK_MONOTONIC, &e, &id);
    timer_settime(id, 0, &v, NULL);
    while (!seen) usleep(1000);
    printf("a thread of its own: %d %d\n", seen, taker != other && taker != tid());
    timer_delete(id);
    clockid_t clock;
    pthread_getcpuclockid(t, &clock);
    e = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    seen = 0;
    printf("another thread's clock: %d", timer_create(clock, &e, &id));
    timer_settime(id, 0, &v, NULL);
    while (!seen) usleep(1000);
    printf(" seen %d\n", seen);
    stop = 1;
    pthread_join(t, NULL);
}

/* Samples of a profiler spread over the threads that run, and see the program's own code. */
static atomic_long samples[4], outside;
static pid_t ids[4];
extern char __executable_start[], etext[];
static void sample(int s, siginfo_t *i, void *c) {
    pid_t me = tid();
    for (int n = 0; n < 4; n++) if (ids[n] == me) samples[n]++;
#ifdef __x86_64__
    char *pc = (char *)((ucontext_t *)c)->uc_mcontext.gregs[REG_RIP];
    if ((me == ids[1] || me == ids[2]) && (pc < __executable_start || pc > etext)) outside++;
#endif
}
static void *work(void *a) {
    ids[(long)a] = tid();
    volatile double d = 1;
    while (!stop) for (int n = 0; n < 10000; n++) d = d * 1.000001;
    return NULL;
}
static void *sleeper(void *a) { ids[(long)a] = tid(); while (!stop) usleep(10000); return NULL; }
static void profile(void) {
    pthread_t t[3];
    struct sigaction a = {.sa_sigaction = sample, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGPROF, &a, NULL);
    ids[0] = tid();
    pthread_create(&t[0], NULL, work, (void *)1);
    pthread_create(&t[1], NULL, work, (void *)2);
    pthread_create(&t[2], NULL, sleeper, (void *)3);
    struct itimerval v = tv(5, 5);
    setitimer(ITIMER_PROF, &v, NULL);
    for (int n = 0; n < 2000 && (samples[1] < 20 || samples[2] < 20); n++) usleep(10000);
    v = tv(0, 0);
    setitimer(ITIMER_PROF, &v, NULL);
    stop = 1;
    for (int n = 0; n < 3; n++) pthread_join(t[n], NULL);
    printf("both workers %d %d, few elsewhere %d %d, outside of the program's code few %d\n", samples[1] >= 20, samples[2] >= 20, samples[0] < 10, samples[3] < 10, outside < 5);
}

static void sleeps(void) {
    struct timespec t;
    double start = now(CLOCK_MONOTONIC);
    millis(50);
    printf("slept %d\n", now(CLOCK_MONOTONIC) - start >= 0.05);
    int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_PROCESS_CPUTIME_ID, CLOCK_MONOTONIC_RAW, 99};
    for (int c = 0; c < 7; c++) {
        if (clocks[c] == CLOCK_PROCESS_CPUTIME_ID) continue;
        t = (struct timespec){0, 1000000};
        printf("clock %d: %ld\n", clocks[c], error(syscall(SYS_clock_nanosleep, clocks[c], 0, &t, NULL)) * 1L);
    }
    t = (struct timespec){0, 1000000};
    printf("thread cpu: %d\n", error(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL)));
    pthread_t p;
    stop = 0;
    other = 0;
    pthread_create(&p, NULL, spin, NULL);
    while (!other) usleep(1000);
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    t = (struct timespec){0, 50000000};
    int r = clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &t, NULL);
    printf("process cpu: %d enough %d\n", r, now(CLOCK_PROCESS_CPUTIME_ID) - cpu >= 0.05);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    t.tv_sec += 0; t.tv_nsec += 30000000;
    if (t.tv_nsec >= 1000000000) { t.tv_sec++; t.tv_nsec -= 1000000000; }
    struct timespec target = t;
    r = clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, &t, NULL);
    printf("absolute: %d reached %d\n", r, now(CLOCK_PROCESS_CPUTIME_ID) >= target.tv_sec + target.tv_nsec / 1e9);
    handle(SIGALRM);
    struct itimerval v = tv(20, 0);
    block(SIG_BLOCK, SIGALRM);
    setitimer(ITIMER_REAL, &v, NULL);
    stop = 1;
    pthread_join(p, NULL);
    block(SIG_UNBLOCK, SIGALRM);
    t = (struct timespec){5, 0};
    v = tv(20, 20); /* again, should the first come before the sleep */
    setitimer(ITIMER_REAL, &v, NULL);
    struct timespec rest = {0, 0};
    r = clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &t, &rest);
    v = tv(0, 0);
    setitimer(ITIMER_REAL, &v, NULL);
    printf("interrupted: %d left %ld\n", r, (long)rest.tv_sec);
    printf("errors: %d %d %d\n", error(syscall(SYS_nanosleep, 8, NULL)), error(syscall(SYS_nanosleep, &(struct timespec){-1, 0}, NULL)), error(syscall(SYS_nanosleep, &(struct timespec){0, 1000000000}, NULL)));
}

static void descriptors(void) {
    int f = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    uint64_t n = 0;
    int c = read(f, &n, 8);
    printf("unset: %d %d\n", c, errno);
    struct itimerspec v = ts(10, 10);
    timerfd_settime(f, 0, &v, NULL);
    millis(55);
    c = read(f, &n, 8);
    printf("read %d at least %d\n", c, n >= 5);
    struct pollfd p = {f, POLLIN};
    c = poll(&p, 1, 1000);
    printf("poll %d %x\n", c, p.revents);
    timerfd_gettime(f, &v);
    printf("interval %ld\n", (long)v.it_interval.tv_nsec);
    v = ts(0, 0);
    timerfd_settime(f, 0, &v, NULL);
    c = read(f, &n, 8);
    printf("stopped: %d %d\n", c, errno);
    v = ts(1, 0);
    int b = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
    timerfd_settime(b, 0, &v, NULL);
    printf("blocking: %d", (int)read(b, &n, 8)); printf(" %d\n", (int)n);
    printf("small: %d\n", error(read(b, &n, 4)));
    printf("errors: %d %d %d\n", error(timerfd_create(99, 0)), error(timerfd_create(CLOCK_MONOTONIC, 77)), error(timerfd_settime(0, 0, &v, NULL)));
    if (fork() == 0) { v = ts(1, 0); timerfd_settime(b, 0, &v, NULL); _exit(0); }
    wait(NULL);
    printf("shared with a child: %d\n", (int)read(b, &n, 8));
}

static void cpulimit(void) {
    struct rlimit l = {1, 3};
    handle(SIGXCPU);
    setrlimit(RLIMIT_CPU, &l);
    while (!seen) { }
    printf("xcpu code %d\n", last.si_code);
    fflush(stdout);
    if (fork() == 0) {
        signal(SIGXCPU, SIG_DFL);
        for (;;) { }
    }
    int s;
    wait(&s);
    printf("default: %d\n", WTERMSIG(s));
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
    if (!strcmp(what, "interval")) interval();
    if (!strcmp(what, "posix")) posix();
    if (!strcmp(what, "threads")) threads();
    if (!strcmp(what, "profile")) profile();
    if (!strcmp(what, "sleeps")) sleeps();
    if (!strcmp(what, "descriptors")) descriptors();
    if (!strcmp(what, "cpulimit")) cpulimit();
    return 0;
}
