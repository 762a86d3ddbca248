/* Greets, counts its arguments, and ends with a status, without a C library: system calls made by hand. */

#include "start.h"

/* A loop that is translated, with floating point, memory and division in it. */
static unsigned long work(void)
{
	static unsigned char seen[4096];
	double sum = 0;
	unsigned long state = 1, count = 0;
	for (int i = 1; i < 200000; i++) {
		state = state * 6364136223846793005ul + 1442695040888963407ul;
		seen[state >> 52] ^= (unsigned char)i;
		sum += 1.0 / i;
		count += state % 1000;
	}
	for (int i = 0; i < 4096; i++)
		count += seen[i];
	return count + (unsigned long)(sum * 1e6);
}

void __attribute__((used)) begin(long *stack)
{
	char digits[24];
	int at = sizeof digits;
	unsigned long value = work();
	digits[--at] = 0;
	digits[--at] = '\n';
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	print("hello\n");
	print(digits + at);
	for (long i = 1; i < stack[0]; i++) {
		print((char *)stack[1 + i]);
		print("\n");
	}
	/* Nobody can write there: EFAULT is 14 everywhere. */
	call(EXIT, call(WRITE, 1, 8, 1) == -14 ? (stack[0] & 255) + 40 : 1, 0, 0);
	for (;;)
		;
}
