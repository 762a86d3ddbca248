# A processor emulator that runs a program for another one: threads, fork, signals and faults of the program inside.
# needs: qemu-aarch64
# seconds: 30
compiler=
for each in aarch64-linux-gnu-gcc mips64el-linux-gnuabi64-gcc riscv64-linux-gnu-gcc arm-linux-gnueabihf-gcc s390x-linux-gnu-gcc; do
    command -v $each >/dev/null && compiler=$each && break
done
if [ -z "$compiler" ]; then
    echo "there is no compiler for another processor, as of gcc-aarch64-linux-gnu with libc6-dev-arm64-cross"
    exit 77
fi
emulator=qemu-${compiler%%-*}
emulator=${emulator/riscv64-*/riscv64}
cat > judge.c <<'C'
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counted;
static volatile int got;

static void *count(void *argument) {
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&mutex);
        counted++;
        pthread_mutex_unlock(&mutex);
    }
    return argument;
}

static void handler(int number) {
    got = number;
}

int main(int argc, char **argv) {
    setvbuf(stdout, 0, _IOLBF, 0);
    pthread_t threads[8];
    long sum = 0;
    for (long i = 0; i < 8; i++) pthread_create(threads + i, 0, count, (void *) i);
    for (int i = 0; i < 8; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long) result;
    }
    printf("%s counted %ld, sum %ld\n", argv[1], counted, sum);
    int status;
    pid_t pid = fork();
    if (pid == 0) _exit(7);
    waitpid(pid, &status, 0);
    printf("child %d\n", WEXITSTATUS(status));
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    printf("signal %d\n", got);
    char *page = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid = fork();
    if (pid == 0) {
        strcpy(page, "shared");
        _exit(0);
    }
    waitpid(pid, &status, 0);
    printf("%s\n", page);
    pid = fork();
    if (pid == 0) *(volatile int *) 16 = 1;
    waitpid(pid, &status, 0);
    printf("ended by %d\n", WTERMSIG(status));
    double x = 1;
    for (int i = 1; i < 1000; i++) x = x * 1.001 + 1.0 / i;
    printf("%.12g\n", x);
    return system("echo from the shell; exit 3") >> 8;
}
C
$compiler -O2 -static -pthread judge.c -o judge
for i in 1 2 3; do
    [ -z "${QUICK:-}" ] || [ $i = 1 ] || continue
    $emulator ./judge "run $i"; echo "status $?"
done
