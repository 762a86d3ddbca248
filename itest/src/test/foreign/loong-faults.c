/*
 * What handlers learn of faults on LoongArch: signal, code, address, pc, the registers with the vectors. Each line is a fault; the handler
 * lets the program go on behind it.
 */
#include "loong.h"

/* The first word faults. */
extern char stores[], loads[], linked[], swaps[], divides[], breaks[], overflows[], reserved[], narrow[], wide[], vectors[], floats[], beyond[], above[], below[], bounded[];
__asm__(".text\n"
	".macro part name\n.globl \\name\n\\name:\n.endm\n"
	"part stores\n	st.w $a1, $a0, 0\n	ret\n"
	"part loads\n	ld.d $a0, $a0, 16\n	ret\n"
	"part linked\n	ll.w $a0, $a0, 0\n	ret\n"
	"part swaps\n	amswap.w $a2, $a1, $a0\n	ret\n"
	"part divides\n	break 7\n	ret\n"
	"part breaks\n	break 0\n	ret\n"
	"part overflows\n	break 6\n	ret\n"
	"part reserved\n	.word 0x76800000\n	ret\n"
	"part narrow\n	ld.hu $a0, $a0, 2047\n	ret\n"
	"part wide\n	st.d $a1, $a0, 2044\n	ret\n"
	"part vectors\n	.word 0x2c1fe084\n	ret\n" /* vld $vr4, $a0, 2040 */
	"part above\n	.word 0x00011480\n	ret\n" /* asrtle.d $a0, $a1 */
	"part below\n	.word 0x000194a0\n	ret\n" /* asrtgt.d $a1, $a1 */
	"part bounded\n	.word 0x387a1886\n	ret\n" /* ldle.b $a2, $a0, $a2 */
	"part floats\n	fdiv.d $f1, $f0, $f1\n	ret\n");

static char *start, *page;

static void seen(int signal, int *info, u64 *context)
{
	u64 *registers = context + UC_REGS;
	long address = *(long *)(info + 4);
	decimal(" signal ", signal);
	if (signal != 4)
		decimal(" code ", info[2]);
	if (signal == 7 || signal == 11) {
		if (address >= (long)page && address < (long)page + 0x3000)
			hex(" page+", address - (long)page);
		else if (address)
			hex(" address ", address);
	}
	if (signal == 11 && info[2] == 3) {
		hex(" lower ", *(u64 *)(info + 8));
		hex(" upper ", *(u64 *)(info + 10));
	}
	if (context[UC_PC] >= (u64)start && context[UC_PC] < (u64)start + 64)
		decimal(" pc+", context[UC_PC] - (u64)start);
	else
		hex(" pc ", context[UC_PC]);
	hex(" a1 ", registers[5]);
	hex(" vr4 ", context[UC_VECTORS + 8]);
	hex(" ", context[UC_VECTORS + 9]);
	hex(" record ", context[UC_RECORD]);
	print("\n");
	context[UC_PC] = registers[1];
	registers[4] = 0x600d;
}

static void try(const char *name, char *code, void *address)
{
	register long a0 __asm__("$a0") = (long)address;
	register long a1 __asm__("$a1") = 0x7fffffff;
	register long a2 __asm__("$a2") = 0;
	register void *t0 __asm__("$t0") = code;
	start = code;
	print(name);
	/* vreplgr2vr.d $vr4, $a1; vinsgr2vr.d $vr4, $a2, 1 */
	__asm__ volatile(".word 0x729f0ca4\n	.word 0x72ebf4c4\n	jirl $ra, %3, 0" : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(t0) :
			 : "memory", "$ra", "$a3", "$a4", "$a5", "$a6", "$a7", "$t1", "$t2", "$t3", "$t4", "$t5", "$t6", "$t7", "$t8",
			   "$f0", "$f1", "$f4");
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
	try("division:", divides, 0);
	try("break:", breaks, 0);
	try("overflow:", overflows, 0);
	try("reserved:", reserved, 0);
	try("halfword over the end:", narrow, page + 0x800);
	try("doubleword over the end:", wide, page + 0x800);
	try("vector over the end:", vectors, page + 0x800);
	try("fine:", loads, page);
	try("linked:", linked, page + 2);
	try("jump to nowhere:", (char *)0x2000, 0);
	try("jump to data:", page, 0);
	try("jump to what is forbidden:", page + 0x1000, 0);
	try("above:", above, (void *)0x80000000);
	try("not below:", below, 0);
	try("bounded:", bounded, (void *)0x30);
	try("no address:", stores, (void *)0x0123456789abcdef);
	try("the kernel's address:", stores, (void *)0xffff900000000000);
	/* 0 / 0, enabled */
	__asm__ volatile("movgr2fr.d $f0, $zero\n	movgr2fr.d $f1, $zero\n	movgr2fcsr $fcsr0, %0" : : "r"(16) : "$f0", "$f1");
	try("floating point:", floats, 0);
	return 3;
}
