/*
 * Makes calls of every family again and again, as long as there is a file; says what was not as it had to be.
 *
 *   families FILE
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *file;
static int wrong;

/* For the first only, as the rest may follow from it. */
#define CHECK(condition) \
    do { \
        if (!(condition) && !wrong++) \
            printf("not %s (line %d): %s\n", #condition, __LINE__, strerror(errno)); \
    } while (0)

static void polling(void)
{
    int epoll = epoll_create1(0), pair[2], event = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec soon = {{0, 0}, {0, 1000000}};
    int fds[3], seen = 0;
    uint64_t one = 1;

    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    fds[0] = pair[0];
    fds[1] = event;
    fds[2] = timer;
    for (int i = 0; i < 3; i++) {
        struct epoll_event what = {EPOLLIN | EPOLLONESHOT, {.u32 = i}};
        CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &what) == 0);
    }
    CHECK(timerfd_settime(timer, 0, &soon, NULL) == 0);
    CHECK(write(event, &one, 8) == 8);
    CHECK(write(pair[1], "12345678", 8) == 8);
    while (seen != 7 && !wrong) {
        struct epoll_event found[3];
        int count = epoll_wait(epoll, found, 3, 20000);
        CHECK(count > 0);
        for (int i = 0; i < count; i++) {
            uint64_t value;
            CHECK(read(fds[found[i].data.u32], &value, 8) == 8);
            CHECK(found[i].data.u32 == 0 || value == 1);
            seen |= 1 << found[i].data.u32;
        }
    }
    for (int i = 0; i < 3; i++)
        CHECK(close(fds[i]) == 0);
    CHECK(close(pair[1]) == 0 && close(epoll) == 0);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn;

static void *play(void *me)
{
    for (int i = 0; i < 25; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % 2 != (int)(intptr_t)me)
            pthread_cond_wait(&turned, &mutex);
        turn++;
        pthread_cond_broadcast(&turned);
        pthread_mutex_unlock(&mutex);
    }
    return me;
}

static void threads(void)
{
    pthread_t other;

    turn = 0;
    CHECK((errno = pthread_create(&other, NULL, play, (void *)1)) == 0);
    play(NULL);
    CHECK((errno = pthread_join(other, NULL)) == 0);
    CHECK(turn == 50);
}

static void ipc(void)
{
    struct { long type; char text[32]; } message = {5, "a message"};
    int queue = msgget(IPC_PRIVATE, 0600), set = semget(IPC_PRIVATE, 1, 0600), segment = shmget(IPC_PRIVATE, 8192, 0600);
    struct sembuf up = {0, 2, 0}, down = {0, -1, 0};
    char *memory = shmat(segment, NULL, 0);
    int status;
    pid_t child;

    CHECK(queue >= 0 && set >= 0 && segment >= 0 && memory != MAP_FAILED);
    CHECK(shmctl(segment, IPC_RMID, NULL) == 0);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        CHECK(semop(set, &down, 1) == 0);
        memory[1]++;
        CHECK(msgsnd(queue, &message, sizeof message.text, 0) == 0);
        _exit(wrong ? 1 : 7);
    }
    CHECK(semop(set, &up, 1) == 0);
    memset(message.text, 0, sizeof message.text);
    CHECK(msgrcv(queue, &message, sizeof message.text, 5, 0) == sizeof message.text);
    CHECK(strcmp(message.text, "a message") == 0 && memory[1] == 1);
    CHECK(waitpid(child, &status, 0) == child && status == 7 << 8);
    CHECK(shmdt(memory) == 0 && msgctl(queue, IPC_RMID, NULL) == 0 && semctl(set, 0, IPC_RMID) == 0);
}

