/* Signals at any instruction must disturb nothing, and none may be lost. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_long handled;

static void trash(int s, siginfo_t *i, void *c) {
    handled++;
    volatile char red[512];
    memset((char *)red, 0xee, sizeof red);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx")) {
        __asm__ volatile("vpcmpeqd %%xmm0,%%xmm0,%%xmm0; vpcmpeqd %%xmm1,%%xmm1,%%xmm1; vpcmpeqd %%xmm7,%%xmm7,%%xmm7;"
            "vinsertf128 $1,%%xmm7,%%ymm7,%%ymm7; vinsertf128 $1,%%xmm0,%%ymm0,%%ymm0; vpcmpeqd %%xmm15,%%xmm15,%%xmm15" ::: "xmm0", "xmm1", "xmm7", "xmm15");
    }
    unsigned m = 0x1fbf;
    __asm__ volatile("fninit; fldpi; fldl2e; ldmxcsr %0; std; cld; stc" ::"m"(m) : "cc");
#endif
}

/* Runs a loop whose every register has a known value, with signals coming in. */
static volatile int stop;
static long registers(void) {
    long wrong = 0, rounds = 0;
#ifdef __x86_64__
    int avx = __builtin_cpu_supports("avx");
    static const uint32_t p[8] __attribute__((aligned(32))) = {1, 2, 3, 4, 5, 6, 7, 8};
    while (!stop) {
        uint32_t out[8] __attribute__((aligned(32))), out15[8] __attribute__((aligned(32)));
        long bad = 0;
        double st;
        if (avx) {
            __asm__ volatile("vmovdqa %[p], %%ymm7; vmovdqa %[p], %%ymm15; fld1; fldz; fxch;"
                "mov $0x1111, %%rax; mov $0x2222, %%rbx; mov $0x3333, %%rcx; mov $0x4444, %%rdx; mov $0x5555, %%rsi; mov $0x6666, %%rdi;"
                "mov $0x8888, %%r8; mov $0x9999, %%r9; mov $0x1010, %%r10; mov $0x1111, %%r11; mov $0x1212, %%r12; mov $0x1313, %%r13;"
                "mov %%rbx, -8(%%rsp); mov %%rcx, -64(%%rsp); mov %%rdx, -128(%%rsp); mov $20000, %%r14; std;"
                "1: sub $1, %%r14; jnz 1b;"
                "pushfq; pop %%r14; cld; bt $10, %%r14; jnc 9f;"
                "lea 8(%%rsp), %%r14;"
                "cmp $0x1111, %%rax; jne 9f; cmp $0x2222, %%rbx; jne 9f; cmp $0x3333, %%rcx; jne 9f; cmp $0x4444, %%rdx; jne 9f; cmp $0x5555, %%rsi; jne 9f; cmp $0x6666, %%rdi; jne 9f;"
                "cmp $0x8888, %%r8; jne 9f; cmp $0x9999, %%r9; jne 9f; cmp $0x1010, %%r10; jne 9f; cmp $0x1111, %%r11; jne 9f; cmp $0x1212, %%r12; jne 9f; cmp $0x1313, %%r13; jne 9f;"
                "cmp %%rcx, -64(%%rsp); jne 9f; cmp %%rdx, -128(%%rsp); jne 9f; jmp 8f;"
                "9: movq $1, %[bad]; cld;"
                "8: vmovdqa %%ymm7, %[o]; vmovdqa %%ymm15, %[o15]; fstpl %[st]; fstp %%st(0); vzeroupper"
                : [o] "=m"(out), [o15] "=m"(out15), [bad] "+m"(bad), [st] "=m"(st)
                : [p] "m"(p)
                : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "xmm7", "xmm15", "cc", "memory");
            wrong += bad || memcmp(out, p, 32) || memcmp(out15, p, 32) || st != 1;
        }
        rounds++;
    }
#endif
    if (rounds == 0) wrong = -1;
    return wrong;
}

static void *pester(void *a) {
    pthread_t t = *(pthread_t *)a;
    while (!stop) { pthread_kill(t, SIGUSR1); usleep(500); }
    return NULL;
}

static void finish(int s) { stop = 1; }

static void intact(int seconds) {
    struct sigaction a = {.sa_sigaction = trash, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGUSR1, &a, NULL);
    sigaction(SIGALRM, &a, NULL);
    sigaction(SIGPROF, &a, NULL);
    struct sigaction done = {.sa_handler = finish};
    sigaction(SIGUSR2, &done, NULL);
    pthread_t self = pthread_self(), other;
    pthread_create(&other, NULL, pester, &self);
    struct itimerval v = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &v, NULL);
    setitimer(ITIMER_PROF, &v, NULL);
    if (fork() == 0) {
        sleep(seconds);
        kill(getppid(), SIGUSR2);
        _exit(0);
    }
    long wrong = registers();
    v = (struct itimerval){{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &v, NULL);
    setitimer(ITIMER_PROF, &v, NULL);
    pthread_join(other, NULL);
    while (wait(NULL) > 0 || errno == EINTR) {
    }
    printf("disturbed %ld, signals came %d\n", wrong, handled > 100);
}

