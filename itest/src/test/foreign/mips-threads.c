/* Threads of clone, LL/SC in contention, futexes, signals with everything kept, exec, the two results of pipe. */
#include "mips.h"

enum { THREADS = 4, ROUNDS = 30000 };

static u32 count;
static u64 wide, swapped;
static int gone[THREADS];
static u32 turn;

static void add(void)
{
	u64 t;
	u32 s;
	__asm__ volatile("1:	lld %0, %1\n	daddiu %0, %0, 3\n	scd %0, %1\n	beqz %0, 1b\n	nop\n	sync" : "=&r"(t), "+m"(wide) : : "memory");
	__asm__ volatile("1:	ll %0, %1\n	addiu %0, %0, 1\n	sc %0, %1\n	beqzl %0, 1b\n	nop\n	sync" : "=&r"(s), "+m"(count) : : "memory");
}

static void work(long me)
{
	for (int i = 0; i < ROUNDS; i++)
		add();
	/* By turns, asleep meanwhile. */
	for (int i = 0; i < 20; i++) {
		u32 now;
		while ((now = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) % THREADS != me)
			call4(FUTEX, &turn, 0, now, 0);
		swapped = swapped * 7 + me;
		__atomic_store_n(&turn, now + 1, __ATOMIC_RELEASE);
		call3(FUTEX, &turn, 1, 100);
	}
}

/* Threads begin with what the parent has, and the stack given. */
static void thread(long me)
{
	char *stack = map(0, 0x10000, 3);
	long *top = (long *)(stack + 0x10000) - 2;
	top[0] = me;
	/* VM FS FILES SIGHAND THREAD SYSVSEM CHILD_CLEARTID CHILD_SETTID */
	register long v0 __asm__("$2") = CLONE;
	register long a0 __asm__("$4") = 0x01250f00 | 0x00040000;
	register long a1 __asm__("$5") = (long)top;
	register long a2 __asm__("$6") = 0;
	register long a3 __asm__("$7") = 0;
	register long a4 __asm__("$8") = (long)&gone[me];
	gone[me] = 1;
	__asm__ volatile(".set noreorder\n"
			 "	syscall\n"
			 "	bnez $7, 1f\n"
			 "	 nop\n"
			 "	bnez $2, 1f\n"
			 "	 nop\n"
			 "	ld $4, 0($29)\n"
			 "	daddiu $29, $29, -64\n"
			 "	dla $25, enter_thread\n"
			 "	jalr $25\n"
			 "	 nop\n"
			 "1:\n.set reorder"
			 : "+r"(v0), "+r"(a3), "+r"(a4)
			 : "r"(a0), "r"(a1), "r"(a2)
			 : "memory", "$1", "$3", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "$31", "hi", "lo");
	if (a3)
		decimal("clone failed: ", v0);
}

void __attribute__((used)) enter_thread(long me)
{
	work(me);
	call1(EXIT, 0);
}

static void threads(void)
{
	for (long i = 0; i < THREADS; i++)
		thread(i);
	for (int i = 0; i < THREADS; i++) {
		int still;
		while ((still = __atomic_load_n(&gone[i], __ATOMIC_ACQUIRE)) != 0)
			call4(FUTEX, &gone[i], 0, still, 0);
	}
	decimal("counted ", count);
	decimal(" wide ", wide);
	hex(" turns ", swapped);
	print("\n");
}

static volatile int handled;
static char own[0x4000];

static void trash(int signal, int *info, u64 *context)
{
	char here;
	handled++;
	__asm__ volatile("mtc1 $29, $f20\n	dmtc1 $29, $f1\n	mthi $29\n	mtlo $29\n	ctc1 $0, $31\n	li $3, 77" : : : "$3", "$f20", "$f1", "hi", "lo");
	if (signal == 17)
		decimal(&here >= own && &here < own + sizeof own ? "on the other stack, value " : "on this stack, value ", *(long *)(info + 6)), print("\n");
}

