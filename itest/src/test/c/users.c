/*
 * What other users may do with files, ports and processes; to be run by user 0. Prints what is the same natively and in
 * dune. Each argument is a scene.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define OWNER 4101
#define STRANGER 4102
#define TEAM 4201
#define OTHERS 4202

static char directory[] = "/tmp/dune-users-XXXXXX";

/* Numbers that differ from run to run must not be given to this. */
static void say(const char *what, const char *name, long result) {
    if (result < 0)
        printf("  %s %s: %s\n", what, name, strerrorname_np(errno));
    else
        printf("  %s %s: %ld\n", what, name, result);
    errno = 0;
}

static void must(long result, const char *what) {
    if (result < 0) {
        printf("cannot %s: %s\n", what, strerror(errno));
        exit(99);
    }
}

static void make(const char *name, int uid, int gid, int mode) {
    int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0600);
    must(fd, name);
    must(write(fd, "contents\n", 9), "write");
    must(fchown(fd, uid, gid), "fchown");
    must(fchmod(fd, mode), "fchmod");
    close(fd);
}

static void make_directory(const char *name, int uid, int gid, int mode) {
    must(mkdir(name, 0700), name);
    must(chown(name, uid, gid), "chown");
    must(chmod(name, mode), "chmod");
}

static const char *files[] = {"private", "shared", "public", "readable", "writable", "strangers", "program", "rootsown"};
static const char *directories[] = {"open", "sticky", "group", "closed", "searchable", "listable"};
#define COUNT(a) (int)(sizeof a / sizeof *a)

static void make_all(void) {
    make("private", OWNER, TEAM, 0600);
    make("shared", OWNER, TEAM, 0660);
    make("public", OWNER, TEAM, 0666);
    make("readable", OWNER, TEAM, 0444);
    make("writable", OWNER, TEAM, 0222);
    make("strangers", STRANGER, OTHERS, 0640);
    make("program", OWNER, TEAM, 0710);
    make("rootsown", 0, 0, 0604);
    make_directory("open", OWNER, TEAM, 0777);
    make_directory("sticky", 0, 0, 01777);
    make_directory("group", OWNER, TEAM, 02775);
    make_directory("closed", OWNER, TEAM, 0700);
    make_directory("searchable", OWNER, TEAM, 0711);
    make_directory("listable", OWNER, TEAM, 0744);
    for (int i = 0; i < COUNT(directories); i++) {
        char name[100];
        snprintf(name, sizeof name, "%s/file", directories[i]);
        make(name, OWNER, TEAM, 0644);
        snprintf(name, sizeof name, "%s/below", directories[i]);
        make_directory(name, OWNER, TEAM, 0755);
    }
    must(symlink("../public", "sticky/link"), "symlink");
    must(lchown("sticky/link", STRANGER, OTHERS), "lchown");
}

static void try_files(void) {
    static const int modes[] = {R_OK, W_OK, X_OK, R_OK | W_OK};
    struct timeval times[2] = {{1, 0}, {2, 0}};
    struct stat st;
    char buffer[64];
    for (int i = 0; i < COUNT(files); i++) {
        const char *f = files[i];
        int fd;
        say("open to read", f, (fd = open(f, O_RDONLY)) < 0 ? -1 : close(fd));
        say("open to write", f, (fd = open(f, O_WRONLY)) < 0 ? -1 : close(fd));
        say("open for both", f, (fd = open(f, O_RDWR | O_APPEND)) < 0 ? -1 : close(fd));
        say("open without times", f, (fd = open(f, O_RDONLY | O_NOATIME)) < 0 ? -1 : close(fd));
        for (int m = 0; m < COUNT(modes); m++) {
            snprintf(buffer, sizeof buffer, "access %d", modes[m]);
            say(buffer, f, access(f, modes[m]));
            say("  effective", f, syscall(SYS_faccessat2, AT_FDCWD, f, modes[m], AT_EACCESS));
        }
        say("times", f, utimes(f, times));
        say("times of now", f, utimes(f, NULL));
        say("truncate", f, truncate(f, 5));
        say("chmod", f, chmod(f, 04640));
        say("mode", f, stat(f, &st) ? -1 : st.st_mode);
        say("chgrp", f, chown(f, -1, TEAM));
        say("chown", f, chown(f, STRANGER, -1));
        say("mode", f, stat(f, &st) ? -1 : st.st_mode);
        say("owner", f, st.st_uid * 10000L + st.st_gid);
        say("link", f, link(f, "open/another"));
        say("unlink", f, unlink("open/another"));
        say("setxattr", f, setxattr(f, "user.a", "b", 1, 0));
        say("getxattr", f, getxattr(f, "user.a", buffer, sizeof buffer));
        say("trusted", f, setxattr(f, "trusted.a", "b", 1, 0));
        say("rename", f, rename(f, "open/moved"));
        say("rename back", f, rename("open/moved", f));
        say("remove", f, unlink(f));
    }
}

