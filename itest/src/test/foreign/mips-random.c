/* Random words as code; SYSCALL is left out. See random.h. */
#include "mips.h"

#define SIGCHLD 18
#define SIGBUS 10

static u32 shaped(u32 word, u64 kind)
{
	/* Half of them are of the common groups. */
	if (kind < 2)
		word &= 0x03ffffff;
	else if (kind == 2)
		word = (word & 0x03ffffff) | 0x70000000;
	else if (kind == 3)
		word = (word & 0x03ffffff) | 0x44000000;
	if ((word & 0xfc00003f) == 0xc)
		word = 0x24420001;
	return word;
}

static __attribute__((always_inline)) inline void enter(u32 *code, char *data)
{
	call3(CACHEFLUSH, code, 0x2000, 3);
	__asm__ volatile(".set noreorder\n	move $25, %0\n	move $4, %1\n	move $5, %1\n	move $6, %1\n	move $29, %1\n	jalr $25\n	 move $31, %1\n.set reorder"
			 : : "r"(code), "r"(data) : "memory", "$4", "$5", "$6", "$25", "$31");
}

#include "random.h"
