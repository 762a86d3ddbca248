/* What the programs here share, behind a machine's numbers and its call(): calls with fewer arguments, a way to print, memory, begin. */

#define call0(n) call(n, 0, 0, 0, 0, 0, 0)
#define call1(n, a) call(n, (long)(a), 0, 0, 0, 0, 0)
#define call2(n, a, b) call(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define call3(n, a, b, c) call(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define call4(n, a, b, c, d) call(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

static void print(const char *text)
{
	long length = 0;
	while (text[length])
		length++;
	call3(WRITE, 1, text, length);
}

static __attribute__((unused)) void number(const char *name, long value, int base)
{
	char digits[24];
	int at = sizeof digits;
	u64 rest = base == 10 && value < 0 ? -value : value;
	digits[--at] = 0;
	do
		digits[--at] = "0123456789abcdef"[rest % base];
	while (rest /= base);
	if (base == 10 && value < 0)
		digits[--at] = '-';
	print(name);
	print(digits + at);
}

#define decimal(name, value) number(name, (long)(value), 10)
#define hex(name, value) number(name, (long)(value), 16)

static __attribute__((unused)) int equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static __attribute__((unused)) void *map(void *at, long length, int protection)
{
	/* 0x10 is MAP_FIXED. */
	return (void *)call(MMAP, (long)at, length, protection, MAP_PRIVATE_ANONYMOUS | (at ? 0x10 : 0), -1, 0);
}

/* The compiler calls it. */
void *memset(void *at, int value, unsigned long length)
{
	for (volatile char *p = at; length-- > 0; p++)
		*p = (char)value;
	return at;
}

static int run(int argc, char **argv);

void __attribute__((used)) begin(long *stack)
{
	call1(EXIT_GROUP, run((int)stack[0], (char **)(stack + 1)));
	for (;;)
		;
}
