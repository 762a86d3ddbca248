/*
 * What each benchmark program is made of: one unit of its work, some milliseconds long, and how it begins. See main.c.
 */
#ifndef WORK_H
#define WORK_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

/* Made once, before any unit. */
void prepare(void);

/* Does one unit. Returns what depends on all of its results, always the same for the same round. */
u64 unit(u64 round);

/* The next of a row of numbers that look random (a linear congruence of 64 bits, the upper half). */
static inline u32 draw(u64 *state)
{
	*state = *state * 6364136223846793005ul + 1442695040888963407ul;
	return (u32)(*state >> 32);
}

#endif
