/* What need not wait is not interrupted: a timer's handler without SA_RESTART runs all the time, and no call is EINTR. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t signals;
static int failures;

static void count(int signal) {
    (void)signal;
    signals++;
}

static void check(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerrorname_np(errno)), failures++;
}

int main(void) {
    char data[100] = "data";
    struct iovec vector = {data, 10};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    int pipes[2], sockets[2], counter = eventfd(1, 0), file = open("ready.txt", O_RDWR | O_CREAT | O_TRUNC, 0600);
    pipe(pipes);
    socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
    struct pollfd wanted = {pipes[1], POLLOUT, 0};
    struct epoll_event event = {.events = EPOLLOUT};
    int poller = epoll_create1(0);
    epoll_ctl(poller, EPOLL_CTL_ADD, pipes[1], &event);
    struct sigaction action = {.sa_handler = count};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < 2000 && failures < 10; i++) {
        int fd;
        check("open", fd = open("ready.txt", O_RDWR));
        close(fd);
        check("create", fd = open("made.txt", O_RDWR | O_CREAT | O_EXCL, 0600));
        close(fd);
        unlink("made.txt");
        check("write to a file", write(file, data, 10));
        check("read from a file", pread(file, data, 10, 0));
        check("write to a pipe", write(pipes[1], data, 10));
        check("read from a pipe", read(pipes[0], data, 5));
        check("readv from a pipe", readv(pipes[0], &vector, 1));
        check("send", send(sockets[0], data, 20, 0));
        check("receive", recv(sockets[1], data, 10, 0));
        check("receive a message", recvmsg(sockets[1], &message, 0));
        check("send a message", sendmsg(sockets[1], &message, 0));
        check("read from a socket", read(sockets[0], data, 10));
        check("add to a counter", eventfd_write(counter, 1));
        check("flock", flock(file, LOCK_EX));
        check("unlock", flock(file, LOCK_UN));
        struct flock lock = {.l_type = F_WRLCK};
        check("lock", fcntl(file, F_SETLKW, &lock));
        check("poll", poll(&wanted, 1, -1));
        check("epoll", epoll_wait(poller, &event, 1, -1));
        check("fsync", i % 100 ? 0 : fsync(file));
        if (i % 50 == 0) {
            struct timespec pause = {0, 1000000};
            nanosleep(&pause, NULL);
        }
    }
    setitimer(ITIMER_REAL, &never, NULL);
    printf("%d failures, %s signals\n", failures, signals > 20 ? "enough" : "too few");
    return 0;
}
