/*
 * Random words as code, each lot in a process of its own. How the processes end is all one, but end they must: by themselves, by a
 * signal, or by the timer that their parent gives them. ECALL is left out.
 */
#include "riscv.h"

static u64 state;

static u64 next(void)
{
	state = state * 6364136223846793005ul + 1442695040888963407ul;
	return state >> 29;
}

static void lot(void)
{
	static char data[0x2000];
	u32 *code = map(0, 0x2000, 7);
	for (int i = 0; i < 0x800; i++) {
		u32 word = (u32)next();
		u64 kind = next() & 7;
		/* Most of them are of the common groups: integers, floating point, accesses, and what is compressed. */
		if (kind < 2)
			word = (word & 0x41ffff80) | (kind ? 0x33 : 0x3b);
		else if (kind == 2)
			word = (word & 0xfbffff80) | 0x53;
		else if (kind == 3)
			word = (word & 0xf7ffff80) | 0x2f;
		else if (kind == 4)
			word = (word & ~0x7fu) | 0x13;
		if (word == 0x00000073)
			word = 0x00000013;
		code[i] = word;
	}
	__asm__ volatile("fence.i" : : : "memory");
	/* ITIMER_REAL 20 ms, SIGALRM's default action */
	long timer[4] = { 0, 0, 0, 20000 };
	call3(SETITIMER, 0, timer, 0);
	__asm__ volatile("mv t0, %0\n	mv a0, %1\n	mv a1, %1\n	mv t1, %1\n	mv sp, %1\n	mv ra, %1\n	jr t0"
			 : : "r"(code), "r"(data + 0x1000) : "memory");
	call1(EXIT, 0);
}

static int run(int argc, char **argv)
{
	int strange = 0;
	for (int i = 0; i < 150; i++) {
		state = state * 3 + 0x9e3779b97f4a7c15ul + i;
		int status = 0, pid = (int)call(CLONE, 17, 0, 0, 0, 0, 0);
		if (pid == 0)
			lot();
		if (call4(WAIT4, pid, &status, 0, 0) != pid)
			strange++;
		/* SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGALRM */
		int signal = status & 0x7f;
		if (signal != 0 && signal != 4 && signal != 5 && signal != 7 && signal != 8 && signal != 11 && signal != 14)
			strange++, decimal("signal ", signal), print("\n");
	}
	decimal("strange ends: ", strange);
	print("\n");
	return 0;
}