static void try_directories(void) {
    char name[100], other[100];
    struct stat st;
    for (int i = 0; i < COUNT(directories); i++) {
        const char *d = directories[i];
        int fd, here = open(".", O_PATH);
        say("list", d, (fd = open(d, O_RDONLY | O_DIRECTORY)) < 0 ? -1 : close(fd));
        say("enter", d, chdir(d));
        fchdir(here);
        snprintf(name, sizeof name, "%s/file", d);
        say("stat", name, stat(name, &st));
        say("open", name, (fd = open(name, O_RDONLY)) < 0 ? -1 : close(fd));
        snprintf(name, sizeof name, "%s/below/../file", d);
        say("open", name, (fd = open(name, O_RDONLY)) < 0 ? -1 : close(fd));
        snprintf(name, sizeof name, "%s/new", d);
        say("create", name, (fd = open(name, O_CREAT | O_EXCL | O_RDWR, 06775)) < 0 ? -1 : close(fd));
        if (stat(name, &st) == 0) {
            say("mode", name, st.st_mode);
            say("owner", name, st.st_uid * 10000L + st.st_gid);
        }
        snprintf(name, sizeof name, "%s/sub", d);
        say("mkdir", name, mkdir(name, 0777));
        if (stat(name, &st) == 0) {
            say("mode", name, st.st_mode);
            say("owner", name, st.st_uid * 10000L + st.st_gid);
        }
        snprintf(name, sizeof name, "%s/fifo", d);
        say("mkfifo", name, mkfifo(name, 0666));
        snprintf(name, sizeof name, "%s/symlink", d);
        say("symlink", name, symlink("nowhere", name));
        snprintf(name, sizeof name, "%s/temporary", d);
        say("unnamed", name, (fd = open(d, O_TMPFILE | O_RDWR, 0600)) < 0 ? -1 : close(fd));
        snprintf(name, sizeof name, "%s/file", d);
        snprintf(other, sizeof other, "%s/renamed", d);
        say("rename", name, rename(name, other));
        say("remove", other, unlink(other));
        snprintf(name, sizeof name, "%s/below", d);
        say("rmdir", name, rmdir(name));
        snprintf(name, sizeof name, "%s/below", d);
        say("enter", name, chdir(name));
        say("open", "../new", (fd = open("../new", O_RDONLY)) < 0 ? -1 : close(fd));
        fchdir(here);
        close(here);
    }
    say("open", "sticky/link", open("sticky/link", O_RDONLY) < 0 ? -1 : 0);
}

static void try_names(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(name.sun_path, "closed/socket");
    say("bind", name.sun_path, bind(s, (void *)&name, sizeof name));
    strcpy(name.sun_path, "open/socket");
    say("bind", name.sun_path, bind(s, (void *)&name, sizeof name));
    close(s);
    s = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(name.sun_path, "listening");
    say("connect", name.sun_path, connect(s, (void *)&name, sizeof name));
    close(s);
}

static void try_privileges(void) {
    struct sockaddr_in port = {.sin_family = AF_INET, .sin_port = htons(77), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    say("bind", "port 77", bind(s, (void *)&port, sizeof port));
    close(s);
    s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    say("raw socket", "icmp", s < 0 ? -1 : close(s));
    say("signal", "parent", kill(getppid(), 0));
    say("priority", "better", setpriority(PRIO_PROCESS, 0, -1));
    say("priority", "of parent", setpriority(PRIO_PROCESS, getppid(), 1));
    say("setuid", "0", syscall(SYS_setuid, 0));
    say("setgid", "0", syscall(SYS_setgid, 0));
    say("setgroups", "none", syscall(SYS_setgroups, 0, NULL));
    say("setuid", "4999", syscall(SYS_setuid, 4999));
    say("dumpable", "now", prctl(PR_GET_DUMPABLE));
}

/* Capability sets as words, by the raw call. */
static void lower(unsigned long long drop) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    must(syscall(SYS_capget, &header, data), "capget");
    data[0].effective &= ~(unsigned)drop;
    data[1].effective &= ~(unsigned)(drop >> 32);
    must(syscall(SYS_capset, &header, data), "capset");
}

