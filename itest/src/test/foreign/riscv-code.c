/* Code that is written while it runs or read from a pipe, and threads that count with AMO* and with LR and SC. */
#include "riscv.h"

enum { PIPE2 = 59, THREADS = 4, ROUNDS = 20000 };

static u32 *code;
static u64 added, linked, greatest;
static int gone[THREADS];

/* addi a0, a0, n; ret */
static void write(u32 *at, int n)
{
	at[0] = 0x00050513 | (n & 0xfff) << 20;
	at[1] = 0x00008067;
}

static long enter(long a)
{
	__asm__ volatile("fence.i" : : : "memory");
	return ((long (*)(long))code)(a);
}

/* As a compiler that runs does it: the kernel is asked, because other processors may go on with the code. */
static long enter_flushed(long a)
{
	call3(FLUSH_ICACHE, code, code + 2, 0);
	return ((long (*)(long))code)(a);
}

static void written(void)
{
	long sum = 0;
	code = map(0, 0x2000, 7);
	for (int i = 0; i < 3000; i++) {
		write(code, i & 7);
		sum += enter(i);
	}
	decimal("written often: ", sum);
	u32 *first = code;
	code = (u32 *)((char *)first + 0xffe);
	for (int i = 0; i < 300; i++) {
		write(code, i);
		sum += enter(1);
	}
	decimal("\nover a page's end: ", sum);
	code = first;
	for (int i = 0; i < 40; i++) {
		map(code, 0x1000, 7);
		write(code, i);
		sum += enter(1000);
	}
	decimal("\nmapped anew: ", sum);
	int ends[2];
	u32 words[2];
	call3(PIPE2, ends, 0, 0);
	for (int i = 0; i < 40; i++) {
		write(words, i * 3);
		call3(WRITE, ends[1], words, sizeof words);
		call3(READ, ends[0], code, sizeof words);
		sum += i & 1 ? enter(1000) : enter_flushed(1000);
	}
	decimal("\nread: ", sum);
	print("\n");
}

static void work(long me)
{
	for (u64 i = 0; i < ROUNDS; i++) {
		u64 t;
		__asm__ volatile("amoadd.d.aqrl zero, %1, (%0)" : : "r"(&added), "r"(3ul) : "memory");
		__asm__ volatile("amomaxu.d.aqrl zero, %1, (%0)" : : "r"(&greatest), "r"(i * THREADS + me) : "memory");
		__asm__ volatile("1:	lr.d.aq %0, (%1)\n	addi %0, %0, 1\n	sc.d.rl %0, %0, (%1)\n	bnez %0, 1b"
				 : "=&r"(t) : "r"(&linked) : "memory");
	}
}

void __attribute__((used)) enter_thread(long me)
{
	work(me);
	call1(EXIT, 0);
}

/* Threads begin with what the parent has, and the stack given. */
static void thread(long me)
{
	long *top = (long *)((char *)map(0, 0x10000, 3) + 0x10000) - 2;
	top[0] = me;
	gone[me] = 1;
	register long a7 __asm__("a7") = CLONE;
	/* VM FS FILES SIGHAND THREAD SYSVSEM CHILD_CLEARTID */
	register long a0 __asm__("a0") = 0x00250f00 | 0x00040000;
	register long a1 __asm__("a1") = (long)top;
	register long a2 __asm__("a2") = 0;
	/* The thread pointer comes before the child's number. */
	register long a3 __asm__("a3") = 0;
	register long a4 __asm__("a4") = (long)&gone[me];
	__asm__ volatile("ecall\n"
			 "	bnez a0, 1f\n"
			 "	ld a0, 0(sp)\n"
			 "	j enter_thread\n"
			 "1:"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4)
			 : "memory");
}

/* Of the processor's properties those that are known: base and extensions; the last key there is none of. */
static void probed(void)
{
	struct { long key; u64 value; } pairs[] = { { 3, 0 }, { 4, 0 }, { 4711, 1 } };
	decimal("probe: ", call(HWPROBE, (long)pairs, 3, 0, 0, 0, 0));
	for (int i = 0; i < 3; i++)
		decimal(" ", pairs[i].key), hex("=", pairs[i].key == 4 ? pairs[i].value & 3 : pairs[i].value);
	decimal("\nbad probes: ", call(HWPROBE, (long)pairs, 3, 0, 0, 2, 0));
	decimal(" ", call(HWPROBE, 8, 3, 0, 0, 0, 0));
	decimal("\nbad flush: ", call3(FLUSH_ICACHE, 0, 0, 2));
	print("\n");
}

static int run(int argc, char **argv)
{
	written();
	probed();
	for (long i = 0; i < THREADS; i++)
		thread(i);
	for (int i = 0; i < THREADS; i++) {
		int now;
		while ((now = __atomic_load_n(&gone[i], __ATOMIC_ACQUIRE)) != 0)
			call4(FUTEX, &gone[i], 0, now, 0);
	}
	decimal("added: ", added);
	decimal("\nlinked: ", linked);
	decimal("\ngreatest: ", greatest);
	print("\n");
	return 0;
}
