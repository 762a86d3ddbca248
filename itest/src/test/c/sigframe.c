/* What a handler finds on its stack, and what becomes of what it changes there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static siginfo_t last;
static ucontext_t context;
static volatile int seen;
static char area[1 << 16] __attribute__((aligned(4096)));
static char *where;

static void keep(int s, siginfo_t *i, void *c) {
    char here;
    last = *i;
    context = *(ucontext_t *)c;
    where = &here;
    seen++;
}

static void handle(int s, void (*f)(int, siginfo_t *, void *), int flags) {
    struct sigaction a = {.sa_sigaction = f, .sa_flags = SA_SIGINFO | flags};
    sigaction(s, &a, NULL);
}

#if defined(__x86_64__)
#define REG(n) context.uc_mcontext.gregs[n]

static void flags_of_interest(const char *what) {
    printf("%s: cs %llx uc_flags %lx mask %lx oldmask %llx\n", what, (long long)REG(REG_CSGSFS) & 0xffff, context.uc_flags, context.uc_sigmask.__val[0],
        (long long)REG(REG_OLDMASK));
}

/* All general registers at a signal, and after it. */
static void registers(void) {
    handle(SIGUSR1, keep, 0);
    long out[16];
    long pid = getpid(), tid = syscall(SYS_gettid);
    register long r8 __asm__("r8") = 0x808;
    register long r9 __asm__("r9") = 0x909;
    register long r10 __asm__("r10") = 0x1010;
    register long r12 __asm__("r12") = 0x1212;
    register long r13 __asm__("r13") = 0x1313;
    register long r14 __asm__("r14") = 0x1414;
    register long r15 __asm__("r15") = 0x1515;
    long rax = SYS_tgkill;
    __asm__ volatile("syscall"
        : "+a"(rax), "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15)
        : "D"(pid), "S"(tid), "d"((long)SIGUSR1), "b"(0xbbbbL)
        : "rcx", "r11", "memory");
    printf("result %ld, r8 %lx r9 %lx r10 %lx r12 %lx r13 %lx r14 %lx r15 %lx\n", rax, r8, r9, r10, r12, r13, r14, r15);
    printf("in the frame: rax %lld rbx %llx r8 %llx r9 %llx r10 %llx r12 %llx r13 %llx r14 %llx r15 %llx rdi %d rsi %d rdx %lld\n",
        REG(REG_RAX), REG(REG_RBX), REG(REG_R8), REG(REG_R9), REG(REG_R10), REG(REG_R12), REG(REG_R13), REG(REG_R14),
        REG(REG_R15), REG(REG_RDI) == pid, REG(REG_RSI) == tid, REG(REG_RDX));
    printf("rcx is rip %d, r11 is flags %d\n", REG(REG_RCX) == REG(REG_RIP), REG(REG_R11) == REG(REG_EFL));
    flags_of_interest("kill");
    (void)out;
}

static void change(int s, siginfo_t *i, void *c) {
    ucontext_t *u = c;
    u->uc_mcontext.gregs[REG_RBX] = 0x1234567;
    u->uc_mcontext.gregs[REG_RAX] = -77;
    u->uc_mcontext.gregs[REG_EFL] |= 1 | 1 << 21 | 3 << 12 | 1 << 18; /* CF, and ID, IOPL, AC */
    u->uc_mcontext.gregs[REG_EFL] &= ~(1 << 18);
    sigaddset(&u->uc_sigmask, SIGUSR2);
    sigaddset(&u->uc_sigmask, SIGKILL);
}

static void changes(void) {
    handle(SIGUSR1, change, 0);
    long pid = getpid(), tid = syscall(SYS_gettid), rbx = 1, flags;
    long rax = SYS_tgkill;
    __asm__ volatile("syscall; pushfq; pop %2"
        : "+a"(rax), "+b"(rbx), "=r"(flags)
        : "D"(pid), "S"(tid), "d"((long)SIGUSR1)
        : "rcx", "r11", "memory");
    sigset_t now;
    sigprocmask(SIG_SETMASK, NULL, &now);
    printf("changed: rax %ld rbx %lx carry %ld iopl %ld mask %lx\n", rax, rbx, flags & 1, flags >> 12 & 3, now.__val[0]);
    sigemptyset(&now);
    sigprocmask(SIG_SETMASK, &now, NULL);
}

