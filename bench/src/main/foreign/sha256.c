/* SHA-256 (FIPS 180-4) of 256 KiB: words of 32 bits, rotations, a table. */
#include "work.h"

enum { LENGTH = 1 << 18 };

static u8 message[LENGTH];
static u32 k[64];

static u32 rotate(u32 x, int by)
{
	return x >> by | x << (32 - by);
}

/* The first 32 bits of the fractional part of a prime's cube root, by integers: the largest y with y³ <= p · 2^96. */
static u32 root(u64 prime)
{
	u64 low = 0, high = 1ul << 36;
	while (high - low > 1) {
		u64 middle = (low + high) / 2;
		unsigned __int128 square = (unsigned __int128)middle * middle;
		unsigned __int128 limit = (unsigned __int128)prime << 60;
		/* middle³ is compared after both sides lose 36 bits; what is lost is put back by the remainder. */
		unsigned __int128 cube = (square >> 36) * middle + (((square & 0xffffffffful) * middle) >> 36);
		if (cube < limit)
			low = middle;
		else
			high = middle;
	}
	return (u32)low;
}

void prepare(void)
{
	u64 state = 1;
	int found = 0;
	for (u64 p = 2; found < 64; p++) {
		u64 d = 2;
		while (d * d <= p && p % d)
			d++;
		if (d * d > p)
			k[found++] = root(p);
	}
	for (int i = 0; i < LENGTH; i++)
		message[i] = (u8)draw(&state);
}

static void block(u32 *h, const u8 *p)
{
	u32 w[64];
	for (int i = 0; i < 16; i++)
		w[i] = (u32)p[4 * i] << 24 | (u32)p[4 * i + 1] << 16 | (u32)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (int i = 16; i < 64; i++) {
		u32 s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
		u32 s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
	u32 a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], x = h[7];
	for (int i = 0; i < 64; i++) {
		u32 t1 = x + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i];
		u32 t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
		x = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
	}
	h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e, h[5] += f, h[6] += g, h[7] += x;
}

u64 unit(u64 round)
{
	u32 h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	message[0] = (u8)round;
	for (int at = 0; at < LENGTH; at += 64)
		block(h, message + at);
	return (u64)h[0] << 32 | h[7];
}