static void become(int who) {
    gid_t both[] = {TEAM, OTHERS};
    switch (who) {
    case 0: /* a member of the team */
        must(setgroups(1, both), "setgroups");
        must(setresgid(4300, 4300, 4300), "setresgid");
        must(setresuid(STRANGER, STRANGER, STRANGER), "setresuid");
        break;
    case 1: /* the owner */
        must(setgroups(0, NULL), "setgroups");
        must(setresgid(TEAM, TEAM, TEAM), "setresgid");
        must(setresuid(OWNER, OWNER, OWNER), "setresuid");
        break;
    case 2: /* effectively somebody */
        must(setgroups(2, both), "setgroups");
        must(setresgid(-1, OTHERS, -1), "setresgid");
        must(setresuid(-1, STRANGER, -1), "setresuid");
        break;
    case 3: /* really somebody */
        must(setgroups(0, NULL), "setgroups");
        must(setresgid(OTHERS, -1, -1), "setresgid");
        must(setresuid(STRANGER, -1, -1), "setresuid");
        break;
    case 4: /* somebody for files */
        must(setgroups(1, both), "setgroups");
        setfsgid(OTHERS);
        setfsuid(OWNER);
        printf("  fs ids %d %d\n", setfsuid(-1), setfsgid(-1));
        break;
    case 5: /* user 0 that overrides nothing */
        lower(1ull << CAP_DAC_OVERRIDE | 1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_NET_BIND_SERVICE);
        break;
    case 6: /* user 0 that owns nothing */
        lower(1ull << CAP_FOWNER | 1ull << CAP_CHOWN | 1ull << CAP_FSETID | 1ull << CAP_NET_RAW | 1ull << CAP_SETUID);
        break;
    case 7: /* somebody who was user 0 */
        must(setresuid(STRANGER, STRANGER, 0), "setresuid");
        break;
    }
}

static const char *characters[] = {"member", "owner", "effective", "real", "files", "no override", "no owner", "saved"};

static void users(void) {
    for (int who = 0; who < COUNT(characters); who++) {
        int listening = socket(AF_UNIX, SOCK_STREAM, 0);
        struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "listening"};
        make_all();
        must(bind(listening, (void *)&name, sizeof name), "bind");
        must(chown("listening", OWNER, TEAM), "chown");
        must(chmod("listening", 0770), "chmod");
        listen(listening, 100);
        printf("%s\n", characters[who]);
        fflush(stdout);
        if (fork() == 0) {
            become(who);
            try_files();
            try_directories();
            try_names();
            try_privileges();
            exit(0);
        }
        wait(NULL);
        close(listening);
        system("rm -rf *");
    }
}

static void *file_user(void *unused) {
    int fd;
    syscall(SYS_setfsuid, STRANGER);
    say("thread", "private", (fd = open("private", O_RDONLY)) < 0 ? -1 : close(fd));
    say("thread", "effective", geteuid());
    syscall(SYS_setresuid, -1, STRANGER, -1);
    say("thread", "effective", geteuid());
    return NULL;
}

/* To the kernel each thread is somebody; the C library makes them all alike. */
static void threads(void) {
    pthread_t thread;
    int fd;
    make_all();
    pthread_create(&thread, NULL, file_user, NULL);
    pthread_join(thread, NULL);
    say("process", "private", (fd = open("private", O_RDONLY)) < 0 ? -1 : close(fd));
    say("process", "effective", geteuid());
}

static void show(const char *what) {
    uid_t r, e, s;
    gid_t rg, eg, sg;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    getresuid(&r, &e, &s);
    getresgid(&rg, &eg, &sg);
    syscall(SYS_capget, &header, data);
    printf("  %s: %d %d %d, %d %d %d, secure %lu, dumpable %d, capabilities %x %x, fs %d %d\n", what, r, e, s, rg, eg, sg,
           getauxval(AT_SECURE), prctl(PR_GET_DUMPABLE), data[0].effective, data[0].permitted, setfsuid(-1), setfsgid(-1));
    fflush(stdout);
}

static void copy(const char *name, int uid, int gid, int mode) {
    char command[200];
    snprintf(command, sizeof command, "cp /proc/self/exe %s 2>/dev/null; cp /proc/%d/exe %s", name, getpid(), name);
    must(system(command), command);
    must(chown(name, uid, gid), "chown");
    must(chmod(name, mode), "chmod");
}

