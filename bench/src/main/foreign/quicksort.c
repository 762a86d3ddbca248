/* Quicksort of 100000 words: recursion, comparisons that nobody can predict, swaps. */
#include "work.h"

enum { N = 100000 };

static u32 words[N];

void prepare(void)
{
}

static __attribute__((noinline)) void sort(u32 *a, long low, long high)
{
	while (low < high) {
		u32 pivot = a[low + (high - low) / 2];
		long i = low, j = high;
		while (i <= j) {
			while (a[i] < pivot)
				i++;
			while (a[j] > pivot)
				j--;
			if (i <= j) {
				u32 other = a[i];
				a[i++] = a[j];
				a[j--] = other;
			}
		}
		if (j - low < high - i) {
			sort(a, low, j);
			low = i;
		} else {
			sort(a, i, high);
			high = j;
		}
	}
}

u64 unit(u64 round)
{
	u64 state = round + 1, sum = 0;
	for (int i = 0; i < N; i++)
		words[i] = draw(&state);
	sort(words, 0, N - 1);
	for (int i = 1; i < N; i++)
		sum += words[i - 1] <= words[i] ? words[i] ^ (u32)i : 1ul << 60;
	return sum;
}
