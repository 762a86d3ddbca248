/*
 * What handlers learn of faults on RISC-V: signal, code, address, pc, registers. Each line is a fault; the handler lets the program go on
 * behind it.
 */
#include "riscv.h"

/* The first instruction faults. */
extern char stores[], loads[], reserved[], swaps[], breaks[], shortbreaks[], vectors[], floats[], narrow[], wide[], system[], none[];
__asm__(".text\n"
	".macro part name\n.balign 4\n.globl \\name\n\\name:\n.endm\n"
	"part stores\n	sw a1, 0(a0)\n	ret\n"
	"part loads\n	ld a0, 16(a0)\n	ret\n"
	"part reserved\n	lr.w a0, (a0)\n	ret\n"
	"part swaps\n	amoswap.w a2, a1, (a0)\n	ret\n"
	"part breaks\n	.word 0x00100073\n	ret\n"
	"part shortbreaks\n	c.ebreak\n	ret\n"
	"part vectors\n	.word 0x02057007\n	ret\n" /* vle64.v v0, (a0) */
	"part floats\n	fadd.d fa0, fa0, fa0, dyn\n	ret\n"
	"part narrow\n	lhu a0, 2047(a0)\n	ret\n"
	"part wide\n	sd a1, 2044(a0)\n	ret\n"
	"part system\n	.word 0x10002573\n	ret\n" /* csrr a0, sstatus */
	"part none\n	.half 0\n	ret\n");

static char *start, *page;

static void seen(int signal, int *info, u64 *context)
{
	u64 *registers = context + UC_REGS;
	long address = *(long *)(info + 4);
	decimal(" signal ", signal);
	decimal(" code ", info[2]);
	if (signal == 11) {
		if (address >= (long)page && address < (long)page + 0x3000)
			hex(" page+", address - (long)page);
		else
			hex(" address ", address);
	} else if (signal == 4 || signal == 5) {
		decimal(" at pc ", (u64)address == registers[0]);
	}
	if (registers[0] >= (u64)start && registers[0] < (u64)start + 64)
		decimal(" pc+", registers[0] - (u64)start);
	else
		hex(" pc ", registers[0]);
	hex(" a1 ", registers[11]);
	hex(" fa4 ", context[UC_FLOATS + 14]);
	hex(" fcsr ", (u32)context[UC_FCSR]);
	print("\n");
	registers[0] = registers[1];
	registers[10] = 0x600d;
}

static void try(const char *name, char *code, void *address)
{
	register long a0 __asm__("a0") = (long)address;
	register long a1 __asm__("a1") = 0x7fffffff;
	register void *t0 __asm__("t0") = code;
	start = code;
	print(name);
	__asm__ volatile("fmv.w.x fa4, a1\n	jalr t0" : "+r"(a0), "+r"(a1), "+r"(t0) :
			 : "memory", "ra", "a2", "a3", "a4", "a5", "a6", "a7", "t1", "t2", "t3", "t4", "t5", "t6", "fa0", "fa4");
	if (a0 != 0x600d)
		hex(" went on with ", a0), print("\n");
}

static int run(int argc, char **argv)
{
	static const int signals[] = { 4, 5, 7, 8, 11 };
	for (int i = 0; i < 5; i++)
		handle(signals[i], seen);
	page = map(0, 0x3000, 3);
	call3(MPROTECT, page + 0x1000, 0x1000, 0);
	call3(MPROTECT, page + 0x2000, 0x1000, 1);
	try("nothing there:", stores, (void *)0x1000);
	try("no right:", loads, page + 0x1000);
	try("read-only:", stores, page + 0x2000);
	try("swap read-only:", swaps, page + 0x2000);
	try("break:", breaks, 0);
	try("short break:", shortbreaks, 0);
	try("vectors:", vectors, page);
	try("supervisor:", system, 0);
	try("no instruction:", none, 0);
	try("halfword over the end:", narrow, page + 0x800);
	try("doubleword over the end:", wide, page + 0x800);
	try("fine:", loads, page);
	try("not aligned:", reserved, page + 2);
	try("jump to nowhere:", (char *)0x2000, 0);
	try("jump to data:", page, 0);
	try("jump to what is forbidden:", page + 0x1000, 0);
	/* A division by 0 and an operation that is not valid leave their marks, and no signal. */
	__asm__ volatile("fmv.d.x fa0, zero\n	fdiv.d fa1, fa0, fa0\n	csrwi frm, 6" : : : "fa0", "fa1");
	try("no rounding mode:", floats, 0);
	__asm__ volatile("csrwi frm, 0");
	/* Division by 0 gives all ones, and no signal either. */
	long zero = 0, quotient;
	__asm__ volatile("div %0, %1, %2" : "=r"(quotient) : "r"(7l), "r"(zero));
	decimal("7 / 0 = ", quotient);
	print("\n");
	return 3;
}
