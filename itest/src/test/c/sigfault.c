/* What the CPU's faults look like to a handler. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf jump;
static volatile siginfo_t last;
static volatile long long trapno, err, cr2, rip;
static volatile int seen;
static char *base;
static char altstack[1 << 16];

extern char etext[];

static void leap(int s, siginfo_t *i, void *c) {
    __asm__ volatile("pushfq; andl $~0x40000, (%rsp); popfq");
    ucontext_t *u = c;
    memcpy((void *)&last, i, sizeof last);
    trapno = u->uc_mcontext.gregs[REG_TRAPNO];
    err = u->uc_mcontext.gregs[REG_ERR];
    cr2 = u->uc_mcontext.gregs[REG_CR2];
    rip = u->uc_mcontext.gregs[REG_RIP];
    seen++;
    u->uc_mcontext.gregs[REG_EFL] &= ~(1 << 18 | 1 << 8);
    siglongjmp(jump, 1);
}

static void show(const char *what, const void *expected) {
    printf("%s: ", what);
    if (!seen) {
        printf("nothing\n");
        return;
    }
    seen = 0;
    printf("signal %d code %d ", last.si_signo, last.si_code);
    if (last.si_addr == expected) printf("addr as expected ");
    else if (base && (char *)last.si_addr >= base && (char *)last.si_addr < base + (1 << 20)) printf("addr base+%lx ", (long)((char *)last.si_addr - base));
    else if (labs((char *)last.si_addr - (char *)expected) < 100) printf("addr %+ld ", (long)((char *)last.si_addr - (char *)expected));
    else if ((char *)last.si_addr >= (char *)etext - 100000 && (char *)last.si_addr < (char *)etext) printf("addr in code ");
    else printf("addr %p ", last.si_addr);
    printf("trapno %lld err %llx", trapno, err);
    if (trapno == 14) printf(" cr2 %s", cr2 == (long long)last.si_addr ? "is addr" : "other");
    printf(" rip %s\n", (void *)rip == expected ? "as expected" : (void *)rip == last.si_addr ? "is addr" : "elsewhere");
    memset((void *)&last, 0, sizeof last);
}

#define TRY(what, expected, ...) do { if (!sigsetjmp(jump, 1)) { __VA_ARGS__; } show(what, expected); } while (0)
#define LABEL(name) extern char name[]
#define ASM(name, ...) __asm__ volatile(#name ": " __VA_ARGS__)

static void memory(void) {
    base = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(base + 4096, 4096);
    mprotect(base + 8192, 4096, PROT_NONE);
    mprotect(base + 12288, 4096, PROT_READ);
    base[16384] = (char)0xc3;
    mprotect(base + 16384, 4096, PROT_READ);
    mprotect(base + 20480, 4096, PROT_WRITE);
    TRY("read unmapped", base + 4096 + 5, *(volatile char *)(base + 4096 + 5));
    TRY("write unmapped", base + 4096 + 5, *(volatile char *)(base + 4096 + 5) = 1);
    TRY("across into unmapped", base + 4096, *(volatile long *)(base + 4092));
    TRY("write across into unmapped", base + 4096, *(volatile long *)(base + 4092) = 1);
    TRY("read none", base + 8192, *(volatile char *)(base + 8192));
    TRY("write none", base + 8192, *(volatile char *)(base + 8192) = 1);
    TRY("read read-only", base + 12288, *(volatile char *)(base + 12288));
    TRY("write read-only", base + 12288, *(volatile char *)(base + 12288) = 1);
    TRY("execute no-exec", base + 16384, ((void (*)(void))(base + 16384))());
    TRY("execute none", base + 8192, ((void (*)(void))(base + 8192))());
    TRY("execute unmapped", base + 4096, ((void (*)(void))(base + 4096))());
    TRY("read write-only", base + 20480, *(volatile char *)(base + 20480));
    TRY("null", NULL, *(volatile char *)NULL);
    TRY("null execute", NULL, ((void (*)(void))0)());
    TRY("kernel read", (void *)0xffffffff81000000, *(volatile char *)0xffffffff81000000);
    TRY("kernel write", (void *)0xffffffff81000000, *(volatile char *)0xffffffff81000000 = 1);
    TRY("kernel execute", (void *)0xffffffff81000000, ((void (*)(void))0xffffffff81000000)());
    TRY("vsyscall read", (void *)0xffffffffff600000, *(volatile char *)0xffffffffff600000);
    TRY("last user page", (void *)0x7fffffffe000, *(volatile char *)0x7fffffffe000 = 1);
    TRY("non-canonical read", NULL, *(volatile char *)0x800000000000);
    TRY("non-canonical write", NULL, *(volatile char *)0xff00000000000000 = 1);
    TRY("non-canonical execute", (void *)0x800000000000, ((void (*)(void))0x800000000000)());
    TRY("non-canonical push", NULL, __asm__ volatile("mov %%rsp, %%rbx; mov %0, %%rsp; push %%rax" ::"r"(0x9000000000000000) : "rbx"));
    TRY("push onto unmapped", base + 4096, __asm__ volatile("mov %%rsp, %%rbx; mov %0, %%rsp; push %%rax" ::"r"(base + 8192 - 4088) : "rbx"));
    TRY("call with an unmapped stack", base + 4096, __asm__ volatile("mov %%rsp, %%rbx; mov %0, %%rsp; call 1f; 1:" ::"r"(base + 8192 - 4088) : "rbx"));
    TRY("return to a bad place", NULL, __asm__ volatile("push %0; ret" ::"r"(0x9000000000000000)));
    TRY("string", base + 4096, __asm__ volatile("rep stosb" ::"a"(0), "D"(base + 4000), "c"(4000L)));
    TRY("locked", base + 12288 + 8, __asm__ volatile("lock incq %0" ::"m"(*(base + 12288 + 8))));
    TRY("vector", base + 4096, __asm__ volatile("movups %0, %%xmm0" ::"m"(*(base + 4096 - 8)) : "xmm0"));
}

static void files(void) {
    char name[] = "sigfaultXXXXXX";
    int f = mkstemp(name);
    unlink(name);
    write(f, "0123456789", 10);
    base = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    char *private = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, f, 0);
    TRY("within", NULL, *(volatile char *)(base + 9) = 1);
    TRY("last page", NULL, *(volatile char *)(base + 4095) = 1);
    TRY("behind", base + 4096, *(volatile char *)(base + 4096));
    TRY("behind, write", base + 8192 + 7, *(volatile char *)(base + 8192 + 7) = 1);
    TRY("behind, private", private + 4096, *(volatile char *)(private + 4096) = 1);
    TRY("behind, execute", base + 4096, ((void (*)(void))(base + 4096))());
    long n = write(f, base + 4096, 1);
    printf("write(2) from behind: %ld %d\n", n, errno);
    n = pread(f, base + 4096, 1, 0);
    printf("read(2) to behind: %ld %d\n", n, errno);
    private[5000 - 4096] = 3;
    ftruncate(f, 0);
    TRY("truncated", base, *(volatile char *)base = 1);
    TRY("truncated, private untouched", private + 1, *(volatile char *)(private + 1));
    ftruncate(f, 1 << 20);
    TRY("grown", NULL, *(volatile char *)(base + 100000) = 1);
    close(f);
}

LABEL(l_int3); LABEL(l_icebp); LABEL(l_ud2); LABEL(l_hlt); LABEL(l_cli); LABEL(l_in); LABEL(l_int80); LABEL(l_int5); LABEL(l_rdmsr);
LABEL(l_div); LABEL(l_idiv); LABEL(l_movcr); LABEL(l_lgdt); LABEL(l_iretq); LABEL(l_sysret); LABEL(l_invlpg); LABEL(l_wrong); LABEL(l_long);
LABEL(l_int4); LABEL(l_int1); LABEL(l_int3b); LABEL(l_lock); LABEL(l_into); LABEL(l_ss); LABEL(l_int0); LABEL(l_outsb); LABEL(l_mwait); LABEL(l_vmcall); LABEL(l_xsetbv); LABEL(l_bound);
LABEL(l_int13); LABEL(l_swapgs); LABEL(l_wbinvd); LABEL(l_sysenter); LABEL(l_callf); LABEL(l_ds);

static void instructions(void) {
    volatile int zero = 0;
    TRY("int3", l_int3 + 1, ASM(l_int3, "int3"));
    TRY("int $3", l_int3b + 2, ASM(l_int3b, ".byte 0xcd, 3"));
    TRY("icebp", l_icebp, ASM(l_icebp, ".byte 0xf1"));
    TRY("int $1", l_int1, ASM(l_int1, ".byte 0xcd, 1"));
    TRY("int $4", l_int4 + 2, ASM(l_int4, ".byte 0xcd, 4"));
    TRY("int $0", l_int0, ASM(l_int0, ".byte 0xcd, 0"));
    TRY("int $5", l_int5, ASM(l_int5, ".byte 0xcd, 5"));
    TRY("int $13", l_int13, ASM(l_int13, ".byte 0xcd, 13"));
    TRY("int $0x90", l_int80, ASM(l_int80, ".byte 0xcd, 0x90"));
    TRY("ud2", l_ud2, ASM(l_ud2, "ud2"));
    TRY("into", l_into, ASM(l_into, ".byte 0xce"));
    TRY("bound", l_bound, ASM(l_bound, ".byte 0x62, 0x00, 0, 0, 0, 0"));
    TRY("wrong", l_wrong, ASM(l_wrong, ".byte 0x0f, 0x0a"));
    TRY("lock nop", l_lock, ASM(l_lock, ".byte 0xf0, 0x90"));
    TRY("too long", l_long, ASM(l_long, ".byte 0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x90"));
    TRY("hlt", l_hlt, ASM(l_hlt, "hlt"));
    TRY("cli", l_cli, ASM(l_cli, "cli"));
    TRY("in", l_in, ASM(l_in, "in $0x80, %%al" ::: "al"));
    TRY("outsb", l_outsb, ASM(l_outsb, "outsb"));
    TRY("rdmsr", l_rdmsr, ASM(l_rdmsr, "rdmsr" ::"c"(0x10) : "rax", "rdx"));
    TRY("mov cr0", l_movcr, ASM(l_movcr, "mov %%cr0, %%rax" ::: "rax"));
    TRY("lgdt", l_lgdt, ASM(l_lgdt, "lgdt %0" ::"m"(altstack)));
    TRY("invlpg", l_invlpg, ASM(l_invlpg, "invlpg %0" ::"m"(altstack)));
    TRY("swapgs", l_swapgs, ASM(l_swapgs, "swapgs"));
    TRY("wbinvd", l_wbinvd, ASM(l_wbinvd, "wbinvd"));
    TRY("xsetbv", l_xsetbv, ASM(l_xsetbv, "xsetbv" ::"a"(7), "d"(0), "c"(0)));
    TRY("sysretq", l_sysret, ASM(l_sysret, "sysretq" ::: "rcx", "r11"));
    TRY("mov ss", l_ss, ASM(l_ss, "mov %0, %%ss" ::"r"(0x18)));
    TRY("mov ds", l_ds, ASM(l_ds, "mov %0, %%ds" ::"r"(0x77)));
    TRY("div", l_div, ASM(l_div, "divl %0" ::"m"(zero), "a"(1), "d"(0)));
    int minus = -1;
    TRY("idiv overflow", l_idiv, ASM(l_idiv, "idivl %0" ::"m"(minus), "a"(0x80000000), "d"(-1)));
}

static void sse(unsigned unmasked, const char *what, double a, double b, char op) {
    unsigned mxcsr = 0x1f80 & ~(unmasked << 7);
    unsigned normal = 0x1f80;
    double r = a;
    if (!sigsetjmp(jump, 1)) {
        __asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
        if (op == '/') __asm__ volatile("divsd %1, %0" : "+x"(r) : "x"(b));
        if (op == '*') __asm__ volatile("mulsd %1, %0" : "+x"(r) : "x"(b));
        if (op == '+') __asm__ volatile("addsd %1, %0" : "+x"(r) : "x"(b));
        if (op == 's') __asm__ volatile("sqrtsd %1, %0" : "+x"(r) : "x"(b));
    }
    __asm__ volatile("ldmxcsr %0" ::"m"(normal));
    show(what, NULL);
}

static void floating(void) {
    sse(4, "sse divide by zero", 1, 0, '/');
    sse(1, "sse invalid", 0, 0, '/');
    sse(8, "sse overflow", 1e308, 1e308, '*');
    sse(16, "sse underflow", 1e-308, 1e-308, '*');
    sse(32, "sse inexact", 1, 3, '/');
    sse(2, "sse denormal", 4e-320, 1, '+');
    sse(1, "sse square root", 0, -1, 's');
    unsigned short cw[] = {0x37b, 0x37e, 0x377, 0x36f, 0x35f, 0x37d}, normal = 0x37f;
    const char *names[] = {"x87 divide by zero", "x87 invalid", "x87 overflow", "x87 underflow", "x87 inexact", "x87 denormal"};
    double left[] = {1, 0, 1e308, 1e-308, 1, 4e-320}, right[] = {0, 0, 1e308, 1e-308, 3, 1};
    for (int n = 0; n < 6; n++) {
        if (!sigsetjmp(jump, 1)) {
            double r;
            if (n == 2 || n == 3) __asm__ volatile("fninit; fldcw %1; fldl %2; fmull %3; fstpl %0; fwait" : "=m"(r) : "m"(cw[n]), "m"(left[n]), "m"(right[n]));
            else __asm__ volatile("fninit; fldcw %1; fldl %2; fdivl %3; fstpl %0; fwait" : "=m"(r) : "m"(cw[n]), "m"(left[n]), "m"(right[n]));
        }
        __asm__ volatile("fninit; fldcw %0" ::"m"(normal));
        show(names[n], NULL);
    }
    if (!sigsetjmp(jump, 1)) {
        unsigned short open = 0x37e;
        __asm__ volatile("fninit; fldcw %0; fld1; fld1; fld1; fld1; fld1; fld1; fld1; fld1; fld1; fwait" ::"m"(open));
    }
    __asm__ volatile("fninit");
    show("x87 stack overflow", NULL);
}

static void alignment(void) {
    static char bytes[32] __attribute__((aligned(16)));
    TRY("movaps", NULL, __asm__ volatile("movaps %0, %%xmm0" ::"m"(bytes[1]) : "xmm0"));
    TRY("AC", NULL, __asm__ volatile("pushfq; orl $0x40000, (%%rsp); popfq; mov %0, %%rax" ::"m"(bytes[1]) : "rax"));
    __asm__ volatile("pushfq; andl $~0x40000, (%rsp); popfq");
    TRY("AC, aligned", NULL, __asm__ volatile("pushfq; orl $0x40000, (%%rsp); popfq; mov %0, %%rax; pushfq; andl $~0x40000, (%%rsp); popfq" ::"m"(bytes[8]) : "rax"));
}

/* Single steps: every instruction is one trap. */
static volatile long steps, pcs[64];
static volatile int codes[64];

