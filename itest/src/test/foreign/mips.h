/* What the programs for MIPS here have instead of a C library: system calls of n64, and a way to print. */

typedef unsigned int u32;
typedef unsigned long u64;

enum {
	READ = 5000, WRITE = 5001, MMAP = 5009, MPROTECT = 5010, MUNMAP = 5011, SIGACTION = 5013, SIGPROCMASK = 5014, PIPE = 5021,
	SETITIMER = 5036, GETPID = 5038, CLONE = 5055, EXECVE = 5057, EXIT = 5058, WAIT4 = 5059, KILL = 5060, SIGQUEUEINFO = 5127,
	SIGALTSTACK = 5129, GETTID = 5178, FUTEX = 5194, CACHEFLUSH = 5197, EXIT_GROUP = 5205, SCHED_YIELD = 5023
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

#define call0(n) call(n, 0, 0, 0, 0, 0, 0)
#define call1(n, a) call(n, (long)(a), 0, 0, 0, 0, 0)
#define call2(n, a, b) call(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define call3(n, a, b, c) call(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define call4(n, a, b, c, d) call(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

static void print(const char *text)
{
	long length = 0;
	while (text[length])
		length++;
	call3(WRITE, 1, text, length);
}

static __attribute__((unused)) void number(const char *name, long value, int base)
{
	char digits[24];
	int at = sizeof digits;
	u64 rest = base == 10 && value < 0 ? -value : value;
	digits[--at] = 0;
	do
		digits[--at] = "0123456789abcdef"[rest % base];
	while (rest /= base);
	if (base == 10 && value < 0)
		digits[--at] = '-';
	print(name);
	print(digits + at);
}

#define decimal(name, value) number(name, (long)(value), 10)
#define hex(name, value) number(name, (long)(value), 16)

static __attribute__((unused)) int equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

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

static __attribute__((unused)) void *map(void *at, long length, int protection)
{
	/* MAP_PRIVATE | MAP_ANONYMOUS, MAP_FIXED */
	return (void *)call(MMAP, (long)at, length, protection, 0x802 | (at ? 0x10 : 0), -1, 0);
}

/* The compiler calls it. */
void *memset(void *at, int value, unsigned long length)
{
	for (volatile char *p = at; length-- > 0; p++)
		*p = (char)value;
	return at;
}

static int run(int argc, char **argv);

void __attribute__((used)) begin(long *stack)
{
	call1(EXIT_GROUP, run((int)stack[0], (char **)(stack + 1)));
	for (;;)
		;
}

__asm__(".text\n"
	".globl __start\n"
	"__start:\n"
	"	move $4, $29\n"
	"	dla $25, begin\n"
	"	jalr $25\n"
	"	nop\n");
