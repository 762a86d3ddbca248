/*
 * Sockets as programs use them, in one process and between several. Each topic prints what the kernel answers, without
 * what differs from run to run.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 16];

static long show(int line, const char *what, long result) {
    if (result < 0) printf("%d %s: %s\n", line, what, strerrorname_np(errno));
    else printf("%d %s: %ld\n", line, what, result);
    return result;
}

#define T(call) show(__LINE__, #call, (long)(call))
/* For results whose value is not the same in each run. */
#define OK(call) show(__LINE__, #call, (call) < 0 ? -1 : 0)

static void text(const char *label, const void *bytes, long length) {
    printf("%s:", label);
    for (long i = 0; i < length; i++) {
        unsigned char c = ((const unsigned char *)bytes)[i];
        if (c > 32 && c < 127) putchar(c);
        else printf("\\%03o", c);
    }
    putchar('\n');
}

static struct sockaddr_un un(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path);
    return address;
}

static socklen_t abstract(struct sockaddr_un *address, const char *name) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int length = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "%s-%d", name, getpid());
    return offsetof(struct sockaddr_un, sun_path) + 1 + length;
}

static int bind_un(int fd, const char *path) {
    struct sockaddr_un address = un(path);
    return bind(fd, (void *)&address, sizeof address);
}

static int connect_un(int fd, const char *path) {
    struct sockaddr_un address = un(path);
    return connect(fd, (void *)&address, sizeof address);
}

/* An address of the kernel's, with its length. */
static void name(const char *label, int (*ask)(int, struct sockaddr *, socklen_t *), int fd) {
    struct sockaddr_storage storage[2];
    socklen_t length = sizeof storage;
    memset(storage, 0, sizeof storage);
    if (ask(fd, (void *)storage, &length) < 0) {
        printf("%s: %s\n", label, strerrorname_np(errno));
        return;
    }
    struct sockaddr_un *address = (void *)storage;
    printf("%s: family %d length %d ", label, address->sun_family, length);
    text("path", address->sun_path, address->sun_family == AF_UNIX && length > 2 ? length - 2 : 0);
}

