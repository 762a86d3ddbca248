/*
 * How threads are scheduled ("policies"), and clocks of CPU time ("clocks"): what one thread asks of another; and how
 * threads and processes begin, whatever those before them did ("afresh"). What is printed does not depend on how fast anything is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 4000000

static atomic_int stop, burned;
static atomic_int tid;
static volatile sig_atomic_t fired, fired_value;

static void say(const char *what, long result) {
    printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
}

static void say_number(const char *what, long number) {
    printf("%s: %ld\n", what, number);
}

static void *idle(void *unused) {
    tid = gettid();
    while (!stop)
        usleep(1000);
    return NULL;
}

static void *burn(void *unused) {
    struct timespec time;
    tid = gettid();
    while (!stop) {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        if (time.tv_sec || time.tv_nsec > 50000000)
            burned = 1;
    }
    return NULL;
}

static pthread_t start(void *(*body)(void *)) {
    pthread_t thread;
    stop = tid = 0;
    pthread_create(&thread, NULL, body, NULL);
    while (!tid)
        usleep(1000);
    return thread;
}

static void end(pthread_t thread) {
    stop = 1;
    pthread_join(thread, NULL);
}

/* struct sched_attr of linux/sched/types.h */
struct attributes {
    unsigned size, policy;
    unsigned long long flags;
    int nice;
    unsigned priority;
    unsigned long long runtime, deadline, period;
    unsigned least, most;
};

static void classes(void) {
    struct sched_param parameter = {0};
    say_number("policy", sched_getscheduler(tid));
    say("batch", sched_setscheduler(tid, SCHED_BATCH, &parameter));
    say_number("policy", sched_getscheduler(tid));
    say_number("own policy", sched_getscheduler(0));
    say("idle", sched_setscheduler(tid, SCHED_IDLE, &parameter));
    say_number("policy", sched_getscheduler(tid));
    say("back", sched_setscheduler(tid, SCHED_OTHER, &parameter));
    say("parameter", sched_setparam(tid, &parameter));
    parameter.sched_priority = 5;
    say("priority without a real-time policy", sched_setscheduler(tid, SCHED_OTHER, &parameter));
    say("parameter without a real-time policy", sched_setparam(tid, &parameter));
    say("ask", sched_getparam(tid, &parameter));
    say_number("priority", parameter.sched_priority);
    say("ask nobody", sched_getscheduler(NOBODY));
    say("set nobody's", sched_setscheduler(NOBODY, SCHED_OTHER, &parameter));
    say("ask a negative one", sched_getscheduler(-1));
    say("set a negative one's", sched_setscheduler(-1, SCHED_OTHER, &parameter));
    say("a policy that is none", sched_setscheduler(tid, 77, &parameter));
    struct timespec slice;
    say("slice", sched_rr_get_interval(tid, &slice));
    say("slice of nobody", sched_rr_get_interval(NOBODY, &slice));
    struct attributes attributes = {0};
    say("attributes", syscall(SYS_sched_getattr, tid, &attributes, sizeof attributes, 0));
    printf("size %u policy %u nice %d\n", attributes.size, attributes.policy, attributes.nice);
    attributes.nice = 3;
    attributes.policy = SCHED_BATCH;
    say("set them", syscall(SYS_sched_setattr, tid, &attributes, 0));
    printf("nice %d policy %d\n", getpriority(PRIO_PROCESS, tid), sched_getscheduler(tid));
    say("too short", syscall(SYS_sched_getattr, tid, &attributes, 47, 0));
    attributes.size = 1000;
    say("too long", syscall(SYS_sched_setattr, tid, &attributes, 0));
}

static void nice_values(void) {
    say("nicer", setpriority(PRIO_PROCESS, tid, 7));
    say_number("nice", getpriority(PRIO_PROCESS, tid));
    say_number("own", getpriority(PRIO_PROCESS, 0));
    errno = 0;
    getpriority(PRIO_PROCESS, NOBODY);
    printf("nobody: %s\n", strerrorname_np(errno));
    say("set nobody's", setpriority(PRIO_PROCESS, NOBODY, 0));
    say("of whom", setpriority(9, 0, 0));
    if (!fork()) {
        setpgid(0, 0);
        say("group", setpriority(PRIO_PGRP, 0, 30));
        say_number("of the group", getpriority(PRIO_PGRP, 0));
        _exit(0);
    }
    wait(NULL);
    say_number("disk", syscall(SYS_ioprio_get, 1, (int)tid));
    say("change that", syscall(SYS_ioprio_set, 1, (int)tid, 2 << 13 | 6));
    say_number("disk", syscall(SYS_ioprio_get, 1, (int)tid));
    say_number("own", syscall(SYS_ioprio_get, 1, 0));
    say("nobody's", syscall(SYS_ioprio_get, 1, NOBODY));
    say("of whom", syscall(SYS_ioprio_get, 4, 0));
}

