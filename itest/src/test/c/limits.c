/* What must end a program, or be refused to it, without harm to anything else. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int endless = 1;

static int __attribute__((noinline)) recurse(int n) {
    volatile char frame[512];
    frame[0] = (char)n;
    return (endless ? recurse(n + 1) : 0) + frame[0];
}

static void past_end(void) {
    char name[] = "mappedXXXXXX";
    int fd = mkstemp(name);
    unlink(name);
    write(fd, "x", 1);
    char *m = mmap(NULL, 3 * 4096, PROT_READ, MAP_SHARED, fd, 0);
    printf("%d %d\n", m[0], m[4095]);
    fflush(stdout);
    printf("%d\n", ((volatile char *)m)[4096]);
}

static void shrink(void) {
    char name[] = "mappedXXXXXX";
    int fd = mkstemp(name);
    unlink(name);
    ftruncate(fd, 3 * 4096);
    char *m = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    m[2 * 4096] = 1;
    ftruncate(fd, 4096);
    puts("cut");
    fflush(stdout);
    printf("%d\n", ((volatile char *)m)[2 * 4096]);
}

static void memory(void) {
    size_t piece = 16 << 20, got = 0;
    while (got < (size_t)4 << 30) {
        char *p = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) {
            printf("refused: %s\n", strerror(errno));
            exit(got > 0 ? 0 : 1);
        }
        memset(p, 1, piece);
        got += piece;
    }
    puts("never refused");
    exit(2);
}

/* Four processes that live at the same time ask for 100 MiB each; then one alone does. */
static void family(void) {
    int ready[2], leave[2], got = 0;
    char c;
    pipe(ready);
    pipe(leave);
    for (int i = 0; i < 4; i++) {
        if (fork() == 0) {
            close(leave[1]);
            c = mmap(NULL, 100 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
            write(ready[1], &c, 1);
            read(leave[0], &c, 1);
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++) {
        read(ready[0], &c, 1);
        got += c;
    }
    close(leave[1]);
    while (wait(NULL) > 0) {
    }
    printf("%d had room\n", got);
    printf("again: %d\n", mmap(NULL, 200 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    fflush(stdout);
    pid_t pid = fork();
    printf("fork: %s\n", pid < 0 ? strerror(errno) : "done");
    exit(0);
}

int main(int argc, char **argv) {
    if (!strcmp(argv[1], "recurse")) return recurse(0);
    if (!strcmp(argv[1], "past-end")) past_end();
    if (!strcmp(argv[1], "shrink")) shrink();
    if (!strcmp(argv[1], "memory")) memory();
    if (!strcmp(argv[1], "family")) family();
    if (!strcmp(argv[1], "wild")) *(volatile int *)0xdeadbee0 = 1;
    if (!strcmp(argv[1], "spin")) for (;;) { }
    if (!strcmp(argv[1], "cpu")) {
        struct rlimit l = {1, 2};
        setrlimit(RLIMIT_CPU, &l);
        for (;;) { }
    }
    return 0;
}