/* Vector registers survive, and are in the frame. */
static int avx;

static void spoil(int s, siginfo_t *i, void *c) {
    ucontext_t *u = c;
    uint32_t *x = (uint32_t *)u->uc_mcontext.fpregs;
    uint32_t *sw = x + 464 / 4;
    uint64_t *header = (uint64_t *)(x + 512 / 4);
    printf("  magic %x size ok %d features x87,sse,avx %llx in use %llx\n", sw[0], sw[1] == sw[4] + 4,
        (unsigned long long)(*(uint64_t *)(sw + 2) & 7), (unsigned long long)(header[0] & 7));
    printf("  magic2 %x\n", *(uint32_t *)((char *)x + sw[4]));
    printf("  xmm3 %x %x", x[160 / 4 + 12], x[160 / 4 + 13]);
    if (avx) printf(" high %x", x[576 / 4 + 12]);
    printf(" mxcsr %x fcw %x\n", x[6], x[0] & 0xffff);
    x[160 / 4 + 16] = 0xabcd; /* xmm4 */
    if (avx) x[576 / 4 + 16] = 0xdcba;
    unsigned mxcsr;
    unsigned short fcw;
    __asm__ volatile("stmxcsr %0; fnstcw %1" : "=m"(mxcsr), "=m"(fcw));
    uint64_t xmm[2];
    __asm__ volatile("movups %%xmm3, %0" : "=m"(xmm));
    printf("  the handler starts with mxcsr %x fcw %x xmm3 %d\n", mxcsr, fcw, xmm[0] == 0);
    unsigned raised = 0x1f80 | 4;
    __asm__ volatile("ldmxcsr %0" ::"m"(raised));
    if (avx) __asm__ volatile("vpcmpeqd %%xmm5,%%xmm5,%%xmm5; vpcmpeqd %%xmm6,%%xmm6,%%xmm6" ::: "xmm5", "xmm6");
    __asm__ volatile("pxor %%xmm3, %%xmm3; pcmpeqd %%xmm4, %%xmm4; fninit; fldpi" ::: "xmm3", "xmm4");
}

static void vectors(void) {
    avx = __builtin_cpu_supports("avx2");
    handle(SIGUSR1, spoil, 0);
    uint32_t pattern[8] = {0x11111111, 0x22222222, 3, 4, 0x55555555, 6, 7, 8}, got3[8] = {0}, got4[8] = {0};
    long pid = getpid(), tid = syscall(SYS_gettid);
    unsigned mxcsr = 0x1f80 | 0x6000, mxcsr_after;
    unsigned short fcw = 0x0c7f, fcw_after;
    double st = 0;
    fflush(stdout);
    if (avx) {
        __asm__ volatile("ldmxcsr %[m]; fninit; fldcw %[f]; fld1; vmovdqu %[p], %%ymm3; vmovdqu %[p], %%ymm4; syscall;"
            "vmovdqu %%ymm3, %[g3]; vmovdqu %%ymm4, %[g4]; stmxcsr %[ma]; fnstcw %[fa]; fstpl %[st]; vzeroupper; fninit"
            : [g3] "=m"(got3), [g4] "=m"(got4), [ma] "=m"(mxcsr_after), [fa] "=m"(fcw_after), [st] "=m"(st)
            : [m] "m"(mxcsr), [f] "m"(fcw), [p] "m"(pattern), "a"((long)SYS_tgkill), "D"(pid), "S"(tid), "d"((long)SIGUSR1)
            : "rcx", "r11", "memory", "xmm3", "xmm4");
    } else {
        __asm__ volatile("ldmxcsr %[m]; fninit; fldcw %[f]; fld1; movups %[p], %%xmm3; movups %[p], %%xmm4; syscall;"
            "movups %%xmm3, %[g3]; movups %%xmm4, %[g4]; stmxcsr %[ma]; fnstcw %[fa]; fstpl %[st]; fninit"
            : [g3] "=m"(got3), [g4] "=m"(got4), [ma] "=m"(mxcsr_after), [fa] "=m"(fcw_after), [st] "=m"(st)
            : [m] "m"(mxcsr), [f] "m"(fcw), [p] "m"(pattern), "a"((long)SYS_tgkill), "D"(pid), "S"(tid), "d"((long)SIGUSR1)
            : "rcx", "r11", "memory", "xmm3", "xmm4");
    }
    unsigned normal = 0x1f80;
    __asm__ volatile("ldmxcsr %0" ::"m"(normal));
    printf("after: %x %x %x | %x %x | mxcsr %x fcw %x st %g\n", got3[0], got3[1], got3[4], got4[0], got4[4], mxcsr_after,
        fcw_after, st);
}

