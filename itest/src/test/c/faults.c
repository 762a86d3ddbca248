/* faults: has faults and handles them, until it has been in dune and out again. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *volatile page;
static volatile long handled, wrong;
static sigjmp_buf back;

static void onFault(int signal, siginfo_t *info, void *context)
{
    handled++;
    if (info->si_addr != page + 7) wrong++;
    if (info->si_code == SEGV_ACCERR) mprotect(page, 4096, PROT_READ | PROT_WRITE);
    else siglongjmp(back, 1);
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = onFault, .sa_flags = SA_SIGINFO};
    const char *way = "io";
    long rounds = 0, after = 0;
    sigaction(SIGSEGV, &action, NULL);
    while (after < 50) {
        page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        page[7] = 1;
        munmap(page, 4096);
        if (!sigsetjmp(back, 1)) page[7] = 2;
        if (++rounds == 20) puts("ready"), fflush(stdout);
        if (*way && (syscall(0x64756e65L, 0L) == 1) == (*way == 'i')) way++;
        if (!*way) after++;
    }
    printf(handled == 2 * rounds && !wrong ? "good\n" : "%ld faults in %ld rounds, %ld wrong\n", handled, rounds, wrong);
    return 0;
}
