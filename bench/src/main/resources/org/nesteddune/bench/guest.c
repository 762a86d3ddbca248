/*
 * What the benchmarks run in dune and natively. Prints one number: nanoseconds.
 *
 *   guest syscalls N     for one getppid(2), the mean of N
 *   guest loop N         for N rounds of integer arithmetic, in all
 *   guest float N        for N rounds of floating-point arithmetic, in all
 *   guest touch BYTES    for the first write to a page of an anonymous mapping, the mean
 *   guest pause          nothing: sleeps until a signal ends it
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
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
    else if (!strcmp(what, "pause"))
        for (;;)
            pause();
    else
        return 2;
    printf("%.3f\n", result);
    return 0;
}
