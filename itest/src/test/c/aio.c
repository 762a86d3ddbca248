/* Asynchronous I/O by its system calls, and what else the kernel says of files: handles, cached pages, attributes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

static aio_context_t context;

static void say(const char *what, long result) {
    if (result < 0) printf("%s: %s\n", what, strerrorname_np(errno));
    else printf("%s: %ld\n", what, result);
}

static long submit_one(struct iocb *request) {
    return syscall(SYS_io_submit, context, 1L, &request);
}

static struct iocb request(int operation, int fd, void *buffer, size_t length, long offset) {
    struct iocb made = {.aio_data = 100 + operation, .aio_key = 77, .aio_lio_opcode = operation, .aio_fildes = fd,
                        .aio_buf = (uintptr_t)buffer, .aio_nbytes = length, .aio_offset = offset};
    return made;
}

static void fetch(long least, long most) {
    struct io_event events[16];
    struct timespec time = {20, 0};
    long count = syscall(SYS_io_getevents, context, least, most, events, &time);
    say("events", count);
    for (int i = 0; i < count; i++)
        printf("  data %d key %d: %lld %lld\n", (int)events[i].data,
               ((struct iocb *)(uintptr_t)events[i].obj)->aio_key, (long long)events[i].res, (long long)events[i].res2);
}

static void nothing(int signal) {
    (void)signal;
}

static void *later(void *argument) {
    usleep(50000);
    submit_one(argument);
    return NULL;
}

static void requests(void) {
    char buffer[64] = "";
    struct iovec pieces[2] = {{buffer, 3}, {buffer + 10, 4}};
    say("no pointer", syscall(SYS_io_setup, 1, NULL));
    context = 5;
    say("not zero", syscall(SYS_io_setup, 1, &context));
    context = 0;
    say("none", syscall(SYS_io_setup, 0, &context));
    say("too many to count", syscall(SYS_io_setup, -1, &context));
    say("too many", syscall(SYS_io_setup, 1 << 22, &context));
    say("setup", syscall(SYS_io_setup, 8, &context));
    int fd = open("aio.txt", O_RDWR | O_CREAT | O_TRUNC, 0600);
    int reader = open("aio.txt", O_RDONLY), path = open("aio.txt", O_PATH), writer = open("aio.txt", O_WRONLY);
    struct iocb w = request(IOCB_CMD_PWRITE, fd, "hello, asynchronous world", 25, 0);
    struct iocb r = request(IOCB_CMD_PREAD, reader, buffer, 12, 7);
    struct iocb v = request(IOCB_CMD_PREADV, reader, pieces, 2, 0);
    struct iocb s = request(IOCB_CMD_FSYNC, fd, NULL, 0, 0);
    struct iocb d = request(IOCB_CMD_FDSYNC, fd, NULL, 0, 0);
    struct iocb *all[] = {&w, &r, &v, &s};
    say("submit", syscall(SYS_io_submit, context, 4L, all));
    fetch(2, 2);
    fetch(2, 8);
    fetch(0, 8);
    printf("%.12s\n", buffer);

    struct iocb bad = request(99, fd, buffer, 1, 0);
    say("operation", submit_one(&bad));
    bad = request(IOCB_CMD_PREAD, 99, buffer, 1, 0);
    say("descriptor", submit_one(&bad));
    bad = request(IOCB_CMD_PREAD, path, buffer, 1, 0);
    say("path", submit_one(&bad));
    bad = request(IOCB_CMD_PWRITE, reader, buffer, 1, 0);
    say("write to a reader", submit_one(&bad));
    bad = request(IOCB_CMD_PREAD, writer, buffer, 1, 0);
    say("read from a writer", submit_one(&bad));
    bad = request(IOCB_CMD_PREAD, reader, buffer, 1, -5);
    say("before the start", submit_one(&bad));
    bad = request(IOCB_CMD_PREAD, reader, buffer, -5L, 0);
    say("negative", submit_one(&bad));
    bad = request(IOCB_CMD_FSYNC, fd, NULL, 3, 0);
    say("part of a file", submit_one(&bad));
    bad = request(IOCB_CMD_PREAD, reader, buffer, 1, 0);
    bad.aio_rw_flags = 1 << 20;
    say("flags", submit_one(&bad));
    bad = request(IOCB_CMD_PREAD, reader, buffer, 1, 0);
    bad.aio_reserved2 = 1;
    say("reserved", submit_one(&bad));
    bad = request(IOCB_CMD_PREAD, reader, buffer, 1, 0);
    bad.aio_flags = IOCB_FLAG_RESFD, bad.aio_resfd = reader;
    say("no counter", submit_one(&bad));
    bad.aio_resfd = 98;
    say("closed counter", submit_one(&bad));
    bad = request(IOCB_CMD_PREAD, reader, (void *)8, 5, 0);
    say("bad buffer", submit_one(&bad));
    fetch(0, 4);
    say("bad request", submit_one(NULL));
    say("bad vector", syscall(SYS_io_submit, context, 2L, (void *)16));
    say("negative number", syscall(SYS_io_submit, context, -1L, all));
    all[1] = NULL;
    say("second one bad", syscall(SYS_io_submit, context, 2L, all));
    fetch(1, 1);

    int counter = eventfd(0, EFD_NONBLOCK);
    uint64_t value = 0;
    r.aio_flags = IOCB_FLAG_RESFD, r.aio_resfd = counter;
    all[0] = &r, all[1] = &r;
    say("counted", syscall(SYS_io_submit, context, 2L, all));
    say("counter", read(counter, &value, 8));
    printf("%d\n", (int)value);
    fetch(2, 2);

    int ends[2];
    pipe(ends);
    write(ends[1], "through a pipe", 14);
    bad = request(IOCB_CMD_PREAD, ends[0], buffer, 40, 0);
    say("pipe", submit_one(&bad));
    fetch(1, 1);
    say("cancel", syscall(SYS_io_cancel, context, &bad, buffer));
    say("cancel nothing", syscall(SYS_io_cancel, context, NULL, buffer));

    struct timespec brief = {0, 1000000}, patient = {20, 0};
    say("least above most", syscall(SYS_io_getevents, context, 3L, 2L, buffer, &brief));
    say("negative least", syscall(SYS_io_getevents, context, -1L, 2L, buffer, &brief));
    say("bad time", syscall(SYS_io_getevents, context, 1L, 2L, buffer, (void *)8));
    say("unknown context", syscall(SYS_io_getevents, 4096L, 1L, 2L, buffer, &brief));
    submit_one(&d);
    say("bad place", syscall(SYS_io_getevents, context, 1L, 2L, (void *)8, &patient));
    fetch(1, 2);

    struct io_event event;
    pthread_t thread;
    pthread_create(&thread, NULL, later, &d);
    say("waited", syscall(SYS_io_getevents, context, 1L, 1L, &event, NULL));
    pthread_join(thread, NULL);
    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {{0, 0}, {0, 50000}};
    setitimer(ITIMER_REAL, &timer, NULL);
    say("interrupted", syscall(SYS_io_getevents, context, 1L, 1L, &event, NULL));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    struct { sigset_t *set; size_t size; } mask = {&set, 8}, wrong = {&set, 9}, nowhere = {(void *)8, 8};
    struct timespec longer = {0, 100000000};
    setitimer(ITIMER_REAL, &timer, NULL);
    say("masked", syscall(SYS_io_pgetevents, context, 1L, 1L, &event, &longer, &mask));
    say("wrong mask", syscall(SYS_io_pgetevents, context, 1L, 1L, &event, &longer, &wrong));
    say("no mask", syscall(SYS_io_pgetevents, context, 1L, 1L, &event, &longer, &nowhere));
    say("destroy", syscall(SYS_io_destroy, context));
    say("destroy again", syscall(SYS_io_destroy, context));
    say("submit to nobody", submit_one(&r));
}

static void objects(void) {
    struct { struct file_handle head; char rest[128]; } handle = {{0, 0}};
    int mount;
    int fd = open("object.txt", O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < 5; i++) pwrite(fd, "x", 1, i * 4096);
    say("size", name_to_handle_at(AT_FDCWD, "object.txt", &handle.head, &mount, 0));
    printf("%d\n", handle.head.handle_bytes);
    say("handle", name_to_handle_at(AT_FDCWD, "object.txt", &handle.head, &mount, 0));
    printf("%d %d\n", handle.head.handle_bytes, handle.head.handle_type);
    say("by descriptor", name_to_handle_at(fd, "", &handle.head, &mount, AT_EMPTY_PATH));
    say("empty", name_to_handle_at(fd, "", &handle.head, &mount, 0));
    say("under a file", name_to_handle_at(fd, "x", &handle.head, &mount, 0));
    say("closed", name_to_handle_at(99, "x", &handle.head, &mount, 0));
    say("flags", name_to_handle_at(AT_FDCWD, "object.txt", &handle.head, &mount, 1 << 20));
    say("no handle", name_to_handle_at(AT_FDCWD, "object.txt", NULL, &mount, 0));
    say("no mount", name_to_handle_at(AT_FDCWD, "object.txt", &handle.head, (void *)8, 0));
    handle.head.handle_bytes = 500;
    say("too long", name_to_handle_at(AT_FDCWD, "object.txt", &handle.head, &mount, 0));
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
    uint64_t range[2] = {0, 0}, status[5] = {9, 9, 9, 9, 9};
    int pipes[2];
    pipe(pipes);
    say("cached", syscall(SYS_cachestat, fd, range, status, 0));
    printf("%d pages\n", (int)status[0]);
    say("flags", syscall(SYS_cachestat, fd, range, status, 1));
    say("closed", syscall(SYS_cachestat, 99, range, status, 0));
    say("no range", syscall(SYS_cachestat, fd, NULL, status, 0));
    say("no status", syscall(SYS_cachestat, fd, range, (void *)8, 0));
}

static void attributes(void) {
    struct utsname system;
    uname(&system);
    int major = 0, minor = 0;
    sscanf(system.release, "%d.%d", &major, &minor);
    if (major < 6 || major == 6 && minor < 13) {
        printf("this kernel has no such calls\n");
        return;
    }
    struct { uint64_t value; uint32_t size, flags; uint64_t more; } set = {(uintptr_t)"value", 5, 0, 0}, get = {0};
    char buffer[64] = "";
    long size = 16;
    int fd = open("attributes.txt", O_RDWR | O_CREAT | O_TRUNC, 0600), path = open("attributes.txt", O_PATH);
    symlink("attributes.txt", "attributes.link");
    say("set", syscall(463, AT_FDCWD, "attributes.txt", 0, "user.a", &set, size));
    set.flags = 1;
    say("create again", syscall(463, AT_FDCWD, "attributes.link", 0, "user.a", &set, size));
    say("create by descriptor", syscall(463, fd, "", AT_EMPTY_PATH, "user.b", &set, size));
    say("by path", syscall(463, path, "", AT_EMPTY_PATH, "user.c", &set, size));
    set.flags = 8;
    say("flags", syscall(463, fd, "", AT_EMPTY_PATH, "user.b", &set, size));
    say("short", syscall(463, fd, "", AT_EMPTY_PATH, "user.b", &set, 8L));
    set.flags = 0, set.more = 1;
    say("more", syscall(463, fd, "", AT_EMPTY_PATH, "user.b", &set, 24L));
    say("much more", syscall(463, fd, "", AT_EMPTY_PATH, "user.b", &set, 5000L));
    set.more = 0;
    say("zeros", syscall(463, fd, "", AT_EMPTY_PATH, "user.b", &set, 24L));
    say("the link's", syscall(463, AT_FDCWD, "attributes.link", AT_SYMLINK_NOFOLLOW, "user.d", &set, size));
    say("at flags", syscall(463, fd, "", 1, "user.b", &set, size));
    get.value = (uintptr_t)buffer, get.size = sizeof buffer;
    say("get", syscall(464, AT_FDCWD, "attributes.link", 0, "user.a", &get, size));
    printf("%s\n", buffer);
    say("none", syscall(464, AT_FDCWD, "attributes.txt", 0, "user.none", &get, size));
    get.size = 2;
    say("no room", syscall(464, AT_FDCWD, "attributes.txt", 0, "user.a", &get, size));
    get.size = 0;
    say("size", syscall(464, AT_FDCWD, "attributes.txt", 0, "user.a", &get, size));
    get.flags = 1;
    say("get flags", syscall(464, AT_FDCWD, "attributes.txt", 0, "user.a", &get, size));
    say("no arguments", syscall(464, AT_FDCWD, "attributes.txt", 0, "user.a", NULL, size));
    say("list", syscall(465, fd, "", AT_EMPTY_PATH, buffer, sizeof buffer));
    say("list size", syscall(465, AT_FDCWD, "attributes.link", 0, NULL, 0L));
    say("remove", syscall(466, AT_FDCWD, "attributes.txt", 0, "user.a"));
    say("remove again", syscall(466, fd, "", AT_EMPTY_PATH, "user.a"));
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1 && strcmp(argv[1], "objects") == 0) objects();
    else if (argc > 1 && strcmp(argv[1], "attributes") == 0) attributes();
    else requests();
    return 0;
}
