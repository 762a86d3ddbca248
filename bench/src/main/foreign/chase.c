/* A walk along a quarter of a million pointers in an order that no cache foresees: 16 MiB, each load waits for the one before. */
#include "work.h"

enum { N = 1 << 18, STEPS = 1 << 18 };

struct node {
	struct node *next;
	u64 value;
	u64 rest[6];
};

static struct node nodes[N];

/* One cycle through all of them (Sattolo's shuffle). */
void prepare(void)
{
	static u32 order[N];
	u64 state = 7;
	for (u32 i = 0; i < N; i++)
		order[i] = i;
	for (u32 i = N - 1; i > 0; i--) {
		u32 j = draw(&state) % i, other = order[i];
		order[i] = order[j];
		order[j] = other;
	}
	for (u32 i = 0; i < N; i++) {
		nodes[order[i]].next = &nodes[order[(i + 1) % N]];
		nodes[order[i]].value = i;
	}
}

u64 unit(u64 round)
{
	struct node *at = &nodes[round % N];
	u64 sum = 0;
	for (int i = 0; i < STEPS; i++) {
		sum += at->value;
		at = at->next;
	}
	return sum;
}