/* Every queued signal arrives exactly once, whoever sends to whom. */
enum { THREADS = 6, EACH = 1500 };
static pthread_t threads[THREADS];
static atomic_long sums[THREADS], sent, received, refused;
static __thread int me;
static pthread_barrier_t barrier;
static void add(int s, siginfo_t *i, void *c) { received++; sums[i->si_value.sival_int]++; }

static void *sender(void *arg) {
    me = (long)arg;
    unsigned seed = me;
    pthread_barrier_wait(&barrier);
    for (int n = 0; n < EACH; n++) {
        union sigval v = {.sival_int = me};
        int r = rand_r(&seed) % 3;
        while (r == 0 ? sigqueue(getpid(), SIGRTMIN + n % 4, v) : pthread_sigqueue(threads[rand_r(&seed) % THREADS], SIGRTMIN + n % 4, v)) { refused++; sched_yield(); }
        sent++;
        if (n % 7 == 0) { sigset_t b, o; sigfillset(&b); pthread_sigmask(SIG_BLOCK, &b, &o); sched_yield(); pthread_sigmask(SIG_SETMASK, &o, NULL); }
    }
    pthread_barrier_wait(&barrier);
    for (int t = 0; t < 1000 && received < sent; t++) usleep(1000);
    pthread_barrier_wait(&barrier);
    return NULL;
}

static void storm(void) {
    struct sigaction a = {.sa_sigaction = add, .sa_flags = SA_SIGINFO | SA_RESTART};
    for (int s = 0; s < 4; s++) sigaction(SIGRTMIN + s, &a, NULL);
    pthread_barrier_init(&barrier, NULL, THREADS);
    threads[0] = pthread_self();
    for (long n = 1; n < THREADS; n++) pthread_create(&threads[n], NULL, sender, (void *)n);
    sender(0);
    for (int n = 1; n < THREADS; n++) pthread_join(threads[n], NULL);
    long all = 0;
    for (int n = 0; n < THREADS; n++) all += sums[n];
    printf("sent %ld received %ld\n", (long)sent, all);
}

/* A pipe carries everything although signals interrupt both ends. */
static void tick(int s) { handled++; }
static void pipes(void) {
    int p[2];
    pipe(p);
    struct sigaction a = {.sa_handler = tick};
    sigaction(SIGALRM, &a, NULL);
    struct itimerval v = {{0, 700}, {0, 700}};
    enum { SIZE = 4 << 20 };
    pid_t child = fork();
    setitimer(ITIMER_REAL, &v, NULL);
    static unsigned char b[70000];
    unsigned long sum = 0, count = 0, seed = 1;
    if (child == 0) {
        close(p[0]);
        while (count < SIZE) {
            int n = 1 + (seed = seed * 1103515245 + 12345) / 65536 % 69999;
            if (n > SIZE - count) n = SIZE - count;
            for (int i = 0; i < n; i++) b[i] = (count + i) * 7;
            for (int done = 0; done < n; ) {
                int r = write(p[1], b + done, n - done);
                if (r < 0 && errno != EINTR) _exit(1);
                if (r > 0) done += r;
            }
            count += n;
        }
        _exit(0);
    }
    close(p[1]);
    long wrong = 0;
    for (;;) {
        int r = read(p[0], b, 1 + (seed = seed * 1103515245 + 12345) / 65536 % 69999);
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0) break;
        for (int i = 0; i < r; i++) { wrong += b[i] != (unsigned char)((count + i) * 7); sum += b[i]; }
        count += r;
    }
    v = (struct itimerval){{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &v, NULL);
    int status;
    while (wait(&status) < 0) { }
    printf("bytes %lu wrong %ld sum %lu status %x\n", count, wrong, sum, status);
}

/* No child's end goes unnoticed. */
static atomic_int reaped;
static void reap(int s) { int e = errno; while (waitpid(-1, NULL, WNOHANG) > 0) reaped++; errno = e; }
static void children(void) {
    struct sigaction a = {.sa_handler = reap, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &a, NULL);
    for (int n = 0; n < 100; n++) {
        pid_t p = fork();
        if (p == 0) _exit(n);
        if (n % 10 == 0) usleep(1000);
    }
    for (int t = 0; t < 3000 && reaped < 100; t++) usleep(1000);
    printf("children %d\n", reaped);
}

int main(int argc, char **argv) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "intact")) intact(argc > 2 ? atoi(argv[2]) : 2);
    if (!strcmp(what, "storm")) storm();
    if (!strcmp(what, "pipes")) pipes();
    if (!strcmp(what, "children")) children();
    return 0;
}
