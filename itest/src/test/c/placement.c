/* Memory policies; prints the same natively and in dune. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEFAULT, PREFERRED, BIND, INTERLEAVE, LOCAL };
enum { F_NODE = 1, F_ADDR = 2, F_MEMS = 4 };

static void say(const char *what, long result) {
    if (result < 0) {
        printf("%s: %s\n", what, strerrorname_np(errno));
    } else {
        printf("%s: %ld\n", what, result);
    }
}

static void show(const char *what, void *address, int flags) {
    int mode = -1;
    unsigned long nodes[16];
    memset(nodes, 0xff, sizeof nodes);
    long result = syscall(SYS_get_mempolicy, &mode, nodes, 1024L, address, flags);
    say(what, result);
    if (result == 0) {
        printf("  mode %d nodes %lx %lx\n", mode, nodes[0], nodes[15]);
    }
}

int main(void) {
    unsigned long one = 1, none = 0, absent = 1UL << 40;
    setvbuf(stdout, NULL, _IONBF, 0);
    show("at first", NULL, 0);
    show("allowed", NULL, F_MEMS);
    show("no address", (void *) 4096, 0);
    show("wrong flags", NULL, F_MEMS | F_NODE);
    say("short mask", syscall(SYS_get_mempolicy, NULL, &none, 0L, NULL, 0));
    say("bad mode pointer", syscall(SYS_get_mempolicy, (void *) 8, NULL, 0L, NULL, 0));
    say("bind", syscall(SYS_set_mempolicy, BIND, &one, 64L));
    show("bound", NULL, 0);
    say("bind to none", syscall(SYS_set_mempolicy, BIND, &none, 64L));
    say("bind to absent", syscall(SYS_set_mempolicy, BIND, &absent, 64L));
    say("unknown mode", syscall(SYS_set_mempolicy, 77, &one, 64L));
    say("bad pointer", syscall(SYS_set_mempolicy, BIND, (void *) 8, 64L));
    say("too many", syscall(SYS_set_mempolicy, BIND, &one, 1L << 40));
    pid_t pid = fork();
    if (pid == 0) {
        show("child", NULL, 0);
        say("child's own", syscall(SYS_set_mempolicy, PREFERRED, &one, 64L));
        show("child again", NULL, 0);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    show("still", NULL, 0);
    say("default", syscall(SYS_set_mempolicy, DEFAULT, NULL, 0L));
    show("default again", NULL, 0);
    pid = fork();
    if (pid == 0) {
        show("next child", NULL, 0);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    char *p = mmap(0, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("mbind", syscall(SYS_mbind, p, 8192L, INTERLEAVE, &one, 64L, 0));
    show("first page", p, F_ADDR);
    show("third page", p + 8192, F_ADDR);
    p[0] = 1;
    show("node", p, F_ADDR | F_NODE);
    say("not aligned", syscall(SYS_mbind, p + 1, 8192L, BIND, &one, 64L, 0));
    say("nothing", syscall(SYS_mbind, p, 0L, BIND, &one, 64L, 0));
    munmap(p + 4096, 4096);
    say("hole", syscall(SYS_mbind, p, 3 * 4096L, BIND, &one, 64L, 0));
    show("in the hole", p + 4096, F_ADDR);
    void *pages[3] = {p, p + 4096, p + 8192};
    int status[3] = {77, 77, 77}, nodes[3] = {0, 0, 0};
    say("move_pages asks", syscall(SYS_move_pages, 0, 1L, pages, NULL, status, 0));
    printf("  %d\n", status[0]);
    say("move_pages asks for more", syscall(SYS_move_pages, getpid(), 3L, pages, NULL, status, 0));
    printf("  %d %d\n", status[0], status[1]);
    say("move_pages", syscall(SYS_move_pages, 0, 1L, pages, nodes, status, 2));
    printf("  %d\n", status[0]);
    nodes[0] = 900;
    say("move_pages to absent", syscall(SYS_move_pages, 0, 1L, pages, nodes, status, 2));
    say("move_pages, bad flags", syscall(SYS_move_pages, 0, 1L, pages, nodes, status, 64));
    say("move_pages, bad pages", syscall(SYS_move_pages, 0, 1L, (void *) 8, NULL, status, 0));
    say("move_pages, nobody", syscall(SYS_move_pages, 99999999, 1L, pages, NULL, status, 0));
    return 0;
}
