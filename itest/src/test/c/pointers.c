/*
 * Makes system calls as standard input tells it, one a line: a label, the number, and six arguments. An argument is a
 * number or the name of a pointer or descriptor prepared here. Prints the label and the raw result.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/inotify.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static char *good, *edge, *hole, *text, *linkname, *attribute, *ro;
static long iovec[2], caps[2];
static int file, directory, timer_fd, epoll_fd, inotify_fd, pipe_fds[2];
static int listener, pair_fds[2], value_length;
static timer_t timer;
static int segment = -1, semaphores = -1, messages = -1, queue = -1, pidfd = -1;

/* The objects of System V outlive the program, unless it removes them. */
static void remove_objects(void) {
    shmctl(segment, IPC_RMID, NULL);
    semctl(semaphores, 0, IPC_RMID);
    msgctl(messages, IPC_RMID, NULL);
}

static void make_objects(void) {
    atexit(remove_objects);
    segment = shmget(IPC_PRIVATE, 4096, 0600);
    semaphores = semget(IPC_PRIVATE, 1, 0600);
    messages = msgget(IPC_PRIVATE, 0600);
    char name[64];
    sprintf(name, "/dune-pointers-%d", getpid());
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 16};
    queue = mq_open(name, O_RDWR | O_CREAT | O_NONBLOCK, 0600, &attributes);
    mq_unlink(name);
    pidfd = syscall(SYS_pidfd_open, getpid(), 0);
}

/* A listening socket that somebody waits at. */
static int waiting_listener(void) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    static int client = -1;
    if (client >= 0) close(client);
    getsockname(listener, (void *)&address, &length);
    client = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(client, (void *)&address, length);
    return listener;
}

/* A socket that a message waits at. */
static int full_socket(void) {
    char drop[16];
    while (recv(pair_fds[0], drop, sizeof drop, 0) >= 0) {}
    send(pair_fds[1], "0123456789", 10, 0);
    return pair_fds[0];
}

static long argument(const char *word) {
    if (!strcmp(word, "good")) { memset(good, 0, 65536); return (long)good; }
    if (!strcmp(word, "text")) return (long)text;
    if (!strcmp(word, "attribute")) return (long)attribute;
    if (!strcmp(word, "link")) return (long)linkname;
    if (!strcmp(word, "badvector")) { iovec[0] = (long)hole; iovec[1] = 16; return (long)iovec; }
    if (!strcmp(word, "caps")) { caps[0] = 0x20080522; return (long)caps; }
    if (!strcmp(word, "null")) return 0;
    if (!strcmp(word, "low")) return 16;
    if (!strcmp(word, "hole")) return (long)hole;
    if (!strcmp(word, "edge")) return (long)edge;
    if (!strcmp(word, "readonly")) return (long)ro;
    if (!strcmp(word, "kernel")) return (long)0xffff800000000000ul;
    if (!strcmp(word, "top")) return -16;
    if (!strcmp(word, "noncanonical")) return (long)0x4000000000000000ul;
    if (!strcmp(word, "file")) return file;
    if (!strcmp(word, "directory")) return directory;
    if (!strcmp(word, "timerfd")) return timer_fd;
    if (!strcmp(word, "epoll")) return epoll_fd;
    if (!strcmp(word, "inotify")) return inotify_fd;
    if (!strcmp(word, "pipe-in")) return pipe_fds[1];
    if (!strcmp(word, "pipe-out")) return pipe_fds[0];
    if (!strcmp(word, "listener")) return waiting_listener();
    if (!strcmp(word, "pair")) return full_socket();
    if (!strcmp(word, "length")) { value_length = 16; return (long)&value_length; }
    if (!strcmp(word, "timer")) return (long)timer;
    if (!strcmp(word, "self")) return getpid();
    if (!strcmp(word, "pidfd")) return pidfd;
    if (!strcmp(word, "segment")) return segment;
    if (!strcmp(word, "semaphores")) return semaphores;
    if (!strcmp(word, "messages")) { long m = 1; msgsnd(messages, &m, 0, IPC_NOWAIT); return messages; }
    if (!strcmp(word, "queue")) { mq_send(queue, "x", 1, 0); return queue; }
    return strtol(word, NULL, 0);
}

static long call(long n, long a, long b, long c, long d, long e, long f) {
#ifdef __x86_64__
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#else
#error "write the system-call instruction of this machine"
#endif
}

int main(void) {
    static char line[512];
    setvbuf(stdout, NULL, _IONBF, 0);
    good = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(text, "pointers.tmp");
    linkname = text + 100;
    strcpy(linkname, "pointers.link");
    symlink(text, linkname);
    ro = mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *area = mmap(NULL, 3 * 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(area + 65536, 65536);
    memset(area, '/', 65536);
    hole = area + 65536 + 4096;
    edge = area + 65536 - 1;
    attribute = text + 200;
    strcpy(attribute, "user.itest");
    file = open("pointers.tmp", O_RDWR | O_CREAT, 0600);
    write(file, "0123456789", 10);
    fsetxattr(file, attribute, "x", 1, 0);
    lseek(file, 0, SEEK_SET);
    directory = open(".", O_RDONLY | O_DIRECTORY);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, 0);
    epoll_fd = epoll_create1(0);
    inotify_fd = inotify_init1(IN_NONBLOCK);
    pipe2(pipe_fds, O_NONBLOCK);
    write(pipe_fds[1], "0123456789", 10);
    timer_create(CLOCK_MONOTONIC, NULL, &timer);
    make_objects();
    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair_fds);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr automatic = {.sa_family = AF_UNIX};
    bind(listener, &automatic, sizeof automatic.sa_family);
    listen(listener, 8);
    FILE *list = stdin;
    while (fgets(line, sizeof line, list)) {
        char label[128], w[7][64];
        if (sscanf(line, "%127s %63s %63s %63s %63s %63s %63s %63s", label, w[0], w[1], w[2], w[3], w[4], w[5], w[6]) != 8) continue;
        *edge = '/';
        long result = call(strtol(w[0], NULL, 0), argument(w[1]), argument(w[2]), argument(w[3]), argument(w[4]),
                           argument(w[5]), argument(w[6]));
        printf("%s %ld\n", label, result);
    }
    return 0;
}