static void pairs(void) {
    int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 3; i++) {
        int s[2];
        printf("type %d\n", types[i]);
        T(socketpair(AF_UNIX, types[i] | SOCK_NONBLOCK, 0, s));
        T(fcntl(s[0], F_GETFL));
        T(fcntl(s[0], F_GETFD));
        T(read(s[0], buffer, 10));
        T(write(s[0], "hello", 5));
        T(write(s[0], "world", 5));
        T(ioctl(s[1], FIONREAD, buffer));
        printf("fionread %d\n", *(int *)buffer);
        T(recv(s[1], buffer, 3, MSG_PEEK));
        T(recv(s[1], buffer, 3, MSG_PEEK | MSG_TRUNC));
        T(recv(s[1], buffer, 3, 0));
        T(recv(s[1], buffer, 100, 0));
        T(recv(s[1], buffer, 100, MSG_DONTWAIT));
        T(send(s[0], "", 0, 0));
        T(recv(s[1], buffer, 100, 0));
        T(send(s[0], "x", 1, MSG_OOB));
        T(recv(s[1], buffer, 1, MSG_OOB));
        name("own", getsockname, s[0]);
        name("peer", getpeername, s[0]);
        struct iovec vector[3] = {{"a", 1}, {NULL, 0}, {"bc", 2}};
        T(writev(s[0], vector, 3));
        struct pollfd p = {s[1], POLLIN | POLLOUT | POLLRDHUP};
        T(poll(&p, 1, 0));
        printf("events %x\n", p.revents);
        T(read(s[1], buffer, 100));
        T(shutdown(s[0], SHUT_WR));
        p.revents = 0;
        T(poll(&p, 1, 0));
        printf("events %x\n", p.revents);
        T(read(s[1], buffer, 100));
        T(send(s[0], "x", 1, MSG_NOSIGNAL));
        signal(SIGPIPE, SIG_IGN);
        T(write(s[0], "x", 1));
        signal(SIGPIPE, SIG_DFL);
        T(shutdown(s[1], 7));
        T(lseek(s[0], 0, SEEK_SET));
        T(pread(s[0], buffer, 1, 0));
        T(ftruncate(s[0], 0));
        struct stat st;
        T(fstat(s[0], &st));
        printf("mode %o size %ld\n", st.st_mode, (long)st.st_size);
        close(s[0]);
        T(read(s[1], buffer, 10));
        T(send(s[1], "x", 1, MSG_NOSIGNAL));
        char link[64], target[64] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", s[1]);
        long n = readlink(link, target, sizeof target);
        printf("link %.8s %d\n", target, n > 8);
        T(open(link, O_RDWR));
        close(s[1]);
    }
    int s[2];
    T(socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)8));
    T(socketpair(AF_UNIX, 99, 0, s));
    T(socketpair(AF_UNIX, 14, 0, s));
    T(socketpair(AF_UNIX, SOCK_STREAM, 1, s));
    T(socketpair(AF_UNIX, SOCK_STREAM, 2, s));
    T(socketpair(AF_INET, SOCK_STREAM, 0, s));
    T(socketpair(AF_INET, SOCK_DGRAM, 0, s));
    T(socketpair(AF_INET, SOCK_SEQPACKET, 0, s));
    T(socketpair(77, SOCK_STREAM, 0, s));
    T(socket(AF_UNIX, SOCK_STREAM | 0x40000000, 0));
    T(socket(-1, SOCK_STREAM, 0));
    T(socket(46, SOCK_STREAM, 0));
    T(socket(3, SOCK_SEQPACKET, 0));
    T(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    T(socket(AF_INET, SOCK_SEQPACKET, 0));
    T(socket(AF_INET, SOCK_RDM, 0));
    T(socket(AF_INET6, SOCK_DGRAM, 6));
    T(socket(AF_INET, SOCK_STREAM, 300));
    T(socket(AF_INET, SOCK_STREAM, -1));
    T(socket(AF_UNIX, SOCK_RDM, 0));
    T(socket(AF_NETLINK, SOCK_STREAM, 0));
    T(socket(AF_NETLINK, SOCK_RAW, 333));
    int raw = socket(AF_UNIX, SOCK_RAW, 0);
    int type = 0;
    socklen_t length = sizeof type;
    T(getsockopt(raw, SOL_SOCKET, SO_TYPE, &type, &length));
    printf("raw unix %d\n", type);
    int file = open("/dev/null", O_RDWR), path = open("/", O_PATH);
    T(listen(file, 1));
    T(accept(file, NULL, NULL));
    T(listen(path, 1));
    T(send(file, "x", 1, 0));
    T(recv(99, buffer, 1, 0));
    T(getsockopt(file, SOL_SOCKET, SO_TYPE, &type, &length));
    struct rlimit few = {dup(0) + 1, 64};
    setrlimit(RLIMIT_NOFILE, &few);
    T(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    close(few.rlim_cur - 1);
    T(socket(AF_UNIX, SOCK_STREAM, 0) == (int)few.rlim_cur - 1);
    T(socket(AF_UNIX, SOCK_STREAM, 0));
}

static void names(void) {
    umask(027);
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    name("unbound", getsockname, s);
    name("unbound peer", getpeername, s);
    T(bind_un(s, "a.sock"));
    T(bind_un(s, "b.sock"));
    T(access("b.sock", F_OK));
    name("bound", getsockname, s);
    struct stat st;
    T(stat("a.sock", &st));
    printf("mode %o\n", st.st_mode);
    int c = socket(AF_UNIX, SOCK_STREAM, 0);
    T(connect_un(c, "a.sock"));
    T(bind_un(c, "a.sock"));
    T(bind_un(c, "none/x.sock"));
    T(bind_un(c, "a.sock/x"));
    T(bind_un(c, "/"));
    T(bind_un(c, "."));
    T(bind_un(c, "new/"));
    T(bind_un(c, "/proc/x.sock"));
    T(listen(s, 5));
    int flags = fcntl(c, F_GETFL);
    fcntl(c, F_SETFL, flags | O_NONBLOCK);
    T(connect_un(c, "a.sock"));
    T(connect_un(c, "a.sock"));
    name("client", getsockname, c);
    name("client's peer", getpeername, c);
    struct sockaddr_un address;
    socklen_t length = sizeof address;
    memset(&address, 7, sizeof address);
    int n = accept(s, (void *)&address, &length);
    printf("accepted %d length %d family %d\n", n >= 0, length, address.sun_family);
    name("accepted", getsockname, n);
    name("accepted's peer", getpeername, n);
    T(bind_un(n, "late.sock"));
    T(open("a.sock", O_RDWR));
    T(rename("a.sock", "moved.sock"));
    int d = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    T(connect_un(d, "a.sock"));
    T(connect_un(d, "moved.sock"));
    name("moved peer", getpeername, d);
    T(symlink("moved.sock", "link"));
    d = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    T(connect_un(d, "link"));
    d = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    T(connect_un(d, "/proc/self/cwd/link"));
    d = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    T(connect_un(d, "moved.sock"));
    T(connect_un(d, "/dev/null"));
    T(connect_un(d, "/proc/self/status"));
    T(connect_un(d, "/etc"));
    T(unlink("moved.sock"));
    T(connect_un(c, "moved.sock"));
    /* Connected while the name was taken by another. */
    T(mkdir("dir", 0700));
    int at = open("dir", O_PATH);
    char path[128];
    snprintf(path, sizeof path, "/proc/self/fd/%d/x.sock", at);
    int e = socket(AF_UNIX, SOCK_DGRAM, 0);
    T(bind_un(e, path));
    T(access("dir/x.sock", F_OK));
    name("by descriptor", getsockname, e);
    d = socket(AF_UNIX, SOCK_DGRAM, 0);
    T(bind_un(d, "dir/y.sock"));
    struct sockaddr_un to = un("dir/x.sock");
    T(sendto(d, "one", 3, 0, (void *)&to, sizeof to));
    length = sizeof address;
    memset(&address, 0, sizeof address);
    T(recvfrom(e, buffer, 10, 0, (void *)&address, &length));
    printf("from length %d ", length);
    text("path", address.sun_path, length - 2);
    length = 5;
    memset(&address, 0, sizeof address);
    T(sendto(d, "one", 3, 0, (void *)&to, sizeof to));
    T(recvfrom(e, buffer, 10, 0, (void *)&address, &length));
    printf("from length %d ", length);
    text("path", address.sun_path, 10);
    length = -1;
    T(getsockname(d, (void *)&address, &length));
    T(getsockname(d, (void *)8, &length));
    T(getsockname(d, (void *)&address, (void *)8));
    T(sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "two", 3, 0, (void *)&to, sizeof to));
    length = sizeof address;
    T(recvfrom(e, buffer, 10, 0, (void *)&address, &length));
    printf("unnamed length %d\n", length);
    T(connect(d, (void *)&to, sizeof to));
    name("datagram peer", getpeername, d);
    T(write(d, "three", 5));
    T(read(e, buffer, 10));
    to.sun_family = AF_UNSPEC;
    T(connect(d, (void *)&to, sizeof to));
    T(write(d, "four", 4));
    T(connect(d, (void *)&to, 1));
    T(connect(d, (void *)&to, 500));
    T(connect(d, (void *)&to, -1));
    T(bind(socket(AF_UNIX, SOCK_DGRAM, 0), (void *)&to, sizeof to));
    T(bind(socket(AF_UNIX, SOCK_DGRAM, 0), (void *)8, sizeof to));
    /* Longest names. */
    T(chdir("dir"));
    memset(to.sun_path, 'q', sizeof to.sun_path);
    to.sun_family = AF_UNIX;
    d = socket(AF_UNIX, SOCK_DGRAM, 0);
    T(bind(d, (void *)&to, sizeof to));
    name("longest", getsockname, d);
    T(sendto(e, "five", 4, 0, (void *)&to, sizeof to));
    length = sizeof address;
    T(recvfrom(d, buffer, 10, 0, (void *)&address, &length));
    text("from", address.sun_path, length - 2);
    T(bind(d, (void *)&to, sizeof to + 1));
    to.sun_path[50] = 0;
    d = socket(AF_UNIX, SOCK_DGRAM, 0);
    T(bind(d, (void *)&to, 30));
    name("cut", getsockname, d);
    T(chdir(".."));
    T(fchmod(d, 0600));
    int m = socket(AF_UNIX, SOCK_DGRAM, 0);
    T(fchmod(m, 0701));
    T(bind_un(m, "mode.sock"));
    T(stat("mode.sock", &st));
    printf("mode %o\n", st.st_mode);
    T(sendto(m, "x", 1, 0, (void *)&to, 0));
    T(send(m, "x", 1, 0));
    int q = socket(AF_UNIX, SOCK_STREAM, 0);
    T(sendto(q, "x", 1, MSG_NOSIGNAL, (void *)&to, sizeof to));
    T(sendto(n, "x", 1, 0, (void *)&to, sizeof to));
    T(listen(m, 1));
    T(accept(m, NULL, NULL));
    T(accept(q, NULL, NULL));
    T(listen(q, 1));
    T(read(q, buffer, 1));
}

