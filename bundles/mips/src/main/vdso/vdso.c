/*
 * The functions of the vDSO. Compiled by make.sh, and put into guests as it is (org.nesteddune.engine.software.ClockPage).
 *
 * The hardware register 31, which the architecture leaves to implementations, is CLOCK_MONOTONIC in nanoseconds here (MipsSoftware);
 * what other clocks are ahead of it stands in the page before the image, and whether it may be used.
 */
typedef unsigned long u64;

struct timespec {
	long seconds, nanoseconds;
};

struct page {
	u64 compute;
	u64 ahead[2];
};

/* As long as the largest page there may be. */
#define DATA 65536

#define SECOND 1000000000ul
#define GETTIMEOFDAY 5094
#define CLOCK_GETTIME 5222
#define CLOCK_GETRES 5223

/* The result, or the negated error number. */
static inline __attribute__((always_inline)) long call(long number, long a, long b)
{
	register long v0 __asm__("$2") = number;
	register long a0 __asm__("$4") = a;
	register long a1 __asm__("$5") = b;
	register long a3 __asm__("$7");
	__asm__ volatile("syscall"
			 : "+r"(v0), "=r"(a3)
			 : "r"(a0), "r"(a1)
			 : "memory", "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo");
	return a3 ? -v0 : v0;
}

/* No global offset table, since nobody relocates a vDSO: the distance to the image's beginning stands in the code. */
static inline __attribute__((always_inline)) const volatile struct page *data(void)
{
	u64 image;

	__asm__(".set push\n"
		"	.set noreorder\n"
		"	bal 1f\n"
		"	nop\n"
		"	.word __ehdr_start - .\n"
		"1:	lw %0, 0($31)\n"
		"	daddu %0, $31, %0\n"
		"	.set pop" : "=r"(image) : : "$31");
	return (const volatile struct page *)(image - DATA);
}

static inline __attribute__((always_inline)) int now(unsigned clock, struct timespec *time)
{
	const volatile struct page *page = data();
	u64 count;

	/* CLOCK_REALTIME, CLOCK_MONOTONIC */
	if (clock > 1 || !page->compute)
		return 0;
	__asm__ volatile(".word 0x7c03f83b\n	move %0, $3" : "=r"(count) : : "$3"); /* rdhwr $3, $31 */
	count += page->ahead[clock];
	time->seconds = (long)(count / SECOND);
	time->nanoseconds = (long)(count % SECOND);
	return 1;
}

int __vdso_clock_gettime(int clock, struct timespec *time)
{
	return now((unsigned)clock, time) ? 0 : (int)call(CLOCK_GETTIME, clock, (long)time);
}

int __vdso_gettimeofday(struct timespec *time, void *zone)
{
	struct timespec exact;

	if (zone || !time || !now(0, &exact))
		return (int)call(GETTIMEOFDAY, (long)time, (long)zone);
	time->seconds = exact.seconds;
	time->nanoseconds = exact.nanoseconds / 1000;
	return 0;
}

int __vdso_clock_getres(int clock, struct timespec *resolution)
{
	return (int)call(CLOCK_GETRES, clock, (long)resolution);
}

__asm__(".globl __vdso_rt_sigreturn\n"
	".type __vdso_rt_sigreturn, @function\n"
	".ent __vdso_rt_sigreturn\n"
	"__vdso_rt_sigreturn:\n"
	"	li $2, 5211\n"
	"	syscall\n"
	".end __vdso_rt_sigreturn\n"
	".size __vdso_rt_sigreturn, 8\n");
