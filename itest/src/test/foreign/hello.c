/* Greets, counts its arguments, and ends with a status, without a C library: system calls made by hand. */

#ifdef __mips__
#define WRITE 5001
#define EXIT 5058

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

static void print(const char *text)
{
	long length = 0;
	while (text[length])
		length++;
	call(WRITE, 1, (long)text, length);
}

/* A loop that is translated, with floating point, memory and division in it. */
static unsigned long work(void)
{
	static unsigned char seen[4096];
	double sum = 0;
	unsigned long state = 1, count = 0;
	for (int i = 1; i < 200000; i++) {
		state = state * 6364136223846793005ul + 1442695040888963407ul;
		seen[state >> 52] ^= (unsigned char)i;
		sum += 1.0 / i;
		count += state % 1000;
	}
	for (int i = 0; i < 4096; i++)
		count += seen[i];
	return count + (unsigned long)(sum * 1e6);
}

void __attribute__((used)) begin(long *stack)
{
	char digits[24];
	int at = sizeof digits;
	unsigned long value = work();
	digits[--at] = 0;
	digits[--at] = '\n';
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	print("hello\n");
	print(digits + at);
	for (long i = 1; i < stack[0]; i++) {
		print((char *)stack[1 + i]);
		print("\n");
	}
	/* Nobody can write there: EFAULT is 14 everywhere. */
	call(EXIT, call(WRITE, 1, 8, 1) == -14 ? (stack[0] & 255) + 40 : 1, 0, 0);
	for (;;)
		;
}

#ifdef __mips__
__asm__(".globl __start\n"
	"__start:\n"
	"	move $4, $29\n"
	"	dla $25, begin\n"
	"	jalr $25\n"
	"	nop\n");
#else
__asm__(".globl __start\n"
	"__start:\n"
	"	move $a0, $sp\n"
	"	bl begin\n");
#endif