static void abstracts(void) {
    struct sockaddr_un address, got;
    socklen_t length = abstract(&address, "dune-itest"), size;
    int s = socket(AF_UNIX, SOCK_SEQPACKET, 0), c = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    T(connect(c, (void *)&address, length));
    T(bind(s, (void *)&address, length));
    T(bind(c, (void *)&address, length));
    T(listen(s, 3));
    T(connect(c, (void *)&address, length));
    size = sizeof got;
    memset(&got, 0, sizeof got);
    T(getpeername(c, (void *)&got, &size));
    printf("same %d\n", size == length && !memcmp(&got, &address, length));
    int n = accept4(s, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    T(fcntl(n, F_GETFD));
    T(fcntl(n, F_GETFL));
    size = sizeof got;
    T(getsockname(n, (void *)&got, &size));
    printf("same %d\n", size == length && !memcmp(&got, &address, length));
    T(accept4(s, NULL, NULL, 7));
    T(send(c, "abc", 3, 0));
    T(send(c, "de", 2, 0));
    struct iovec vector = {buffer, 2};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    T(recvmsg(n, &message, 0));
    printf("flags %x\n", message.msg_flags);
    T(recvmsg(n, &message, 0));
    printf("flags %x\n", message.msg_flags);
    address.sun_path[length - 2] = 'x';
    int b = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    T(connect(b, (void *)&address, length + 1));
    memset(address.sun_path + 1, 'L', sizeof address.sun_path - 1);
    T(bind(b, (void *)&address, sizeof address));
    size = sizeof got;
    T(getsockname(b, (void *)&got, &size));
    printf("same %d\n", size == sizeof address && !memcmp(&got, &address, size));
    int a = socket(AF_UNIX, SOCK_DGRAM, 0);
    T(bind(a, (void *)&address, 2));
    size = sizeof got;
    T(getsockname(a, (void *)&got, &size));
    printf("automatic %d %d %d\n", size, got.sun_path[0], (int)strspn(got.sun_path + 1, "0123456789abcdef"));
    T(bind(a, (void *)&address, 2));
    int d = socket(AF_UNIX, SOCK_DGRAM, 0), one = 1;
    T(setsockopt(d, SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
    T(sendto(d, "x", 1, 0, (void *)&got, size));
    size = sizeof got;
    T(getsockname(d, (void *)&got, &size));
    printf("bound by itself %d\n", size);
    T(recvfrom(a, buffer, 10, 0, (void *)&got, &size));
    printf("from %d\n", size);
}

struct control {
    union {
        struct cmsghdr header;
        char bytes[2048];
    };
};

static long send_files(int fd, const int *files, int count, const char *data) {
    struct control control;
    struct iovec vector = {(char *)data, strlen(data)};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control};
    memset(&control, 0, sizeof control);
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    control.header = (struct cmsghdr){CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), files, count * sizeof(int));
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* Receives a message; says what came with it, and gives the first descriptor. */
static int receive_files(int fd, int room, int flags) {
    struct control control;
    struct iovec vector = {buffer, 100};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = room ? &control : NULL, .msg_controllen = room};
    int first = -1;
    memset(&control, 0, sizeof control);
    long result = recvmsg(fd, &message, flags);
    if (result < 0) {
        printf("recvmsg: %s\n", strerrorname_np(errno));
        return -1;
    }
    printf("received %ld flags %x control %ld:", result, message.msg_flags, (long)message.msg_controllen);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        printf(" [%d %d len %ld", c->cmsg_level, c->cmsg_type, (long)c->cmsg_len);
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            int count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int), *files = (int *)CMSG_DATA(c);
            for (int i = 0; i < count; i++) {
                printf(" fd cloexec %d", fcntl(files[i], F_GETFD));
                if (i == 0 && first < 0) first = files[i];
                else close(files[i]);
            }
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
            struct ucred *who = (void *)CMSG_DATA(c);
            printf(" pid %s uid %d gid %d", who->pid == getpid() ? "own" : who->pid == getppid() ? "parent" : who->pid == 0 ? "0" : "other",
                   who->uid == getuid(), who->gid == getgid());
        }
        printf("]");
    }
    printf("\n");
    return first;
}

static int lowest(void) {
    int fd = dup(0);
    close(fd);
    return fd;
}

