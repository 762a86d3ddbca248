/*
 * The frame of each benchmark program, without a C library.
 *
 *   NAME units N            does N units, prints their check sum
 *   NAME seconds WARM TIME  does units for WARM seconds, then for TIME seconds; prints units in a thousand of the best second
 */
#include "work.h"

#if defined(__mips64)
enum { WRITE = 5001, EXIT_GROUP = 5205, CLOCK_GETTIME = 5222 };

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

__asm__(".globl _start\n_start:\n"
	"	move	$4, $29\n"
	"	li	$8, -16\n"
	"	and	$29, $29, $8\n"
	"	jal	begin\n"
	"	nop\n");
#elif defined(__loongarch64)
enum { WRITE = 64, EXIT_GROUP = 94, CLOCK_GETTIME = 113 };

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

__asm__(".globl _start\n_start:\n"
	"	move	$a0, $sp\n"
	"	bstrins.d	$sp, $zero, 3, 0\n"
	"	bl	begin\n");
#elif defined(__x86_64__)
enum { WRITE = 1, EXIT_GROUP = 231, CLOCK_GETTIME = 228 };

static long call(long number, long a, long b, long c)
{
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "memory", "rcx", "r11");
	return result;
}

__asm__(".globl _start\n_start:\n"
	"	mov	%rsp, %rdi\n"
	"	and	$-16, %rsp\n"
	"	call	begin\n");
#else
#error "no start-up code for this machine"
#endif

void *memset(void *to, int value, unsigned long length)
{
	u8 *p = to;
	while (length--)
		*p++ = (u8)value;
	return to;
}

void *memcpy(void *to, const void *from, unsigned long length)
{
	u8 *p = to;
	const u8 *q = from;
	while (length--)
		*p++ = *q++;
	return to;
}

static void print(u64 value)
{
	char digits[24];
	int at = sizeof digits;
	digits[--at] = '\n';
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	call(WRITE, 1, (long)&digits[at], (long)sizeof digits - at);
}

static u64 number(const char *text)
{
	u64 value = 0;
	while (*text >= '0' && *text <= '9')
		value = 10 * value + (u64)(*text++ - '0');
	return value;
}

static u64 nanoseconds(void)
{
	long time[2];
	call(CLOCK_GETTIME, 1, (long)time, 0);
	return (u64)time[0] * 1000000000ul + (u64)time[1];
}

static u64 units(u64 count)
{
	u64 sum = 0;
	for (u64 round = 0; round < count; round++)
		sum = 31 * sum + unit(round);
	return sum;
}

/* The best of so many seconds, each by itself, because others may want the processor too. */
static u64 rate(u64 warm, u64 seconds)
{
	u64 round = 0, best = 0, now;
	u64 end = nanoseconds() + warm * 1000000000ul;
	while (nanoseconds() < end)
		unit(round++);
	while (seconds--) {
		u64 first = round, start = nanoseconds(), found;
		do
			unit(round++);
		while ((now = nanoseconds()) < start + 1000000000ul);
		found = (round - first) * 1000000ul / ((now - start) / 1000000ul);
		if (found > best)
			best = found;
	}
	return best;
}

void __attribute__((used, noreturn)) begin(long *stack)
{
	long count = stack[0];
	char **arguments = (char **)(stack + 1);
	prepare();
	if (count == 3 && arguments[1][0] == 'u')
		print(units(number(arguments[2])));
	else if (count == 4 && arguments[1][0] == 's')
		print(rate(number(arguments[2]), number(arguments[3])));
	else
		call(EXIT_GROUP, 2, 0, 0);
	while (1)
		call(EXIT_GROUP, 0, 0, 0);
}
