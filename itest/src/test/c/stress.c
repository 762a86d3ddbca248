/*
 * Work for the stress tests.
 *
 *   stress forkexec N PROGRAM      N children one after the other that execute PROGRAM; prints how many ended well
 *   stress bomb                    forks for ever, in every child too
 *   stress calls N SEED            N random system calls with random arguments, in children; prints how many were made
 *   stress ipcrm                   removes all System V objects, which outlive who made them; prints how many are left
 *   stress mixed SEED              for ever: children, threads, pipes, mappings, signals
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Calls in a child before it is replaced, and how long it may take. */
#define BATCH 500
#define BATCH_MILLIS 300

/* The highest call number of x86-64 and some more. */
#define NUMBERS 470

static uint64_t state;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static int forkexec(int count, char *program)
{
    char *arguments[] = {program, NULL};
    int good = 0, i, status;

    for (i = 0; i < count; i++) {
        pid_t pid = i % 2 ? fork() : vfork();

        if (pid == 0) {
            execv(program, arguments);
            _exit(127);
        }
        if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
            good++;
    }
    printf("%d\n", good);
    return 0;
}

static int bomb(void)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;)
        if (fork() < 0)
            sched_yield();
}

/* Anything: small numbers, addresses that are there, addresses that are not, flags. */
static long argument(char *memory)
{
    switch (next() % 8) {
    case 0: return (long)next();
    case 1: return (long)(next() % 8);
    case 2: return -(long)(next() % 4096);
    case 3: return (long)(memory + next() % 8192);
    case 4: return (long)(memory + (next() % 2) * 4096);
    case 5: return 1L << next() % 63;
    case 6: return (long)(next() % 4096);
    default: return (long)(int)next();
    }
}

/* One child's calls. What would only stop it (exit, pause, stop signals) may happen: its parent looks after it. */
static void batch(_Atomic long *made, long count)
{
    char *memory = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long i;

    munmap(memory + 2 * 4096, 4096);
    for (i = 0; i < count; i++) {
        long number = next() % NUMBERS;

        atomic_fetch_add(made, 1);
        /* The children's children would outlive the test. */
        if (number == SYS_fork || number == SYS_vfork || number == SYS_clone || number == SYS_clone3)
            continue;
        syscall(number, argument(memory), argument(memory), argument(memory), argument(memory), argument(memory),
                argument(memory));
    }
    _exit(0);
}

static int calls(long count)
{
    _Atomic long *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct timespec pause = {0, 1000000};

    while (atomic_load(made) < count) {
        pid_t pid;
        int waited = 0;

        next();
        pid = fork();
        if (pid == 0)
            batch(made, BATCH);
        while (waitpid(pid, NULL, WNOHANG) == 0) {
            if (waited++ >= BATCH_MILLIS) {
                kill(pid, SIGKILL);
                waitpid(pid, NULL, 0);
                break;
            }
            nanosleep(&pause, NULL);
        }
    }
    printf("%ld\n", atomic_load(made) >= count ? count : atomic_load(made));
    return 0;
}

static int ipcrm(void)
{
    struct shmid_ds segment;
    struct semid_ds set;
    struct msqid_ds queue;
    struct shm_info segments;
    struct seminfo sets;
    struct msginfo queues;
    int i, last, id;

    last = shmctl(0, SHM_INFO, (void *)&segments);
    for (i = 0; i <= last; i++)
        if ((id = shmctl(i, SHM_STAT, &segment)) >= 0)
            shmctl(id, IPC_RMID, NULL);
    last = semctl(0, 0, SEM_INFO, &sets);
    for (i = 0; i <= last; i++)
        if ((id = semctl(i, 0, SEM_STAT, &set)) >= 0)
            semctl(id, 0, IPC_RMID);
    last = msgctl(0, MSG_INFO, (void *)&queues);
    for (i = 0; i <= last; i++)
        if ((id = msgctl(i, MSG_STAT, &queue)) >= 0)
            msgctl(id, IPC_RMID, NULL);
    shmctl(0, SHM_INFO, (void *)&segments);
    semctl(0, 0, SEM_INFO, &sets);
    msgctl(0, MSG_INFO, (void *)&queues);
    printf("%d\n", segments.used_ids + sets.semusz + queues.msgpool);
    return 0;
}

static void *spin(void *argument)
{
    volatile long value = 0;
    long i;

    for (i = 0; i < 100000; i++)
        value += i;
    return argument;
}

static void tick(int signal)
{
    (void)signal;
}

static int mixed(void)
{
    signal(SIGUSR1, tick);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        pthread_t threads[3];
        int ends[2], i;
        char text[256];
        pid_t pid;
        void *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        memset(memory, 1, 1 << (10 + next() % 10));
        if (pipe(ends))
            continue;
        for (i = 0; i < 3; i++)
            pthread_create(&threads[i], NULL, spin, NULL);
        pid = fork();
        if (pid == 0) {
            kill(getppid(), SIGUSR1);
            write(ends[1], text, sizeof text);
            if (next() % 2)
                execl("/bin/true", "true", NULL);
            _exit(0);
        }
        close(ends[1]);
        while (read(ends[0], text, sizeof text) > 0)
            ;
        close(ends[0]);
        for (i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
        if (pid > 0)
            waitpid(pid, NULL, 0);
        munmap(memory, 1 << 20);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!strcmp(what, "forkexec") && argc > 3)
        return forkexec(atoi(argv[2]), argv[3]);
    if (!strcmp(what, "bomb"))
        return bomb();
    if (!strcmp(what, "ipcrm"))
        return ipcrm();
    state = argc > 3 ? strtoull(argv[3], NULL, 10) | 1 : argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 1;
    if (!strcmp(what, "calls") && argc > 2)
        return calls(atol(argv[2]));
    if (!strcmp(what, "mixed"))
        return mixed();
    return 2;
}
