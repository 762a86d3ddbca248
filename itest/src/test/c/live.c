/*
 * Computes in several threads, in registers of all kinds, as long as there is a file; says what is wrong.
 *
 *   live FILE
 */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *file;
static _Atomic long alarms;
static __thread long rounds;

static void tick(int signal)
{
    (void)signal;
    alarms++;
}

static double floating(void)
{
    double sum = 0;
    int i;

    for (i = 1; i < 200000; i++)
        sum += 1.0 / i * (i % 3 - 1);
    return sum;
}

static uint64_t whole(void)
{
    uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6;
    int i;

    for (i = 0; i < 200000; i++) {
        a = a * 6364136223846793005 + b;
        b ^= a >> 7;
        c += a ^ d;
        d = d << 13 | d >> 51;
        e -= c;
        f ^= e + b;
    }
    return a ^ b ^ c ^ d ^ e ^ f;
}

static void *work(void *argument)
{
    double expected = floating();
    uint64_t other = whole();
    struct timespec before = {0}, now;

    while (access(file, F_OK) == 0) {
        if (floating() != expected)
            printf("wrong floating-point sum\n");
        if (whole() != other)
            printf("wrong sum\n");
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec < before.tv_sec || (now.tv_sec == before.tv_sec && now.tv_nsec < before.tv_nsec))
            printf("time goes back\n");
        before = now;
        rounds++;
    }
    if (rounds == 0)
        printf("nothing done\n");
    return argument;
}

int main(int argc, char **argv)
{
    struct itimerval interval = {{0, 5000}, {0, 5000}};
    pthread_t threads[2];
    int i;

    file = argc > 1 ? argv[1] : "";
    signal(SIGALRM, tick);
    setitimer(ITIMER_REAL, &interval, NULL);
    for (i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    work(NULL);
    for (i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    if (alarms == 0)
        printf("no alarm\n");
    printf("end\n");
    return 0;
}