static void step(int s, siginfo_t *i, void *c) {
    ucontext_t *u = c;
    if (steps < 64) {
        pcs[steps] = u->uc_mcontext.gregs[REG_RIP];
        codes[steps] = i->si_code * 1000 + (i->si_addr == (void *)u->uc_mcontext.gregs[REG_RIP]) * 100 + u->uc_mcontext.gregs[REG_TRAPNO];
    }
    steps++;
}

static void single(void) {
    struct sigaction a = {.sa_sigaction = step, .sa_flags = SA_SIGINFO}, old;
    sigaction(SIGTRAP, &a, &old);
    __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop; mov $39, %%eax; syscall; nop; nop; push %%rax; pop %%rax;"
        "xor %%eax, %%eax; cpuid; mov $3, %%ecx; lea altstack(%%rip), %%rdi; rep stosb; nop; pushfq; andl $~0x100, (%%rsp); popfq; nop; nop"
        ::: "rax", "rbx", "rcx", "rdx", "rdi", "r11", "memory");
    printf("steps %ld:", steps);
    for (int n = 0; n < steps && n < 64; n++) printf(" +%ld/%d", pcs[n] - pcs[0], codes[n]);
    printf("\n");
    sigaction(SIGTRAP, &old, NULL);
}

/* Faults that nobody handles. */
static void deadly(void) {
    const char *names[] = {"segv", "segv blocked", "segv ignored", "bus", "fpe", "ill", "trap", "trap blocked", "ill ignored", "segv in its handler", "bad stack"};
    for (int n = 0; n < 11; n++) {
        fflush(stdout);
        pid_t p = fork();
        if (p == 0) {
            struct rlimit none = {0, 0};
            setrlimit(RLIMIT_CORE, &none);
            for (int s = 1; s < 32; s++) signal(s, SIG_DFL);
            sigset_t set;
            sigemptyset(&set);
            sigaddset(&set, SIGSEGV);
            sigaddset(&set, SIGTRAP);
            if (n == 1 || n == 7) sigprocmask(SIG_BLOCK, &set, NULL);
            if (n == 2) signal(SIGSEGV, SIG_IGN);
            if (n == 8) signal(SIGILL, SIG_IGN);
            volatile int zero = 0;
            if (n <= 2) *(volatile int *)8 = 1;
            if (n == 3) { int f = open("/proc/self/exe", O_RDONLY); char *m = mmap(NULL, 1 << 24, PROT_READ, MAP_PRIVATE, f, 0); zero = m[(1 << 24) - 1]; }
            if (n == 4) __asm__ volatile("divl %0" ::"m"(zero), "a"(1), "d"(0));
            if (n == 5 || n == 8) __asm__ volatile("ud2");
            if (n == 6 || n == 7) __asm__ volatile("int3");
            if (n == 9) { struct sigaction a = {.sa_handler = (void (*)(int))16}; sigaction(SIGSEGV, &a, NULL); *(volatile int *)8 = 1; }
            if (n == 10) { struct sigaction a = {.sa_sigaction = leap, .sa_flags = SA_SIGINFO}; sigaction(SIGSEGV, &a, NULL); __asm__ volatile("xor %%esp, %%esp; push %%rax" ::: "memory"); }
            _exit(0);
        }
        int status;
        wait(&status);
        printf("%s: %x\n", names[n], status);
    }
}