static void rights(void) {
    int s[2], p[2], got;
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    int free_before = lowest();
    T(pipe(p));
    T(send_files(s[0], &p[0], 1, "pipe"));
    close(p[0]);
    got = receive_files(s[1], 1000, 0);
    T(write(p[1], "through", 7));
    T(read(got, buffer, 100));
    close(p[1]);
    T(read(got, buffer, 100));
    close(got);
    /* A file: its position, flags and path. */
    int file = open("rights.txt", O_RDWR | O_CREAT | O_APPEND, 0600);
    T(write(file, "0123456789", 10));
    lseek(file, 3, SEEK_SET);
    T(send_files(s[0], &file, 1, "file"));
    got = receive_files(s[1], 1000, MSG_CMSG_CLOEXEC);
    T(lseek(got, 0, SEEK_CUR));
    T(lseek(got, 5, SEEK_SET));
    T(lseek(file, 0, SEEK_CUR));
    T(fcntl(got, F_GETFL));
    char link[64], target[512], expected[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", got);
    target[readlink(link, target, sizeof target - 1)] = 0;
    getcwd(expected, 400);
    strcat(expected, "/rights.txt");
    printf("path %d\n", !strcmp(target, expected));
    close(got);
    T(send_files(s[0], &file, 1, "file"));
    close(file);
    got = receive_files(s[1], 1000, 0);
    T(lseek(got, 0, SEEK_CUR));
    snprintf(link, sizeof link, "/proc/self/fd/%d", got);
    target[readlink(link, target, sizeof target - 1)] = 0;
    printf("path %d\n", !strcmp(target, expected));
    struct flock lock = {.l_type = F_WRLCK};
    T(fcntl(got, F_SETLK, &lock));
    close(got);
    /* A directory, for its files. */
    int directory = open(".", O_PATH);
    T(send_files(s[0], &directory, 1, "directory"));
    close(directory);
    got = receive_files(s[1], 1000, 0);
    T(faccessat(got, "rights.txt", R_OK, 0));
    T(fcntl(got, F_GETFL));
    close(got);
    /* What the kernel makes up. */
    int made = open("/proc/self/cmdline", O_RDONLY);
    T(read(made, buffer, 2));
    T(send_files(s[0], &made, 1, "proc"));
    close(made);
    got = receive_files(s[1], 1000, 0);
    T(read(got, buffer, 3));
    close(got);
    int queue = epoll_create1(0), counter = eventfd(0, EFD_NONBLOCK);
    struct epoll_event event = {EPOLLIN, {.u32 = 42}};
    T(epoll_ctl(queue, EPOLL_CTL_ADD, counter, &event));
    int both[2] = {queue, counter};
    T(send_files(s[0], both, 2, "epoll"));
    struct control control;
    struct iovec vector = {buffer, 100};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    T(recvmsg(s[1], &message, 0));
    int *files = (int *)CMSG_DATA(&control.header);
    close(queue);
    eventfd_write(files[1], 1);
    event.data.u32 = 0;
    T(epoll_wait(files[0], &event, 1, 0));
    printf("data %d\n", event.data.u32);
    close(counter);
    T(epoll_wait(files[0], &event, 1, 0));
    close(files[1]);
    T(epoll_wait(files[0], &event, 1, 0));
    close(files[0]);
    /* A socket in itself, and one with its connection. */
    T(send_files(s[0], &s[1], 1, "self"));
    got = receive_files(s[1], 1000, 0);
    T(write(got, "by the other name", 17));
    T(read(s[0], buffer, 100));
    close(got);
    /* No room. */
    int many[300];
    for (int i = 0; i < 300; i++) many[i] = s[0];
    T(send_files(s[0], many, 253, "most"));
    got = receive_files(s[1], 1100, 0);
    close(got);
    T(send_files(s[0], many, 254, "too many"));
    T(send_files(s[0], many, 3, "little room"));
    receive_files(s[1], CMSG_LEN(2 * sizeof(int)), 0);
    close(lowest() > free_before ? free_before : -1);
    T(send_files(s[0], many, 3, "no room"));
    receive_files(s[1], 16, 0);
    T(send_files(s[0], many, 3, "less than no room"));
    receive_files(s[1], 10, 0);
    T(send_files(s[0], many, 3, "nothing"));
    receive_files(s[1], 0, 0);
    T(send_files(s[0], many, 3, "plain read"));
    T(read(s[1], buffer, 100));
    printf("leaked %d\n", lowest() - free_before);
    many[1] = 999;
    T(send_files(s[0], many, 2, "bad"));
    many[1] = -1;
    T(send_files(s[0], many, 2, "bad"));
    many[1] = s[0];
    struct rlimit old, few = {free_before + 2, 64};
    getrlimit(RLIMIT_NOFILE, &old);
    few.rlim_max = old.rlim_max;
    setrlimit(RLIMIT_NOFILE, &few);
    T(send_files(s[0], many, 4, "limit"));
    got = receive_files(s[1], 1000, 0);
    close(got);
    setrlimit(RLIMIT_NOFILE, &old);
    /* Looking without taking. */
    T(send_files(s[0], many, 1, "peek"));
    got = receive_files(s[1], 1000, MSG_PEEK);
    close(got);
    got = receive_files(s[1], 1000, 0);
    close(got);
    /* Messages stay apart by their descriptors. */
    T(send_files(s[0], many, 1, "abc"));
    T(send_files(s[0], many, 1, "def"));
    T(write(s[0], "ghi", 3));
    close(receive_files(s[1], 1000, 0));
    close(receive_files(s[1], 1000, 0));
    receive_files(s[1], 1000, 0);
    /* Lost with its message. */
    pipe(p);
    T(send_files(s[0], &p[1], 1, "lost"));
    close(p[1]);
    fcntl(p[0], F_SETFL, O_NONBLOCK);
    T(read(p[0], buffer, 1));
    close(s[0]);
    close(s[1]);
    T(read(p[0], buffer, 1));
    close(p[0]);
    /* Not by datagrams of the network. */
    int u = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in in = {AF_INET, htons(9), {htonl(INADDR_LOOPBACK)}};
    connect(u, (void *)&in, sizeof in);
    T(send_files(u, many, 1, "x"));
    close(u);
    /* Malformed messages. */
    socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
    memset(&control, 0, sizeof control);
    message = (struct msghdr){.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = 24};
    vector.iov_len = 1;
    control.header = (struct cmsghdr){25, SOL_SOCKET, SCM_RIGHTS};
    T(sendmsg(s[0], &message, 0));
    control.header = (struct cmsghdr){15, SOL_SOCKET, SCM_RIGHTS};
    T(sendmsg(s[0], &message, 0));
    control.header = (struct cmsghdr){16, SOL_SOCKET, SCM_RIGHTS};
    T(sendmsg(s[0], &message, 0));
    control.header = (struct cmsghdr){20, SOL_SOCKET, 77};
    T(sendmsg(s[0], &message, 0));
    control.header = (struct cmsghdr){20, SOL_IP, 77};
    T(sendmsg(s[0], &message, 0));
    control.header = (struct cmsghdr){20, SOL_SOCKET, SCM_CREDENTIALS};
    T(sendmsg(s[0], &message, 0));
    message.msg_controllen = 1L << 40;
    T(sendmsg(s[0], &message, 0));
    message.msg_controllen = 24;
    message.msg_control = (void *)8;
    T(sendmsg(s[0], &message, 0));
    message.msg_control = NULL;
    message.msg_controllen = 0;
    message.msg_iovlen = 1025;
    T(sendmsg(s[0], &message, 0));
    message.msg_iovlen = 1;
    message.msg_namelen = -1;
    T(sendmsg(s[0], &message, 0));
    T(recvmsg(s[1], &message, MSG_DONTWAIT));
    message.msg_namelen = 0;
    T(sendmsg(s[0], (void *)8, 0));
    vector.iov_len = -1;
    T(sendmsg(s[0], &message, 0));
    vector = (struct iovec){(void *)8, 10};
    T(sendmsg(s[0], &message, 0));
    T(send(s[0], (void *)8, 10, 0));
    T(recv(s[1], (void *)8, 10, MSG_DONTWAIT));
    while (recv(s[1], buffer, 100, MSG_DONTWAIT) >= 0) {}
    T(send(s[0], "data", 4, 0));
    T(recv(s[1], (void *)8, 10, MSG_DONTWAIT));
}

static void show_peer(const char *label, int fd) {
    struct ucred who = {-7, -7, -7};
    socklen_t length = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) < 0) {
        printf("%s: %s\n", label, strerrorname_np(errno));
        return;
    }
    printf("%s: pid %s uid %d gid %d\n", label, who.pid == getpid() ? "own" : who.pid == getppid() ? "parent" : who.pid == 0 ? "0" : "other",
           who.uid == -1 ? -1 : who.uid == getuid(), who.gid == -1 ? -1 : who.gid == getgid());
}

static long send_claim(int fd, int pid, int uid, int gid) {
    struct control control;
    struct iovec vector = {"claim", 5};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof(struct ucred))};
    memset(&control, 0, sizeof control);
    control.header = (struct cmsghdr){CMSG_LEN(sizeof(struct ucred)), SOL_SOCKET, SCM_CREDENTIALS};
    *(struct ucred *)CMSG_DATA(&control.header) = (struct ucred){pid, uid, gid};
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static void wait_child(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    printf("child %x\n", status);
}

