/*
 * What programs do with threads. The argument says which part; what is printed does not depend on how fast anything is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sem_t semaphore;

static const char *error(int number) {
    return number ? strerrorname_np(number) : "ok";
}

static void say(const char *what, int result) {
    printf("%s: %s\n", what, error(result));
}

static void say_call(const char *what, long result) {
    say(what, result < 0 ? errno : 0);
}

static void run(void *(*body)(void *), int count) {
    pthread_t threads[count];
    for (long i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, body, (void *)i);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* Locks besides mutexes */

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int counter;

static void *read_and_write(void *number) {
    for (int i = 0; i < 300; i++) {
        int writes = (i + (long)number) % 5 == 0;
        if (writes)
            pthread_rwlock_wrlock(&rwlock);
        else
            pthread_rwlock_rdlock(&rwlock);
        counter += writes;
        pthread_rwlock_unlock(&rwlock);
    }
    return NULL;
}

static void *meet(void *unused) {
    for (int i = 0; i < 50; i++)
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_add_fetch(&counter, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void *take_and_give(void *unused) {
    for (int i = 0; i < 100; i++) {
        sem_wait(&semaphore);
        __atomic_add_fetch(&counter, 1, __ATOMIC_SEQ_CST);
        sem_post(&semaphore);
    }
    return NULL;
}

static void *spin_around(void *unused) {
    for (int i = 0; i < 300; i++) {
        pthread_spin_lock(&spin);
        counter++;
        pthread_spin_unlock(&spin);
    }
    return NULL;
}

static void only_once(void) {
    usleep(1000);
    counter++;
}

static void *do_once(void *unused) {
    pthread_once(&once, only_once);
    return NULL;
}

static void locks(void) {
    run(read_and_write, 6);
    printf("written %d\n", counter);
    counter = 0;
    pthread_barrier_init(&barrier, NULL, 4);
    run(meet, 4);
    printf("met %d\n", counter);
    counter = 0;
    sem_post(&semaphore);
    sem_post(&semaphore);
    run(take_and_give, 4);
    int value;
    sem_getvalue(&semaphore, &value);
    printf("taken %d, left %d\n", counter, value);
    counter = 0;
    pthread_spin_init(&spin, 0);
    run(spin_around, 3);
    printf("spun %d\n", counter);
    counter = 0;
    run(do_once, 5);
    printf("once %d\n", counter);
}

/* Storage of threads */

static __thread int own = 7;
static pthread_key_t key, later;
static atomic_int destroyed, kept;

static void destroy(void *value) {
    destroyed += (int)(long)value;
    if ((long)value == 1)
        pthread_setspecific(later, (void *)10);
}

static void *store(void *number) {
    int fresh = own == 7;
    own = (int)(long)number + 100;
    pthread_setspecific(key, (void *)1);
    sched_yield();
    kept += fresh && own == (int)(long)number + 100;
    return NULL;
}

static void storage(void) {
    pthread_key_create(&key, destroy);
    pthread_key_create(&later, destroy);
    run(store, 5);
    printf("kept %d, destroyed %d, own %d\n", kept, destroyed, own);
}

/* Cancellation */

static void clean(void *text) {
    printf("cleaned: %s\n", (char *)text);
}

static void *wait_for_ever(void *text) {
    pthread_cleanup_push(clean, text);
    sem_post(&semaphore);
    pause();
    pthread_cleanup_pop(0);
    return NULL;
}

static void *test_for_ever(void *text) {
    pthread_cleanup_push(clean, text);
    sem_post(&semaphore);
    for (;;)
        pthread_testcancel();
    pthread_cleanup_pop(0);
    return NULL;
}

static void *spin_for_ever(void *unused) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    sem_post(&semaphore);
    for (;;)
        ;
    return NULL;
}

static void *await_for_ever(void *unused) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push((void (*)(void *))pthread_mutex_unlock, &mutex);
    sem_post(&semaphore);
    for (;;)
        pthread_cond_wait(&cond, &mutex);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *read_for_ever(void *text) {
    int ends[2];
    char byte;
    pipe(ends);
    pthread_cleanup_push(clean, text);
    sem_post(&semaphore);
    read(ends[0], &byte, 1);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *be_uncancelled(void *unused) {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    sem_post(&semaphore);
    usleep(10000);
    return (void *)42;
}

static void cancel(void *(*body)(void *), const char *text) {
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, body, (void *)text);
    sem_wait(&semaphore);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("%s: %s\n", text, result == PTHREAD_CANCELED ? "cancelled" : "not cancelled");
}

static void cancellation(void) {
    cancel(wait_for_ever, "waiting");
    cancel(test_for_ever, "testing");
    cancel(spin_for_ever, "spinning");
    cancel(await_for_ever, "awaiting a condition");
    cancel(read_for_ever, "reading");
    cancel(be_uncancelled, "unwilling");
}

/* Signals to threads */

static volatile sig_atomic_t caught;
static volatile pthread_t catcher;

static void catch(int signal) {
    caught = signal;
    catcher = pthread_self();
}

static void *be_signalled(void *unused) {
    sem_post(&semaphore);
    while (!caught)
        usleep(1000);
    return (void *)(long)(pthread_equal(catcher, pthread_self()) != 0);
}

static void *wait_for_signal(void *set) {
    int signal;
    sem_post(&semaphore);
    sigwait(set, &signal);
    return (void *)(long)signal;
}

static void signals(void) {
    pthread_t thread;
    void *result;
    struct sigaction action = {.sa_handler = catch};
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, be_signalled, NULL);
    sem_wait(&semaphore);
    say("kill", pthread_kill(thread, SIGUSR1));
    pthread_join(thread, &result);
    printf("handled by itself %ld\n", (long)result);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&thread, NULL, wait_for_signal, &set);
    sem_wait(&semaphore);
    kill(getpid(), SIGUSR2);
    pthread_join(thread, &result);
    printf("waited for it %d\n", (long)result == SIGUSR2);
    say_call("tgkill to nobody", syscall(SYS_tgkill, getpid(), 4000000, 0));
    say_call("tgkill to another's", syscall(SYS_tgkill, 1, gettid(), 0));
    say_call("tgkill to 0", syscall(SYS_tgkill, getpid(), 0, 0));
    say_call("tkill to 0", syscall(SYS_tkill, 0, 0));
    say_call("tgkill with a bad signal", syscall(SYS_tgkill, getpid(), gettid(), 65));
    say_call("tgkill with none", syscall(SYS_tgkill, getpid(), gettid(), 0));
}