static volatile int handled;
static void again(int s, siginfo_t *i, void *c) {
    handled++;
    mprotect((void *)((long)i->si_addr & -4096), 4096, PROT_READ | PROT_WRITE);
}

static void repaired(void) {
    struct sigaction a = {.sa_sigaction = again, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &a, NULL);
    char *p = mmap(NULL, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long sum = 0;
    for (int n = 0; n < 64; n++) { p[n * 4096 + n] = n; sum += p[n * 4096 + n]; }
    printf("repaired %d faults, sum %ld\n", handled, sum);
    handled = 0;
    mprotect(p, 64 * 4096, PROT_NONE);
    long n = write(1, p, 1);
    printf("write(2) of it: %ld %d, handled %d\n", n, errno, handled);
    n = read(open("/dev/zero", O_RDONLY), p, 1);
    printf("read(2) into it: %ld %d, handled %d\n", n, errno, handled);
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
    stack_t s = {.ss_sp = altstack, .ss_size = sizeof altstack};
    sigaltstack(&s, NULL);
    struct sigaction a = {.sa_sigaction = leap, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    for (int n = 0; n < 5; n++) sigaction(signals[n], &a, NULL);
    char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "memory")) memory();
    if (!strcmp(what, "files")) files();
    if (!strcmp(what, "instructions")) instructions();
    if (!strcmp(what, "floating")) floating();
    if (!strcmp(what, "alignment")) alignment();
    if (!strcmp(what, "single")) single();
    if (!strcmp(what, "deadly")) deadly();
    if (!strcmp(what, "repaired")) repaired();
    return 0;
}
