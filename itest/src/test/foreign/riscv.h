/* What the programs for RISC-V here have instead of a C library: system calls, and a way to print. */

typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

enum {
	READ = 63, WRITE = 64, EXIT = 93, EXIT_GROUP = 94, FUTEX = 98, SETITIMER = 103, SCHED_YIELD = 124, KILL = 129, SIGALTSTACK = 132,
	SIGACTION = 134, GETPID = 172, GETTID = 178, MUNMAP = 215, CLONE = 220, MMAP = 222, MPROTECT = 226, HWPROBE = 258,
	FLUSH_ICACHE = 259, WAIT4 = 260
};

/* The result, or the negated error number. */
static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;
	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
	return a0;
}

/* MAP_PRIVATE | MAP_ANONYMOUS */
#define MAP_PRIVATE_ANONYMOUS 0x22

#include "program.h"

struct action {
	void (*handler)(int, int *, u64 *);
	u64 flags, mask;
};

static __attribute__((unused)) void handle(int signal, void (*handler)(int, int *, u64 *))
{
	struct action action = { handler, 4 /* SA_SIGINFO */, 0 };
	call4(SIGACTION, signal, &action, 0, 8);
}

/* Of a ucontext, in doublewords: pc, in whose place x0 would be, and the floating-point registers. */
enum { UC_REGS = 22, UC_FLOATS = 54, UC_FCSR = 86 };

__asm__(".text\n"
	".globl __start\n"
	"__start:\n"
	"	mv a0, sp\n"
	"	call begin\n");