static void trace(void)
{
    volatile long secret = 4711;
    int status, stops = 0;
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        secret = 42;
        CHECK(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
        raise(SIGSTOP);
        for (int i = 0; i < 5; i++)
            getppid();
        _exit(secret == 43 ? 9 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK(ptrace(PTRACE_PEEKDATA, child, &secret, 0) == 42);
    CHECK(ptrace(PTRACE_POKEDATA, child, &secret, 43) == 0);
    for (; stops < 6 && !wrong; stops++) {
        CHECK(ptrace(PTRACE_SYSCALL, child, 0, 0) == 0);
        CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
    }
    CHECK(ptrace(PTRACE_DETACH, child, 0, 0) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 9 << 8);
}

static void timeAndSignals(void)
{
    struct timespec before, after, nap = {0, 1500000};
    struct sigevent how = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 77};
    struct itimerspec soon = {{0, 0}, {0, 500000}};
    siginfo_t info;
    sigset_t set;
    timer_t timer;

    clock_gettime(CLOCK_MONOTONIC, &before);
    CHECK(nanosleep(&nap, NULL) == 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    CHECK((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec >= nap.tv_nsec);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    CHECK(timer_create(CLOCK_MONOTONIC, &how, &timer) == 0);
    CHECK(timer_settime(timer, 0, &soon, NULL) == 0);
    CHECK(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_value.sival_int == 77 && info.si_code == SI_TIMER);
    CHECK(timer_delete(timer) == 0);
}

static void system_(void)
{
    struct utsname name;
    struct rlimit limit;
    unsigned char bytes[64];
    cpu_set_t cpus;

    CHECK(uname(&name) == 0 && strcmp(name.sysname, "Linux") == 0);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(getrandom(bytes, sizeof bytes, 0) == sizeof bytes);
    CHECK(sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) > 0);
}

static void sockets(void)
{
    int pair[2], ends[2], got = -1;
    char byte = 'x', space[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0 && pipe(ends) == 0);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &ends[0], sizeof(int));
    CHECK(sendmsg(pair[0], &message, 0) == 1);
    memset(space, 0, sizeof space);
    CHECK(recvmsg(pair[1], &message, 0) == 1);
    header = CMSG_FIRSTHDR(&message);
    CHECK(header != NULL);
    if (header != NULL)
        memcpy(&got, CMSG_DATA(header), sizeof(int));
    CHECK(write(ends[1], "y", 1) == 1 && read(got, &byte, 1) == 1 && byte == 'y');
    CHECK(close(got) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0 && close(pair[0]) == 0 && close(pair[1]) == 0);
}

static void memory(void)
{
    size_t page = 4096;
    unsigned char *at = mmap(NULL, 64 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char in[2] = {9, 9};

    CHECK(at != MAP_FAILED);
    if (at == MAP_FAILED)
        return;
    for (int i = 0; i < 64; i++)
        at[i * page] = i;
    CHECK(mprotect(at, page, PROT_READ) == 0 && mprotect(at, page, PROT_READ | PROT_WRITE) == 0);
    CHECK(munmap(at + 8 * page, page) == 0);
    CHECK(mincore(at + 8 * page, page, in) == -1 && errno == ENOMEM);
    at = mremap(at, 8 * page, 128 * page, MREMAP_MAYMOVE);
    CHECK(at != MAP_FAILED && at[7 * page] == 7 && at[127 * page] == 0);
    CHECK(madvise(at + page, 2 * page, MADV_DONTNEED) == 0 && at[page] == 0 && at[3 * page] == 3);
    CHECK(munmap(at, 128 * page) == 0);
}

static void execute(void)
{
    char *arguments[] = {"families", NULL};
    int status;
    pid_t child;

    CHECK((errno = posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ)) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 8 << 8);
}

int main(int argc, char **argv)
{
    int rounds = 0;

    if (argc < 2)
        return 8;
    file = argv[1];
    for (; access(file, F_OK) == 0 && !wrong; rounds++) {
        polling();
        threads();
        ipc();
        trace();
        timeAndSignals();
        system_();
        sockets();
        memory();
        execute();
    }
    CHECK(rounds > 0);
    if (!wrong)
        printf("end\n");
    return wrong != 0;
}
