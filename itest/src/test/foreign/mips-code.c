/* Code that is written while it runs, and accesses that are not aligned. */
#include "mips.h"

enum { LSEEK = 5008 };

static u32 *code;

/* addiu $2, $4, n; jr $31; nop */
static void write(int n)
{
	code[0] = 0x24820000 | (n & 0xffff);
	code[1] = 0x03e00008;
	code[2] = 0;
}

static long enter(long a)
{
	return ((long (*)(long))code)(a);
}

static void synchronize(void *at)
{
	__asm__ volatile("synci 0(%0)\n	sync" : : "r"(at) : "memory");
}

static void written(void)
{
	long sum = 0;
	code = map(0, 0x2000, 7);
	for (int i = 0; i < 3000; i++) {
		write(i & 7);
		if (i & 1)
			call3(CACHEFLUSH, code, 12, 3);
		else
			synchronize(code);
		sum += enter(i);
	}
	decimal("written often: ", sum);
	/* Over the end of a page, by its second mapping right, and in a place where something else was before. */
	u32 *first = code;
	code = (u32 *)((char *)first + 0xffc);
	for (int i = 0; i < 300; i++) {
		write(i);
		call3(CACHEFLUSH, code, 12, 3);
		sum += enter(1);
	}
	decimal("\nover a page's end: ", sum);
	code = first;
	for (int i = 0; i < 40; i++) {
		map(code, 0x1000, 7);
		write(i);
		synchronize(code);
		sum += enter(1000);
	}
	decimal("\nmapped anew: ", sum);
	print("\n");
}

enum { FTRUNCATE = 5075, READV = 5018, PWRITE = 5017, MEMFD_CREATE = 5314, VM_WRITEV = 5305 };

/* Not by the program's own stores. */
static void writtenElsewhere(void)
{
	long sum = 0;
	u32 words[3];
	u32 *own = code, *written;
	struct { void *base; long length; } to = { own, sizeof words }, from = { words, sizeof words };
	long file = call2(MEMFD_CREATE, "code", 0);
	for (int i = 0; i < 40; i++) {
		code = words;
		write(i * 3);
		code = own;
		if (i & 1) {
			call4(PWRITE, file, words, sizeof words, 0);
			call3(LSEEK, file, 0, 0);
			call3(READV, file, &to, 1);
			synchronize(code);
		} else {
			call(VM_WRITEV, call0(GETPID), (long)&from, 1, (long)&to, 1, 0);
			call3(CACHEFLUSH, code, 12, 3);
		}
		sum += enter(1000);
	}
	decimal("read: ", sum);
	call2(FTRUNCATE, file, 0x10000);
	/* MAP_SHARED is 1. */
	written = (u32 *)call(MMAP, 0, 0x1000, 3, 1, file, 0);
	own = (u32 *)call(MMAP, 0, 0x1000, 5, 1, file, 0);
	for (int i = 0; i < 40; i++) {
		code = written;
		write(i);
		code = own;
		synchronize(code);
		sum += enter(1000);
	}
	decimal("\nby another mapping: ", sum);
	print("\n");
}

static void unaligned(void)
{
	static unsigned char bytes[64];
	char *pages = map(0, 0x2000, 3);
	u64 sum = 0;
	for (int i = 0; i < 64; i++)
		bytes[i] = (unsigned char)(i * 37 + 11);
	for (int i = 0; i < 8; i++) {
		u64 w, d, h, l;
		char *p = (char *)bytes + 8 + i;
		__asm__ volatile("lw %0, 0(%4)\n ld %1, 0(%4)\n lhu %2, 0(%4)\n move %3, %0\n ldl %3, 7(%4)\n ldr %3, 0(%4)"
				 : "=&r"(w), "=&r"(d), "=&r"(h), "=&r"(l) : "r"(p) : "memory");
		sum = sum * 31 + w;
		sum = sum * 31 + d;
		sum = sum * 31 + h + (l == d);
		__asm__ volatile("swl %0, 3(%1)\n swr %0, 0(%1)\n sdl %0, 15(%1)\n sdr %0, 8(%1)\n sh %0, 17(%1)\n sd %0, 19(%1)"
				 : : "r"(sum), "r"(p) : "memory");
	}
	for (int i = 0; i < 64; i++)
		sum = sum * 131 + bytes[i];
	hex("bytes: ", sum);
	for (int i = 1; i < 8; i++) {
		volatile u64 *p = (u64 *)(pages + 0x1000 - i);
		*p = 0x0102030405060708ul * i;
		sum = sum * 31 + *p + *(unsigned char *)(pages + 0x1000);
		u32 half;
		__asm__ volatile("lwl %0, 3(%1)\n lwr %0, 0(%1)" : "=&r"(half) : "r"(p));
		sum = sum * 31 + half;
	}
	hex("\nover a page's end: ", sum);
	print("\n");
}

static int run(int argc, char **argv)
{
	written();
	writtenElsewhere();
	unaligned();
	return 0;
}