static void credentials(void) {
    int s[2], one = 1;
    setvbuf(stdout, NULL, _IONBF, 0);
    int fresh = socket(AF_UNIX, SOCK_STREAM, 0);
    show_peer("fresh", fresh);
    show_peer("inet", socket(AF_INET, SOCK_STREAM, 0));
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    show_peer("pair", s[0]);
    pid_t child = fork();
    if (!child) {
        show_peer("pair in the child", s[1]);
        exit(0);
    }
    wait_child(child);
    /* Who listens and who connects. */
    bind_un(fresh, "creds.sock");
    child = fork();
    if (!child) {
        T(listen(fresh, 5));
        int c = accept(fresh, NULL, NULL);
        show_peer("client seen from the listener", c);
        read(c, buffer, 1);
        exit(0);
    }
    int c = socket(AF_UNIX, SOCK_STREAM, 0);
    while (connect_un(c, "creds.sock") < 0) usleep(1000);
    usleep(50000);
    struct ucred who;
    socklen_t length = sizeof who;
    getsockopt(c, SOL_SOCKET, SO_PEERCRED, &who, &length);
    printf("listener is the child %d\n", who.pid == child);
    write(c, "x", 1);
    wait_child(child);
    close(c);
    /* With messages. */
    int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 3; i++) {
        printf("type %d\n", types[i]);
        socketpair(AF_UNIX, types[i], 0, s);
        T(write(s[0], "before", 6));
        T(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
        int value = 7;
        length = sizeof value;
        T(getsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &value, &length));
        printf("value %d length %d\n", value, length);
        receive_files(s[1], 1000, 0);
        T(write(s[0], "own", 3));
        receive_files(s[1], 1000, 0);
        T(send(s[0], "sent", 4, 0));
        receive_files(s[1], 1000, MSG_PEEK);
        receive_files(s[1], 1000, 0);
        struct iovec vector[2] = {{"ab", 2}, {"cd", 2}};
        T(writev(s[0], vector, 2));
        receive_files(s[1], 1000, 0);
        T(send_files(s[0], &s[0], 1, "file"));
        close(receive_files(s[1], 1000, 0));
        T(send(s[0], "little room", 11, 0));
        receive_files(s[1], 20, 0);
        T(send(s[0], "no room", 7, 0));
        receive_files(s[1], 0, 0);
        T(send_claim(s[0], getpid(), getuid(), getgid()));
        receive_files(s[1], 1000, 0);
        T(send_claim(s[0], 99999999, getuid(), getgid()));
        T(send_claim(s[0], getpid(), -1, getgid()));
        child = fork();
        if (!child) {
            T(write(s[0], "from the child", 14));
            receive_files(s[1], 1000, 0);
            T(write(s[0], "again", 5));
            exit(0);
        }
        wait_child(child);
        receive_files(s[1], 1000, 0);
        T(write(s[0], "plain", 5));
        T(read(s[1], buffer, 100));
        close(s[0]);
        receive_files(s[1], 1000, MSG_DONTWAIT);
        close(s[1]);
    }
    int d = socket(AF_UNIX, SOCK_DGRAM, 0);
    bind_un(d, "creds.dgram");
    T(setsockopt(d, SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
    int e = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un to = un("creds.dgram");
    T(sendto(e, "to a name", 9, 0, (void *)&to, sizeof to));
    receive_files(d, 1000, 0);
    T(connect_un(e, "creds.dgram"));
    T(write(e, "connected", 9));
    receive_files(d, 1000, 0);
    show_peer("datagram", e);
    fresh = socket(AF_UNIX, SOCK_STREAM, 0);
    bind_un(fresh, "creds2.sock");
    T(setsockopt(fresh, SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
    listen(fresh, 4);
    child = fork();
    if (!child) {
        c = socket(AF_UNIX, SOCK_STREAM, 0);
        T(connect_un(c, "creds2.sock"));
        T(write(c, "early", 5));
        exit(0);
    }
    wait_child(child);
    int n = accept(fresh, NULL, NULL);
    length = sizeof who;
    getsockopt(n, SOL_SOCKET, SO_PEERCRED, &who, &length);
    printf("client was the child %d\n", who.pid == child);
    receive_files(n, 1000, 0);
    /* Files between processes. */
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    int p[2];
    pipe(p);
    child = fork();
    if (!child) {
        close(p[0]);
        close(p[1]);
        int got = receive_files(s[1], 1000, 0);
        T(write(got, "child was here", 14));
        exit(0);
    }
    T(send_files(s[0], &p[1], 1, "take this"));
    close(p[1]);
    wait_child(child);
    T(read(p[0], buffer, 100));
    T(read(p[0], buffer, 100));
}

static void on_alarm(int signal) {
    (void)signal;
}

static void interruptions(void) {
    int s[2];
    struct timeval limit = {5, 0}, soon = {0, 30000};
    struct itimerval timer = {.it_value = soon};
    struct sigaction action = {.sa_handler = on_alarm};
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    T(recv(s[0], buffer, 1, 0));
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    pid_t child = fork();
    if (!child) {
        usleep(200000);
        write(s[1], "ok", 2);
        exit(0);
    }
    setitimer(ITIMER_REAL, &timer, NULL);
    T(recv(s[0], buffer, 10, 0));
    wait_child(child);
    T(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    setitimer(ITIMER_REAL, &timer, NULL);
    T(recv(s[0], buffer, 1, 0));
    setitimer(ITIMER_REAL, &timer, NULL);
    T(read(s[0], buffer, 1));
    setitimer(ITIMER_REAL, &timer, NULL);
    struct iovec vector = {buffer, 1};
    T(readv(s[0], &vector, 1));
    T(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon));
    T(recv(s[0], buffer, 1, 0));
    T(read(s[0], buffer, 1));
    T(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon));
    while (send(s[0], buffer, sizeof buffer, 0) > 0) {}
    T(send(s[0], buffer, 1, 0));
    T(write(s[0], buffer, 1));
    T(send(s[0], buffer, 1, MSG_DONTWAIT));
    limit.tv_usec = 1000000;
    T(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in in = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof in;
    T(bind(listener, (void *)&in, sizeof in));
    T(listen(listener, 1));
    T(getsockname(listener, (void *)&in, &length));
    action.sa_flags = 0;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    T(accept(listener, NULL, NULL));
    T(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon));
    T(accept(listener, NULL, NULL));
    /* Broken pipes, with their signal and without. */
    signal(SIGPIPE, on_alarm);
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 6; i++) {
        fflush(stdout);
        child = fork();
        if (!child) {
            int t = i < 3 ? SOCK_STREAM : SOCK_SEQPACKET;
            socketpair(AF_UNIX, t, 0, s);
            close(s[1]);
            if (i % 3 == 0) T(write(s[0], "x", 1));
            if (i % 3 == 1) T(send(s[0], "x", 1, 0));
            if (i % 3 == 2) T(send(s[0], "x", 1, MSG_NOSIGNAL));
            fflush(stdout);
            _exit(0);
        }
        wait_child(child);
    }
}

static int tcp_pair(int *server, int *client, struct sockaddr_in *address) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t length = sizeof *address;
    *address = (struct sockaddr_in){AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
    bind(listener, (void *)address, sizeof *address);
    listen(listener, 8);
    getsockname(listener, (void *)address, &length);
    *client = socket(AF_INET, SOCK_STREAM, 0);
    connect(*client, (void *)address, sizeof *address);
    *server = accept(listener, NULL, NULL);
    return listener;
}

static void internet(void) {
    int a, b, one = 1, value;
    struct sockaddr_in address, other;
    socklen_t length = sizeof other;
    int listener = tcp_pair(&a, &b, &address);
    T(getpeername(b, (void *)&other, &length));
    printf("same %d\n", !memcmp(&address, &other, sizeof other));
    length = 3;
    T(getpeername(b, (void *)&other, &length));
    printf("length %d\n", length);
    struct sockaddr_in6 bound;
    int six = socket(AF_INET6, SOCK_DGRAM, 0);
    length = sizeof bound;
    T(getsockname(six, (void *)&bound, &length));
    printf("family %d length %d\n", bound.sin6_family, length);
    T(getpeername(six, (void *)&bound, &length));
    T(setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one));
    T(send(b, "0123456789", 10, MSG_MORE));
    T(send(b, "abc", 3, 0));
    T(recv(a, buffer, 13, MSG_WAITALL));
    T(recv(a, buffer, 1, MSG_DONTWAIT));
    T(send(b, "xyz", 3, 0));
    T(send(b, "!", 1, MSG_OOB));
    T(send(b, "uvw", 3, 0));
    usleep(20000);
    struct pollfd p = {a, POLLIN | POLLPRI};
    T(poll(&p, 1, 1000));
    printf("events %x\n", p.revents);
    T(ioctl(a, SIOCATMARK, &value));
    printf("mark %d\n", value);
    T(recv(a, buffer, 100, 0));
    T(ioctl(a, SIOCATMARK, &value));
    printf("mark %d\n", value);
    T(recv(a, buffer, 1, MSG_OOB));
    text("urgent", buffer, 1);
    T(recv(a, buffer, 100, 0));
    T(ioctl(b, SIOCOUTQ, &value));
    T(send(b, "more", 4, 0));
    T(recv(a, buffer, 4, MSG_TRUNC | MSG_WAITALL));
    T(getsockopt(a, IPPROTO_TCP, TCP_NODELAY, &value, (socklen_t[]){4}));
    T(setsockopt(a, IPPROTO_TCP, TCP_NODELAY, &one, 4));
    T(getsockopt(a, IPPROTO_TCP, TCP_NODELAY, &value, (socklen_t[]){4}));
    printf("nodelay %d\n", value != 0);
    struct tcp_info info;
    length = sizeof info;
    T(getsockopt(a, IPPROTO_TCP, TCP_INFO, &info, &length));
    printf("state %d\n", info.tcpi_state);
    T(shutdown(b, SHUT_WR));
    T(recv(a, buffer, 10, 0));
    T(send(a, "back", 4, 0));
    T(recv(b, buffer, 10, 0));
    struct linger linger = {1, 0};
    T(setsockopt(a, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    close(a);
    T(recv(b, buffer, 10, 0));
    signal(SIGPIPE, SIG_IGN);
    T(send(b, "x", 1, 0));
    T(connect(b, (void *)&address, sizeof address));
    close(b);
    linger.l_linger = 30;
    b = socket(AF_INET, SOCK_STREAM, 0);
    T(connect(b, (void *)&address, sizeof address));
    T(setsockopt(b, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    T(connect(b, (void *)&address, sizeof address));
    T(sendfile(b, open("/etc/passwd", O_RDONLY), NULL, 100));
    close(b);
    a = accept(listener, NULL, NULL);
    T(recv(a, buffer, sizeof buffer, MSG_WAITALL));
    close(a);
    close(listener);
    b = socket(AF_INET, SOCK_STREAM, 0);
    T(connect(b, (void *)&address, sizeof address));
    b = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int connecting = connect(b, (void *)&address, sizeof address);
    printf("%s\n", connecting < 0 && (errno == EINPROGRESS || errno == ECONNREFUSED) ? "in progress" : "?");
    p = (struct pollfd){b, POLLOUT};
    T(poll(&p, 1, 1000));
    printf("events %x\n", p.revents);
    length = sizeof value;
    T(getsockopt(b, SOL_SOCKET, SO_ERROR, &value, &length));
    T(bind(b, (void *)&address, 4));
    address.sin_addr.s_addr = inet_addr("203.0.113.1");
    T(bind(b, (void *)&address, sizeof address));
    address.sin_family = AF_INET6;
    T(bind(b, (void *)&address, sizeof address));
    T(recv(b, buffer, 1, 0));
    T(accept(b, NULL, NULL));
    T(shutdown(b, SHUT_RD));
    /* Datagrams */
    int u = socket(AF_INET, SOCK_DGRAM, 0), v = socket(AF_INET, SOCK_DGRAM, 0);
    address = (struct sockaddr_in){AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
    T(bind(u, (void *)&address, sizeof address));
    length = sizeof address;
    T(getsockname(u, (void *)&address, &length));
    T(sendto(v, "datagram", 8, 0, (void *)&address, sizeof address));
    T(recv(u, buffer, 3, MSG_TRUNC | MSG_PEEK));
    length = sizeof other;
    T(recvfrom(u, buffer, 3, 0, (void *)&other, &length));
    printf("from loopback %d length %d\n", other.sin_addr.s_addr == htonl(INADDR_LOOPBACK), length);
    T(send(v, "x", 1, 0));
    T(sendto(v, buffer, 65508, 0, (void *)&address, sizeof address));
    T(sendto(v, buffer, 65507, 0, (void *)&address, sizeof address));
    T(recv(u, buffer, sizeof buffer, 0));
    T(setsockopt(u, IPPROTO_IP, IP_PKTINFO, &one, sizeof one));
    T(setsockopt(u, SOL_SOCKET, SO_TIMESTAMP, &one, sizeof one));
    T(setsockopt(u, IPPROTO_IP, IP_RECVTTL, &one, sizeof one));
    T(sendto(v, "info", 4, 0, (void *)&address, sizeof address));
    receive_files(u, 1000, 0);
    T(sendto(v, "info", 4, 0, (void *)&address, sizeof address));
    receive_files(u, 40, 0);
    T(sendto(v, "info", 4, 0, (void *)&address, sizeof address));
    receive_files(u, 0, 0);
    T(setsockopt(v, IPPROTO_IP, IP_RECVERR, &one, sizeof one));
    close(u);
    T(connect(v, (void *)&address, sizeof address));
    T(send(v, "lost", 4, 0));
    usleep(20000);
    T(recv(v, buffer, 10, MSG_DONTWAIT));
    receive_files(v, 1000, MSG_ERRQUEUE);
    receive_files(v, 1000, MSG_ERRQUEUE);
    address.sin_family = AF_UNSPEC;
    T(connect(v, (void *)&address, sizeof address));
    struct sock_filter drop[] = {{BPF_RET | BPF_K, 0, 0, 0}};
    struct sock_fprog program = {1, drop};
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
    program.len = 0;
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_FILTER, &program, 4));
    program = (struct sock_fprog){1, (void *)8};
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
    length = 10;
    T(getsockopt(v, SOL_SOCKET, SO_GET_FILTER, buffer, &length));
    printf("instructions %d\n", length);
    T(setsockopt(v, SOL_SOCKET, SO_DETACH_FILTER, &one, sizeof one));
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_BPF, &one, sizeof one));
    value = 999;
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_BPF, &value, sizeof value));
}

