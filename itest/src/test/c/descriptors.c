/* What can be done with descriptors besides reading and writing: moving data, locks, leases, watches, sealed memory. */
#include "sockets.h"
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/timerfd.h>

static volatile sig_atomic_t last_signal, last_fd, last_code;

static void note(int signal, siginfo_t *info, void *context) {
    (void)context;
    last_signal = signal;
    last_fd = info->si_fd;
    last_code = info->si_code;
}

static void catch_signal(int signal) {
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    sigaction(signal, &action, NULL);
}

/* Waits for a signal that is on its way. */
static void wait_signal(void) {
    for (int i = 0; i < 2000 && !last_signal; i++) usleep(1000);
    printf("signal %d fd %d code %d\n", last_signal, last_fd, last_code);
    last_signal = last_fd = last_code = 0;
}

enum kind { FILE_KIND, PIPE_READ, PIPE_WRITE, STREAM, DATAGRAM, TCP, MEMORY, EVENTS, PROC, ZERO, NULL_DEVICE, DIRECTORY, PATH, KINDS };

static int other_ends[64], others;

static int make(int kind) {
    int s[2];
    struct sockaddr_in address = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    switch (kind) {
        case FILE_KIND:
            s[0] = open("pump.txt", O_RDWR | O_CREAT | O_TRUNC, 0600);
            write(s[0], "0123456789", 10);
            lseek(s[0], 0, SEEK_SET);
            return s[0];
        case PIPE_READ:
            pipe2(s, O_NONBLOCK);
            write(s[1], "from the pipe", 13);
            other_ends[others++] = s[1];
            return s[0];
        case PIPE_WRITE:
            pipe2(s, O_NONBLOCK);
            other_ends[others++] = s[0];
            return s[1];
        case STREAM:
        case DATAGRAM:
            socketpair(AF_UNIX, (kind == STREAM ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK, 0, s);
            write(s[1], "from the socket", 15);
            other_ends[others++] = s[1];
            return s[0];
        case TCP:
            s[0] = socket(AF_INET, SOCK_STREAM, 0);
            bind(s[0], (void *)&address, sizeof address);
            listen(s[0], 1);
            getsockname(s[0], (void *)&address, &length);
            s[1] = socket(AF_INET, SOCK_STREAM, 0);
            connect(s[1], (void *)&address, sizeof address);
            other_ends[others++] = accept(s[0], NULL, NULL);
            write(other_ends[others - 1], "from the net", 12);
            close(s[0]);
            fcntl(s[1], F_SETFL, O_RDWR | O_NONBLOCK);
            return s[1];
        case MEMORY:
            s[0] = memfd_create("pump", 0);
            write(s[0], "in memory", 9);
            lseek(s[0], 0, SEEK_SET);
            return s[0];
        case EVENTS: return eventfd(3, EFD_NONBLOCK);
        case PROC: return open("/proc/self/cmdline", O_RDONLY);
        case ZERO: return open("/dev/zero", O_RDWR);
        case NULL_DEVICE: return open("/dev/null", O_RDWR);
        case DIRECTORY: return open(".", O_RDONLY);
        default: return open("pump.txt", O_PATH | O_CREAT, 0600);
    }
}

static void forget(void) {
    while (others > 0) close(other_ends[--others]);
}

static const char *outcome(long result) {
    static char text[32];
    if (result < 0) return strerrorname_np(errno);
    snprintf(text, sizeof text, "%ld", result);
    return text;
}

static void pumps(void) {
    signal(SIGPIPE, SIG_IGN);
    for (int from = 0; from < KINDS; from++) {
        for (int to = 0; to < PATH; to++) {
            printf("%d -> %d:", from, to);
            int a = make(from), b = make(to);
            printf(" sendfile %s", outcome(sendfile(b, a, NULL, 5)));
            close(a), close(b), forget();
            off_t offset = 2;
            a = make(from), b = make(to);
            printf(" at %s", outcome(sendfile(b, a, &offset, 5)));
            printf(" %ld", (long)offset);
            close(a), close(b), forget();
            a = make(from), b = make(to);
            printf(" splice %s", outcome(splice(a, NULL, b, NULL, 5, SPLICE_F_NONBLOCK)));
            close(a), close(b), forget();
            a = make(from), b = make(to);
            off_t in = 1, out = 2;
            printf(" at %s", outcome(splice(a, &in, b, NULL, 5, SPLICE_F_NONBLOCK)));
            printf(" %s", outcome(splice(a, NULL, b, &out, 5, SPLICE_F_NONBLOCK)));
            printf(" %ld %ld", (long)in, (long)out);
            close(a), close(b), forget();
            a = make(from), b = make(to);
            printf(" tee %s", outcome(tee(a, b, 5, SPLICE_F_NONBLOCK)));
            close(a), close(b), forget();
            a = make(from), b = make(to);
            in = 1, out = 20;
            printf(" copy %s", outcome(copy_file_range(a, &in, b, &out, 5, 0)));
            close(a), close(b), forget();
            printf("\n");
        }
        struct iovec vector = {"vmsplice", 8};
        int a = make(from);
        printf("%d: vmsplice %s\n", from, outcome(vmsplice(a, &vector, 1, SPLICE_F_NONBLOCK)));
        printf("%d: pread %s", from, outcome(pread(a, buffer, 4, 1)));
        printf(" pwrite %s", outcome(pwrite(a, "x", 1, 1)));
        printf(" seek %s", outcome(lseek(a, 1, SEEK_SET)));
        printf(" truncate %s", outcome(ftruncate(a, 5)));
        printf(" allocate %s", outcome(fallocate(a, 0, 0, 10)));
        printf(" sync %s", outcome(fsync(a)));
        struct flock lock = {.l_type = F_RDLCK};
        /* Nobody else could see a lock on what is made up for one process. */
        if (from != PROC) printf(" flock %s", outcome(flock(a, LOCK_EX | LOCK_NB)));
        if (from != PROC) printf(" lock %s", outcome(fcntl(a, F_SETLK, &lock)));
        printf("\n");
        close(a), forget();
    }
    int tcp = make(TCP), file = make(FILE_KIND), s[2];
    T(sendfile(tcp, file, NULL, 1 << 20));
    T(recv(other_ends[0], buffer, 100, 0));
    pipe(s);
    T(splice(tcp, NULL, s[1], NULL, 100, 0));
    T(read(s[0], buffer, 100));
    text("net", buffer, 12);
    write(s[1], "back", 4);
    T(splice(s[0], NULL, tcp, NULL, 100, 0));
    T(recv(other_ends[0], buffer, 100, 0));
    shutdown(other_ends[0], SHUT_WR);
    T(splice(tcp, NULL, s[1], NULL, 100, 0));
    T(copy_file_range(file, NULL, file, NULL, 3, 7));
    T(splice(s[0], NULL, tcp, NULL, 100, 0x80));
    close(other_ends[0]);
    /* Bad descriptors and directions */
    T(sendfile(99, file, NULL, 1));
    T(sendfile(tcp, s[1], NULL, 1));
    T(splice(s[1], NULL, s[0], NULL, 1, 0));
    T(tee(s[0], s[1], 1, SPLICE_F_NONBLOCK));
}

static long lock_range(int fd, int command, int type, long start, long length) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &lock);
}

