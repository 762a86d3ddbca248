/* What goes with messages of UNIX sockets: descriptors and credentials; lists of messages. */
#include "sockets.h"

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
    int p[2], said[2];
    pipe(p);
    pipe(said);
    child = fork();
    if (!child) {
        close(p[0]);
        close(p[1]);
        close(said[1]);
        /* Not before the parent has said what it did. */
        read(said[0], buffer, 1);
        close(said[0]);
        int got = receive_files(s[1], 1000, 0);
        T(write(got, "child was here", 14));
        exit(0);
    }
    T(send_files(s[0], &p[1], 1, "take this"));
    close(said[0]);
    close(said[1]);
    close(p[1]);
    wait_child(child);
    T(read(p[0], buffer, 100));
    T(read(p[0], buffer, 100));
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
}

int main(int count, char **words) {
    const topic topics[] = {{"rights", rights}, {"credentials", credentials}, {"several", several}, {NULL, NULL}};
    return run_topic(count, words, topics);
}