static void options(void) {
    int u = socket(AF_UNIX, SOCK_STREAM, 0), t = socket(AF_INET6, SOCK_STREAM, 0);
    int plain[] = {SO_DEBUG, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_DONTROUTE, SO_BROADCAST, SO_KEEPALIVE, SO_OOBINLINE,
                   SO_PRIORITY, SO_LINGER, SO_REUSEPORT, SO_PASSCRED, SO_RCVLOWAT, SO_SNDLOWAT, SO_RCVTIMEO, SO_SNDTIMEO,
                   SO_ACCEPTCONN, SO_PASSSEC, SO_TIMESTAMP, SO_PROTOCOL, SO_DOMAIN, SO_PEEK_OFF, SO_MARK, SO_ZEROCOPY, 9999, -1};
    for (int i = 0; i < (int)(sizeof plain / sizeof *plain); i++) {
        for (int k = 0; k < 2; k++) {
            long value[2] = {-1, -1};
            socklen_t length = sizeof value;
            long result = getsockopt(k ? t : u, SOL_SOCKET, plain[i], value, &length);
            printf("%d %d: %s %d %lx\n", k, plain[i], result < 0 ? strerrorname_np(errno) : "ok", length, value[0]);
            int one = 1;
            result = setsockopt(k ? t : u, SOL_SOCKET, plain[i], &one, sizeof one);
            printf("set %s\n", result < 0 ? strerrorname_np(errno) : "ok");
            result = setsockopt(k ? t : u, SOL_SOCKET, plain[i], &one, 1);
            printf("set %s\n", result < 0 ? strerrorname_np(errno) : "ok");
        }
    }
    int value = 0;
    socklen_t length = 4;
    T(getsockopt(u, SOL_SOCKET, SO_TYPE, (void *)8, &length));
    T(getsockopt(u, SOL_SOCKET, SO_TYPE, &value, (void *)8));
    T(setsockopt(u, SOL_SOCKET, SO_REUSEADDR, (void *)8, 4));
    T(setsockopt(u, SOL_SOCKET, SO_REUSEADDR, &value, -1));
    length = -1;
    T(getsockopt(u, SOL_SOCKET, SO_TYPE, &value, &length));
    length = 1;
    T(getsockopt(u, SOL_SOCKET, SO_TYPE, &value, &length));
    printf("%d %d\n", value, length);
    length = 4;
    T(getsockopt(u, IPPROTO_TCP, TCP_NODELAY, &value, &length));
    T(setsockopt(u, IPPROTO_TCP, TCP_NODELAY, &value, 4));
    T(getsockopt(t, 12345, 1, &value, &length));
    T(setsockopt(t, IPPROTO_TCP, 9999, &value, 4));
    T(setsockopt(t, IPPROTO_IPV6, IPV6_UNICAST_HOPS, (int[]){300}, 4));
    length = sizeof buffer;
    T(getsockopt(t, IPPROTO_TCP, TCP_CONGESTION, buffer, &length));
    length = 100;
    T(getsockopt(u, SOL_SOCKET, SO_PEERCRED, buffer, &length));
    printf("%d\n", length);
    length = 5;
    T(getsockopt(u, SOL_SOCKET, SO_PEERCRED, buffer, &length));
    printf("%d\n", length);
    T(getsockopt(u, SOL_SOCKET, SO_PEERNAME, buffer, &length));
    int s[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    length = 1000;
    T(getsockopt(s[0], SOL_SOCKET, SO_PEERGROUPS, buffer, &length));
    printf("groups %d\n", length / 4 == getgroups(0, NULL));
}

static void several(void) {
    int s[2];
    socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
    struct iovec vectors[4] = {{"a", 1}, {"bb", 2}, {"ccc", 3}, {"dddd", 4}}, into[4];
    struct mmsghdr messages[4];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < 4; i++) messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    T(sendmmsg(s[0], messages, 4, 0));
    printf("%d %d %d %d\n", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len, messages[3].msg_len);
    messages[2].msg_hdr.msg_iovlen = 5000;
    T(sendmmsg(s[0], messages, 4, 0));
    messages[0].msg_hdr.msg_iovlen = 5000;
    T(sendmmsg(s[0], messages, 4, 0));
    T(sendmmsg(s[0], messages, 0, 0));
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < 4; i++) {
        into[i] = (struct iovec){buffer + 10 * i, 3};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &into[i], .msg_iovlen = 1};
    }
    T(recvmmsg(s[1], messages, 4, 0, NULL));
    for (int i = 0; i < 4; i++) printf("%d %x\n", messages[i].msg_len, messages[i].msg_hdr.msg_flags);
    T(recvmmsg(s[1], messages, 4, MSG_DONTWAIT, NULL));
    T(recvmmsg(s[1], messages, 4, MSG_DONTWAIT, NULL));
    struct timespec limit = {0, 0}, bad = {0, 2000000000};
    send(s[0], "x", 1, 0);
    send(s[0], "y", 1, 0);
    T(recvmmsg(s[1], messages, 4, MSG_DONTWAIT, &limit));
    T(recvmmsg(s[1], messages, 4, MSG_WAITFORONE, NULL));
    T(recvmmsg(s[1], messages, 4, MSG_DONTWAIT, &bad));
    T(recvmmsg(s[1], (void *)8, 4, MSG_DONTWAIT, NULL));
    T(recvmmsg(s[1], messages, 4, MSG_DONTWAIT, (void *)8));
    T(sendmmsg(s[0], (void *)8, 4, 0));
    /* Long lists */
    struct iovec *many = calloc(1025, sizeof *many);
    for (int i = 0; i < 1025; i++) many[i] = (struct iovec){buffer, 3};
    struct msghdr message = {.msg_iov = many, .msg_iovlen = 1024};
    T(sendmsg(s[0], &message, 0));
    for (int i = 0; i < 1025; i++) many[i] = (struct iovec){buffer + 3 * i, 3};
    T(recvmsg(s[1], &message, 0));
    message.msg_iovlen = 0;
    T(sendmsg(s[0], &message, 0));
    T(recvmsg(s[1], &message, 0));
    char *edge = buffer;
    (void)edge;
}

