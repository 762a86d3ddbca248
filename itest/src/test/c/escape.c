/*
 * Looks after itself while it leaves dune or enters it: prints "ready", goes on until it has been where it is to go, and looks whether
 * everything is as it was. The last line is "good" or there are lines about what is not.
 *
 * escape MEGABYTES [WAY [tell]]: the way is o for out, i for into dune, and so on: "ioi". Without one it is out. It tells of each station.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define CHECK(what) do { if (!(what)) { printf("%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #what, errno); bad = 1; } } while (0)

static int bad;
static volatile sig_atomic_t ticks, users;
static __thread volatile int tls = 4711;

static void onTick(int signal) { ticks++; }
static void onUser(int signal) { users++; }

static uint64_t mix(uint64_t x) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; return x; }

static long long now(int clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static const char *way = "o";
static int tells, stations;

static int has_arrived(void)
{
    if (*way && (syscall(0x64756e65L, 0L) == 1) == (*way == 'i')) {
        way++;
        stations++;
        if (tells) printf("station %d\n", stations);
    }
    return *way == 0;
}

int main(int argc, char **argv)
{
    size_t megabytes = argc > 1 ? atoi(argv[1]) : 1;
    if (argc > 2) way = argv[2];
    tells = argc > 3;
    pid_t pid = getpid();
    setvbuf(stdout, NULL, _IOLBF, 0);

    /* Files: one read in part, one appended to, a pipe with something in it, a high number, close-on-exec. */
    char name[] = "/tmp/dune-itest-escape-XXXXXX";
    int file = mkstemp(name);
    CHECK(write(file, "0123456789", 10) == 10 && lseek(file, 3, SEEK_SET) == 3);
    int appended = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);
    int high = fcntl(file, F_DUPFD, 200);
    int ends[2];
    CHECK(pipe2(ends, O_NONBLOCK) == 0 && write(ends[1], "pipe", 4) == 4);
    CHECK(chdir("/usr/bin") == 0);
    umask(027);

    /* Memory: a heap, private and shared file pages, shared anonymous memory, pages that may not be read. */
    size_t words = megabytes << 17;
    uint64_t *heap = malloc(words * 8), seed = 88172645463325252ULL;
    for (size_t i = 0; i < words; i++) heap[i] = seed = mix(seed);
    ftruncate(file, 3 * PAGE);
    char *private = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    private[5] = 'x';
    mprotect(private, 2 * PAGE, PROT_READ);
    char *shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, PAGE);
    strcpy(shared, "before");
    char *common = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    strcpy(common + 2 * PAGE, "common");
    char *again = mremap(common, 0, 4 * PAGE, MREMAP_MAYMOVE);
    char *hidden = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(hidden + PAGE, "hidden");
    mprotect(hidden + PAGE, PAGE, PROT_NONE);
    char *heapEnd = sbrk(0);

    /* Signals: handlers, a mask, an alternate stack, a timer. */
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536}, oldStack;
    sigaltstack(&stack, NULL);
    struct sigaction tick = {.sa_handler = onTick, .sa_flags = SA_RESTART | SA_ONSTACK}, old;
    sigaction(SIGALRM, &tick, NULL);
    signal(SIGUSR1, onUser);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTRAP, SIG_IGN);
    sigset_t mask, oldMask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    signal(SIGUSR2, onUser);
    sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 5});
    struct itimerval interval = {{0, 10000}, {0, 10000}}, left;
    setitimer(ITIMER_REAL, &interval, NULL);
    struct rlimit limit = {100, 300};
    setrlimit(RLIMIT_NOFILE, &limit);
    prctl(PR_SET_NAME, "escaping");
    tls = 42;

    long long wall = now(CLOCK_REALTIME), steady = now(CLOCK_MONOTONIC);
    printf("ready\n");

    /* Something in registers, among them those of floating point, all the time. */
    uint64_t state = 1, rounds = 0, after = 0;
    double sum = 0, step = 1.0 / 3;
    while (after < 200) {
        for (int i = 0; i < 100000; i++) {
            state = mix(state);
            sum += step;
            step = -step;
        }
        rounds++;
        if (has_arrived()) after++;
    }
    uint64_t expected = 1;
    for (uint64_t i = 0; i < rounds * 100000; i++) expected = mix(expected);
    CHECK(state == expected);
    CHECK(sum == 0);
    CHECK(argc <= 2 || getpid() == pid && syscall(SYS_gettid) == pid);

    long long passed = now(CLOCK_MONOTONIC) - steady, passedWall = now(CLOCK_REALTIME) - wall;
    CHECK(passed > 0 && llabs(passed - passedWall) < 1000000000LL);

    char text[64] = "";
    CHECK(read(file, text, 7) == 7 && strcmp(text, "3456789") == 0);
    CHECK(lseek(high, 0, SEEK_CUR) == 10);
    CHECK(fcntl(high, F_GETFD) == 0);
    CHECK(write(appended, "A", 1) == 1 && lseek(appended, 0, SEEK_CUR) == 3 * PAGE + 1);
    CHECK(fcntl(appended, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(appended, F_GETFL) & O_APPEND);
    memset(text, 0, sizeof text);
    CHECK(read(ends[0], text, sizeof text) == 4 && strcmp(text, "pipe") == 0);
    CHECK(read(ends[0], text, 1) == -1 && errno == EAGAIN);
    CHECK(getcwd(text, sizeof text) && strcmp(text, "/usr/bin") == 0);
    CHECK(umask(0) == 027);
    int many = 0;
    for (int i = 0; i < 1024; i++) many += fcntl(i, F_GETFD) >= 0;
    CHECK(many == 8);

    for (size_t i = 0, x = seed = 88172645463325252ULL; i < words; i++) {
        x = mix(x);
        if (heap[i] != x) { CHECK(heap[i] == x); break; }
    }
    CHECK(private[5] == 'x' && private[0] == '0');
    strcpy(shared, "behind");
    CHECK(pread(file, text, 7, PAGE) == 7 && strcmp(text, "behind") == 0);
    CHECK(strcmp(common + 2 * PAGE, "common") == 0);
    common[0] = 'c';
    CHECK(again[0] == 'c');
    mprotect(hidden + PAGE, PAGE, PROT_READ);
    CHECK(strcmp(hidden + PAGE, "hidden") == 0);
    CHECK(sbrk(0) == heapEnd);
    CHECK(sbrk(PAGE) == heapEnd && (heapEnd[0] = 1));
    CHECK(tls == 42);

    sigaltstack(NULL, &oldStack);
    CHECK(oldStack.ss_sp == stack.ss_sp && oldStack.ss_size == 65536 && oldStack.ss_flags == 0);
    CHECK(getitimer(ITIMER_REAL, &left) == 0 && left.it_interval.tv_usec == 10000);
    int before = ticks;
    for (int i = 0; i < 2000 && ticks <= before + 3; i++) nanosleep(&(struct timespec){0, 10000000}, NULL);
    CHECK(ticks > before + 3);
    sigaction(SIGALRM, NULL, &old);
    CHECK(old.sa_handler == onTick && (old.sa_flags & (SA_RESTART | SA_ONSTACK | SA_NODEFER)) == (SA_RESTART | SA_ONSTACK));
    sigaction(SIGTRAP, NULL, &old);
    CHECK(old.sa_handler == SIG_IGN);
    sigaction(SIGPIPE, NULL, &old);
    CHECK(old.sa_handler == SIG_IGN);
    sigaction(SIGTERM, NULL, &old);
    CHECK(old.sa_handler == SIG_DFL);
    sigprocmask(SIG_SETMASK, NULL, &oldMask);
    for (int i = 1; i < 65; i++) CHECK(sigismember(&oldMask, i) == (i == SIGUSR2));
    siginfo_t info;
    CHECK(sigtimedwait(&mask, &info, &(struct timespec){0, 0}) == SIGUSR2 && info.si_value.sival_int == 5 && info.si_code == SI_QUEUE);
    CHECK(users == 0);
    raise(SIGUSR1);
    CHECK(users == 1);
    getrlimit(RLIMIT_NOFILE, &limit);
    CHECK(limit.rlim_cur == 100 && limit.rlim_max == 300);

    char line[256] = "";
    int proc = open("/proc/self/comm", O_RDONLY);
    CHECK(read(proc, line, sizeof line) > 0 && strcmp(line, "escaping\n") == 0);
    close(proc);
    proc = open("/proc/self/cmdline", O_RDONLY);
    CHECK(read(proc, line, sizeof line) > 0 && strcmp(line, argv[0]) == 0);
    close(proc);
    CHECK(readlink("/proc/self/exe", line, sizeof line) > 0);
    if (getuid() == 0) CHECK(strncmp(line, argv[0], strlen(argv[0])) == 0);
    unlink(name);
    printf(bad ? "bad\n" : "good\n");
    return bad ? 1 : 7;
}