static void query(const char *label, int fd, int command, int type, long start, long length, pid_t child) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    if (fcntl(fd, command, &lock) < 0) printf("%s: %s\n", label, strerrorname_np(errno));
    else if (lock.l_type == F_UNLCK) printf("%s: free\n", label);
    else printf("%s: type %d start %ld length %ld pid %s\n", label, lock.l_type, (long)lock.l_start, (long)lock.l_len,
                lock.l_pid == child ? "child" : lock.l_pid == getpid() ? "own" : lock.l_pid == getppid() ? "parent" : lock.l_pid == -1 ? "-1" : "other");
}

static void locks(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    int fd = open("locks", O_RDWR | O_CREAT, 0600), p[2], q[2];
    write(fd, buffer, 100);
    pipe(p);
    pipe(q);
    T(lock_range(fd, F_SETLK, F_WRLCK, 0, 10));
    T(lock_range(fd, F_SETLK, F_RDLCK, 5, 100));
    query("own lock", fd, F_GETLK, F_WRLCK, 0, 0, 0);
    pid_t child = fork();
    if (!child) {
        query("first", fd, F_GETLK, F_RDLCK, 0, 0, 0);
        query("second", fd, F_GETLK, F_WRLCK, 6, 1, 0);
        query("behind", fd, F_GETLK, F_WRLCK, 105, 0, 0);
        query("by description", fd, F_OFD_GETLK, F_WRLCK, 0, 1, 0);
        T(lock_range(fd, F_SETLK, F_RDLCK, 3, 1));
        T(lock_range(fd, F_SETLK, F_RDLCK, 8, 2));
        T(lock_range(fd, F_SETLK, F_WRLCK, 200, 10));
        write(q[1], "x", 1);
        long result = lock_range(fd, F_SETLKW, F_WRLCK, 0, 1);
        read(p[0], buffer, 1);
        T(result);
        printf("child has it\n");
        write(q[1], "x", 1);
        read(p[0], buffer, 1);
        _exit(0);
    }
    read(q[0], buffer, 1);
    query("child's", fd, F_GETLK, F_RDLCK, 150, 100, child);
    usleep(100000); /* it waits by now */
    T(lock_range(fd, F_SETLKW, F_WRLCK, 205, 1));
    T(lock_range(fd, F_SETLK, F_UNLCK, 0, 0));
    write(p[1], "x", 1);
    read(q[0], buffer, 1);
    write(p[1], "x", 1);
    wait_child(child);
    query("after the child", fd, F_GETLK, F_WRLCK, 0, 0, child);
    /* By the end, backwards, out of range */
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -10, .l_len = 5};
    T(fcntl(fd, F_SETLK, &lock));
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 50, .l_len = -20};
    T(fcntl(fd, F_SETLK, &lock));
    lseek(fd, 60, SEEK_SET);
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = 1, .l_len = 2};
    T(fcntl(fd, F_SETLK, &lock));
    if (!(child = fork())) {
        for (int i = 0; i < 100; i += 5) query("range", fd, F_GETLK, F_WRLCK, i, 5, 0);
        _exit(0);
    }
    wait_child(child);
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = -1};
    T(fcntl(fd, F_SETLK, &lock));
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = -6};
    T(fcntl(fd, F_SETLK, &lock));
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = INT64_MAX};
    T(fcntl(fd, F_SETLK, &lock));
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = INT64_MAX};
    T(fcntl(fd, F_SETLK, &lock));
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = 7};
    T(fcntl(fd, F_SETLK, &lock));
    lock = (struct flock){.l_type = 7};
    T(fcntl(fd, F_SETLK, &lock));
    T(fcntl(fd, F_GETLK, &lock));
    T(fcntl(fd, F_SETLK, 8));
    lock = (struct flock){.l_type = F_WRLCK, .l_pid = 1};
    T(fcntl(fd, F_OFD_SETLK, &lock));
    T(fcntl(fd, F_OFD_GETLK, &lock));
    /* Any close ends them. */
    close(open("locks", O_RDONLY));
    if (!(child = fork())) {
        query("after a close", fd, F_GETLK, F_WRLCK, 0, 0, 0);
        _exit(0);
    }
    wait_child(child);
    /* Locks of descriptions, and of whole files */
    int other = open("locks", O_RDWR);
    T(lock_range(fd, F_OFD_SETLK, F_WRLCK, 0, 10));
    T(lock_range(other, F_OFD_SETLK, F_WRLCK, 5, 1));
    query("description's", other, F_OFD_GETLK, F_RDLCK, 0, 0, 0);
    query("description's", other, F_GETLK, F_RDLCK, 0, 0, 0);
    T(flock(fd, LOCK_SH));
    T(flock(other, LOCK_SH | LOCK_NB));
    T(flock(other, LOCK_EX | LOCK_NB));
    T(flock(fd, LOCK_UN));
    T(flock(other, LOCK_EX | LOCK_NB));
    T(flock(fd, 77));
    if (!(child = fork())) {
        T(flock(other, LOCK_UN));
        _exit(0);
    }
    wait_child(child);
    T(flock(fd, LOCK_EX | LOCK_NB));
}

