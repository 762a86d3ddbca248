/*
 * Random words as code, each lot in a process of its own. How the processes end is all one, but end they must: by themselves, by a
 * signal, or by the timer that their parent gives them. SYSCALL is left out.
 */
#include "loong.h"

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
		/* Most of them are of the common groups: integers, floating point, vectors. */
		if (kind < 2)
			word &= 0x007fffff;
		else if (kind == 2)
			word = (word & 0x001fffff) | 0x01000000;
		else if (kind < 5)
			word = (word & 0x03ffffff) | 0x70000000;
		else if (kind == 5)
			word = (word & 0x03ffffff) | 0x28000000;
		if ((word & 0xffff8000) == 0x002b0000)
			word = 0x02c00484;
		code[i] = word;
	}
	__asm__ volatile("ibar 0" : : : "memory");
	/* ITIMER_REAL 20 ms, SIGALRM's default action */
	long timer[4] = { 0, 0, 0, 20000 };
	call3(SETITIMER, 0, timer, 0);
	__asm__ volatile("move $t0, %0\n	move $a0, %1\n	move $a1, %1\n	move $t1, %1\n	move $sp, %1\n	move $ra, %1\n	jr $t0"
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
