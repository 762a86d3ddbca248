/*
 * travel TRIPS [guest]: enters dune and leaves it so many times, by itself, and looks each time whether it is right. The last line is "good"
 * or there are lines about what is not. With "guest" it begins in dune.
 */
#define _GNU_SOURCE
#include "dune.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#define CHECK(what) do { if (!(what)) { printf("trip %d, line %d: %s (errno %d)\n", trip, __LINE__, #what, errno); bad = 1; } } while (0)

#define WORDS (1 << 17)

static volatile sig_atomic_t ticks;

static void onTick(int signal) { ticks++; }

static uint64_t mix(uint64_t x) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; return x; }

static int descriptors(void)
{
    int count = 0;
    for (int i = 0; i < 256; i++) count += fcntl(i, F_GETFD) >= 0;
    return count;
}

static int mappings(void)
{
    int count = 0, c;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && (c = getc(maps)) != EOF) count += c == '\n';
    if (maps) fclose(maps);
    return count;
}

static int threads(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    while (tasks && readdir(tasks)) count++;
    if (tasks) closedir(tasks);
    return count - 2;
}

static double seconds(int clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    int trips = atoi(argv[1]), bad = 0, trip = 0, natively = 0;
    pid_t pid = getpid();
    uint64_t *words = malloc(WORDS * sizeof *words), seed = 88172645463325252ULL;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < WORDS; i++) words[i] = seed = mix(seed);
    uint32_t *common = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    FILE *file = tmpfile();
    signal(SIGALRM, onTick);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 5000}, {0, 5000}}, NULL);
    int open = descriptors();
    double real = 0, sum = 0;
    for (trip = 1; trip <= trips && !bad; trip++) {
        for (int in = 1; in >= 0; in--) {
            double before = seconds(CLOCK_MONOTONIC), wall = seconds(CLOCK_REALTIME);
            CHECK((in ? dune_enter() : dune_escape()) == 0);
            CHECK(dune_inside() == in);
            double passed = seconds(CLOCK_MONOTONIC) - before;
            CHECK(passed > 0 && passed < 20 && seconds(CLOCK_REALTIME) - wall > passed - 1 && seconds(CLOCK_REALTIME) - wall < passed + 1);
            CHECK(labs(time(NULL) - (long)seconds(CLOCK_REALTIME)) <= 1);
            real += passed;
            if (argc > 2 && trip == 1 && !in) pid = getpid(); /* a guest has got another number */
            CHECK(getpid() == pid && syscall(SYS_gettid) == pid);
            CHECK(descriptors() == open);
            CHECK(threads() == 1);
            for (int i = trip % 64; i < WORDS; i += 64) words[i] = mix(words[i]);
            CHECK(fprintf(file, "%8d", trip) == 8 && fflush(file) == 0 && ftell(file) == 16 * (trip - 1) + 16 - 8 * in);
            CHECK(common[5]++ == 2u * trip - 1 - in);
            sum += 1.0 / (trip + in);
        }
        if (trip == 3) natively = mappings();
        CHECK(trip < 3 || mappings() <= natively);
    }
    double expected = 0;
    for (int i = 1; i <= trips; i++) expected = expected + 1.0 / (i + 1) + 1.0 / i;
    CHECK(expected - sum < 1e-9 && sum - expected < 1e-9);
    seed = 88172645463325252ULL;
    for (int i = 0; i < WORDS && !bad; i++) {
        uint64_t word = seed = mix(seed);
        for (int j = 1; j <= trips; j++) if (j % 64 == i % 64) word = mix(mix(word));
        CHECK(words[i] == word);
    }
    CHECK(trips < 20 || ticks > trips / 4);
    fprintf(stderr, "%.1f ms for each way\n", real * 500 / trips);
    printf(bad ? "bad\n" : "good\n");
    return bad;
}
