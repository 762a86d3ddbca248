/* Primes below two millions by Eratosthenes' sieve, a byte a number: loops of stores with a stride. */
#include "work.h"

enum { N = 2000000 };

static u8 composite[N];

void prepare(void)
{
}

u64 unit(u64 round)
{
	u64 count = 0, sum = round & 1;
	for (u32 i = 0; i < N; i++)
		composite[i] = 0;
	for (u32 i = 2; i < N; i++) {
		if (composite[i])
			continue;
		count++;
		sum += i;
		for (u64 j = (u64)i * i; j < N; j += i)
			composite[j] = 1;
	}
	return 1000003 * sum + count;
}
