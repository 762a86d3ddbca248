/*
 * System V shared memory, semaphores and message queues, and POSIX message queues, between processes. Prints what the
 * calls give and what the objects say of themselves; ids, pids and times only by what they are equal to, so that the output
 * is the same wherever it runs. Removes all that it makes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#define SEM_STAT_ANY 20
#define MSG_STAT_ANY 13
#endif

#define SHOW(call) do { errno = 0; long r_ = (long)(call); int e_ = errno; \
    printf("%s = %ld%s%s\n", #call, r_ < 0 ? -1 : r_, r_ < 0 ? " " : "", r_ < 0 ? strerrorname_np(e_) : ""); } while (0)
#define GOOD(call) do { errno = 0; long r_ = (long)(call); \
    printf("%s %s\n", #call, r_ == -1 ? strerrorname_np(errno) : "good"); } while (0)

union semun { int val; struct semid_ds *buf; unsigned short *array; struct seminfo *info; };

static pid_t self;

/* Nobody else's, if several of these run natively at once. */
static key_t key;

static const char *who(pid_t pid, pid_t child) {
    return pid == 0 ? "nobody" : pid == self ? "self" : pid == child ? "child" : "other";
}

static const char *when(time_t t) {
    time_t now = time(NULL);
    return t == 0 ? "never" : t >= now - 60 && t <= now ? "now" : "wrong";
}

static int await(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) != pid)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void nap(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&t, &t) && errno == EINTR) ;
}

/* SIGALRM again and again, because the first may come before the wait that it is to end; or no more. */
static void alarms(int on) {
    struct itimerval alarm = {{0, on ? 20000 : 0}, {0, on ? 20000 : 0}};
    setitimer(ITIMER_REAL, &alarm, NULL);
}

static volatile int caught;
static volatile siginfo_t caught_info;

static void handler(int signal, siginfo_t *info, void *context) {
    (void)context;
    caught = signal;
    caught_info = *info;
}

static void catch(int signal, int flags) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigaction(signal, &action, NULL);
}

/* fork, with nothing in the buffer. */
static pid_t split(void) {
    fflush(stdout);
    return fork();
}

/* A user without privileges does something; its exit status is printed. */
static pid_t user(void) {
    pid_t pid = split();
    if (pid == 0 && (setgroups(0, NULL), setresgid(12345, 12345, 12345) || setresuid(12345, 12345, 12345))) _exit(99);
    return pid;
}

/* Shared memory */

static void segment(const char *what, int id, pid_t child) {
    struct shmid_ds s;
    if (shmctl(id, IPC_STAT, &s)) { printf("%s: %s\n", what, strerrorname_np(errno)); return; }
    printf("%s: size %zu mode %o nattch %lu cpid %s lpid %s atime %s dtime %s ctime %s\n", what, s.shm_segsz,
           s.shm_perm.mode, (unsigned long)s.shm_nattch, who(s.shm_cpid, child), who(s.shm_lpid, child),
           when(s.shm_atime), when(s.shm_dtime), when(s.shm_ctime));
}

static void maps(const char *what) {
    char line[512], path[512], permissions[8], name[64];
    unsigned long start, end, offset;
    FILE *f = fopen("/proc/self/maps", "r");
    sprintf(name, "/SYSV%08x (deleted)", key);
    printf("%s:", what);
    while (fgets(line, sizeof line, f)) {
        if (strstr(line, "SYSV") && sscanf(line, "%lx-%lx %7s %lx %*s %*s %511[^\n]", &start, &end, permissions, &offset, path) == 5)
            printf(" [%lu %s %lx%s]", (end - start) >> 12, permissions, offset, strcmp(path, name) ? path : "");
    }
    printf("\n");
    fclose(f);
}

