/* What the programs about sockets share. Each topic prints what the kernel answers, without what differs from run to run. */
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

__attribute__((unused)) static long show(int line, const char *what, long result) {
    if (result < 0) printf("%d %s: %s\n", line, what, strerrorname_np(errno));
    else printf("%d %s: %ld\n", line, what, result);
    return result;
}

#define T(call) show(__LINE__, #call, (long)(call))
/* For results whose value is not the same in each run. */
#define OK(call) show(__LINE__, #call, (call) < 0 ? -1 : 0)

__attribute__((unused)) static void text(const char *label, const void *bytes, long length) {
    printf("%s:", label);
    for (long i = 0; i < length; i++) {
        unsigned char c = ((const unsigned char *)bytes)[i];
        if (c > 32 && c < 127) putchar(c);
        else printf("\\%03o", c);
    }
    putchar('\n');
}

__attribute__((unused)) static struct sockaddr_un un(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path);
    return address;
}

__attribute__((unused)) static socklen_t abstract(struct sockaddr_un *address, const char *name) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int length = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "%s-%d", name, getpid());
    return offsetof(struct sockaddr_un, sun_path) + 1 + length;
}

__attribute__((unused)) static int bind_un(int fd, const char *path) {
    struct sockaddr_un address = un(path);
    return bind(fd, (void *)&address, sizeof address);
}

__attribute__((unused)) static int connect_un(int fd, const char *path) {
    struct sockaddr_un address = un(path);
    return connect(fd, (void *)&address, sizeof address);
}

/* An address of the kernel's, with its length. */
__attribute__((unused)) static void name(const char *label, int (*ask)(int, struct sockaddr *, socklen_t *), int fd) {
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

struct control {
    union {
        struct cmsghdr header;
        char bytes[2048];
    };
};

__attribute__((unused)) static long send_files(int fd, const int *files, int count, const char *data) {
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
__attribute__((unused)) static int receive_files(int fd, int room, int flags) {
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

__attribute__((unused)) static int lowest(void) {
    int fd = dup(0);
    close(fd);
    return fd;
}

__attribute__((unused)) static void wait_child(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    printf("child %x\n", status);
}

typedef struct {
    const char *name;
    void (*run)(void);
} topic;

__attribute__((unused)) static int run_topic(int count, char **words, const topic *topics) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; topics[i].name; i++) {
        if (count > 1 && !strcmp(words[1], topics[i].name)) {
            topics[i].run();
            return 0;
        }
    }
    return 2;
}