static void cpus(void) {
    cpu_set_t usual, set;
    unsigned cpu, node;
    say("ask", sched_getaffinity(0, sizeof usual, &usual));
    int first = 0, last = 0;
    for (int i = CPU_SETSIZE - 1; i >= 0; i--)
        if (CPU_ISSET(i, &usual)) {
            first = i;
            last = last ? last : i;
        }
    CPU_ZERO(&set);
    CPU_SET(last, &set);
    say("bind", sched_setaffinity(tid, sizeof set, &set));
    CPU_ZERO(&set);
    say_number("bytes", syscall(SYS_sched_getaffinity, (int)tid, sizeof set, &set));
    printf("bound to %d, the last one: %d\n", CPU_COUNT(&set), CPU_ISSET(last, &set) != 0);
    sched_getaffinity(0, sizeof set, &set);
    printf("not bound itself: %d\n", CPU_EQUAL(&set, &usual));
    say("bind nobody", sched_setaffinity(NOBODY, sizeof set, &set));
    say("ask nobody", sched_getaffinity(NOBODY, sizeof set, &set));
    say("too short", syscall(SYS_sched_getaffinity, (int)tid, 7, &set));
    say("nowhere", syscall(SYS_sched_getaffinity, (int)tid, sizeof set, 8));
    say("from nowhere", syscall(SYS_sched_setaffinity, NOBODY, sizeof set, 8));
    CPU_ZERO(&set);
    say("to none", sched_setaffinity(tid, sizeof set, &set));
    for (int i = 0; i < 2; i++) {
        CPU_ZERO(&set);
        CPU_SET(i ? last : first, &set);
        sched_setaffinity(0, sizeof set, &set);
        syscall(SYS_getcpu, &cpu, &node, 0);
        printf("on %d: %d %d\n", i ? last : first, (int)cpu, sched_getcpu());
    }
    if (!fork()) {
        sched_getaffinity(0, sizeof set, &set);
        printf("inherited: %d %d\n", CPU_COUNT(&set), CPU_ISSET(last, &set) != 0);
        _exit(0);
    }
    wait(NULL);
    sched_setaffinity(0, sizeof usual, &usual);
}

static void policies(void) {
    pthread_t thread = start(idle);
    classes();
    nice_values();
    cpus();
    end(thread);
}

static void handle(int signal, siginfo_t *info, void *context) {
    fired_value = info->si_value.sival_int;
    fired++;
}

static long long now(clockid_t clock) {
    struct timespec time;
    return clock_gettime(clock, &time) ? -1 : time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long used(int who) {
    struct rusage usage;
    getrusage(who, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* Made clock ids: CPUCLOCK_PROF 0, CPUCLOCK_VIRT 1, CPUCLOCK_SCHED 2, of a thread with bit 2; a file with 3. */
#define MADE(id, bits) (~(id) << 3 | (bits))

static void sleeps(clockid_t of_thread, clockid_t of_process) {
    struct timespec time = {0, 30000000};
    printf("sleep by a thread's: %d\n", clock_nanosleep(of_thread, 0, &time, NULL));
    printf("it has used that: %d\n", now(of_thread) >= 30000000);
    long long end = now(of_process) + 30000000;
    time = (struct timespec){end / 1000000000, end % 1000000000};
    printf("sleep until the process's: %d\n", clock_nanosleep(of_process, TIMER_ABSTIME, &time, NULL));
    printf("it has: %d\n", now(of_process) >= end);
    time = (struct timespec){0, 10000000};
    printf("sleep by the own process's: %d\n", clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &time, NULL));
    say("by the own thread's", syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL));
    say("by its made one", syscall(SYS_clock_nanosleep, MADE(gettid(), 6), 0, &time, NULL));
    say("by thread 0's", syscall(SYS_clock_nanosleep, MADE(0, 6), 0, &time, NULL));
    say("by nobody's", syscall(SYS_clock_nanosleep, MADE(NOBODY, 2), 0, &time, NULL));
    say("by no kind", syscall(SYS_clock_nanosleep, MADE(0, 7), 0, &time, NULL));
    say("by a file's", syscall(SYS_clock_nanosleep, MADE(0, 3), 0, &time, NULL));
}

static void reads(void) {
    struct timespec time;
    for (int bits = 0; bits < 8; bits++) {
        printf("%d ", bits);
        say("of a thread's id", syscall(SYS_clock_gettime, MADE(tid, bits), &time));
        printf("%d ", bits);
        say("of the process's", syscall(SYS_clock_gettime, MADE(getpid(), bits), &time));
    }
    say("resolution", syscall(SYS_clock_getres, MADE(tid, 6), &time));
    printf("%ld %ld\n", (long)time.tv_sec, time.tv_nsec);
}

static void timer(const char *what, clockid_t clock, int value) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec setting = {.it_value = {0, 20000000}};
    event.sigev_value.sival_int = value;
    long result = timer_create(clock, &event, &timer);
    say(what, result);
    if (result == 0) {
        fired = 0;
        say("set", timer_settime(timer, 0, &setting, NULL));
        while (!fired)
            usleep(1000);
        printf("fired with %d\n", fired_value);
        timer_delete(timer);
    }
}