static void shm(void) {
    int id = shmget(key, 3 * 4096 + 10, IPC_CREAT | IPC_EXCL | 0640);
    printf("made %d\n", id >= 0);
    segment("new", id, 0);
    SHOW(shmget(key, 0, 0) == id);
    SHOW(shmget(key, 3 * 4096 + 11, 0));
    SHOW(shmget(key, 1, IPC_CREAT | IPC_EXCL | 0600));
    SHOW(shmget(key + 1, 1, 0600));
    SHOW(shmget(IPC_PRIVATE, 0, 0600));
    SHOW(shmget(IPC_PRIVATE, -1ul, 0600));
    SHOW(shmget(IPC_PRIVATE, 1ul << 46, 0600));
    char *p = shmat(id, NULL, 0);
    strcpy(p + 8192, "hello");
    segment("attached", id, 0);
    maps("maps");
    pid_t child = split();
    if (child == 0) {
        printf("child sees %s\n", p + 8192);
        segment("in child", id, 0);
        strcpy(p + 8192, "from the child");
        fflush(stdout);
        _exit(shmdt(p));
    }
    SHOW(await(child));
    printf("parent sees %s\n", p + 8192);
    segment("after child", id, child);
    child = split();
    if (child == 0) _exit(3);
    SHOW(await(child));
    segment("after exit", id, child);
    child = split();
    if (child == 0) { execl("/bin/true", "true", NULL); _exit(1); }
    SHOW(await(child));
    segment("after exec", id, child);
    child = vfork();
    if (child == 0) { execl("/bin/true", "true", NULL); _exit(1); }
    SHOW(await(child));
    segment("after vfork and exec", id, child);

    SHOW(mprotect(p + 4096, 4096, PROT_READ));
    segment("split", id, 0);
    maps("maps");
    SHOW(mprotect(p + 4096, 4096, PROT_READ | PROT_WRITE));
    segment("one protection", id, 0);
    maps("maps");
    SHOW(munmap(p + 4096, 4096));
    segment("hole", id, 0);
    SHOW(shmdt(p + 4096));
    SHOW(shmdt(p + 1));
    SHOW(shmdt(p));
    SHOW(shmdt(p));
    segment("detached", id, 0);

    char *room = mmap(NULL, 64 << 12, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SHOW(shmat(id, room, 0) == (void *)-1 ? -1 : 0);
    SHOW(shmat(id, room + 5, SHM_RND) == (void *)-1 ? -1 : 0);
    SHOW(shmat(id, room + 5, SHM_REMAP) == (void *)-1 ? -1 : 0);
    SHOW(shmat(id, NULL, SHM_REMAP) == (void *)-1 ? -1 : 0);
    SHOW((char *)shmat(id, room + 5, SHM_REMAP | SHM_RND) == room);
    munmap(room, 64 << 12);
    SHOW((char *)shmat(id, room, SHM_RDONLY) == room);
    SHOW(mprotect(room, 4096, PROT_READ | PROT_WRITE));
    SHOW((char *)shmat(id, room + (8 << 12), SHM_EXEC) == room + (8 << 12));
    SHOW((char *)shmat(id, room + (4 << 12), 0) == room + (4 << 12));
    maps("three");
    char *moved = mremap(room + (4 << 12), 4 << 12, 4 << 12, MREMAP_MAYMOVE | MREMAP_FIXED, room + (20 << 12));
    SHOW(moved == room + (20 << 12));
    segment("moved", id, 0);
    maps("three");
    SHOW(shmctl(id, SHM_LOCK, NULL));
    segment("locked", id, 0);
    SHOW(shmctl(id, SHM_UNLOCK, NULL));

    struct shmid_ds s;
    pid_t other = user();
    if (other == 0) {
        SHOW(shmget(key, 1, 0400));
        SHOW(shmget(key, 1, 0) == id);
        SHOW(shmat(id, NULL, SHM_RDONLY) == (void *)-1 ? -1 : 0);
        SHOW(shmctl(id, IPC_STAT, &s));
        SHOW(shmctl(id & 0x7fff, SHM_STAT, &s));
        SHOW(shmctl(id & 0x7fff, SHM_STAT_ANY, &s) == id);
        SHOW(shmctl(id, IPC_RMID, NULL));
        SHOW(shmctl(id, IPC_SET, &s));
        SHOW(shmctl(id, SHM_LOCK, NULL));
        fflush(stdout);
        _exit(0);
    }
    SHOW(await(other));
    shmctl(id, IPC_STAT, &s);
    s.shm_perm.uid = 12345;
    s.shm_perm.mode = 0777600;
    SHOW(shmctl(id, IPC_SET, &s));
    segment("given away", id, 0);
    other = user();
    if (other == 0) {
        SHOW(shmget(key, 1, 0600) == id);
        char *q = shmat(id, NULL, 0);
        printf("%s\n", q + 8192);
        SHOW(shmctl(id, IPC_RMID, NULL));
        segment("doomed", id, 0);
        shmdt(q);
        fflush(stdout);
        _exit(0);
    }
    SHOW(await(other));
    s.shm_perm.uid = -1;
    SHOW(shmctl(id, IPC_SET, &s));
    SHOW(shmget(key, 1, 0600));
    segment("removed", id, other);
    SHOW(shmdt(room));
    SHOW(shmdt(moved));
    SHOW(shmdt(room + (8 << 12)));
    segment("gone", id, 0);
    SHOW(shmat(id, NULL, 0) == (void *)-1 ? -1 : 0);
    struct shminfo limits;
    SHOW(shmctl(0, IPC_INFO, (void *)&limits) >= 0);
    printf("limits %lx %lx %lx %lx %lx\n", limits.shmmax, limits.shmmin, limits.shmmni, limits.shmseg, limits.shmall);
    SHOW(shmctl(id, 99, &s));
    SHOW(shmctl(-1, IPC_STAT, &s));

    /* Killed with an attached segment that is removed: nothing stays. */
    id = shmget(IPC_PRIVATE, 4096, 0600);
    child = split();
    if (child == 0) { shmat(id, NULL, 0); raise(SIGKILL); }
    SHOW(await(child));
    segment("after kill", id, child);
    SHOW(shmctl(id, IPC_RMID, NULL));
    segment("gone", id, 0);
}

/* Semaphores */

static int operate(int id, int number, int change, int flags) {
    struct sembuf op = {number, change, flags};
    return semop(id, &op, 1);
}

static void set(const char *what, int id, pid_t child) {
    struct semid_ds s;
    unsigned short all[8] = {0};
    if (semctl(id, 0, IPC_STAT, (union semun){.buf = &s})) { printf("%s: %s\n", what, strerrorname_np(errno)); return; }
    semctl(id, 0, GETALL, (union semun){.array = all});
    printf("%s: mode %o otime %s ctime %s:", what, s.sem_perm.mode, when(s.sem_otime), when(s.sem_ctime));
    for (unsigned i = 0; i < s.sem_nsems; i++)
        printf(" %d/%s/%d/%d", all[i], who(semctl(id, i, GETPID), child), semctl(id, i, GETNCNT), semctl(id, i, GETZCNT));
    printf("\n");
}

static void until(int id, int number, int command, int count) {
    for (int i = 0; i < 10000 && semctl(id, number, command) != count; i++) nap(1);
}

static int shared_id;

static void *undoing_thread(void *unused) {
    (void)unused;
    operate(shared_id, 0, 5, SEM_UNDO);
    return NULL;
}

static int undoing_clone(void *unused) {
    (void)unused;
    operate(shared_id, 1, 7, SEM_UNDO);
    return 0;
}

static void sem(void) {
    int id = semget(key, 3, IPC_CREAT | 0640);
    printf("made %d\n", id >= 0);
    set("new", id, 0);
    SHOW(semget(key, 4, 0));
    SHOW(semget(key, 0, 0) == id);
    SHOW(semget(IPC_PRIVATE, 0, 0600));
    SHOW(semget(IPC_PRIVATE, 32001, 0600));
    SHOW(semget(IPC_PRIVATE, -1, 0600));
    SHOW(operate(id, 0, 5, 0));
    SHOW(operate(id, 0, -6, IPC_NOWAIT));
    SHOW(operate(id, 0, 0, IPC_NOWAIT));
    SHOW(operate(id, 1, 0, 0));
    SHOW(operate(id, 3, 1, 0));
    SHOW(operate(id, 0, 32767, 0));
    SHOW(semop(id, NULL, 1));
    SHOW(semop(id, NULL, 0));
    SHOW(semop(id, NULL, 501));
    SHOW(operate(-1, 0, 1, 0));
    set("used", id, 0);
    SHOW(semctl(id, 0, SETVAL, 32768));
    SHOW(semctl(id, 0, SETVAL, -1));
    SHOW(semctl(id, 3, SETVAL, 1));
    SHOW(semctl(id, 3, GETVAL));
    unsigned short values[3] = {1, 40000, 3};
    SHOW(semctl(id, 0, SETALL, values));
    values[1] = 2;
    SHOW(semctl(id, 0, SETALL, values));
    set("set", id, 0);
    struct sembuf two[3] = {{0, -1, 0}, {1, -3, IPC_NOWAIT}, {2, 1, 0}};
    SHOW(semop(id, two, 3));
    two[1].sem_op = -2;
    SHOW(semop(id, two, 3));
    struct sembuf twice[3] = {{0, 0, IPC_NOWAIT}, {0, 4, 0}, {0, -1, 0}};
    SHOW(semop(id, twice, 3));
    SHOW(semop(id, twice, 3));
    set("together", id, 0);

    /* Waiters: one decrement, one for zero, one for two at once. */
    semctl(id, 0, SETALL, (unsigned short[3]){0, 1, 0});
    pid_t a = split();
    if (a == 0) _exit(operate(id, 0, -2, 0) ? errno : 0);
    until(id, 0, GETNCNT, 1);
    pid_t b = split();
    if (b == 0) _exit(operate(id, 1, 0, 0) ? errno : 0);
    until(id, 1, GETZCNT, 1);
    pid_t c = split();
    if (c == 0) { struct sembuf both[2] = {{0, -1, 0}, {2, -1, 0}}; _exit(semop(id, both, 2) ? errno : 0); }
    until(id, 0, GETNCNT, 2);
    set("three wait", id, 0);
    SHOW(operate(id, 0, 1, 0));
    until(id, 2, GETNCNT, 1);
    set("one more", id, 0);
    SHOW(operate(id, 0, 1, 0));
    SHOW(await(a));
    SHOW(operate(id, 1, -1, 0));
    SHOW(await(b));
    SHOW(operate(id, 0, 1, 0));
    SHOW(operate(id, 2, 1, 0));
    SHOW(await(c));
    set("all done", id, c);

    /* Undo. */
    semctl(id, 0, SETALL, (unsigned short[3]){2, 0, 0});
    pid_t child = split();
    if (child == 0) { operate(id, 0, -1, SEM_UNDO); operate(id, 1, 3, SEM_UNDO); operate(id, 1, -1, 0); _exit(0); }
    SHOW(await(child));
    set("undone", id, child);
    child = split();
    if (child == 0) { operate(id, 0, -2, SEM_UNDO); raise(SIGKILL); }
    SHOW(await(child));
    set("undone when killed", id, child);
    child = split();
    if (child == 0) { operate(id, 0, -1, SEM_UNDO); execl("/bin/true", "true", NULL); }
    SHOW(await(child));
    set("undone after exec", id, child);
    child = split();
    if (child == 0) {
        operate(id, 0, -1, SEM_UNDO);
        semctl(id, 0, SETVAL, 9);
        _exit(0);
    }
    SHOW(await(child));
    set("not undone", id, child);
    shared_id = id;
    semctl(id, 0, SETALL, (unsigned short[3]){0, 0, 0});
    child = split();
    if (child == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, undoing_thread, NULL);
        pthread_join(thread, NULL);
        static char stack[65536];
        pid_t mate = clone(undoing_clone, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
        int status;
        waitpid(mate, &status, 0);
        set("thread and clone have ended", id, mate);
        fflush(stdout);
        _exit(0);
    }
    SHOW(await(child));
    set("process has ended", id, child);
    SHOW(operate(id, 0, 30000, SEM_UNDO));
    SHOW(operate(id, 0, -30000, 0));
    SHOW(operate(id, 0, 2768, SEM_UNDO));
    SHOW(operate(id, 0, 2769, SEM_UNDO));
    semctl(id, 0, SETALL, (unsigned short[3]){0, 0, 0});

    /* Ends of waits. */
    struct timespec t = {0, 10000000};
    struct sembuf op = {0, -1, 0};
    SHOW(semtimedop(id, &op, 1, &t));
    t.tv_nsec = 1000000000;
    SHOW(semtimedop(id, &op, 1, &t));
    t.tv_nsec = 0;
    SHOW(semtimedop(id, &op, 1, &t));
    catch(SIGALRM, SA_RESTART);
    alarms(1);
    SHOW(semop(id, &op, 1));
    alarms(0);
    child = split();
    if (child == 0) _exit(operate(id, 0, -1, 0) ? errno : 0);
    until(id, 0, GETNCNT, 1);
    pid_t other = user();
    if (other == 0) {
        struct semid_ds s;
        SHOW(operate(id, 0, 1, 0));
        SHOW(semctl(id, 0, GETVAL));
        SHOW(semctl(id, 0, SETVAL, 1));
        SHOW(semctl(id, 0, IPC_STAT, &s));
        SHOW(semctl(id & 0x7fff, 0, SEM_STAT, &s));
        SHOW(semctl(id & 0x7fff, 0, SEM_STAT_ANY, &s) == id);
        SHOW(semctl(id, 0, IPC_RMID));
        fflush(stdout);
        _exit(0);
    }
    SHOW(await(other));
    SHOW(semctl(id, 0, IPC_RMID));
    SHOW(await(child) == EIDRM);
    SHOW(operate(id, 0, 1, 0));
    struct seminfo info;
    SHOW(semctl(0, 0, IPC_INFO, &info) >= 0);
    printf("limits %d %d %d %d %d %d %d %d %d %d\n", info.semmap, info.semmni, info.semmns, info.semmnu, info.semmsl,
           info.semopm, info.semume, info.semusz, info.semvmx, info.semaem);
}

/* Message queues */

struct message { long type; char text[8200]; };

static void queue(const char *what, int id, pid_t child) {
    struct msqid_ds q;
    if (msgctl(id, IPC_STAT, &q)) { printf("%s: %s\n", what, strerrorname_np(errno)); return; }
    printf("%s: mode %o bytes %lu messages %lu room %lu sender %s receiver %s stime %s rtime %s ctime %s\n", what,
           q.msg_perm.mode, (unsigned long)q.__msg_cbytes, (unsigned long)q.msg_qnum, (unsigned long)q.msg_qbytes,
           who(q.msg_lspid, child), who(q.msg_lrpid, child), when(q.msg_stime), when(q.msg_rtime), when(q.msg_ctime));
}

static int put(int id, long type, const char *text, int flags) {
    static struct message m;
    m.type = type;
    strcpy(m.text, text);
    return msgsnd(id, &m, strlen(text), flags);
}

static void get(int id, size_t room, long type, int flags) {
    static struct message m;
    memset(&m, 0, sizeof m);
    ssize_t n = msgrcv(id, &m, room, type, flags);
    if (n < 0) printf("get %zu %ld %x: %s\n", room, type, flags, strerrorname_np(errno));
    else printf("get %zu %ld %x: %zd %ld %.20s\n", room, type, flags, n, m.type, m.text);
}

static void msg(void) {
    static char big[8193];
    memset(big, 'x', 8192);
    int id = msgget(key, IPC_CREAT | IPC_EXCL | 0640);
    printf("made %d\n", id >= 0);
    queue("new", id, 0);
    SHOW(msgget(key, IPC_CREAT | IPC_EXCL));
    SHOW(msgget(key + 1, 0));
    SHOW(put(id, 3, "three", 0));
    SHOW(put(id, 1, "one", 0));
    SHOW(put(id, 2, "", 0));
    SHOW(put(id, 3, "three again", 0));
    SHOW(put(id, 0, "no type", 0));
    SHOW(put(id, -1, "no type", 0));
    SHOW(msgsnd(id, big, 8193, 0));
    SHOW(msgsnd(id, big, -1, 0));
    SHOW(msgsnd(id, NULL, 1, 0));
    queue("sent", id, 0);
    get(id, 100, 1, MSG_COPY | IPC_NOWAIT);
    get(id, 100, 3, MSG_COPY | IPC_NOWAIT);
    get(id, 5, 3, MSG_COPY | IPC_NOWAIT);
    get(id, 5, 3, MSG_COPY | IPC_NOWAIT | MSG_NOERROR);
    get(id, 100, 9, MSG_COPY | IPC_NOWAIT);
    get(id, 100, 0, MSG_COPY);
    get(id, 100, 1, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT);
    get(id, 4, 3, 0);
    get(id, 4, 3, MSG_NOERROR);
    get(id, 100, -2, 0);
    get(id, 100, 2, MSG_EXCEPT);
    get(id, 100, 0, 0);
    get(id, 100, 0, IPC_NOWAIT);
    get(id, -1, 0, IPC_NOWAIT);
    SHOW(msgrcv(-1, big, 10, 0, IPC_NOWAIT));
    SHOW(put(id, 9, "lost", 0));
    SHOW(msgrcv(id, NULL, 10, 0, IPC_NOWAIT));
    queue("received", id, 0);

    /* Waiting for a type; a message of another one goes by. */
    pid_t child = split();
    if (child == 0) { get(id, 10, 7, 0); fflush(stdout); _exit(0); }
    nap(100);
    SHOW(put(id, 6, "six", 0));
    SHOW(put(id, 7, "seven", 0));
    SHOW(await(child));
    queue("taken", id, child);
    child = split();
    if (child == 0) { get(id, 1, 7, 0); fflush(stdout); _exit(0); }
    nap(100);
    SHOW(put(id, 7, "too long", 0));
    SHOW(await(child));
    get(id, 10, 7, IPC_NOWAIT);
    get(id, 10, 0, IPC_NOWAIT);

    /* A full queue. */
    SHOW(put(id, 1, big, IPC_NOWAIT));
    SHOW(put(id, 1, big, IPC_NOWAIT));
    SHOW(put(id, 1, "y", IPC_NOWAIT));
    queue("full", id, 0);
    child = split();
    if (child == 0) _exit(put(id, 5, "patient", 0) ? errno : 0);
    nap(100);
    get(id, 8192, 0, 0);
    SHOW(await(child));
    queue("after patience", id, child);
    struct msqid_ds q;
    msgctl(id, IPC_STAT, &q);
    q.msg_qbytes = 5;
    SHOW(msgctl(id, IPC_SET, &q));
    SHOW(put(id, 5, "", IPC_NOWAIT));
    get(id, 8192, 1, 0);
    get(id, 8192, 5, 0);
    for (int i = 0; i < 7; i++) SHOW(put(id, 5, "", IPC_NOWAIT));
    for (int i = 0; i < 5; i++) get(id, 10, 0, IPC_NOWAIT);

    /* Ends of waits. A handler ends them whatever it asks for. */
    catch(SIGALRM, SA_RESTART);
    alarms(1);
    get(id, 10, 0, 0);
    alarms(0);
    q.msg_qbytes = 0;
    SHOW(msgctl(id, IPC_SET, &q));
    alarms(1);
    SHOW(put(id, 1, "", 0));
    alarms(0);
    pid_t other = user();
    if (other == 0) {
        SHOW(put(id, 1, "x", IPC_NOWAIT));
        get(id, 10, 0, IPC_NOWAIT);
        SHOW(msgctl(id, IPC_STAT, &q));
        SHOW(msgctl(id & 0x7fff, MSG_STAT, &q));
        SHOW(msgctl(id & 0x7fff, MSG_STAT_ANY, &q) == id);
        SHOW(msgctl(id, IPC_RMID, NULL));
        fflush(stdout);
        _exit(0);
    }
    SHOW(await(other));
    q.msg_perm.uid = 12345;
    q.msg_qbytes = 100;
    SHOW(msgctl(id, IPC_SET, &q));
    other = user();
    if (other == 0) {
        q.msg_qbytes = 100000;
        SHOW(msgctl(id, IPC_SET, &q));
        get(id, 10, 0, 0);
        fflush(stdout);
        _exit(0);
    }
    nap(200);
    q.msg_perm.uid = 0;
    q.msg_qbytes = 50;
    SHOW(msgctl(id, IPC_SET, &q));
    SHOW(await(other));
    child = split();
    if (child == 0) { get(id, 10, 0, 0); fflush(stdout); _exit(0); }
    nap(100);
    SHOW(msgctl(id, IPC_RMID, NULL));
    SHOW(await(child));
    queue("gone", id, 0);
    struct msginfo info;
    SHOW(msgctl(0, IPC_INFO, (void *)&info) >= 0);
    printf("limits %d %d %d %d %d %d %d %d\n", info.msgpool, info.msgmap, info.msgmax, info.msgmnb, info.msgmni,
           info.msgssz, info.msgtql, info.msgseg);
}

/* POSIX message queues */

static void ready(mqd_t q) {
    struct pollfd p = {q, POLLIN | POLLOUT, 0};
    int n = poll(&p, 1, 0);
    printf("poll %d %x\n", n, p.revents);
}

static void posix_get(mqd_t q) {
    char text[100];
    unsigned priority = 99;
    ssize_t n = mq_receive(q, text, 50, &priority);
    if (n < 0) printf("receive: %s\n", strerrorname_np(errno));
    else printf("receive: %u %.*s\n", priority, (int)n, text);
}

static void mq(void) {
    char name[64];
    sprintf(name, "/dune-itest-%d", self);
    struct mq_attr attributes = {.mq_maxmsg = 3, .mq_msgsize = 50}, old;
    mq_unlink(name);
    SHOW(mq_open(name, O_RDWR));
    mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0640, &attributes);
    printf("made %d cloexec %d flags %x\n", q >= 0, fcntl(q, F_GETFD), fcntl(q, F_GETFL));
    SHOW(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0640, &attributes));
    SHOW(mq_open("none", O_RDWR));
    SHOW(mq_open("/a/b", O_RDWR));
    SHOW(mq_open("/", O_RDWR));
    SHOW(syscall(SYS_mq_open, "..", O_RDWR, 0, NULL));
    attributes.mq_maxmsg = 0;
    SHOW(mq_open("/dune-itest-other", O_RDWR | O_CREAT, 0600, &attributes));
    attributes.mq_maxmsg = 65537;
    SHOW(mq_open("/dune-itest-other", O_RDWR | O_CREAT, 0600, &attributes));
    struct stat st;
    fstat(q, &st);
    printf("mode %o size %ld links %ld owner %d\n", st.st_mode, (long)st.st_size, (long)st.st_nlink, st.st_uid == getuid());
    ready(q);
    SHOW(mq_send(q, "low", 3, 1));
    ready(q);
    SHOW(mq_send(q, "high", 4, 32767));
    SHOW(mq_send(q, "low too", 7, 1));
    ready(q);
    SHOW(mq_send(q, "x", 1, 32768));
    SHOW(mq_send(q, (char *)&attributes, 51, 0));
    char text[100] = {0};
    SHOW(mq_receive(q, text, 49, NULL));
    SHOW(read(q, text, 99));
    printf("%s", text);
    SHOW(lseek(q, 2, SEEK_SET));
    SHOW(read(q, text, 3));
    SHOW(write(q, text, 3));
    SHOW(ftruncate(q, 0));
    SHOW(mmap(NULL, 4096, PROT_READ, MAP_SHARED, q, 0) == MAP_FAILED ? -1 : 0);
    struct timespec t = {1, 0};
    SHOW(mq_timedsend(q, "x", 1, 0, &t));
    t.tv_nsec = -1;
    SHOW(mq_timedsend(q, "x", 1, 0, &t));
    attributes.mq_flags = O_NONBLOCK;
    SHOW(mq_setattr(q, &attributes, &old));
    printf("flags %lx messages %ld of %ld of %ld bytes\n", old.mq_flags, old.mq_curmsgs, old.mq_maxmsg, old.mq_msgsize);
    printf("%x\n", fcntl(q, F_GETFL));
    SHOW(mq_send(q, "x", 1, 0));
    posix_get(q);
    ready(q);
    posix_get(q);
    posix_get(q);
    posix_get(q);
    fcntl(q, F_SETFL, 0);
    SHOW(mq_getattr(q, &old));
    printf("flags %lx\n", old.mq_flags);
    attributes.mq_flags = O_APPEND;
    SHOW(mq_setattr(q, &attributes, NULL));
    mqd_t reader = mq_open(name, O_RDONLY), writer = mq_open(name, O_WRONLY | O_NONBLOCK);
    SHOW(mq_send(reader, "x", 1, 0));
    SHOW(mq_receive(writer, text, 50, NULL));
    SHOW(mq_receive(0, text, 50, NULL));

    /* Between processes; hand-over, and waiting for room. */
    pid_t child = split();
    if (child == 0) { posix_get(reader); fflush(stdout); _exit(0); }
    nap(100);
    SHOW(mq_send(writer, "to the child", 12, 4));
    SHOW(await(child));
    for (int i = 0; i < 4; i++) SHOW(mq_send(writer, "abc", i % 4, i));
    child = split();
    if (child == 0) _exit(mq_send(q, "patient", 7, 9) ? errno : 0);
    nap(100);
    posix_get(reader);
    SHOW(await(child));
    for (int i = 0; i < 3; i++) posix_get(reader);

    /* Poll and epoll wait. */
    int ep = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = 5};
    SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, reader, &event));
    SHOW(epoll_wait(ep, &event, 1, 10));
    child = split();
    if (child == 0) { nap(100); _exit(mq_send(q, "wake", 4, 0)); }
    SHOW(epoll_wait(ep, &event, 1, 10000));
    printf("%x %d\n", event.events, event.data.u32);
    SHOW(await(child));
    posix_get(q);
    SHOW(epoll_wait(ep, &event, 1, 10));
    child = split();
    if (child == 0) { nap(100); _exit(mq_send(q, "wake", 4, 0)); }
    struct pollfd p = {reader, POLLIN, 0};
    SHOW(poll(&p, 1, 10000));
    SHOW(await(child));
    posix_get(q);

    /* Notification. */
    catch(SIGUSR1, 0);
    struct sigevent tell = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77};
    SHOW(mq_notify(q, &tell));
    SHOW(mq_notify(reader, &tell));
    memset(text, 0, sizeof text);
    child = split();
    if (child == 0) { SHOW(mq_notify(q, &tell)); fflush(stdout); _exit(mq_send(q, "ring", 4, 0)); }
    SHOW(await(child));
    for (int i = 0; i < 1000 && !caught; i++) nap(1);
    printf("caught %d code %d pid %s value %d\n", caught == SIGUSR1, caught_info.si_code, who(caught_info.si_pid, child),
           caught_info.si_value.sival_int);
    caught = 0;
    SHOW(mq_send(q, "no more", 7, 0));
    SHOW(mq_notify(q, &tell));
    SHOW(mq_send(q, "not empty", 9, 0));
    posix_get(q);
    posix_get(q);
    posix_get(q);
    printf("caught %d\n", caught);
    SHOW(mq_notify(q, NULL));
    tell.sigev_notify = SIGEV_NONE;
    SHOW(mq_notify(q, &tell));
    SHOW(mq_notify(q, &tell));
    mqd_t one_more = mq_open(name, O_RDONLY);
    SHOW(mq_close(one_more));
    SHOW(mq_notify(q, &tell));
    SHOW(mq_notify(q, NULL));
    tell.sigev_notify = 99;
    SHOW(mq_notify(q, &tell));
    tell.sigev_notify = SIGEV_SIGNAL;
    tell.sigev_signo = 65;
    SHOW(mq_notify(q, &tell));
    catch(SIGALRM, SA_RESTART);
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec++;
    alarms(1);
    SHOW(mq_timedreceive(q, text, 50, NULL, &t));
    alarms(0);
    catch(SIGALRM, 0);
    alarms(1);
    SHOW(mq_receive(q, text, 50, NULL));
    alarms(0);

    /* Users and limits. */
    pid_t other = user();
    if (other == 0) {
        SHOW(mq_open(name, O_RDONLY));
        SHOW(mq_unlink(name));
        attributes.mq_maxmsg = 11;
        SHOW(mq_open("/dune-itest-other", O_RDWR | O_CREAT, 0600, &attributes));
        attributes.mq_maxmsg = 1;
        attributes.mq_msgsize = 8193;
        SHOW(mq_open("/dune-itest-other", O_RDWR | O_CREAT, 0600, &attributes));
        struct rlimit limit = {81920 + 960 - 1, 81920 + 960 - 1};
        setrlimit(RLIMIT_MSGQUEUE, &limit);
        SHOW(mq_open("/dune-itest-other", O_RDWR | O_CREAT, 0600, NULL));
        fflush(stdout);
        _exit(0);
    }
    SHOW(await(other));
    SHOW(mq_unlink(name));
    SHOW(mq_unlink(name));
    SHOW(mq_send(q, "still there", 11, 0));
    posix_get(reader);
}

int main(int count, char **words) {
    self = getpid();
    key = 0x44550000 + self;
    const char *part = count > 1 ? words[1] : "";
    if (!strcmp(part, "shm")) shm();
    if (!strcmp(part, "sem")) sem();
    if (!strcmp(part, "msg")) msg();
    if (!strcmp(part, "mq")) mq();
    return 0;
}
