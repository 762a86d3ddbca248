/* A program without a C library, for each machine: system calls made by hand, and the way to begin(stack). */

#ifdef __mips__
#define WRITE 5001
#define EXIT 5058
#define FACCESSAT 5259

static long call(long number, long a, long b, long c)
{
	register long v0 __asm__("$2") = number;
	register long a0 __asm__("$4") = a;
	register long a1 __asm__("$5") = b;
	register long a2 __asm__("$6") = c;
	register long a3 __asm__("$7");
	__asm__ volatile("syscall"
			 : "+r"(v0), "=r"(a3)
			 : "r"(a0), "r"(a1), "r"(a2)
			 : "memory", "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo");
	return a3 ? -v0 : v0;
}

#else
#define WRITE 64
#define EXIT 93
#define FACCESSAT 48

#ifdef __riscv
static long call(long number, long a, long b, long c)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
	return a0;
}
#else

static long call(long number, long a, long b, long c)
{
	register long a7 __asm__("$a7") = number;
	register long a0 __asm__("$a0") = a;
	register long a1 __asm__("$a1") = b;
	register long a2 __asm__("$a2") = c;
	__asm__ volatile("syscall 0"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2)
			 : "memory", "$t0", "$t1", "$t2", "$t3", "$t4", "$t5", "$t6", "$t7", "$t8");
	return a0;
}
#endif
#endif

static void print(const char *text)
{
	long length = 0;
	while (text[length])
		length++;
	call(WRITE, 1, (long)text, length);
}

void begin(long *stack);

#ifdef __mips__
__asm__(".globl __start\n"
	"__start:\n"
	"	move $4, $29\n"
	"	dla $25, begin\n"
	"	jalr $25\n"
	"	nop\n");
#elif defined(__riscv)
__asm__(".globl __start\n"
	"__start:\n"
	"	mv a0, sp\n"
	"	call begin\n");
#else
__asm__(".globl __start\n"
	"__start:\n"
	"	move $a0, $sp\n"
	"	bl begin\n");
#endif
