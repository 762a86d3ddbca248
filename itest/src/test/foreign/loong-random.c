/* Random words as code; SYSCALL is left out. See random.h. */
#include "loong.h"

#define SIGCHLD 17
#define SIGBUS 7

static u32 shaped(u32 word, u64 kind)
{
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
	return word;
}

static __attribute__((always_inline)) inline void enter(u32 *code, char *data)
{
	__asm__ volatile("ibar 0" : : : "memory");
	__asm__ volatile("move $t0, %0\n	move $a0, %1\n	move $a1, %1\n	move $t1, %1\n	move $sp, %1\n	move $ra, %1\n	jr $t0"
			 : : "r"(code), "r"(data) : "memory");
}

#include "random.h"
