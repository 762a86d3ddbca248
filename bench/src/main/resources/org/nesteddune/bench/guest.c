/*
 * What the benchmarks run in dune and natively. Prints one number: nanoseconds.
 *
 *   guest syscalls N     for one getppid(2), the mean of N
 *   guest loop N         for N rounds of integer arithmetic, in all
 *   guest float N        for N rounds of floating-point arithmetic, in all
 *   guest touch BYTES    for the first write to a page of an anonymous mapping, the mean
 *   guest fork N         for a fork, the child's exit and the wait for it, the mean of N
 *   guest exec N PROG...  for a fork, the child's exec of a program and the wait for its end
 *   guest vexec N PROG... the same with vfork
 *   guest thread N       for the creation of a thread and the join
 *   guest futex N        for one hand-over between two threads by futexes
 *   guest pipe N         for one hand-over between two processes by pipes
 *   guest escape MIB     for the longest time in which it did not run until it has another parent than dune; prints "ready" before
 *   guest enter MIB      for the longest time in which it did not run until it is in dune; prints its pid before
 *   guest pause          nothing: sleeps until a signal ends it
 *   guest still          for the longest time between two looks at the clock, until SIGTERM; SIGUSR1 begins anew
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static double syscalls(long count)
{
    double start;
    long i;

    for (i = 0; i < count / 10; i++)
        syscall(SYS_getppid);
    start = now();
    for (i = 0; i < count; i++)
        syscall(SYS_getppid);
    return (now() - start) / count;
}

static double loop(long count)
{
    uint64_t value = 1;
    double start = now();
    long i;

    for (i = 0; i < count; i++) {
        value = value * 6364136223846793005u + 1442695040888963407u;
        value ^= value >> 33;
    }
    __asm__ volatile("" : : "r"(value));
    return now() - start;
}

static double floating(long count)
{
    double a = 1, b = 0.5;
    double start = now();
    long i;

    for (i = 0; i < count; i++) {
        a = a * 0.999999 + b;
        b = b / 1.000001 + 1e-9;
    }
    __asm__ volatile("" : : "x"(a), "x"(b));
    return now() - start;
}

static double touch(long bytes)
{
    volatile char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    double start;
    long i;

    if (memory == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    start = now();
    for (i = 0; i < bytes; i += PAGE)
        memory[i] = 1;
    return (now() - start) / (bytes / PAGE);
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* One child: by fork or vfork, with a program or without. */
static void child(int shared, char **program)
{
    char *environment[] = {NULL};
    pid_t pid = shared ? vfork() : fork();
    int status;

    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        if (program)
            execve(program[0], program, environment);
        _exit(program ? 1 : 0);
    }
    if (waitpid(pid, &status, 0) != pid || status)
        fail("child");
}

static double children(long count, int shared, char **program)
{
    double start;
    long i;

    for (i = 0; i < count / 3; i++)
        child(shared, program);
    start = now();
    for (i = 0; i < count; i++)
        child(shared, program);
    return (now() - start) / count;
}

static void *nothing(void *argument)
{
    return argument;
}

static double threads(long count)
{
    pthread_t thread;
    double start = now();
    long i;

    for (i = 0; i < count; i++)
        if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
            fail("thread");
    return (now() - start) / count;
}

static atomic_int turn;

static void hand(int mine, int next)
{
    int seen;

    while ((seen = atomic_load(&turn)) != mine)
        syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    atomic_store(&turn, next);
    syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *partner(void *count)
{
    long i;

    for (i = 0; i < (long)count; i++)
        hand(1, 0);
    return NULL;
}

static double futexes(long count)
{
    pthread_t thread;
    double start;
    long i;

    if (pthread_create(&thread, NULL, partner, (void *)count))
        fail("thread");
    start = now();
    for (i = 0; i < count; i++)
        hand(0, 1);
    pthread_join(thread, NULL);
    return (now() - start) / (2 * count);
}

static double pipes(long count)
{
    int there[2], back[2], status;
    char byte = 0;
    double start;
    pid_t pid;
    long i;

    if (pipe(there) || pipe(back))
        fail("pipe");
    pid = fork();
    if (pid == 0) {
        for (i = 0; i < count; i++)
            if (read(there[0], &byte, 1) != 1 || write(back[1], &byte, 1) != 1)
                _exit(1);
        _exit(0);
    }
    start = now();
    for (i = 0; i < count; i++)
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
            fail("pipe");
    start = now() - start;
    waitpid(pid, &status, 0);
    return start / (2 * count);
}

static int is_native(void)
{
    return getppid() != 1;
}

static int is_in_dune(void)
{
    return syscall(0x64756e65L, 0L) == 1;
}

static double longest_gap(long megabytes, int (*has_moved)(void))
{
    double start, next, longest = 0;
    volatile char *memory = malloc(megabytes << 20);
    long i;

    for (i = 0; i < megabytes << 20; i += PAGE)
        memory[i] = 1;
    if (has_moved == is_native)
        printf("ready\n");
    else
        printf("%d\n", getpid());
    fflush(stdout);
    start = now();
    do {
        next = now();
        if (next - start > longest)
            longest = next - start;
        start = next;
    } while (!has_moved());
    next = now();
    return next - start > longest ? next - start : longest;
}

static volatile sig_atomic_t over, again;

static void flag(int signal)
{
    if (signal == SIGTERM)
        over = 1;
    else
        again = 1;
}

static double still(void)
{
    double longest = 0, last = now();

    signal(SIGTERM, flag);
    signal(SIGUSR1, flag);
    while (!over) {
        double time = now();
        if (time - last > longest)
            longest = time - last;
        last = time;
        if (again) {
            again = 0;
            longest = 0;
        }
    }
    return longest;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    long count = argc > 2 ? atol(argv[2]) : 1;
    double result;

    if (!strcmp(what, "syscalls"))
        result = syscalls(count);
    else if (!strcmp(what, "loop"))
        result = loop(count);
    else if (!strcmp(what, "float"))
        result = floating(count);
    else if (!strcmp(what, "touch"))
        result = touch(count);
    else if (!strcmp(what, "fork"))
        result = children(count, 0, NULL);
    else if (!strcmp(what, "exec"))
        result = children(count, 0, argv + 3);
    else if (!strcmp(what, "vexec"))
        result = children(count, 1, argv + 3);
    else if (!strcmp(what, "thread"))
        result = threads(count);
    else if (!strcmp(what, "futex"))
        result = futexes(count);
    else if (!strcmp(what, "pipe"))
        result = pipes(count);
    else if (!strcmp(what, "escape"))
        result = longest_gap(count, is_native);
    else if (!strcmp(what, "enter"))
        result = longest_gap(count, is_in_dune);
    else if (!strcmp(what, "still"))
        result = still();
    else if (!strcmp(what, "pause"))
        for (;;)
            pause();
    else
        return 2;
    printf("%.3f\n", result);
    return 0;
}
