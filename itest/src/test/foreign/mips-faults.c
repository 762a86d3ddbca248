/*
 * What handlers learn of faults on MIPS: signal, code, address, pc, the registers; in delay slots the pc of the branch. Each line is a
 * fault; the handler lets the program go on behind it.
 */
#include "mips.h"

/* Word 0 faults, or the branch there whose delay slot does; 8 bytes each. */
extern char stores[], loads[], slots[], likely[], linked[], traps[], divides[], breaks[], overflows[], reserved[], narrow[], wide[], beyond[];
__asm__(".text\n.set noreorder\n.set noat\n"
	".macro part name\n.globl \\name\n\\name:\n.endm\n"
	"part stores\n	sw $5, 0($4)\n	jr $31\n	 nop\n"
	"part loads\n	ld $2, 16($4)\n	jr $31\n	 nop\n"
	"part slots\n	beq $0, $0, 1f\n	 lw $2, 4($4)\n	nop\n1:	jr $31\n	 nop\n"
	"part likely\n	beql $0, $0, 1f\n	 sd $5, 8($4)\n	nop\n1:	jr $31\n	 nop\n"
	"part linked\n	ll $2, 2($4)\n	jr $31\n	 nop\n"
	"part traps\n	teq $5, $5\n	jr $31\n	 nop\n"
	"part divides\n	teq $0, $0, 7\n	jr $31\n	 nop\n"
	"part breaks\n	break\n	jr $31\n	 nop\n"
	"part overflows\n	add $2, $5, $5\n	jr $31\n	 nop\n"
	"part reserved\n	.word 0x7c00003f\n	jr $31\n	 nop\n"
	"part narrow\n	lhu $2, 4095($4)\n	jr $31\n	 nop\n"
	"part wide\n	sd $5, 4092($4)\n	jr $31\n	 nop\n"
	"part beyond\n	lb $2, 0($4)\n	jr $31\n	 nop\n"
	".set at\n.set reorder\n");

static char *start, *page;

static void seen(int signal, int *info, u64 *context)
{
	u64 *registers = context + UC_REGS;
	long address = *(long *)(info + 4);
	decimal(" signal ", signal);
	decimal(" code ", info[1]);
	if (signal == 10 || signal == 11) {
		if (address >= (long)page && address < (long)page + 0x3000)
			hex(" page+", address - (long)page);
		else if (address)
			hex(" address ", address);
	}
	if (context[UC_PC] >= (u64)start && context[UC_PC] < (u64)start + 64)
		decimal(" pc+", context[UC_PC] - (u64)start);
	else
		hex(" pc ", context[UC_PC]);
	hex(" a1 ", registers[5]);
	hex(" v0 ", registers[2]);
	print("\n");
	context[UC_PC] = registers[31];
	registers[2] = 0x600d;
}

static void try(const char *name, char *code, void *address)
{
	register long v0 __asm__("$2") = 0x22;
	register long a0 __asm__("$4") = (long)address;
	register long a1 __asm__("$5") = 0x7fffffff;
	register void *t9 __asm__("$25") = code;
	start = code;
	print(name);
	__asm__ volatile("jalr %3\n	nop" : "+r"(v0), "+r"(a0), "+r"(a1), "+r"(t9) :
			 : "memory", "$1", "$3", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$31", "hi", "lo");
	if (v0 != 0x600d)
		hex(" went on with ", v0), print("\n");
}

static int run(int argc, char **argv)
{
	static const int signals[] = { 4, 5, 8, 10, 11 };
	for (int i = 0; i < 5; i++)
		handle(signals[i], seen, 0);
	page = map(0, 0x3000, 3);
	call3(MPROTECT, page + 0x1000, 0x1000, 0);
	call3(MPROTECT, page + 0x2000, 0x1000, 1);
	try("nothing there:", stores, (void *)0x1000);
	try("no right:", loads, page + 0x1000);
	try("read-only:", stores, page + 0x2000);
	try("delay slot:", slots, page + 0x1000);
	try("likely:", likely, page + 0x1010);
	try("trap:", traps, 0);
	try("trap of a division:", divides, 0);
	try("break:", breaks, 0);
	try("overflow:", overflows, 0);
	try("reserved:", reserved, 0);
	try("halfword over the end:", narrow, page);
	try("doubleword over the end:", wide, page);
	try("fine:", loads, page);
	try("linked:", linked, page);
	try("the kernel's address:", stores, (void *)0xffffffff80000000);
	try("beyond all addresses:", loads, (void *)0x0123456789abcde0);
	/* MIPS_FIXADE, which has two bits */
	decimal("sysmips ", call2(SYSMIPS, 7, 4));
	decimal(" ", call2(SYSMIPS, 7, 0));
	decimal(" ", call2(SYSMIPS, 8, 0));
	print("\n");
	*(u64 *)page = 0x8877665544332211;
	try("not repaired:", loads, page - 14);
	decimal("sysmips ", call2(SYSMIPS, 7, 1));
	print("\n");
	try("repaired:", loads, page - 14);
	/* MIPS_ATOMIC_SET: old values like error numbers are no errors. */
	*(int *)page = -22;
	decimal("sysmips ", call3(SYSMIPS, 2001, page, 5));
	decimal(" ", call3(SYSMIPS, 2001, page, 6));
	decimal(" ", call3(SYSMIPS, 2001, page + 1, 6));
	decimal(" ", call3(SYSMIPS, 2001, page + 0x2000, 6));
	decimal(" ", call3(SYSMIPS, 2001, -4, 6));
	decimal(" now ", *(int *)page);
	print("\n");
	try("jump to nowhere:", (char *)0x2000, 0);
	try("jump to data:", page, 0);
	try("jump to what is forbidden:", page + 0x1000, 0);
	return 3;
}