/* Names */

static pid_t tid;

static void *be_named(void *unused) {
    char name[16];
    tid = gettid();
    pthread_getname_np(pthread_self(), name, sizeof name);
    printf("born as %s\n", name);
    pthread_setname_np(pthread_self(), "worker");
    sem_post(&semaphore);
    pause();
    return NULL;
}

static void names(void) {
    pthread_t thread;
    char name[64];
    pthread_create(&thread, NULL, be_named, NULL);
    sem_wait(&semaphore);
    pthread_getname_np(thread, name, sizeof name);
    printf("calls itself %s\n", name);
    say("rename", pthread_setname_np(thread, "renamed"));
    say("too long", pthread_setname_np(thread, "1234567890123456"));
    pthread_getname_np(thread, name, sizeof name);
    printf("is called %s\n", name);
    sprintf(name, "/proc/self/task/%d/comm", tid);
    int file = open(name, O_WRONLY);
    say_call("rename by its file", write(file, "by its file", 11));
    close(file);
    pthread_getname_np(thread, name, sizeof name);
    printf("is called %s\n", name);
    pthread_getname_np(pthread_self(), name, sizeof name);
    printf("the first is called %s\n", name);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

/* Beginning and end */

static void *do_nothing(void *value) {
    return value;
}

static void *post(void *unused) {
    sem_post(&semaphore);
    return NULL;
}

static void *join_itself(void *unused) {
    say("join itself", pthread_join(pthread_self(), NULL));
    return NULL;
}

static void *end_late(void *unused) {
    usleep(30000);
    say_call("signal to the first thread, which has ended", syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1));
    puts("the last thread ends");
    exit(5);
}

static void lives(int number) {
    pthread_t thread;
    void *result;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &attributes, post, NULL);
    sem_wait(&semaphore);
    run(join_itself, 1);
    long sum = 0;
    for (int done = 0; done < number; done += 100) {
        pthread_t threads[100];
        for (int i = 0; i < 100; i++) {
            int failed = pthread_create(&threads[i], NULL, do_nothing, (void *)1);
            if (failed) {
                say("create", failed);
                exit(1);
            }
        }
        for (int i = 0; i < 100; i++) {
            pthread_join(threads[i], &result);
            sum += (long)result;
        }
    }
    printf("%ld threads\n", sum);
    pthread_create(&thread, NULL, wait_for_ever, "joined in vain");
    sem_wait(&semaphore);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    say("timed join", pthread_timedjoin_np(thread, NULL, &now));
    say("tried join", pthread_tryjoin_np(thread, NULL));
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, end_late, NULL);
    pthread_exit(NULL);
}

/* Futexes themselves */

static atomic_int word;

static void *pong(void *unused) {
    for (int i = 0; i < 300; i++) {
        while (word != 1)
            syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
        word = 0;
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
    return NULL;
}

static void ping(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, pong, NULL);
    for (int i = 0; i < 300; i++) {
        word = 1;
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
        while (word != 0)
            syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
    }
    pthread_join(thread, NULL);
    puts("300 times to and fro");
}

int main(int count, char **arguments) {
    const char *part = count > 1 ? arguments[1] : "";
    setvbuf(stdout, NULL, _IOLBF, 0);
    sem_init(&semaphore, 0, 0);
    if (!strcmp(part, "locks"))
        locks();
    else if (!strcmp(part, "storage"))
        storage();
    else if (!strcmp(part, "cancellation"))
        cancellation();
    else if (!strcmp(part, "signals"))
        signals();
    else if (!strcmp(part, "names"))
        names();
    else if (!strcmp(part, "lives"))
        lives(count > 2 ? atoi(arguments[2]) : 100);
    else if (!strcmp(part, "ping"))
        ping();
    else
        return 2;
    return 0;
}
