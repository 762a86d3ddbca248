/*
 * Locks of all kinds, by threads of one process (argument "threads"), by processes ("processes"), and by processes that
 * are killed at any moment ("killed"). What is printed does not depend on how fast anything is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int counter, ready;

static const char *error(int number) {
    return number ? strerrorname_np(number) : "ok";
}

static void say(const char *what, int result) {
    printf("  %s: %s\n", what, error(result));
}

static void make(pthread_mutex_t *made, int type, int robust, int protocol, int shared) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setrobust(&attributes, robust);
    pthread_mutexattr_setprotocol(&attributes, protocol);
    pthread_mutexattr_setpshared(&attributes, shared);
    int result = pthread_mutex_init(made, &attributes);
    if (result)
        say("init", result);
}

static struct timespec soon(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += 5000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    return time;
}

static void *add(void *unused) {
    for (int i = 0; i < 300; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        if (i % 37 == 0)
            sched_yield();
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

/* Another thread's view of a lock that is held. */
static void *other(void *unused) {
    say("other trylock", pthread_mutex_trylock(&mutex));
    struct timespec time = soon(CLOCK_REALTIME);
    say("other timedlock", pthread_mutex_timedlock(&mutex, &time));
    time = soon(CLOCK_MONOTONIC);
    say("other clocklock", pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &time));
    say("other unlock", pthread_mutex_unlock(&mutex));
    return NULL;
}

static void *die_with_it(void *unused) {
    pthread_mutex_lock(&mutex);
    return NULL;
}

static void *inherit(void *unused) {
    int result = pthread_mutex_lock(&mutex);
    say("inherits", result);
    if (result == EOWNERDEAD)
        say("consistent", pthread_mutex_consistent(&mutex));
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void *die_while_others_wait(void *unused) {
    pthread_mutex_lock(&mutex);
    pthread_t heir;
    pthread_create(&heir, NULL, inherit, NULL);
    usleep(20000);
    return (void *)heir;
}

static void *await_ready(void *unused) {
    pthread_mutex_lock(&mutex);
    while (!ready)
        pthread_cond_wait(&cond, &mutex);
    ready--;
    counter++;
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void run(void *(*body)(void *), int count) {
    pthread_t threads[count];
    for (int i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, body, NULL);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void conditions(void) {
    pthread_t threads[5];
    counter = ready = 0;
    for (int i = 0; i < 5; i++)
        pthread_create(&threads[i], NULL, await_ready, NULL);
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&mutex);
        ready++;
        pthread_cond_signal(&cond);
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_lock(&mutex);
    ready += 2;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 5; i++)
        pthread_join(threads[i], NULL);
    printf("  waited for a condition: %d\n", counter);
}

static void deaths(void) {
    run(die_with_it, 1);
    say("lock after a death", pthread_mutex_lock(&mutex));
    say("consistent", pthread_mutex_consistent(&mutex));
    say("unlock", pthread_mutex_unlock(&mutex));
    run(die_with_it, 1);
    run(inherit, 1);
    pthread_t dying;
    void *heir;
    pthread_create(&dying, NULL, die_while_others_wait, NULL);
    pthread_join(dying, &heir);
    pthread_join((pthread_t)heir, NULL);
    run(die_with_it, 1);
    say("lock", pthread_mutex_lock(&mutex));
    say("unlock as it is", pthread_mutex_unlock(&mutex));
    say("lock", pthread_mutex_lock(&mutex));
}

static void one_kind(int type, int robust, int protocol, int shared) {
    static const char *const types[] = {"normal", "recursive", "errorcheck", "adaptive"};
    printf("%s%s%s%s\n", types[type], robust ? " robust" : "", protocol ? " inheriting" : "", shared ? " shared" : "");
    make(&mutex, type, robust, protocol, shared);
    counter = 0;
    run(add, 4);
    printf("  counted to %d\n", counter);
    say("lock", pthread_mutex_lock(&mutex));
    int checked = type == PTHREAD_MUTEX_RECURSIVE || type == PTHREAD_MUTEX_ERRORCHECK;
    if (checked) {
        int result = pthread_mutex_lock(&mutex);
        say("lock again", result);
        if (!result)
            pthread_mutex_unlock(&mutex);
    }
    int result = pthread_mutex_trylock(&mutex);
    say("trylock", result);
    if (!result)
        pthread_mutex_unlock(&mutex);
    run(other, 1);
    say("unlock", pthread_mutex_unlock(&mutex));
    if (checked)
        say("unlock again", pthread_mutex_unlock(&mutex));
    conditions();
    if (robust)
        deaths();
}

static int threads(void) {
    for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_INHERIT; protocol++)
        for (int robust = 0; robust < 2; robust++)
            for (int shared = 0; shared < 2; shared++)
                for (int type = PTHREAD_MUTEX_TIMED_NP; type <= PTHREAD_MUTEX_ADAPTIVE_NP; type++)
                    if (type != PTHREAD_MUTEX_ADAPTIVE_NP || !(robust || protocol || shared))
                        one_kind(type, robust, protocol, shared);
    return 0;
}

