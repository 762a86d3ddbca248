/* Mandelbrot's set, 160 by 160 points, at most 200 steps each: short loops of products and one comparison. */
#include "work.h"

enum { SIZE = 160, MOST = 200 };

void prepare(void)
{
}

u64 unit(u64 round)
{
	u64 sum = 0;
	double shift = (double)(round % 8) / 1024;
	for (int row = 0; row < SIZE; row++) {
		for (int column = 0; column < SIZE; column++) {
			double cx = 3.0 * column / SIZE - 2.0 + shift, cy = 2.0 * row / SIZE - 1.0;
			double x = 0, y = 0, xx = 0, yy = 0;
			int steps = 0;
			while (steps < MOST && xx + yy <= 4.0) {
				y = 2 * x * y + cy;
				x = xx - yy + cx;
				xx = x * x;
				yy = y * y;
				steps++;
			}
			sum = 33 * sum + (u64)steps;
		}
	}
	return sum;
}
