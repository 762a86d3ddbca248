/* watches: waits by epoll for signals of a signalfd, and says which come and where it is, until there is a SIGTERM. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    struct signalfd_siginfo info = {0};
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 4711};
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGUSR2);
    sigaddset(&mask, SIGTERM);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    int signals = signalfd(-1, &mask, SFD_NONBLOCK), instance = epoll_create1(0);
    if (epoll_ctl(instance, EPOLL_CTL_ADD, signals, &event)) perror("epoll_ctl");
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("ready\n");
    while (info.ssi_signo != SIGTERM) {
        struct epoll_event found = {0};
        if (epoll_wait(instance, &found, 1, -1) != 1) continue;
        if (found.data.u64 != 4711) printf("data %llu\n", (unsigned long long)found.data.u64);
        if (read(signals, &info, sizeof info) != sizeof info) perror("read");
        printf("signal %u in dune %d\n", info.ssi_signo, syscall(0x64756e65L, 0L) == 1);
    }
    return 0;
}
