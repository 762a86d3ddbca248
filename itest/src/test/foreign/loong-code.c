/* Code that is written while it runs or read from a pipe, and threads that count with AM* and with LL and SC. */
#include "loong.h"

enum { FTRUNCATE = 46, PIPE2 = 59, READV = 65, PWRITE = 68, RECVFROM = 207, MEMFD_CREATE = 279, VM_WRITEV = 271, SOCKETPAIR = 199, THREADS = 4, ROUNDS = 20000 };

static u32 *code;
static u64 added, linked, greatest;
static int gone[THREADS];

/* addi.d $a0, $a0, n; ret */
static void write(u32 *at, int n)
{
	at[0] = 0x02c00084 | (n & 0xfff) << 10;
	at[1] = 0x4c000020;
}

static long enter(long a)
{
	__asm__ volatile("ibar 0" : : : "memory");
	return ((long (*)(long))code)(a);
}

static void written(void)
{
	long sum = 0;
	code = map(0, 0x2000, 7);
	for (int i = 0; i < 3000; i++) {
		write(code, i & 7);
		sum += enter(i);
	}
	decimal("written often: ", sum);
	u32 *first = code;
	code = (u32 *)((char *)first + 0xffc);
	for (int i = 0; i < 300; i++) {
		write(code, i);
		sum += enter(1);
	}
	decimal("\nover a page's end: ", sum);
	code = first;
	for (int i = 0; i < 40; i++) {
		map(code, 0x1000, 7);
		write(code, i);
		sum += enter(1000);
	}
	decimal("\nmapped anew: ", sum);
	int ends[2];
	u32 words[2];
	call3(PIPE2, ends, 0, 0);
	for (int i = 0; i < 40; i++) {
		write(words, i * 3);
		call3(WRITE, ends[1], words, sizeof words);
		call3(READ, ends[0], code, sizeof words);
		sum += enter(1000);
	}
	decimal("\nread: ", sum);
	struct { void *base; long length; } to = { code, sizeof words }, from = { words, sizeof words };
	for (int i = 0; i < 40; i++) {
		write(words, i * 3);
		if (i & 1) {
			call3(WRITE, ends[1], words, sizeof words);
			call3(READV, ends[0], &to, 1);
		} else {
			call(VM_WRITEV, call0(GETPID), (long)&from, 1, (long)&to, 1, 0);
		}
		sum += enter(1000);
	}
	decimal("\nread in other ways: ", sum);
	/* Two mappings of the same memory: one is written, the other one is run. MAP_SHARED is 1. */
	long file = call2(MEMFD_CREATE, "code", 0);
	call2(FTRUNCATE, file, 0x1000);
	u32 *written = (u32 *)call(MMAP, 0, 0x1000, 3, 1, file, 0);
	code = (u32 *)call(MMAP, 0, 0x1000, 5, 1, file, 0);
	for (int i = 0; i < 40; i++) {
		if (i & 1) {
			write(written, i);
		} else {
			write(words, i);
			call4(PWRITE, file, words, sizeof words, 0);
		}
		sum += enter(1000);
	}
	decimal("\nwritten elsewhere: ", sum);
	print("\n");
}

static void work(long me)
{
	for (u64 i = 0; i < ROUNDS; i++) {
		u64 t;
		__asm__ volatile("amadd_db.d $zero, %1, %0" : : "r"(&added), "r"(3ul) : "memory");
		__asm__ volatile("ammax_db.du $zero, %1, %0" : : "r"(&greatest), "r"(i * THREADS + me) : "memory");
		__asm__ volatile("1:	ll.d %0, %1, 0\n	addi.d %0, %0, 1\n	sc.d %0, %1, 0\n	beqz %0, 1b" : "=&r"(t) : "r"(&linked) : "memory");
	}
}

void __attribute__((used)) enter_thread(long me)
{
	work(me);
	call1(EXIT, 0);
}

/* Threads begin with what the parent has, and the stack given. */
static void thread(long me)
{
	long *top = (long *)((char *)map(0, 0x10000, 3) + 0x10000) - 2;
	top[0] = me;
	gone[me] = 1;
	register long a7 __asm__("$a7") = CLONE;
	/* VM FS FILES SIGHAND THREAD SYSVSEM CHILD_CLEARTID */
	register long a0 __asm__("$a0") = 0x00250f00 | 0x00040000;
	register long a1 __asm__("$a1") = (long)top;
	register long a2 __asm__("$a2") = 0;
	register long a3 __asm__("$a3") = (long)&gone[me];
	register long a4 __asm__("$a4") = 0;
	__asm__ volatile("syscall 0\n"
			 "	bnez $a0, 1f\n"
			 "	ld.d $a0, $sp, 0\n"
			 "	b enter_thread\n"
			 "1:"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4)
			 : "memory", "$t0", "$t1", "$t2", "$t3", "$t4", "$t5", "$t6", "$t7", "$t8");
}

static int run(int argc, char **argv)
{
	written();
	for (long i = 0; i < THREADS; i++)
		thread(i);
	for (int i = 0; i < THREADS; i++) {
		int now;
		while ((now = __atomic_load_n(&gone[i], __ATOMIC_ACQUIRE)) != 0)
			call4(FUTEX, &gone[i], 0, now, 0);
	}
	decimal("added: ", added);
	decimal("\nlinked: ", linked);
	decimal("\ngreatest: ", greatest);
	print("\n");
	return 0;
}