static void leases(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    int fd = open("lease", O_RDWR | O_CREAT, 0600), p[2];
    pipe(p);
    catch_signal(SIGIO);
    catch_signal(SIGRTMIN + 3);
    T(fcntl(fd, F_GETLEASE));
    T(fcntl(fd, F_SETLEASE, F_RDLCK));
    T(fcntl(fd, F_SETLEASE, F_WRLCK));
    T(fcntl(fd, F_GETLEASE));
    pid_t child = fork();
    if (!child) {
        close(fd);
        int refused = open("lease", O_RDONLY | O_NONBLOCK) < 0 && errno == EAGAIN;
        int got = open("lease", O_RDONLY);
        _exit(refused && got >= 0 ? 0 : 1);
    }
    wait_signal();
    T(fcntl(fd, F_GETLEASE));
    T(fcntl(fd, F_SETLEASE, F_UNLCK));
    wait_child(child);
    close(fd);
    fd = open("lease", O_RDONLY);
    T(fcntl(fd, F_SETSIG, SIGRTMIN + 3));
    T(fcntl(fd, F_SETLEASE, F_RDLCK));
    T(open("lease", O_WRONLY | O_NONBLOCK));
    wait_signal();
    T(fcntl(fd, F_SETLEASE, F_UNLCK));
    T(fcntl(fd, F_SETLEASE, 77));
    T(fcntl(p[0], F_SETLEASE, F_RDLCK));
    int directory = open(".", O_RDONLY);
    T(fcntl(directory, F_SETLEASE, F_RDLCK));
    T(fcntl(fd, F_NOTIFY, DN_CREATE));
    T(fcntl(directory, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
    close(open("new1", O_CREAT | O_WRONLY, 0600));
    wait_signal();
    T(fcntl(directory, F_SETSIG, SIGRTMIN + 3));
    close(open("new2", O_CREAT | O_WRONLY, 0600));
    last_signal ? (void)0 : (void)usleep(1000);
    wait_signal();
    T(fcntl(directory, F_NOTIFY, 0));
    T(fcntl(directory, F_NOTIFY, DN_DELETE));
    unlink("new1");
    wait_signal();
}

static void events(int fd, const char *label) {
    char events[4096] __attribute__((aligned(8)));
    long length = read(fd, events, sizeof events);
    if (length < 0) printf("%s: %s\n", label, strerrorname_np(errno));
    for (long at = 0; at < length; at += sizeof(struct inotify_event) + ((struct inotify_event *)(events + at))->len) {
        struct inotify_event *event = (void *)(events + at);
        printf("%s: wd %d mask %x cookie %d name %s\n", label, event->wd, event->mask, event->cookie != 0, event->len ? event->name : "");
    }
}

static void watches(void) {
    int fd = inotify_init1(IN_NONBLOCK);
    mkdir("watched", 0700);
    T(inotify_add_watch(fd, "watched", IN_ALL_EVENTS));
    T(inotify_add_watch(fd, "watched/none", IN_ALL_EVENTS));
    T(inotify_add_watch(fd, "watched", IN_CREATE | IN_MASK_CREATE));
    int file = open("watched/a", O_RDWR | O_CREAT, 0600);
    write(file, "x", 1);
    fchmod(file, 0400);
    close(file);
    rename("watched/a", "watched/b");
    events(fd, "file");
    symlink("b", "watched/l");
    T(inotify_add_watch(fd, "watched/l", IN_ALL_EVENTS | IN_DONT_FOLLOW));
    T(inotify_add_watch(fd, "watched/b", IN_ONESHOT | IN_MODIFY | IN_ONLYDIR));
    T(inotify_add_watch(fd, "watched/b", IN_ONESHOT | IN_ATTRIB));
    events(fd, "link");
    chmod("watched/b", 0600);
    events(fd, "once");
    T(inotify_rm_watch(fd, 77));
    T(inotify_rm_watch(fd, 1));
    events(fd, "removed");
    int bound = socket(AF_UNIX, SOCK_DGRAM, 0);
    T(inotify_add_watch(fd, "watched", IN_CREATE | IN_DELETE | IN_DELETE_SELF));
    T(bind_un(bound, "watched/socket"));
    events(fd, "socket");
    unlink("watched/socket"), unlink("watched/l"), unlink("watched/b"), rmdir("watched");
    events(fd, "end");
    T(read(fd, buffer, 3));
    T(write(fd, buffer, 3));
    T(ioctl(fd, FIONREAD, buffer));
    T(inotify_add_watch(fd, ".", 0));
    T(inotify_add_watch(0, ".", IN_CREATE));
    T(inotify_add_watch(fd, (char *)8, IN_CREATE));
    T(inotify_init1(77));
}

static void memory(void) {
    int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    T(fcntl(fd, F_GETFD));
    T(ftruncate(fd, 8192));
    T(fcntl(fd, F_GET_SEALS));
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    strcpy(map, "shared");
    T(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    T(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    T(ftruncate(fd, 4096));
    T(ftruncate(fd, 16384));
    munmap(map, 4096);
    T(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW));
    T(pwrite(fd, "x", 1, 0));
    T(ftruncate(fd, 32768));
    T(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    T(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
    T(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) == MAP_FAILED);
    T(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    T(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    T(fcntl(fd, F_GET_SEALS));
    T(pread(fd, buffer, 6, 0));
    text("content", buffer, 6);
    T(fcntl(memfd_create("plain", 0), F_ADD_SEALS, F_SEAL_WRITE));
    T(fcntl(0, F_GET_SEALS));
    T(memfd_create("bad", 0x80000000));
    T(memfd_create((char *)8, 0));
    memset(buffer, 'n', 300);
    buffer[250] = 0;
    T(memfd_create(buffer, 0));
    char link[64], target[64] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    readlink(link, target, sizeof target - 1);
    printf("%s\n", target);
    int again = open(link, O_RDONLY);
    T(again >= 0);
    T(pread(again, buffer, 6, 0));
}

static void counters(void) {
    int e = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK), t = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    eventfd_t value;
    T(eventfd_read(e, &value));
    printf("%ld\n", (long)value);
    T(eventfd_read(e, &value));
    T(eventfd_read(e, &value));
    T(eventfd_write(e, -1));
    T(eventfd_write(e, UINT64_MAX - 1));
    T(eventfd_write(e, 1));
    T(read(e, buffer, 7));
    T(write(e, buffer, 7));
    struct itimerspec set = {{0, 20000000}, {0, 10000000}}, got;
    T(read(t, &value, 8));
    T(timerfd_settime(t, 0, &set, NULL));
    T(timerfd_gettime(t, &got));
    printf("%ld %ld\n", (long)got.it_interval.tv_nsec, (long)(got.it_value.tv_nsec > 0));
    struct pollfd p = {t, POLLIN};
    T(poll(&p, 1, 5000));
    T(read(t, &value, 8));
    printf("%d\n", value >= 1);
    T(timerfd_settime(t, 77, &set, NULL));
    T(timerfd_settime(e, 0, &set, NULL));
    set.it_value.tv_nsec = 2000000000;
    T(timerfd_settime(t, 0, &set, NULL));
    T(timerfd_create(77, 0));
    T(timerfd_create(CLOCK_REALTIME, 77));
    T(write(t, &value, 8));
    T(close_range(100, 50, 0));
    T(close_range(3, 4, 77));
    int d = dup(0);
    T(close_range(d, d, CLOSE_RANGE_CLOEXEC));
    T(fcntl(d, F_GETFD));
    T(close_range(d, ~0U, 0));
    T(fcntl(d, F_GETFD));
}

int main(int count, char **words) {
    const topic topics[] = {{"pumps", pumps}, {"locks", locks}, {"leases", leases}, {"watches", watches}, {"memory", memory}, {"counters", counters}, {NULL, NULL}};
    return run_topic(count, words, topics);
}
