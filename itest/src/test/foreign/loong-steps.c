/* A tracer that lets a program go on by single steps: each ends behind one instruction, but from a load-linked up to its store. */
#include "loong.h"

enum { PTRACE = 117 };
enum { TRACEME = 0, CONT = 7, SINGLESTEP = 9, GETREGSET = 0x4204, GETSIGINFO = 0x4202 };
enum { SIGCHLD = 17, SIGSTOP = 19, PC = 33 };

extern char first[], last[];
static u64 word;

static __attribute__((noinline)) void traced(void)
{
	call4(PTRACE, TRACEME, 0, 0, 0);
	call2(KILL, call0(GETPID), SIGSTOP);
	__asm__ volatile(".globl first\n.globl last\n"
			 "first:	li.w $t0, 3\n"
			 "1:	addi.d $t0, $t0, -1\n"
			 "	bnez $t0, 1b\n"
			 "2:	ll.d $t1, %0, 0\n"
			 "	addi.d $t1, $t1, 1\n"
			 "	sc.d $t1, %0, 0\n"
			 "	beqz $t1, 2b\n"
			 "last:	nop\n"
			 : : "r"(&word) : "$t0", "$t1", "memory");
	call1(EXIT, (int)word);
}

static int run(int argc, char **argv)
{
	long child = call(CLONE, SIGCHLD, 0, 0, 0, 0, 0);
	if (child == 0)
		traced();
	int status = 0, steps = 0;
	u64 registers[45];
	struct { void *base; u64 length; } vector = { registers, sizeof registers };
	call4(WAIT4, child, &status, 0, 0);
	hex("stopped ", status);
	print(" at");
	for (;;) {
		decimal(steps ? "" : " ", call4(PTRACE, SINGLESTEP, child, 0, 0));
		call4(WAIT4, child, &status, 0, 0);
		vector.length = sizeof registers;
		call4(PTRACE, GETREGSET, child, 1, &vector);
		steps++;
		if (registers[PC] >= (u64)first && registers[PC] <= (u64)last)
			decimal(" +", registers[PC] - (u64)first), print(":");
		if (registers[PC] == (u64)last || steps > 1000 || (status & 0x7f) == 0)
			break;
	}
	int info[32];
	call4(PTRACE, GETSIGINFO, child, 0, info);
	decimal("\nsignal ", info[0]);
	decimal(" code ", info[2]);
	call4(PTRACE, CONT, child, 0, 0);
	call4(WAIT4, child, &status, 0, 0);
	hex(" status ", status);
	print("\n");
	return 0;
}
