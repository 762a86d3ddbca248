/* What the programs for MIPS here have instead of a C library: system calls of n64, and a way to print. */

typedef unsigned int u32;
typedef unsigned long u64;

enum {
	READ = 5000, WRITE = 5001, MMAP = 5009, MPROTECT = 5010, MUNMAP = 5011, SIGACTION = 5013, SIGPROCMASK = 5014, PIPE = 5021,
	SETITIMER = 5036, GETPID = 5038, CLONE = 5055, EXECVE = 5057, EXIT = 5058, WAIT4 = 5059, KILL = 5060, SIGQUEUEINFO = 5127,
	SIGALTSTACK = 5129, GETTID = 5178, FUTEX = 5194, CACHEFLUSH = 5197, SYSMIPS = 5199, EXIT_GROUP = 5205, SCHED_YIELD = 5023
};

/* The result, or the negated error number. */
static long call(long number, long a, long b, long c, long d, long e, long f)
{
	register long v0 __asm__("$2") = number;
	register long a0 __asm__("$4") = a;
	register long a1 __asm__("$5") = b;
	register long a2 __asm__("$6") = c;
	register long a3 __asm__("$7") = d;
	register long a4 __asm__("$8") = e;
	register long a5 __asm__("$9") = f;
	__asm__ volatile("syscall"
			 : "+r"(v0), "+r"(a3), "+r"(a4), "+r"(a5)
			 : "r"(a0), "r"(a1), "r"(a2)
			 : "memory", "$1", "$3", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo");
	return a3 ? -v0 : v0;
}

/* MAP_PRIVATE | MAP_ANONYMOUS */
#define MAP_PRIVATE_ANONYMOUS 0x802

#include "program.h"

struct action {
	u32 flags;
	void (*handler)(int, int *, u64 *);
	u64 mask[2];
};

enum { SA_SIGINFO = 8, SA_ONSTACK = 0x08000000, SA_RESTART = 0x10000000, SA_NODEFER = 0x40000000 };

static __attribute__((unused)) void handle(int signal, void (*handler)(int, int *, u64 *), u32 flags)
{
	struct action action = { SA_SIGINFO | flags, handler, { 0, 0 } };
	call4(SIGACTION, signal, &action, 0, 16);
}

/* Of a ucontext, in doublewords. */
enum { UC_REGS = 5, UC_FPR = 37, UC_HI = 69, UC_LO = 73, UC_PC = 77, UC_CSR = 78 };

__asm__(".text\n"
	".globl __start\n"
	"__start:\n"
	"	move $4, $29\n"
	"	dla $25, begin\n"
	"	jalr $25\n"
	"	nop\n");
