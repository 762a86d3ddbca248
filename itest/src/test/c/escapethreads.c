/*
 * Threads that hand a counter round by a mutex and condition variables, count by atomics, sleep and wait for each other's end,
 * while the process leaves dune, or goes the way that its argument tells (i into dune, o out of it); with another one it tells of each
 * station. Each has a mask, a name, thread-local memory and vector registers of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define THREADS 6
#define CHECK(what) do { if (!(what)) { printf("%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #what, errno); bad = 1; } } while (0)

static volatile int bad, over;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static long counter, nested;
static long atomic;
static __thread uint64_t own;

static uint64_t mix(uint64_t x) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; return x; }

static void *work(void *argument)
{
    long index = (long)argument;
    char name[16], found[16];
    sprintf(name, "worker-%ld", index);
    pthread_setname_np(pthread_self(), name);
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGRTMIN + 1 + index);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
    own = index + 1;
    uint64_t expected = index + 1;
    double sum = index;
    for (long round = 0; !over; round++) {
        pthread_mutex_lock(&mutex);
        while (counter % THREADS != index && !over) pthread_cond_wait(&turn, &mutex);
        counter++;
        pthread_cond_broadcast(&turn);
        pthread_mutex_unlock(&mutex);
        pthread_mutex_lock(&recursive);
        pthread_mutex_lock(&recursive);
        nested++;
        pthread_mutex_unlock(&recursive);
        pthread_mutex_unlock(&recursive);
        __atomic_fetch_add(&atomic, 1, __ATOMIC_SEQ_CST);
        for (int i = 0; i < 1000; i++) { own = mix(own); expected = mix(expected); sum += 0.5; }
        sum -= 500;
    }
    CHECK(own == expected);
    CHECK(sum == index);
    CHECK(pthread_getname_np(pthread_self(), found, sizeof found) == 0 && strcmp(found, name) == 0);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (int i = 0; i < THREADS; i++) CHECK(sigismember(&mask, SIGRTMIN + 1 + i) == (i == index));
    return (void *)(index * 3);
}

static void *sleeper(void *argument)
{
    struct timespec start, end, time = {1, 500000000};
    clock_gettime(CLOCK_MONOTONIC, &start);
    CHECK(syscall(SYS_nanosleep, &time, &time) == 0);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double passed = end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9;
    CHECK(passed >= 1.5 && passed < 10);
    return NULL;
}

static void on(int signal) {}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "o";
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGUSR1, on);
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &kind);
    pthread_t threads[THREADS], slow;
    for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, work, (void *)i);
    pthread_create(&slow, NULL, sleeper, NULL);
    printf("ready\n");
    while (*way) {
        if ((syscall(0x64756e65L, 0L) == 1) != (*way == 'i')) {
            usleep(2000);
            continue;
        }
        way++;
        if (argc > 2) printf("station %ld\n", (long)(way - argv[1]));
    }
    long before = counter;
    usleep(300000);
    CHECK(counter > before + 10);
    CHECK(pthread_kill(slow, 0) == 0);
    pthread_join(slow, NULL);
    over = 1;
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&turn);
    pthread_mutex_unlock(&mutex);
    for (long i = 0; i < THREADS; i++) {
        void *result;
        CHECK(pthread_join(threads[i], &result) == 0 && result == (void *)(i * 3));
    }
    CHECK(nested == atomic);
    /* New threads, and their numbers, are right natively as well. */
    pthread_create(&slow, NULL, work, (void *)1L);
    pthread_join(slow, NULL);
    CHECK(syscall(SYS_gettid) == getpid());
    CHECK(raise(SIGUSR1) == 0);
    printf(bad ? "bad\n" : "good\n");
    return bad;
}