struct shared {
    pthread_mutex_t mutexes[4];
    pthread_cond_t cond;
    pthread_barrier_t barrier;
    pthread_rwlock_t rwlock;
    sem_t semaphore;
    int count;
} *shared;

static void make_shared(void) {
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 4; i++)
        make(&shared->mutexes[i], PTHREAD_MUTEX_NORMAL, i & 1, i & 2 ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE, 1);
    pthread_condattr_t cond;
    pthread_condattr_init(&cond);
    pthread_condattr_setpshared(&cond, 1);
    pthread_cond_init(&shared->cond, &cond);
    pthread_barrierattr_t barrier;
    pthread_barrierattr_init(&barrier);
    pthread_barrierattr_setpshared(&barrier, 1);
    pthread_barrier_init(&shared->barrier, &barrier, 3);
    pthread_rwlockattr_t rwlock;
    pthread_rwlockattr_init(&rwlock);
    pthread_rwlockattr_setpshared(&rwlock, 1);
    pthread_rwlock_init(&shared->rwlock, &rwlock);
    sem_init(&shared->semaphore, 1, 0);
}

static void count_in_children(pthread_mutex_t *lock) {
    pid_t children[2];
    shared->count = 0;
    for (int i = 0; i < 2; i++)
        if (!(children[i] = fork())) {
            pthread_barrier_wait(&shared->barrier);
            for (int j = 0; j < 200; j++) {
                pthread_mutex_lock(lock);
                shared->count++;
                if (j % 50 == 0)
                    sched_yield();
                pthread_mutex_unlock(lock);
            }
            sem_post(&shared->semaphore);
            _exit(0);
        }
    pthread_barrier_wait(&shared->barrier);
    for (int i = 0; i < 2; i++)
        sem_wait(&shared->semaphore);
    for (int i = 0; i < 2; i++)
        waitpid(children[i], NULL, 0);
    printf("  counted to %d\n", shared->count);
}

static void child_dies(pthread_mutex_t *lock) {
    int status;
    pid_t child = fork();
    if (!child) {
        pthread_mutex_lock(lock);
        kill(getpid(), SIGKILL);
    }
    waitpid(child, &status, 0);
    printf("  killed: %x\n", status);
    say("lock", pthread_mutex_lock(lock));
    say("consistent", pthread_mutex_consistent(lock));
    pthread_mutex_unlock(lock);
    child = fork();
    if (!child) {
        pthread_mutex_lock(lock);
        sem_post(&shared->semaphore);
        usleep(20000);
        execl("/bin/true", "true", NULL);
        _exit(1);
    }
    sem_wait(&shared->semaphore);
    say("lock while its owner executes a program", pthread_mutex_lock(lock));
    pthread_mutex_consistent(lock);
    pthread_mutex_unlock(lock);
    waitpid(child, &status, 0);
    printf("  ended: %x\n", status);
}