/* Frames that a program makes up. */
static sigjmp_buf jump;
static void leap(int s, siginfo_t *i, void *c) { last = *i; context = *(ucontext_t *)c; siglongjmp(jump, 1); }

static int how;
static void ruin(int s, siginfo_t *i, void *c) {
    ucontext_t *u = c;
    switch (how) {
    case 0: u->uc_mcontext.gregs[REG_RIP] = 0x8000000000000000ull; break;
    case 1: u->uc_mcontext.fpregs = (void *)8; break;
    case 2: u->uc_mcontext.fpregs = (void *)((char *)u->uc_mcontext.fpregs + 4); break;
    case 3: ((uint32_t *)u->uc_mcontext.fpregs)[6] = 0xffffffff; break;
    case 4: ((uint64_t *)u->uc_mcontext.fpregs)[65] = 1ull << 62; break;
    case 5: ((uint64_t *)u->uc_mcontext.fpregs)[64] = 1ull << 60; break;
    case 6: ((uint32_t *)u->uc_mcontext.fpregs)[464 / 4] = 0; break;
    case 7: u->uc_mcontext.fpregs = NULL; break;
    case 8: u->uc_mcontext.gregs[REG_RIP] = 0x10; break;
    case 9: u->uc_mcontext.gregs[REG_RSP] = 0x8000000000000000ull; break;
    case 10: u->uc_mcontext.gregs[REG_CSGSFS] = 0x10; break;
    case 11: u->uc_mcontext.gregs[REG_CSGSFS] = 0x2b00000000000000ull; break;
    case 12: u->uc_stack.ss_size = 5; u->uc_stack.ss_flags = 77; break;
    }
}

static void bad(void) {
    stack_t s = {.ss_sp = area, .ss_size = sizeof area};
    sigaltstack(&s, NULL);
    handle(SIGUSR1, ruin, SA_NODEFER);
    handle(SIGSEGV, leap, SA_ONSTACK);
    handle(SIGBUS, leap, SA_ONSTACK);
    for (how = 0; how <= 12; how++) {
        memset(&last, 0, sizeof last);
        if (!sigsetjmp(jump, 1)) {
            raise(SIGUSR1);
            printf("ruin %d: fine\n", how);
        } else {
            printf("ruin %d: %d %d %p trapno %lld err %llx rip %llx\n", how, last.si_signo, last.si_code, last.si_addr,
                (long long)REG(REG_TRAPNO), (long long)REG(REG_ERR),
                (unsigned long long)REG(REG_RIP) >> 12 == 0 || REG(REG_RIP) < 0 ? (unsigned long long)REG(REG_RIP) : 1);
        }
    }
    if (!sigsetjmp(jump, 1)) {
        __asm__ volatile("mov %%rsp, %%rbx; mov $0x1000, %%rsp; mov $15, %%eax; syscall; mov %%rbx, %%rsp" ::: "rax", "rbx", "rcx", "r11", "memory");
    }
    printf("no frame: %d %d %p rsp %llx\n", last.si_signo, last.si_code, last.si_addr, (long long)REG(REG_RSP));
}
#else
static void registers(void) {}
static void changes(void) {}
static void vectors(void) {}
static void bad(void) {}
static void flags_of_interest(const char *what) {}
static sigjmp_buf jump;
#endif

/* Alternate stacks. */
static void show_stack(const char *what) {
    stack_t s;
    sigaltstack(NULL, &s);
    printf("%s: flags %x sp %d size %zu\n", what, s.ss_flags, s.ss_sp == area, s.ss_size);
}

static int on(void) { return where >= area && where < area + sizeof area; }

static void inside(int s, siginfo_t *i, void *c) {
    keep(s, i, c);
    show_stack("  inside");
    stack_t other = {.ss_sp = area + 4096, .ss_size = 16384};
    int r = sigaltstack(&other, NULL);
    printf("  change %d %d, frame's flags %x\n", r, r ? errno : 0, context.uc_stack.ss_flags);
}

