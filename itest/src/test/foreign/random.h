/*
 * Random words as code, each lot in a process of its own. How the processes end is all one, but end they must: by themselves, by a
 * signal, or by the timer that their parent gives them. A machine gives, before this file: its numbers; SIGCHLD and SIGBUS; shaped(), which
 * makes most words those of the common groups, and none a system call; and enter(), which jumps to code with pointers to data in registers.
 */

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
		code[i] = shaped(word, next() & 7);
	}
	/* ITIMER_REAL 20 ms, SIGALRM's default action */
	long timer[4] = { 0, 0, 0, 20000 };
	call3(SETITIMER, 0, timer, 0);
	enter(code, data + 0x1000);
	call1(EXIT, 0);
}

static int run(int argc, char **argv)
{
	int strange = 0;
	for (int i = 0; i < 150; i++) {
		state = state * 3 + 0x9e3779b97f4a7c15ul + i;
		int status = 0, pid = (int)call(CLONE, SIGCHLD, 0, 0, 0, 0, 0);
		if (pid == 0)
			lot();
		if (call4(WAIT4, pid, &status, 0, 0) != pid)
			strange++;
		/* SIGILL, SIGTRAP, SIGFPE, SIGSEGV, SIGALRM */
		int signal = status & 0x7f;
		if (signal != 0 && signal != 4 && signal != 5 && signal != 8 && signal != SIGBUS && signal != 11 && signal != 14)
			strange++, decimal("signal ", signal), print("\n");
	}
	decimal("strange ends: ", strange);
	print("\n");
	return 0;
}