static void polls(void) {
    int a, b, queue = epoll_create1(0);
    struct sockaddr_in address;
    int listener = tcp_pair(&a, &b, &address);
    struct epoll_event event = {EPOLLIN | EPOLLET | EPOLLRDHUP, {.fd = 1}}, got[8];
    T(epoll_ctl(queue, EPOLL_CTL_ADD, a, &event));
    T(epoll_ctl(queue, EPOLL_CTL_ADD, a, &event));
    event = (struct epoll_event){EPOLLIN | EPOLLONESHOT, {.fd = 2}};
    T(epoll_ctl(queue, EPOLL_CTL_ADD, b, &event));
    event = (struct epoll_event){EPOLLIN | EPOLLEXCLUSIVE, {.fd = 3}};
    T(epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event));
    T(epoll_ctl(queue, EPOLL_CTL_MOD, listener, &event));
    T(epoll_wait(queue, got, 8, 0));
    send(b, "abc", 3, 0);
    T(epoll_wait(queue, got, 8, 1000));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    T(epoll_wait(queue, got, 8, 0));
    recv(a, buffer, 1, 0);
    T(epoll_wait(queue, got, 8, 0));
    send(b, "d", 1, 0);
    usleep(10000);
    T(epoll_wait(queue, got, 8, 1000));
    send(a, "x", 1, 0);
    usleep(10000);
    T(epoll_wait(queue, got, 8, 1000));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    send(a, "y", 1, 0);
    usleep(10000);
    T(epoll_wait(queue, got, 8, 0));
    event = (struct epoll_event){EPOLLIN | EPOLLONESHOT, {.fd = 22}};
    T(epoll_ctl(queue, EPOLL_CTL_MOD, b, &event));
    T(epoll_wait(queue, got, 8, 0));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    int c = socket(AF_INET, SOCK_STREAM, 0);
    connect(c, (void *)&address, sizeof address);
    T(epoll_wait(queue, got, 8, 1000));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    close(accept(listener, NULL, NULL));
    shutdown(b, SHUT_WR);
    usleep(10000);
    T(epoll_wait(queue, got, 8, 1000));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    int outer = epoll_create1(0);
    event = (struct epoll_event){EPOLLIN, {.fd = 5}};
    T(epoll_ctl(outer, EPOLL_CTL_ADD, queue, &event));
    T(epoll_ctl(queue, EPOLL_CTL_ADD, outer, &event));
    T(epoll_ctl(outer, EPOLL_CTL_ADD, outer, &event));
    connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&address, sizeof address);
    T(epoll_wait(outer, got, 8, 1000));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    /* Two descriptors of one description. */
    int twin = dup(a);
    event = (struct epoll_event){EPOLLOUT, {.fd = 6}};
    int other = epoll_create1(0);
    T(epoll_ctl(other, EPOLL_CTL_ADD, a, &event));
    event.data.fd = 7;
    T(epoll_ctl(other, EPOLL_CTL_ADD, twin, &event));
    T(epoll_wait(other, got, 8, 0));
    T(epoll_ctl(other, EPOLL_CTL_DEL, a, NULL));
    T(epoll_wait(other, got, 8, 0));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    close(twin);
    T(epoll_wait(other, got, 8, 0));
    T(epoll_ctl(other, EPOLL_CTL_MOD, twin, &event));
    close(a);
    T(epoll_wait(other, got, 8, 0));
    fd_set in;
    FD_ZERO(&in);
    FD_SET(listener, &in);
    struct timeval none = {0, 0};
    T(select(listener + 1, &in, NULL, NULL, &none));
}