static void usages(pthread_t thread) {
    struct rusage usage;
    while (!burned)
        usleep(1000);
    printf("all have used 50 ms: %d\n", used(RUSAGE_SELF) >= 50000);
    printf("this one less than all: %d\n", used(RUSAGE_THREAD) < used(RUSAGE_SELF));
    getrusage(RUSAGE_SELF, &usage);
    printf("faults %d, switches %d\n", usage.ru_minflt > 0, usage.ru_nvcsw > 0);
    long long before = used(RUSAGE_SELF);
    end(thread);
    struct rusage after;
    getrusage(RUSAGE_SELF, &after);
    printf("not less at its end: %d %d\n", used(RUSAGE_SELF) >= before, after.ru_minflt >= usage.ru_minflt);
    say("of whom", getrusage(5, &usage));
    struct tms times_used;
    printf("times %d\n", times(&times_used) > 0 && times_used.tms_utime + times_used.tms_stime >= 5);
    if (!fork()) {
        for (clock_t end = clock() + 60000; clock() < end;)
            ;
        _exit(0);
    }
    wait(NULL);
    printf("children %d\n", used(RUSAGE_CHILDREN) >= 50000);
    times(&times_used);
    printf("times %d\n", times_used.tms_cutime + times_used.tms_cstime >= 5);
}

static void clocks(void) {
    clockid_t of_thread, of_process;
    pthread_t thread = start(burn);
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    pthread_getcpuclockid(thread, &of_thread);
    printf("made: %d\n", clock_getcpuclockid(getpid(), &of_process));
    sleeps(of_thread, of_process);
    reads();
    timer("timer by a thread's", of_thread, 42);
    timer("timer by the process's", of_process, 43);
    timer("timer by a stranger's thread", MADE(1, 6), 44);
    timer("timer by nobody's", MADE(NOBODY, 2), 44);
    timer("timer by a file's", MADE(0, 3), 44);
    usages(thread);
}

/* What a thread has of its maker, and what it has used. */
static void tell(const char *who) {
    struct timespec used;
    struct rusage usage;
    cpu_set_t cpus;
    char name[16];
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    getrusage(RUSAGE_THREAD, &usage);
    sched_getaffinity(0, sizeof cpus, &cpus);
    prctl(PR_GET_NAME, name);
    printf("%s %s: nice %d, policy %d, slack %d, first CPU alone %d, used %d %d\n", who, name, getpriority(PRIO_PROCESS, 0),
           sched_getscheduler(0), prctl(PR_GET_TIMERSLACK), CPU_COUNT(&cpus) == 1 && CPU_ISSET(0, &cpus),
           used.tv_sec > 0 || used.tv_nsec > 40000000,
           usage.ru_utime.tv_sec + usage.ru_stime.tv_sec > 0 || usage.ru_utime.tv_usec + usage.ru_stime.tv_usec > 40000);
}

static void *telling(void *who) {
    tell(who);
    return NULL;
}

static void tell_by_thread(const char *who) {
    pthread_t thread;
    pthread_create(&thread, NULL, telling, (void *)who);
    pthread_join(thread, NULL);
}

static void tell_by_child(const char *who) {
    if (!fork()) {
        tell(who);
        _exit(0);
    }
    wait(NULL);
}

static void *change(void *what) {
    struct sched_param none = {0};
    cpu_set_t first;
    struct timespec used;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    prctl(PR_SET_NAME, "changed");
    switch (*(char *)what) {
    case 'n': setpriority(PRIO_PROCESS, 0, 5); break;
    case 'p': sched_setscheduler(0, SCHED_BATCH, &none); break;
    case 's': prctl(PR_SET_TIMERSLACK, 123456); break;
    case 'a': sched_setaffinity(0, sizeof first, &first); break;
    default:
        do
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        while (used.tv_sec == 0 && used.tv_nsec < 60000000);
    }
    tell(what);
    tell_by_thread("its thread");
    tell_by_child("its child");
    return NULL;
}

static void afresh(void) {
    char *changes[] = {"nice", "policy", "slack", "affinity", "used"};
    for (int i = 0; i < 5; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, change, changes[i]);
        pthread_join(thread, NULL);
        for (int again = 0; again < 3; again++)
            tell_by_thread("later thread");
        tell_by_child("later child");
    }
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count > 1 && !strcmp(arguments[1], "policies"))
        policies();
    else if (count > 1 && !strcmp(arguments[1], "afresh"))
        afresh();
    else
        clocks();
    return 0;
}
