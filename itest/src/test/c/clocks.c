/*
 * clocks WAY: two threads ask for the time all the time, by the functions that the kernel maps (vdso(7)), while the process goes the way (i
 * into dune, o out of it). The time never goes back, and clocks agree. It tells of each station; the last line is "good".
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define CHECK(what) do { if (!(what)) { printf("station %d: %s\n", stations, #what); bad = 1; } } while (0)

static volatile int bad, stations, over;

static long long now(int clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void *ask(void *rounds)
{
    long long steady = now(CLOCK_MONOTONIC), wall = now(CLOCK_REALTIME), boot = now(CLOCK_BOOTTIME);
    long long distance = wall - steady;
    for (long i = 0; rounds ? i < *(long *)rounds : !over; i++) {
        long long next = now(CLOCK_MONOTONIC), nextBoot = now(CLOCK_BOOTTIME);
        CHECK(next >= steady);
        CHECK(nextBoot >= boot);
        steady = next;
        boot = nextBoot;
        struct timeval day;
        gettimeofday(&day, NULL);
        long long between = day.tv_sec * SECOND + day.tv_usec * 1000LL;
        long long later = now(CLOCK_MONOTONIC);
        /* Within a second for what somebody sets the clock by meanwhile. */
        CHECK(between - distance >= steady - SECOND && between - distance <= later + SECOND);
        CHECK(labs(time(NULL) - (long)(now(CLOCK_REALTIME) / SECOND)) <= 1);
        CHECK(sched_getcpu() >= 0);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *way = argv[1];
    long rounds = 1000;
    pthread_t other;
    setvbuf(stdout, NULL, _IOLBF, 0);
    pthread_create(&other, NULL, ask, NULL);
    printf("ready\n");
    while (*way) {
        ask(&rounds);
        if ((syscall(0x64756e65L, 0L) == 1) != (*way == 'i')) continue;
        way++;
        ask(&rounds);
        printf("station %d\n", ++stations);
    }
    over = 1;
    pthread_join(other, NULL);
    printf(bad ? "bad\n" : "good\n");
    return bad;
}