static void interfaces(void) {
    int u = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    T(ioctl(u, SIOCGIFFLAGS, &request));
    printf("loopback %d\n", (request.ifr_flags & IFF_LOOPBACK) != 0);
    T(ioctl(u, SIOCGIFINDEX, &request));
    printf("index %d\n", request.ifr_ifindex);
    T(ioctl(u, SIOCGIFADDR, &request));
    printf("%s\n", inet_ntoa(((struct sockaddr_in *)&request.ifr_addr)->sin_addr));
    T(ioctl(u, SIOCGIFNETMASK, &request));
    T(ioctl(u, SIOCGIFMTU, &request));
    printf("mtu %d\n", request.ifr_mtu);
    T(ioctl(u, SIOCGIFHWADDR, &request));
    strcpy(request.ifr_name, "nosuch0");
    T(ioctl(u, SIOCGIFFLAGS, &request));
    T(ioctl(u, SIOCGIFFLAGS, (void *)8));
    struct ifconf list = {sizeof buffer, {buffer}};
    T(ioctl(u, SIOCGIFCONF, &list));
    printf("interfaces %d first %s\n", list.ifc_len, list.ifc_req->ifr_name);
    list = (struct ifconf){0, {NULL}};
    T(ioctl(u, SIOCGIFCONF, &list));
    printf("interfaces %d\n", list.ifc_len);
    T(ioctl(u, 0x12345678, &list));
    T(ioctl(u, 0x5401 /* TCGETS */, buffer));
    int unix_socket = socket(AF_UNIX, SOCK_STREAM, 0);
    T(ioctl(unix_socket, SIOCGIFFLAGS, &request));
    T(ioctl(unix_socket, FIONREAD, buffer));
    T(ioctl(socket(AF_INET, SOCK_STREAM, 0), FIONREAD, buffer));
    int one = 1;
    T(ioctl(unix_socket, FIONBIO, &one));
    T(fcntl(unix_socket, F_GETFL));
    struct if_nameindex *index = if_nameindex();
    int count = 0;
    while (index[count].if_index) printf("%u %s\n", index[count].if_index, index[count].if_name), count++;
    int n = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct sockaddr_nl local = {AF_NETLINK}, kernel = {AF_NETLINK};
    T(bind(n, (void *)&local, sizeof local));
    socklen_t length = sizeof local;
    T(getsockname(n, (void *)&local, &length));
    printf("port is the pid %d\n", local.nl_pid == (unsigned)getpid());
    struct {
        struct nlmsghdr header;
        struct ifinfomsg body;
    } ask = {{sizeof ask, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {AF_UNSPEC}};
    T(sendto(n, &ask, sizeof ask, 0, (void *)&kernel, sizeof kernel));
    length = sizeof local;
    long size = recvfrom(n, buffer, sizeof buffer, 0, (void *)&local, &length);
    struct nlmsghdr *answer = (void *)buffer;
    printf("answer %d type %d pid %d from %d\n", size > 100, answer->nlmsg_type, answer->nlmsg_pid == (unsigned)getpid(), local.nl_pid);
    int second = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE);
    T(write(second, &ask, sizeof ask));
    T(recv(second, buffer, 16, MSG_TRUNC | MSG_PEEK) > 16);
    length = sizeof local;
    T(getsockname(second, (void *)&local, &length));
    printf("port of its own %d\n", local.nl_pid != (unsigned)getpid() && local.nl_pid != 0);
    T(connect(second, (void *)&kernel, sizeof kernel));
    T(getpeername(second, (void *)&local, &length));
    T(setsockopt(second, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one));
    ask.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    ask.header.nlmsg_type = 9999 & ~3 | 2;
    T(send(n, &ask, sizeof ask, 0));
}

static void servers(void) {
    /* An echo server for several clients, each a process. */
    struct sockaddr_in address = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), total = 0;
    bind(listener, (void *)&address, sizeof address);
    listen(listener, 16);
    getsockname(listener, (void *)&address, &length);
    fflush(stdout);
    for (int i = 0; i < 8; i++) {
        if (!fork()) {
            int c = socket(AF_INET, SOCK_STREAM, 0);
            if (connect(c, (void *)&address, sizeof address) < 0) _exit(1);
            for (int k = 0; k < 50; k++) {
                int word = i * 1000 + k, back = 0;
                if (write(c, &word, sizeof word) != sizeof word) _exit(2);
                if (recv(c, &back, sizeof back, MSG_WAITALL) != sizeof back || back != word) _exit(3);
            }
            _exit(0);
        }
    }
    int queue = epoll_create1(0), open_now = 0, seen = 0;
    struct epoll_event event = {EPOLLIN, {.fd = listener}};
    epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event);
    while (seen < 8 || open_now > 0) {
        int n = epoll_wait(queue, &event, 1, 20000);
        if (n != 1) {
            printf("stuck\n");
            break;
        }
        if (event.data.fd == listener) {
            int c = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
            event = (struct epoll_event){EPOLLIN, {.fd = c}};
            epoll_ctl(queue, EPOLL_CTL_ADD, c, &event);
            seen++;
            open_now++;
            continue;
        }
        long got = read(event.data.fd, buffer, sizeof buffer);
        if (got <= 0) {
            close(event.data.fd);
            open_now--;
        } else {
            total += got;
            write(event.data.fd, buffer, got);
        }
    }
    printf("echoed %d\n", total);
    int status, good = 0;
    while (wait(&status) > 0) good += status == 0;
    printf("good %d\n", good);
    /* A server that passes its work on. */
    int control[2], s = socket(AF_UNIX, SOCK_STREAM, 0);
    bind_un(s, "work.sock");
    listen(s, 8);
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control);
    if (!fork()) {
        close(control[0]);
        for (;;) {
            struct control c;
            struct iovec vector = {buffer, 10};
            struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
            if (recvmsg(control[1], &message, 0) <= 0) _exit(0);
            int fd = *(int *)CMSG_DATA(&c.header);
            dprintf(fd, "worker");
            close(fd);
        }
    }
    close(control[1]);
    for (int i = 0; i < 4; i++) {
        if (!fork()) {
            int c = socket(AF_UNIX, SOCK_STREAM, 0);
            connect_un(c, "work.sock");
            long got = recv(c, buffer, 100, MSG_WAITALL);
            _exit(got == 6 ? 0 : 1);
        }
        int c = accept(s, NULL, NULL);
        send_files(control[0], &c, 1, "x");
        close(c);
    }
    close(control[0]);
    good = 0;
    while (wait(&status) > 0) good += status == 0;
    printf("good %d\n", good);
}

int main(int count, char **words) {
    const struct {
        const char *name;
        void (*run)(void);
    } topics[] = {{"pairs", pairs}, {"names", names}, {"abstracts", abstracts}, {"rights", rights}, {"credentials", credentials},
                  {"interruptions", interruptions}, {"internet", internet}, {"options", options}, {"several", several},
                  {"polls", polls}, {"interfaces", interfaces}, {"servers", servers}};
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < (int)(sizeof topics / sizeof *topics); i++) {
        if (count > 1 && !strcmp(words[1], topics[i].name)) topics[i].run();
    }
    return 0;
}
