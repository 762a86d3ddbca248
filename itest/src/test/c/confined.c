/* Tries what the profile "untrusted" does not grant, by every way round it. Prints what went wrong, and "end". */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define REFUSED(call) refused(__LINE__, #call, (call), EPERM, EPERM)
#define REFUSED_AS(call, other) refused(__LINE__, #call, (call), EPERM, other)
#define DONE(call) done(__LINE__, #call, (call))

static long refused(int at, const char *text, long result, int error, int other)
{
    if (result >= 0)
        printf("%d: %s was granted: %ld\n", at, text, result);
    else if (errno != error && errno != other)
        printf("%d: %s: %s\n", at, text, strerror(errno));
    return result;
}

static long done(int at, const char *text, long result)
{
    if (result < 0)
        printf("%d: %s: %s\n", at, text, strerror(errno));
    return result;
}

static int un(struct sockaddr_un *a, const char *name, int abstract)
{
    memset(a, 0, sizeof *a);
    a->sun_family = AF_UNIX;
    strcpy(a->sun_path + abstract, name);
    return offsetof(struct sockaddr_un, sun_path) + abstract + strlen(name) + !abstract;
}

static void files(const char *file)
{
    char again[64];
    struct open_how how = {.flags = O_RDWR};
    int ro = DONE(open(file, O_RDONLY));
    int path = DONE(open(file, O_PATH));
    int tmp = DONE(open("/tmp", O_RDONLY | O_DIRECTORY));
    int root = DONE(open("/", O_RDONLY | O_DIRECTORY));
    int i, fds[3];
    char through[512];

    REFUSED(open(file, O_WRONLY));
    REFUSED(open(file, O_RDONLY | O_TRUNC));
    REFUSED(open("/etc/dune-new", O_RDWR | O_CREAT, 0666));
    REFUSED(open("/etc", O_RDWR | O_TMPFILE, 0666));
    REFUSED(openat(tmp, "../etc/passwd", O_RDWR));
    REFUSED(syscall(SYS_openat2, tmp, "../etc/passwd", &how, sizeof how));
    REFUSED(syscall(SYS_openat2, root, "etc/passwd", &how, sizeof how));
    how.resolve = RESOLVE_IN_ROOT;
    REFUSED(syscall(SYS_openat2, root, "/etc/passwd", &how, sizeof how));
    how.resolve = RESOLVE_BENEATH;
    REFUSED(syscall(SYS_openat2, root, "etc/passwd", &how, sizeof how));
    snprintf(through, sizeof through, "/proc/self/root%s", file);
    REFUSED(open(through, O_RDWR));
    snprintf(through, sizeof through, "/proc/self/fd/%d/etc/passwd", root);
    REFUSED(open(through, O_RDWR));
    fds[0] = ro;
    fds[1] = path;
    fds[2] = 0;
    for (i = 0; i < 3; i++) {
        snprintf(through, sizeof through, "/proc/self/fd/%d", fds[i]);
        REFUSED(open(through, O_RDWR));
        REFUSED(open(through, O_RDONLY | O_TRUNC));
    }
    REFUSED(open("/dev/stdin", O_RDWR));
    DONE(symlink(file, "/tmp/link"));
    REFUSED(open("/tmp/link", O_RDWR));
    DONE(symlink("/", "/tmp/top"));
    REFUSED(open("/tmp/top/etc/passwd", O_RDWR));
    REFUSED_AS(link(file, "/tmp/hard"), EXDEV);
    REFUSED_AS(linkat(AT_FDCWD, "/proc/self/fd/0", AT_FDCWD, "/tmp/hard", AT_SYMLINK_FOLLOW), EXDEV);
    REFUSED_AS(linkat(0, "", AT_FDCWD, "/tmp/hard", AT_EMPTY_PATH), EXDEV);
    REFUSED_AS(rename(file, "/tmp/moved"), EXDEV);
    DONE(close(DONE(open("/tmp/own", O_RDWR | O_CREAT, 0666))));
    REFUSED_AS(rename("/tmp/own", "/etc/dune-new"), EXDEV);
    REFUSED_AS(rename("/tmp", "/etc/tmp"), EBUSY);
    REFUSED_AS(syscall(SYS_renameat2, AT_FDCWD, "/tmp/own", AT_FDCWD, file, 2), EXDEV);
    REFUSED(chmod(file, 0666));
    REFUSED(fchmod(ro, 0666));
    REFUSED_AS(fchmod(0, 0666), EROFS);
    snprintf(again, sizeof again, "/proc/self/fd/%d", path);
    REFUSED(chmod(again, 0666));
    REFUSED(chown(file, 0, 0));
    REFUSED(utimes(file, NULL));
    REFUSED(futimens(ro, NULL));
    REFUSED(truncate(file, 0));
    REFUSED(setxattr(file, "user.dune", "x", 1, 0));
    REFUSED(fsetxattr(ro, "user.dune", "x", 1, 0));
    REFUSED(unlink(file));
    REFUSED(rmdir("/usr/bin"));
    REFUSED(mkdir("/etc/dune-new", 0777));
    REFUSED(mknod("/etc/dune-new", S_IFIFO | 0666, 0));
    REFUSED(symlink("x", "/etc/dune-new"));
    REFUSED(access(file, W_OK));
    DONE(access(file, R_OK));
    REFUSED(open("/dev/pts/0", O_RDWR));
    DONE(open("/dev/null", O_RDWR));
    /* A root of its own does not change what is granted. */
    if (fork() == 0) {
        if (chroot("/etc") == 0) {
            REFUSED(open("/passwd", O_RDWR));
            REFUSED(open("/../passwd", O_RDWR));
        }
        exit(0);
    }
    wait(NULL);
}

static void kernel(void)
{
    char handle[256] = {120};
    int mount_id;
    REFUSED(mount("none", "/etc", "tmpfs", 0, NULL));
    REFUSED(mount("/etc", "/tmp", NULL, MS_BIND, NULL));
    REFUSED_AS(umount("/tmp"), EINVAL);
    REFUSED_AS(syscall(SYS_pivot_root, "/tmp", "/tmp"), EINVAL);
    REFUSED_AS(unshare(CLONE_NEWNS), EINVAL);
    REFUSED_AS(syscall(SYS_open_by_handle_at, AT_FDCWD, handle, O_RDWR), ENOSYS);
    REFUSED_AS(syscall(SYS_name_to_handle_at, AT_FDCWD, "/etc/passwd", handle, &mount_id, 0), EOPNOTSUPP);
    REFUSED_AS(syscall(SYS_io_uring_setup, 8, handle), ENOSYS);
    REFUSED(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
    REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static void sockets(const char *server, const char *abstract)
{
    struct sockaddr_un name;
    struct msghdr message = {.msg_name = &name};
    struct iovec data = {"x", 1};
    char through[512];
    int pair[2], length, stream, datagram, listener;

    REFUSED(socket(AF_INET, SOCK_STREAM, 0));
    REFUSED(socket(AF_INET, SOCK_DGRAM, 0));
    REFUSED(socket(AF_INET6, SOCK_STREAM, 0));
    REFUSED(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    REFUSED(socket(AF_NETLINK, SOCK_RAW, 0));
    REFUSED(socket(AF_PACKET, SOCK_DGRAM, 0));
    DONE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    stream = DONE(socket(AF_UNIX, SOCK_STREAM, 0));
    datagram = DONE(socket(AF_UNIX, SOCK_DGRAM, 0));
    length = un(&name, server, 0);
    REFUSED(connect(stream, (struct sockaddr *) &name, length));
    REFUSED(sendto(datagram, "x", 1, 0, (struct sockaddr *) &name, length));
    message.msg_namelen = length;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    REFUSED(sendmsg(datagram, &message, 0));
    DONE(symlink(server, "/tmp/server"));
    length = un(&name, "/tmp/server", 0);
    REFUSED(connect(stream, (struct sockaddr *) &name, length));
    snprintf(through, sizeof through, "/proc/self/root%s", server);
    if (strlen(through) < sizeof name.sun_path) {
        length = un(&name, through, 0);
        REFUSED(connect(stream, (struct sockaddr *) &name, length));
    }
    length = un(&name, abstract, 1);
    REFUSED(connect(stream, (struct sockaddr *) &name, length));
    length = un(&name, "dune-own", 1);
    REFUSED(bind(stream, (struct sockaddr *) &name, length));
    REFUSED(bind(stream, (struct sockaddr *) &name, sizeof(sa_family_t)));
    length = un(&name, "/etc/dune-socket", 0);
    REFUSED(bind(stream, (struct sockaddr *) &name, length));
    length = un(&name, "/tmp/top/etc/dune-socket", 0);
    REFUSED(bind(stream, (struct sockaddr *) &name, length));
    listener = DONE(socket(AF_UNIX, SOCK_STREAM, 0));
    length = un(&name, "/tmp/socket", 0);
    DONE(bind(listener, (struct sockaddr *) &name, length));
    DONE(listen(listener, 1));
    DONE(connect(stream, (struct sockaddr *) &name, length));
}

int main(int argc, char **argv)
{
    if (argc == 2) { /* as another program, in a child */
        REFUSED(open(argv[1], O_WRONLY));
        REFUSED(socket(AF_INET, SOCK_STREAM, 0));
        return 0;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    files(argv[1]);
    kernel();
    sockets(argv[2], argv[3]);
    REFUSED(kill(atoi(argv[4]), SIGKILL));
    REFUSED(kill(atoi(argv[4]), 0));
    signal(SIGTERM, SIG_IGN);
    kill(-1, SIGTERM);
    struct { unsigned long soft, hard; } limit = {1, 1};
    REFUSED(syscall(SYS_prlimit64, atoi(argv[4]), 7, &limit, NULL));
    if (fork() == 0)
        execl("/proc/self/exe", argv[0], argv[1], NULL);
    wait(NULL);
    puts("end");
    return 0;
}