static int depth;
static void nested(int s, siginfo_t *i, void *c) {
    char here;
    printf("  nested %d on %d\n", depth, &here >= area && &here < area + sizeof area);
    if (depth++ < 2) raise(SIGUSR1);
}

static void stacks(void) {
    stack_t s = {.ss_sp = area, .ss_size = sizeof area}, none = {.ss_flags = SS_DISABLE};
    handle(SIGUSR1, inside, SA_ONSTACK);
    sigaltstack(&none, NULL);
    show_stack("none");
    raise(SIGUSR1);
    printf("on %d\n", on());
    sigaltstack(&none, NULL);
    printf("set %d\n", sigaltstack(&s, NULL));
    show_stack("set");
    raise(SIGUSR1);
    printf("on %d\n", on());
    s.ss_flags = SS_ONSTACK;
    printf("set onstack %d\n", sigaltstack(&s, NULL));
    show_stack("onstack");
    raise(SIGUSR1);
    handle(SIGUSR1, inside, 0);
    raise(SIGUSR1);
    printf("without SA_ONSTACK on %d\n", on());
    s.ss_flags = SS_AUTODISARM;
    handle(SIGUSR1, inside, SA_ONSTACK);
    printf("autodisarm %d\n", sigaltstack(&s, NULL));
    show_stack("autodisarm");
    raise(SIGUSR1);
    printf("on %d\n", on());
    show_stack("afterwards");
    s.ss_flags = 0;
    sigaltstack(&s, NULL);
    handle(SIGUSR1, nested, SA_ONSTACK | SA_NODEFER);
    raise(SIGUSR1);
    for (unsigned f = 3; f < 6; f++) {
        s.ss_flags = f;
        printf("flags %u: %d\n", f, sigaltstack(&s, NULL) ? errno : 0);
    }
    s.ss_flags = SS_DISABLE | SS_AUTODISARM;
    printf("both: %d\n", sigaltstack(&s, NULL) ? errno : 0);
    show_stack("both");
    s.ss_flags = 0;
    s.ss_size = 2047;
    printf("small: %d\n", sigaltstack(&s, NULL) ? errno : 0);
    printf("bad pointer: %d\n", syscall(SYS_sigaltstack, 8L, NULL) ? errno : 0);
    /* a frame that does not fit onto the alternate stack */
    s.ss_size = 2048;
    printf("least: %d\n", sigaltstack(&s, NULL) ? errno : 0);
    int status;
    fflush(stdout);
    if (fork() == 0) {
        raise(SIGUSR1);
        _exit(3);
    }
    wait(&status);
    printf("too small: %x\n", status & 0x7f);
    sigaltstack(&none, NULL);
}

/* A stack that is full when a signal comes. */
static char *low;
static void full_handler(int s, siginfo_t *i, void *c) {
    last = *i;
    siglongjmp(jump, 1);
}

static void full(void) {
    stack_t s = {.ss_sp = area, .ss_size = sizeof area};
    sigaltstack(&s, NULL);
    handle(SIGSEGV, full_handler, SA_ONSTACK);
    handle(SIGUSR1, keep, 0);
    low = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(low + 4096, 4096, PROT_READ | PROT_WRITE);
#if defined(__x86_64__)
    memset(&last, 0, sizeof last);
    seen = 0;
    if (!sigsetjmp(jump, 1)) {
        long pid = getpid(), tid = syscall(SYS_gettid);
        __asm__ volatile("mov %%rsp, %%rbx; mov %3, %%rsp; syscall; mov %%rbx, %%rsp"
            : : "D"(pid), "S"(tid), "d"((long)SIGUSR1), "r"(low + 4096 + 512), "a"((long)SYS_tgkill)
            : "rcx", "rbx", "r11", "memory");
        printf("came back\n");
    }
    printf("full stack: %d %d %p seen %d\n", last.si_signo, last.si_code, last.si_addr, seen);
#endif
}

/* Whoever starts the program may have signals blocked. */
static void clear_mask(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    clear_mask();
    if (argc > 1 && strchr(argv[1], 'r')) registers();
    if (argc > 1 && strchr(argv[1], 'c')) changes();
    if (argc > 1 && strchr(argv[1], 'v')) vectors();
    if (argc > 1 && strchr(argv[1], 's')) stacks();
    if (argc > 1 && strchr(argv[1], 'f')) full();
    if (argc > 1 && strchr(argv[1], 'b')) bad();
    return 0;
}
