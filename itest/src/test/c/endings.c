/* Parents that are killed in vfork, and what is said of children that have ended; prints the same natively and in dune. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* A parent in vfork gets a signal while its child, which has its memory, sleeps for two seconds. */
static void in_vfork(const char *what, int signo, int second, int handled) {
    int ready[2];
    pipe(ready);
    fflush(stdout);
    pid_t parent = fork();
    if (parent == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_UNBLOCK, &all, NULL);
        signal(signo, SIG_DFL);
        if (handled) {
            static struct sigaction a = {.sa_handler = SIG_IGN};
            sigaction(signo, &a, NULL);
        }
        if (vfork() == 0) {
            write(ready[1], "x", 1);
            struct timespec t = {2, 0};
            nanosleep(&t, NULL);
            _exit(0);
        }
        _exit(7);
    }
    char c;
    close(ready[1]);
    read(ready[0], &c, 1);
    usleep(100000);
    double start = now();
    kill(parent, signo);
    if (second) {
        usleep(100000);
        kill(parent, second);
    }
    int status;
    waitpid(parent, &status, 0);
    printf("%s: status %x, %s\n", what, status, now() - start < 1.5 ? "at once" : "when the child had ended");
    /* The orphan comes here and holds the other end of the pipe. */
    while (read(ready[0], &c, 1) > 0) {
    }
    close(ready[0]);
    while (waitpid(-1, &status, 0) > 0) {
    }
}

static void vforks(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    in_vfork("killed", SIGKILL, 0, 0);
    in_vfork("terminated", SIGTERM, 0, 0);
    in_vfork("ignored", SIGUSR1, 0, 1);
    in_vfork("stopped and killed", SIGSTOP, SIGKILL, 0);
    in_vfork("dump of memory asked for", SIGQUIT, 0, 0);
}

static void touch(size_t bytes) {
    char *p = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 1, bytes);
    munmap(p, bytes);
}

static void burn(double seconds) {
    clock_t end = clock() + seconds * CLOCKS_PER_SEC;
    while (clock() < end) {
    }
}

static int between(long value, long low, long high) {
    return value >= low && value <= high;
}

static double seconds(struct timeval t) {
    return t.tv_sec + t.tv_usec / 1e6;
}

static void usage(void) {
    struct rusage u, all;
    struct tms t;
    int status;
    getrusage(RUSAGE_CHILDREN, &u);
    printf("no children yet: %ld, %.1f\n", u.ru_maxrss, seconds(u.ru_utime));
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        touch(30 << 20);
        pid_t inner = fork();
        if (inner == 0) {
            touch(60 << 20);
            burn(0.1);
            _exit(0);
        }
        waitpid(inner, NULL, 0);
        getrusage(RUSAGE_SELF, &u);
        getrusage(RUSAGE_CHILDREN, &all);
        printf("in the child: own %d, child's %d\n", between(u.ru_maxrss, 30 << 10, 50 << 10), between(all.ru_maxrss, 60 << 10, 80 << 10));
        fflush(stdout);
        burn(0.2);
        _exit(3);
    }
    getrusage(RUSAGE_CHILDREN, &u);
    printf("not waited for: %ld\n", u.ru_maxrss);
    wait4(pid, &status, 0, &u);
    getrusage(RUSAGE_CHILDREN, &all);
    printf("wait4: status %x, both in it %d, the greater %d\n", status, seconds(u.ru_utime) + seconds(u.ru_stime) > 0.25,
        between(u.ru_maxrss, 60 << 10, 80 << 10));
    printf("children: the same %d, maximum %d\n", seconds(all.ru_utime) == seconds(u.ru_utime), between(all.ru_maxrss, 60 << 10, 80 << 10));
    times(&t);
    printf("times: %d\n", (t.tms_cutime + t.tms_cstime) >= sysconf(_SC_CLK_TCK) / 4);
    pid = fork();
    if (pid == 0) {
        touch(10 << 20);
        _exit(0);
    }
    siginfo_t info;
    waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
    waitpid(pid, &status, 0);
    getrusage(RUSAGE_CHILDREN, &all);
    printf("a smaller one: maximum %d\n", between(all.ru_maxrss, 60 << 10, 80 << 10));
    signal(SIGCHLD, SIG_IGN);
    pid = fork();
    if (pid == 0) {
        touch(100 << 20);
        burn(0.3);
        _exit(0);
    }
    while (wait(NULL) > 0) {
    }
    getrusage(RUSAGE_CHILDREN, &u);
    printf("one that nobody waits for: %d\n", u.ru_maxrss == all.ru_maxrss && seconds(u.ru_utime) == seconds(all.ru_utime));
    fflush(stdout);
    if (fork() == 0) {
        /* In a child, because a program counts as its own what was before its execve. */
        getrusage(RUSAGE_SELF, &u);
        touch(20 << 20);
        getrusage(RUSAGE_SELF, &all);
        printf("own maximum grew %d\n", between(all.ru_maxrss - u.ru_maxrss, 15 << 10, 25 << 10));
        getrusage(RUSAGE_THREAD, &u);
        printf("thread: %d\n", u.ru_maxrss == all.ru_maxrss);
        fflush(stdout);
        execl("/proc/self/exe", "endings", "after-exec", (char *) NULL);
    }
    wait(NULL);
}

int main(int count, char **arguments) {
    if (count < 2 || strcmp(arguments[1], "vfork") == 0) {
        vforks();
    } else if (strcmp(arguments[1], "usage") == 0) {
        usage();
    } else {
        struct rusage u;
        getrusage(RUSAGE_SELF, &u);
        printf("%s: more than before %d\n", arguments[1], u.ru_maxrss > 19 << 10);
    }
    return 0;
}
