/* What a process sees that has changed its root; prints the same natively and in dune. Needs root. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[64];

static void say(const char *what, long result) {
    if (result < 0) {
        printf("%s: %s\n", what, strerrorname_np(errno));
    } else {
        printf("%s: done\n", what);
    }
}

static void make(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) {
        perror(path);
        exit(1);
    }
    close(fd);
}

static void show(int at, const char *path) {
    char text[128];
    int fd = openat(at, path, O_RDONLY);
    if (fd < 0) {
        printf("%s: %s\n", path, strerrorname_np(errno));
        return;
    }
    ssize_t n = read(fd, text, sizeof text);
    printf("%s: %.*s\n", path, n < 0 ? 0 : (int) n, text);
    close(fd);
}

/* A path with the name of the temporary directory made the same everywhere. */
static void print_path(const char *what, const char *path) {
    const char *found = strstr(path, top);
    if (found) {
        printf("%s: %.*s<top>%s\n", what, (int) (found - path), path, found + strlen(top));
    } else {
        printf("%s: %s\n", what, path);
    }
}

static void here(void) {
    char path[PATH_MAX] = "";
    if (syscall(SYS_getcwd, path, sizeof path) < 0) {
        say("getcwd", -1);
    } else {
        print_path("getcwd", path);
    }
}

static void link_at(int at, const char *name) {
    char path[PATH_MAX];
    ssize_t n = readlinkat(at, name, path, sizeof path - 1);
    if (n < 0) {
        say(name, -1);
        return;
    }
    path[n] = 0;
    print_path(name, path);
}

static void errors(void) {
    say("no such", chroot("nowhere"));
    say("file", chroot("file"));
    say("loop", chroot("loop"));
    say("empty", chroot(""));
    say("null", chroot((char *) 8));
    char *longname = malloc(5000);
    memset(longname, 'x', 4999);
    longname[4999] = 0;
    say("long", chroot(longname));
    free(longname);
    if (fork() == 0) {
        if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)) {
            perror("setresuid");
        }
        say("nobody", chroot("jail"));
        say("nobody, closed", chroot("closed"));
        say("nobody, missing", chroot("jail/missing"));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

static void *change(void *unused) {
    say("thread", chroot("jail"));
    return unused;
}

static void inside(int proc) {
    say("chroot", chroot("jail"));
    here();
    show(AT_FDCWD, "/file");
    show(AT_FDCWD, "file");
    show(AT_FDCWD, "/absolute");
    show(AT_FDCWD, "jail/absolute");
    show(AT_FDCWD, "/upward");
    show(AT_FDCWD, "/../../file");
    show(AT_FDCWD, "../file");
    show(AT_FDCWD, "/sub/../../../file");
    link_at(proc, "self/root");
    link_at(proc, "self/cwd");
    say("chdir /", chdir("/"));
    here();
    link_at(proc, "self/cwd");
    show(AT_FDCWD, "../../file");
    show(AT_FDCWD, "sub/../../file");
    show(AT_FDCWD, "/proc/version");
    struct stat a, b;
    printf("root is its parent: %d\n", stat("/", &a) == 0 && stat("/..", &b) == 0 && a.st_ino == b.st_ino);
    say("mkdir", mkdir("/made", 0755));
    say("rename", rename("/made", "/sub/moved"));
    say("chdir moved", chdir("/sub/moved"));
    here();
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/socket"};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    say("bind", bind(s, (struct sockaddr *) &name, sizeof name));
    listen(s, 1);
    int c = socket(AF_UNIX, SOCK_STREAM, 0);
    say("connect", connect(c, (struct sockaddr *) &name, sizeof name));
    link_at(proc, "self/exe");
    if (fork() == 0) {
        show(AT_FDCWD, "/file");
        say("chroot further", chroot("/sub"));
        show(AT_FDCWD, "/below");
        show(AT_FDCWD, "../../file");
        fflush(stdout);
        execl("/program", "program", "again", (char *) NULL);
        say("exec", -1);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    if (fork() == 0) {
        fflush(stdout);
        execl("/program", "program", "again", (char *) NULL);
        say("exec", -1);
        _exit(1);
    }
    int status;
    wait(&status);
    printf("status %x\n", status);
    show(AT_FDCWD, "/sub/below");
}

static void out(int outside) {
    say("fchdir", fchdir(outside));
    here();
    show(AT_FDCWD, "file");
    say("leave", chroot("."));
    here();
    show(AT_FDCWD, "/file");
    say("leave further", chroot("../../../../../../.."));
    here();
    struct stat a, b;
    printf("same root: %d\n", stat("/", &a) == 0 && fstatat(outside, "../..", &b, 0) == 0 && a.st_ino == b.st_ino);
}

int main(int count, char **arguments) {
    if (count > 1) {
        here();
        show(AT_FDCWD, "/file");
        show(AT_FDCWD, "/../file");
        return 7;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    umask(022);
    strcpy(top, "/tmp/chroot-XXXXXX");
    if (!mkdtemp(top) || chmod(top, 0755) || chdir(top)) {
        perror(top);
        return 1;
    }
    mkdir("jail", 0755);
    mkdir("jail/sub", 0755);
    mkdir("closed", 0700);
    make("file", "outside");
    make("jail/file", "inside");
    make("jail/sub/below", "below");
    symlink("/file", "jail/absolute");
    symlink("../../../../../file", "jail/upward");
    symlink("loop", "loop");
    char copy[PATH_MAX + 64];
    snprintf(copy, sizeof copy, "cp /proc/%d/exe jail/program", getpid());
    if (system(copy)) {
        return 1;
    }
    int proc = open("/proc", O_PATH | O_DIRECTORY);
    int outside = open(".", O_RDONLY | O_DIRECTORY);
    fflush(stdout);
    errors();
    if (fork() == 0) {
        inside(proc);
        out(outside);
        _exit(0);
    }
    wait(NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, change, NULL);
    pthread_join(thread, NULL);
    show(AT_FDCWD, "/file");
    fchdir(outside);
    chroot("../..");
    snprintf(copy, sizeof copy, "rm -r %s", top);
    return system(copy) != 0;
}