static void child_waits(void) {
    shared->count = 0;
    pid_t child = fork();
    if (!child) {
        pthread_mutex_lock(&shared->mutexes[0]);
        while (!shared->count)
            pthread_cond_wait(&shared->cond, &shared->mutexes[0]);
        shared->count = 2;
        pthread_cond_signal(&shared->cond);
        pthread_mutex_unlock(&shared->mutexes[0]);
        _exit(0);
    }
    pthread_mutex_lock(&shared->mutexes[0]);
    shared->count = 1;
    pthread_cond_signal(&shared->cond);
    while (shared->count != 2)
        pthread_cond_wait(&shared->cond, &shared->mutexes[0]);
    pthread_mutex_unlock(&shared->mutexes[0]);
    waitpid(child, NULL, 0);
    puts("waited for each other");
}

static void child_reads(void) {
    pthread_rwlock_rdlock(&shared->rwlock);
    pid_t child = fork();
    if (!child) {
        say("child reads too", pthread_rwlock_tryrdlock(&shared->rwlock));
        say("child does not write", pthread_rwlock_trywrlock(&shared->rwlock));
        pthread_rwlock_unlock(&shared->rwlock);
        fflush(stdout);
        sem_post(&shared->semaphore);
        pthread_rwlock_wrlock(&shared->rwlock);
        shared->count = 7;
        pthread_rwlock_unlock(&shared->rwlock);
        _exit(0);
    }
    sem_wait(&shared->semaphore);
    pthread_rwlock_unlock(&shared->rwlock);
    waitpid(child, NULL, 0);
    printf("child wrote %d\n", shared->count);
}

static int processes(void) {
    make_shared();
    for (int i = 0; i < 4; i++) {
        printf("lock %d\n", i);
        count_in_children(&shared->mutexes[i]);
        if (i & 1)
            child_dies(&shared->mutexes[i]);
    }
    child_waits();
    child_reads();
    return 0;
}

/* Which thread holds each of the shared locks, and how often somebody else was found to. */
struct holders {
    volatile pid_t tid[4];
    volatile int wrong, inherited;
} *holders;

static void *take_any(void *unused) {
    unsigned random = gettid();
    for (;;) {
        int i = rand_r(&random) % 4;
        int result = pthread_mutex_lock(&shared->mutexes[i]);
        if (result == EOWNERDEAD) {
            holders->tid[i] = 0;
            __atomic_add_fetch(&holders->inherited, 1, __ATOMIC_SEQ_CST);
            pthread_mutex_consistent(&shared->mutexes[i]);
        } else if (result) {
            say("lock", result);
            _exit(1);
        }
        holders->wrong += holders->tid[i] != 0;
        holders->tid[i] = gettid();
        if (rand_r(&random) % 4 == 0)
            sched_yield();
        holders->wrong += holders->tid[i] != gettid();
        holders->tid[i] = 0;
        pthread_mutex_unlock(&shared->mutexes[i]);
    }
    return NULL;
}

static pid_t start_taking(void) {
    pid_t child = fork();
    if (!child) {
        pthread_t thread;
        pthread_create(&thread, NULL, take_any, NULL);
        take_any(NULL);
    }
    return child;
}

static int killed(int kills) {
    pid_t children[4];
    make_shared();
    for (int i = 0; i < 4; i++)
        make(&shared->mutexes[i], PTHREAD_MUTEX_NORMAL, 1, i & 1 ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE, 1);
    holders = mmap(NULL, sizeof *holders, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 4; i++)
        children[i] = start_taking();
    for (int i = 0; i < kills; i++) {
        usleep(rand() % 20000);
        int which = rand() % 4;
        kill(children[which], SIGKILL);
        waitpid(children[which], NULL, 0);
        children[which] = start_taking();
    }
    for (int i = 0; i < 4; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
    for (int i = 0; i < 4; i++) {
        int result = pthread_mutex_trylock(&shared->mutexes[i]);
        printf("lock %d can be had: %d\n", i, result == 0 || result == EOWNERDEAD);
    }
    printf("held by two: %d, inherited: %d\n", holders->wrong, holders->inherited > 0);
    return 0;
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count > 2 && !strcmp(arguments[1], "killed"))
        return killed(atoi(arguments[2]));
    return count > 1 && !strcmp(arguments[1], "processes") ? processes() : threads();
}
