/* waits CALL: waits 1.5 seconds by a system call, or until there is input, and says whether it was so, and from when until when it took. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec start, end, until, time = {1, 500000000};
    struct timeval interval = {1, 500000};
    int word = 4711, result = -2, wanted = 0, ends[2];
    struct epoll_event event;
    printf("ready\n");
    fflush(stdout);
    clock_gettime(CLOCK_MONOTONIC, &start);
    end = start;
    errno = 0;
    if (!strcmp(argv[1], "usleep")) result = syscall(SYS_nanosleep, &time, NULL);
    if (!strcmp(argv[1], "poll")) result = poll(NULL, 0, 1500);
    if (!strcmp(argv[1], "forever")) result = poll(&(struct pollfd){0, POLLIN, 0}, 1, -1), wanted = 1;
    if (!strcmp(argv[1], "pipe")) pipe(ends), result = poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, 1500);
    if (!strcmp(argv[1], "relative"))
        result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 4711, &time, NULL, 0) == -1 && errno == ETIMEDOUT ? 0 : -1;
    if (!strcmp(argv[1], "select")) result = select(0, NULL, NULL, NULL, &interval);
    if (!strcmp(argv[1], "futex")) {
        end.tv_sec += 1 + (end.tv_nsec + 500000000) / 1000000000;
        end.tv_nsec = (end.tv_nsec + 500000000) % 1000000000;
        result = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 4711, &end, NULL, -1) == -1 && errno == ETIMEDOUT ? 0 : -1;
    }
    /* Natively too it ends with EINTR when somebody begins to trace; so programs make it again. */
    if (!strcmp(argv[1], "epoll"))
        while ((result = epoll_wait(epoll_create1(0), &event, 1, 1500)) < 0 && errno == EINTR) continue;
    clock_gettime(CLOCK_MONOTONIC, &until);
    fprintf(stderr, "from %lld until %lld\n", start.tv_sec * 1000000000LL + start.tv_nsec, until.tv_sec * 1000000000LL + until.tv_nsec);
    double passed = until.tv_sec - start.tv_sec + (until.tv_nsec - start.tv_nsec) / 1e9;
    if (result == wanted && (wanted || passed >= 1.5)) printf("good\n");
    else printf("result %d, errno %d, %f s\n", result, errno, passed);
    return 0;
}
