/* The sun and four planets for 20000 steps, in double precision: additions, products, divisions, square roots. */
#include "work.h"

enum { BODIES = 5, STEPS = 20000 };

/* Position in astronomical units, velocity a day, mass in suns times 4π². */
struct body {
	double x, y, z, vx, vy, vz, mass;
};

static struct body start[BODIES] = {
	{0, 0, 0, 0, 0, 0, 39.47841760435743},
	{4.8414, -1.1603, -0.1036, 0.6063, 2.8120, -0.0252, 0.0376936},
	{8.3434, 4.1248, -0.4035, -1.0107, 1.8256, 0.0084, 0.0112863},
	{12.8944, -15.1111, -0.2233, 1.0827, 0.8687, -0.0108, 0.0017237},
	{15.3797, -25.9193, 0.1793, 0.9791, 0.5946, -0.0347, 0.0020336},
};

void prepare(void)
{
}

static double root(double x)
{
#if defined(__mips64)
	double y;
	__asm__("sqrt.d %0, %1" : "=f"(y) : "f"(x));
	return y;
#elif defined(__loongarch64)
	double y;
	__asm__("fsqrt.d %0, %1" : "=f"(y) : "f"(x));
	return y;
#else
	return __builtin_sqrt(x);
#endif
}

static void advance(struct body *bodies, double dt)
{
	for (int i = 0; i < BODIES; i++) {
		struct body *a = &bodies[i];
		for (int j = i + 1; j < BODIES; j++) {
			struct body *b = &bodies[j];
			double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
			double square = dx * dx + dy * dy + dz * dz;
			double force = dt / (square * root(square));
			a->vx -= dx * b->mass * force;
			a->vy -= dy * b->mass * force;
			a->vz -= dz * b->mass * force;
			b->vx += dx * a->mass * force;
			b->vy += dy * a->mass * force;
			b->vz += dz * a->mass * force;
		}
	}
	for (int i = 0; i < BODIES; i++) {
		bodies[i].x += dt * bodies[i].vx;
		bodies[i].y += dt * bodies[i].vy;
		bodies[i].z += dt * bodies[i].vz;
	}
}

u64 unit(u64 round)
{
	struct body bodies[BODIES];
	for (int i = 0; i < BODIES; i++)
		bodies[i] = start[i];
	bodies[1].x += (double)(round % 16) / 64;
	for (int i = 0; i < STEPS; i++)
		advance(bodies, 0.01);
	union {
		double number;
		u64 bits;
	} sum = {0};
	for (int i = 0; i < BODIES; i++)
		sum.number += bodies[i].x + bodies[i].y * bodies[i].vz;
	return sum.bits;
}