/* Set-user-ID programs, programs with capabilities, and programs that cannot be read. */
static void programs(void) {
    struct {
        unsigned magic, data[4];
    } capabilities = {0x02000001, {1u << CAP_NET_RAW, 0, 0, 0}};
    static const char *names[] = {"plain", "setuid", "setgid", "both", "unreadable", "root", "capable", "noexec", "lockedgroup"};
    copy("plain", 0, 0, 0755);
    copy("setuid", OWNER, TEAM, 04755);
    copy("setgid", OWNER, TEAM, 02755);
    copy("both", OWNER, TEAM, 06755);
    copy("unreadable", OWNER, TEAM, 0711);
    copy("root", 0, 0, 04755);
    copy("capable", 0, 0, 0755);
    copy("noexec", OWNER, TEAM, 0744);
    copy("lockedgroup", OWNER, TEAM, 02745);
    say("setcap", "capable", setxattr("capable", "security.capability", &capabilities, sizeof capabilities, 0));
    for (int who = -1; who < COUNT(characters); who++) {
        for (int privileges = 0; privileges < 2; privileges++) {
            printf("%s%s\n", who < 0 ? "root" : characters[who], privileges ? ", no new privileges" : "");
            for (int i = 0; i < COUNT(names); i++) {
                fflush(stdout);
                if (fork() == 0) {
                    if (who >= 0)
                        become(who);
                    fflush(stdout);
                    if (privileges)
                        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                    execl(names[i], names[i], "show", names[i], NULL);
                    say("exec", names[i], -1);
                    exit(0);
                }
                wait(NULL);
            }
        }
    }
}

static int death_signal(void) {
    int signal = -1;
    prctl(PR_GET_PDEATHSIG, &signal);
    return signal;
}

/* What a change of ids does besides. */
static void consequences(void) {
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    say("dumpable", "before", prctl(PR_GET_DUMPABLE));
    say("death signal", "before", death_signal());
    must(setgroups(0, NULL), "setgroups");
    say("dumpable", "after setgroups", prctl(PR_GET_DUMPABLE));
    must(setegid(OTHERS), "setegid");
    say("dumpable", "after setegid", prctl(PR_GET_DUMPABLE));
    say("death signal", "after setegid", death_signal());
    prctl(PR_SET_DUMPABLE, 1);
    say("dumpable", "again", prctl(PR_GET_DUMPABLE));
    must(setuid(STRANGER), "setuid");
    say("dumpable", "after setuid", prctl(PR_GET_DUMPABLE));
    struct stat st;
    say("owner", "/proc/self/environ", stat("/proc/self/environ", &st) ? -1 : st.st_uid);
    say("owner", "/proc/self", stat("/proc/self/", &st) ? -1 : st.st_uid);
    prctl(PR_SET_DUMPABLE, 1);
    say("owner", "/proc/self/environ", stat("/proc/self/environ", &st) ? -1 : st.st_uid);
    int fd;
    say("open", "/proc/self/environ", (fd = open("/proc/self/environ", O_RDONLY)) < 0 ? -1 : close(fd));
    say("open", "/proc/self/mem", (fd = open("/proc/self/mem", O_RDWR)) < 0 ? -1 : close(fd));
    say("open", "parent's environ", ({
        char name[64];
        snprintf(name, sizeof name, "/proc/%d/environ", getppid());
        (fd = open(name, O_RDONLY)) < 0 ? -1 : close(fd);
    }));
    say("open", "/dev/null", (fd = open("/dev/null", O_RDWR)) < 0 ? -1 : close(fd));
    struct rusage usage;
    say("usage", "resident", getrusage(RUSAGE_SELF, &usage) ? -1 : usage.ru_maxrss > 0);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "show") == 0) {
        show(argv[2]);
        return 0;
    }
    umask(022);
    must(mkdtemp(directory) ? 0 : -1, "mkdtemp");
    must(chmod(directory, 0755), "chmod");
    must(chdir(directory), "chdir");
    for (int i = 1; i < argc; i++) {
        printf("== %s\n", argv[i]);
        fflush(stdout);
        if (fork() == 0) {
            if (strcmp(argv[i], "users") == 0)
                users();
            else if (strcmp(argv[i], "threads") == 0)
                threads();
            else if (strcmp(argv[i], "programs") == 0)
                programs();
            else if (strcmp(argv[i], "consequences") == 0)
                consequences();
            exit(0);
        }
        wait(NULL);
        must(system("rm -rf *"), "clean up");
    }
    return rmdir(directory) ? 98 : 0;
}
