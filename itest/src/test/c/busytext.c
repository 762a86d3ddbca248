/* Programs that run are not written to, and what is open for writing is not run: ETXTBSY both ways. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "done");
    fflush(stdout);
}

static void copy(const char *from, const char *to) {
    char buffer[65536];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    for (ssize_t n; (n = read(in, buffer, sizeof buffer)) > 0;) write(out, buffer, n);
    close(in), close(out);
}

/* How a child ends that executes a program; 1 if it cannot. */
static int execute(const char *path) {
    int status;
    pid_t child = vfork();
    if (child == 0) {
        char *arguments[] = {(char *)path, "child", NULL};
        execv(path, arguments);
        _exit(errno == ETXTBSY ? 1 : 2);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

int main(int argc, char **argv) {
    if (argc > 1) {
        char c;
        if (strcmp(argv[1], "wait") == 0) write(1, "go\n", 3), read(0, &c, 1);
        _exit(7);
    }
    char here[4096];
    here[readlink("/proc/self/exe", here, sizeof here - 1)] = 0;
    copy(here, "copy");
    say("write to itself", open(here, O_WRONLY));
    say("truncate itself as it is opened", open(here, O_RDWR | O_TRUNC));
    say("truncate itself though it is opened for reading", open(here, O_RDONLY | O_TRUNC));
    say("truncate itself", truncate(here, 5));
    say("create itself", open(here, O_RDWR | O_CREAT | O_EXCL, 0600));
    say("by the magic link", open("/proc/self/exe", O_WRONLY));
    symlink(here, "link");
    say("by a link", open("link", O_WRONLY | O_TRUNC));

    printf("executed %d\n", execute("./copy"));
    int file = open("copy", O_RDWR);
    printf("open for writing %d\n", execute("./copy"));
    char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    printf("mapped %d\n", execute("./copy"));
    munmap(memory, 4096);
    printf("unmapped %d\n", execute("./copy"));
    file = open("script", O_WRONLY | O_CREAT | O_TRUNC, 0755);
    dprintf(file, "#!%s/copy\n", getcwd(here, sizeof here));
    printf("script open for writing %d\n", execute("./script"));
    close(file);
    printf("script %d\n", execute("./script"));
    file = open("copy", O_WRONLY);
    printf("interpreter open for writing %d\n", execute("./script"));
    close(file);

    int to[2], from[2], status;
    pipe(to), pipe(from);
    pid_t child = fork();
    if (child == 0) {
        dup2(to[0], 0), dup2(from[1], 1);
        execl("./copy", "copy", "wait", NULL);
        _exit(9);
    }
    read(from[0], here, 3);
    say("write to what runs", open("copy", O_WRONLY));
    say("truncate what runs as it is opened", open("copy", O_WRONLY | O_TRUNC));
    say("truncate what runs", truncate("copy", 3));
    struct stat info;
    stat("copy", &info);
    printf("it is %s\n", info.st_size > 1000 ? "whole" : "cut");
    write(to[1], "x", 1);
    waitpid(child, &status, 0);

    /* As soon as a program has ended it may be written to, and what an ended writer had mapped may be executed. */
    int failures = 0;
    for (int i = 0; i < 50; i++) {
        file = open("copy", O_RDWR);
        failures += file < 0;
        close(file);
        if (fork() == 0) {
            memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, open("copy", O_RDWR), 0);
            memory[0] = 0x7f;
            _exit(0);
        }
        wait(NULL);
        failures += execute("./copy") != 7;
    }
    printf("%d failures\n", failures);
    return 0;
}
