/* Signals of a single-threaded process. Each test prints what it saw. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t seen;
static siginfo_t last;
static sigjmp_buf jump;

static void count(int s) { seen++; }
static void info(int s, siginfo_t *i, void *c) { last = *i; seen++; }
static void leap(int s, siginfo_t *i, void *c) { last = *i; siglongjmp(jump, 1); }

static void handle(int s, void (*f)(int, siginfo_t *, void *), int flags) {
    struct sigaction a = {.sa_sigaction = f, .sa_flags = SA_SIGINFO | flags};
    sigaction(s, &a, NULL);
}

static void faults(void) {
    handle(SIGSEGV, leap, 0);
    handle(SIGBUS, leap, 0);
    handle(SIGFPE, leap, 0);
    handle(SIGILL, leap, 0);
    handle(SIGTRAP, leap, 0);
    if (!sigsetjmp(jump, 1)) *(volatile int *)0x1234 = 1;
    printf("segv %d %d %p\n", last.si_signo, last.si_code, last.si_addr);
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!sigsetjmp(jump, 1)) page[100] = 1;
    printf("accerr %d %d %d\n", last.si_signo, last.si_code, (char *)last.si_addr == page + 100);
    if (!sigsetjmp(jump, 1)) ((void (*)(void))page)();
    printf("exec %d %d %d\n", last.si_signo, last.si_code, (char *)last.si_addr == page);
    volatile int zero = 0, one = 1;
    if (!sigsetjmp(jump, 1)) one = one / zero;
    printf("fpe %d %d\n", last.si_signo, last.si_code);
#ifdef __x86_64__
    if (!sigsetjmp(jump, 1)) __asm__ volatile("ud2");
    printf("ill %d %d\n", last.si_signo, last.si_code);
    if (!sigsetjmp(jump, 1)) __asm__ volatile("int3");
    printf("trap %d %d\n", last.si_signo, last.si_code);
    if (!sigsetjmp(jump, 1)) __asm__ volatile("hlt");
    printf("privileged %d %d %p\n", last.si_signo, last.si_code, last.si_addr);
    if (!sigsetjmp(jump, 1)) *(volatile int *)0x8000000000000000ul = 1;
    printf("noncanonical %d %d %p\n", last.si_signo, last.si_code, last.si_addr);
#endif
    FILE *f = tmpfile();
    fputs("x", f);
    fflush(f);
    char *m = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fileno(f), 0);
    if (!sigsetjmp(jump, 1)) printf("%d\n", ((volatile char *)m)[4096]);
    printf("bus %d %d %d\n", last.si_signo, last.si_code, (char *)last.si_addr == m + 4096);
}

static void masks(void) {
    sigset_t set, old, pending;
    signal(SIGUSR1, count);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR1);
    raise(SIGUSR1);
    sigpending(&pending);
    printf("blocked: seen %d pending %d\n", (int)seen, sigismember(&pending, SIGUSR1));
    sigprocmask(SIG_SETMASK, &old, NULL);
    printf("unblocked: seen %d\n", (int)seen);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    int r = sigsuspend(&old);
    printf("suspend %d %d seen %d\n", r, errno, (int)seen);
    sigprocmask(SIG_BLOCK, NULL, &old);
    printf("still blocked %d\n", sigismember(&old, SIGUSR1));
    kill(getpid(), SIGUSR1);
    struct timespec t = {0, 1000000};
    siginfo_t i;
    r = sigtimedwait(&set, &i, &t);
    printf("timedwait %d %d %d\n", r, i.si_code, i.si_pid == getpid());
    r = sigtimedwait(&set, &i, &t);
    printf("timedwait %d %d\n", r, errno);
    handle(SIGRTMIN + 1, info, 0);
    union sigval v = {.sival_int = 77};
    sigqueue(getpid(), SIGRTMIN + 1, v);
    printf("queue %d %d %d %d\n", last.si_code, last.si_value.sival_int, last.si_pid == getpid(), last.si_uid == getuid());
    sigaddset(&set, SIGRTMIN + 2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int n = 0; n < 3; n++) { v.sival_int = n; sigqueue(getpid(), SIGRTMIN + 2, v); }
    for (int n = 0; n < 3; n++) { sigwaitinfo(&set, &i); printf("queued %d\n", i.si_value.sival_int); }
    r = kill(999999, 0);
    printf("kill 0: %d, none: %d %d\n", kill(getpid(), 0), r, errno);
    signal(SIGUSR2, SIG_IGN);
    printf("ignored: %d\n", raise(SIGUSR2));
}

static void stacks(void) {
    static char area[65536];
    stack_t s = {.ss_sp = area, .ss_size = sizeof area}, old;
    printf("altstack %d\n", sigaltstack(&s, NULL));
    handle(SIGSEGV, leap, SA_ONSTACK);
    if (!sigsetjmp(jump, 1)) *(volatile int *)8 = 1;
    sigaltstack(NULL, &old);
    printf("flags %d size %zu\n", old.ss_flags, old.ss_size);
    s.ss_size = 100;
    int r = sigaltstack(&s, NULL);
    printf("small %d %d\n", r, errno);
}

static void timers(void) {
    seen = 0;
    signal(SIGALRM, count);
    struct itimerval v = {{0, 5000}, {0, 5000}}, old;
    setitimer(ITIMER_REAL, &v, NULL);
    while (seen < 3) pause();
    memset(&v, 0, sizeof v);
    setitimer(ITIMER_REAL, &v, &old);
    printf("itimer %d interval %ld\n", seen >= 3, (long)old.it_interval.tv_usec);
    seen = 0;
    signal(SIGVTALRM, count);
    v.it_value.tv_usec = 20000;
    setitimer(ITIMER_VIRTUAL, &v, NULL);
    while (!seen) { }
    printf("virtual %d\n", (int)seen);
    printf("alarm %u", alarm(100));
    printf(" %u\n", alarm(0));
    handle(SIGRTMIN, info, 0);
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 123};
    timer_t t;
    seen = 0;
    printf("create %d\n", timer_create(CLOCK_MONOTONIC, &e, &t));
    struct itimerspec ts = {{0, 0}, {0, 10000000}};
    timer_settime(t, 0, &ts, NULL);
    while (!seen) pause();
    printf("timer %d %d %d\n", last.si_code, last.si_value.sival_int, timer_getoverrun(t));
    timer_gettime(t, &ts);
    printf("left %ld\n", ts.it_value.tv_nsec);
    printf("delete %d\n", timer_delete(t));
    struct timespec sleep = {10, 0}, rest;
    seen = 0;
    v.it_value.tv_usec = 20000;
    setitimer(ITIMER_REAL, &v, NULL);
    int r = nanosleep(&sleep, &rest);
    printf("nanosleep %d %d rest %d\n", r, errno, rest.tv_sec == 9);
    r = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){0, 1}, NULL);
    printf("past %d\n", r);
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (volatile int i = 0; i < 30000000; i++) { }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    printf("cpu time goes on %d\n", b.tv_sec > a.tv_sec || b.tv_nsec > a.tv_nsec);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (!strcmp(argv[1], "faults")) faults();
    else if (!strcmp(argv[1], "masks")) masks();
    else if (!strcmp(argv[1], "stacks")) stacks();
    else if (!strcmp(argv[1], "timers")) timers();
    else if (!strcmp(argv[1], "die")) { signal(atoi(argv[2]), SIG_DFL); raise(atoi(argv[2])); }
    return 0;
}
