/*
 * scheduled WAY: has two threads that are scheduled differently, goes the way (i into dune, o out of it), and looks each time whether
 * they still are. The last line is "good" or there are lines about what is not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHECK(what) do { if (!(what)) { printf("station %d: %s (errno %d)\n", stations, #what, errno); bad = 1; } } while (0)
#define BEST_EFFORT_6 (2 << 13 | 6)

static volatile int bad, stations, looked;
static cpu_set_t one;

static void *other(void *argument)
{
    cpu_set_t all;
    setpriority(PRIO_PROCESS, 0, 7);
    sched_getaffinity(0, sizeof all, &all);
    for (int seen = 0; stations >= 0; usleep(1000)) {
        if (seen == stations) continue;
        seen = stations;
        cpu_set_t now;
        CHECK(getpriority(PRIO_PROCESS, 0) == 7);
        CHECK(sched_getscheduler(0) == SCHED_OTHER);
        CHECK(sched_getaffinity(0, sizeof now, &now) == 0 && CPU_EQUAL(&now, &all));
        looked = seen;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *way = argv[1];
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    pthread_create(&thread, NULL, other, NULL);
    sched_getaffinity(0, sizeof one, &one);
    for (int cpu = 0, kept = 0; cpu < CPU_SETSIZE; cpu++) if (CPU_ISSET(cpu, &one) && kept++) CPU_CLR(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
    setpriority(PRIO_PROCESS, 0, 3);
    syscall(SYS_ioprio_set, 1, 0, BEST_EFFORT_6);
    prctl(PR_SET_TIMERSLACK, 70000);
    printf("ready\n");
    while (*way) {
        if ((syscall(0x64756e65L, 0L) == 1) != (*way == 'i')) {
            usleep(1000);
            continue;
        }
        cpu_set_t now;
        way++;
        stations++;
        CHECK(getpriority(PRIO_PROCESS, 0) == 3);
        CHECK(sched_getscheduler(0) == SCHED_BATCH);
        CHECK(sched_getaffinity(0, sizeof now, &now) == 0 && CPU_EQUAL(&now, &one));
        CHECK(syscall(SYS_ioprio_get, 1, 0) == BEST_EFFORT_6);
        CHECK(prctl(PR_GET_TIMERSLACK) == 70000);
        while (looked != stations) usleep(1000);
        printf("station %d\n", stations);
    }
    stations = -1;
    pthread_join(thread, NULL);
    printf(bad ? "bad\n" : "good\n");
    return bad;
}