/* A signal in the middle of everything: no register changes. */
static void signals(void)
{
	handle(16, trash, 0);
	u64 wrong = 0, pid = call0(GETPID);
	for (int round = 0; round < 50; round++) {
		u64 a, b, c, d, e;
		__asm__ volatile(".set noreorder\n"
				 "	li $8, 0x1234\n	mthi $8\n	li $8, 0x4321\n	mtlo $8\n	dmtc1 %5, $f20\n	dmtc1 $8, $f1\n"
				 "	li $8, 2\n	ctc1 $8, $31\n	li $24, 24\n	li $25, 25\n	li $16, 16\n"
				 "	li $2, 5060\n	move $4, %5\n	li $5, 16\n	syscall\n"
				 "	mfhi %0\n	mflo %1\n	dmfc1 %2, $f20\n	dmfc1 %3, $f1\n	cfc1 %4, $31\n"
				 "	daddu %4, %4, $16\n	ctc1 $0, $31\n.set reorder"
				 : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d), "=&r"(e) : "r"(pid)
				 : "memory", "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$16", "$24", "$25",
				   "$f1", "$f20", "hi", "lo");
		(void)a, (void)b; /* a call may change them */
		wrong += c != pid || d != 0x4321 || e != 18;
	}
	decimal("handled ", handled);
	decimal(" wrong ", wrong);
	print("\n");
	/* ss_sp, ss_size, ss_flags */
	u64 stack[3] = { (u64)own, sizeof own, 0 }, old[3];
	call2(SIGALTSTACK, stack, 0);
	handle(17, trash, SA_ONSTACK);
	int info[32] = { 0, -1 };
	info[4] = (int)pid;
	*(long *)(info + 6) = 4711;
	call3(SIGQUEUEINFO, pid, 17, info);
	call2(SIGALTSTACK, 0, old);
	decimal("size ", old[1]);
	/* SIG_BLOCK is 1 */
	u64 set[2] = { 1ul << 15, 0 }, before[2] = { 9, 9 };
	int first = handled;
	call4(SIGPROCMASK, 1, set, before, 16);
	call2(KILL, pid, 16);
	decimal(" blocked ", handled - first);
	call4(SIGPROCMASK, 2, set, before, 16);
	decimal(" unblocked ", handled - first);
	hex(" mask ", before[0]);
	decimal(" how ", call4(SIGPROCMASK, 0, set, 0, 16));
	decimal(" size ", call4(SIGPROCMASK, 1, set, 0, 8));
	print("\n");
}

static void processes(char *self)
{
	register long v0 __asm__("$2") = PIPE;
	register long v1 __asm__("$3") = 0;
	register long a3 __asm__("$7") = 0;
	__asm__ volatile("syscall" : "+r"(v0), "+r"(v1), "+r"(a3) : : "memory", "$1", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo");
	int in = (int)v0, out = (int)v1;
	decimal("pipe ", out - in);
	int pid = (int)call(CLONE, 18, 0, 0, 0, 0, 0); /* SIGCHLD */
	if (pid == 0) {
		char *arguments[] = { self, "child", 0 }, *environment[] = { "A=b", 0 };
		call3(WRITE, out, "x", 1);
		call3(EXECVE, "/nowhere", arguments, environment);
		call3(EXECVE, "/proc/self/exe", arguments, environment);
		call1(EXIT, 99);
	}
	char byte = 0;
	int status = 0;
	long got = call3(READ, in, &byte, 1);
	/* EBADF 9, ECHILD 10, ETIMEDOUT 145 */
	long waited = call4(WAIT4, pid, &status, 0, 0);
	decimal(" read ", got);
	decimal(" waited ", waited == pid);
	hex(" status ", status);
	decimal(" again ", call4(WAIT4, pid, &status, 0, 0));
	pid = (int)call(CLONE, 18, 0, 0, 0, 0, 0);
	if (pid == 0) {
		*(volatile int *)8 = 1;
		call1(EXIT, 1);
	}
	call4(WAIT4, pid, &status, 0, 0);
	hex(" fault ", status & 0x7f);
	long time[2] = { 0, 1000000 };
	decimal(" futex ", call4(FUTEX, &count, 0, count, time));
	print("\n");
}

static int run(int argc, char **argv)
{
	if (argc > 1 && equal(argv[1], "child")) {
		print(" in the child ");
		print(argv[2 + 0] ? "too many" : argv[3]);
		return 43;
	}
	threads();
	signals();
	processes(argv[0]);
	return 0;
}
