/* Computes the same again and again, as long as there is the file that its argument names; says whether it was always right. */

#include "start.h"

#define AT_FDCWD -100

static unsigned long __attribute__((noinline)) work(void)
{
	static unsigned long table[512];
	double sum = 0, product = 1;
	unsigned long state = 1, count = 0;

	for (int i = 0; i < 512; i++)
		table[i] = i;
	for (int i = 1; i < 100000; i++) {
		state = state * 6364136223846793005ul + 1442695040888963407ul;
		table[state >> 55] ^= state;
		sum += 1.0 / i;
		product *= 1 + sum * 1e-9;
	}
	for (int i = 0; i < 512; i++)
		count = count * 31 + table[i];
	return count + (unsigned long)(sum * 1e9) + (unsigned long)(product * 1e9);
}

void __attribute__((used)) begin(long *stack)
{
	unsigned long expected = work();
	int rounds = 0, wrong = 0;

	while (call(FACCESSAT, AT_FDCWD, stack[2], 0) == 0) {
		wrong |= work() != expected;
		rounds++;
	}
	print(wrong ? "wrong\n" : rounds == 0 ? "nothing done\n" : "end\n");
	call(EXIT, 0, 0, 0);
	for (;;)
		;
}
