/*
 * The functions of the vDSO. Compiled by make.sh, and put into guests as it is (org.nesteddune.riscv.RiscvArchitecture).
 *
 * TIME is CLOCK_MONOTONIC in nanoseconds (RiscvSoftware); what other clocks are ahead of it stands in the page before the
 * image, and whether it may be used.
 */
typedef unsigned long u64;

struct timespec {
	long seconds, nanoseconds;
};

struct page {
	u64 compute;
	u64 ahead[2];
};

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* As long as the largest page there may be. */
#define DATA 65536

#define SECOND 1000000000ul
#define GETCPU 168
#define GETTIMEOFDAY 169
#define CLOCK_GETTIME 113
#define CLOCK_GETRES 114
#define HWPROBE 258
#define FLUSH_ICACHE 259

static long call(long number, long a, long b, long c, long d, long e)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
	return a0;
}

static int now(unsigned clock, struct timespec *time)
{
	const volatile struct page *page = (const volatile struct page *)(__ehdr_start - DATA);
	u64 count;

	/* CLOCK_REALTIME, CLOCK_MONOTONIC */
	if (clock > 1 || !page->compute)
		return 0;
	__asm__ volatile("rdtime %0" : "=r"(count));
	count += page->ahead[clock];
	time->seconds = (long)(count / SECOND);
	time->nanoseconds = (long)(count % SECOND);
	return 1;
}

int __vdso_clock_gettime(int clock, struct timespec *time)
{
	return now((unsigned)clock, time) ? 0 : (int)call(CLOCK_GETTIME, clock, (long)time, 0, 0, 0);
}

int __vdso_gettimeofday(struct timespec *time, void *zone)
{
	struct timespec exact;

	if (zone || !time || !now(0, &exact))
		return (int)call(GETTIMEOFDAY, (long)time, (long)zone, 0, 0, 0);
	time->seconds = exact.seconds;
	time->nanoseconds = exact.nanoseconds / 1000;
	return 0;
}

int __vdso_clock_getres(int clock, struct timespec *resolution)
{
	return (int)call(CLOCK_GETRES, clock, (long)resolution, 0, 0, 0);
}

int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	return (int)call(GETCPU, (long)cpu, (long)node, (long)unused, 0, 0);
}

long __vdso_flush_icache(void *start, void *end, unsigned long flags)
{
	return call(FLUSH_ICACHE, (long)start, (long)end, (long)flags, 0, 0);
}

int __vdso_riscv_hwprobe(void *pairs, unsigned long count, unsigned long size, unsigned long *cpus, unsigned flags)
{
	return (int)call(HWPROBE, (long)pairs, (long)count, (long)size, (long)cpus, flags);
}

__asm__(".globl __vdso_rt_sigreturn\n"
	".type __vdso_rt_sigreturn, @function\n"
	".option push\n"
	".option norvc\n"
	"__vdso_rt_sigreturn:\n"
	"	li a7, 139\n"
	"	ecall\n"
	".option pop\n"
	".size __vdso_rt_sigreturn, 8\n");
