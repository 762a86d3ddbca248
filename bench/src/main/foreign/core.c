/*
 * Integer work of the kinds that CoreMark made a measure of, written anew: a linked list that is searched, reversed and sorted;
 * products of small matrices; a machine of states that reads text; a checksum over all of it. Many short functions, calls by
 * pointers, branches by data.
 */
#include "work.h"

enum { ITEMS = 200, SIDE = 16, TEXT = 1000, ROUNDS = 60 };

struct item {
	struct item *next;
	u16 key;
	u16 data;
};

static struct item items[ITEMS];
static short left[SIDE][SIDE], right[SIDE][SIDE];
static int product[SIDE][SIDE];
static char text[TEXT + 1];

static __attribute__((noinline)) u16 checksum(u16 value, u16 sum)
{
	for (int i = 0; i < 16; i++) {
		u16 low = (value ^ sum) & 1;
		sum >>= 1;
		value >>= 1;
		if (low)
			sum ^= 0xa001;
	}
	return sum;
}

void prepare(void)
{
	static const char *const words[] = {"12", "-3.25", "0x1f", "6e10", "+7", "abc", "1.5e-3", "99999", ".5", "1e", "--1", "8"};
	u64 state = 3;
	int at = 0;
	while (at < TEXT) {
		const char *word = words[draw(&state) % (sizeof words / sizeof *words)];
		while (*word && at < TEXT)
			text[at++] = *word++;
		if (at < TEXT)
			text[at++] = ',';
	}
}

static int byKey(const struct item *a, const struct item *b)
{
	return (int)a->key - (int)b->key;
}

static int byData(const struct item *a, const struct item *b)
{
	return (int)checksum(a->data, 0) - (int)checksum(b->data, 0);
}

static struct item *merge(struct item *a, struct item *b, int (*order)(const struct item *, const struct item *))
{
	struct item *head = 0, **end = &head;
	while (a && b) {
		struct item **least = order(a, b) <= 0 ? &a : &b;
		*end = *least;
		end = &(*least)->next;
		*least = *end;
	}
	*end = a ? a : b;
	return head;
}

static struct item *sort(struct item *list, int count, int (*order)(const struct item *, const struct item *))
{
	if (count < 2) {
		if (list)
			list->next = 0;
		return list;
	}
	struct item *second = list;
	for (int i = 0; i < count / 2; i++)
		second = second->next;
	struct item *rest = sort(second, count - count / 2, order);
	/* The first half ends where the second began: cut by counting. */
	return merge(sort(list, count / 2, order), rest, order);
}

static struct item *reverse(struct item *list)
{
	struct item *done = 0;
	while (list) {
		struct item *next = list->next;
		list->next = done;
		done = list;
		list = next;
	}
	return done;
}

static struct item *find(struct item *list, u16 key)
{
	while (list && list->key != key)
		list = list->next;
	return list;
}

static u16 lists(u64 *state, u16 sum)
{
	struct item *list = 0;
	for (int i = 0; i < ITEMS; i++) {
		items[i].key = (u16)(draw(state) % (2 * ITEMS));
		items[i].data = (u16)draw(state);
		items[i].next = list;
		list = &items[i];
	}
	for (u16 key = 0; key < 40; key++) {
		struct item *found = find(list, key);
		sum = checksum(found ? found->data : key, sum);
		list = reverse(list);
	}
	list = sort(list, ITEMS, byData);
	sum = checksum(list->data, sum);
	list = sort(list, ITEMS, byKey);
	for (struct item *each = list; each; each = each->next)
		sum = checksum(each->key, sum);
	return sum;
}

static u16 matrices(u64 *state, u16 sum)
{
	for (int i = 0; i < SIDE; i++)
		for (int j = 0; j < SIDE; j++) {
			left[i][j] = (short)draw(state);
			right[i][j] = (short)(draw(state) & 0xff);
		}
	for (int i = 0; i < SIDE; i++)
		for (int j = 0; j < SIDE; j++) {
			int value = 0;
			for (int m = 0; m < SIDE; m++)
				value += left[i][m] * right[m][j];
			product[i][j] = value;
		}
	for (int i = 0; i < SIDE; i++)
		for (int j = 0; j < SIDE; j++)
			sum = checksum((u16)(product[i][j] >> 2 & 0xffff), sum);
	return sum;
}

enum state { BEGIN, SIGN, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, SCIENTIFIC, INVALID, STATES };

static enum state next(enum state now, char c)
{
	int digit = c >= '0' && c <= '9';
	switch (now) {
	case BEGIN:
		return digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
	case SIGN:
		return digit ? INTEGER : c == '.' ? POINT : INVALID;
	case INTEGER:
		return digit ? INTEGER : c == '.' ? FRACTION : c == 'e' ? EXPONENT : INVALID;
	case POINT:
		return digit ? FRACTION : INVALID;
	case FRACTION:
		return digit ? FRACTION : c == 'e' ? EXPONENT : INVALID;
	case EXPONENT:
		return digit ? SCIENTIFIC : c == '+' || c == '-' ? EXPONENT_SIGN : INVALID;
	case EXPONENT_SIGN:
	case SCIENTIFIC:
		return digit ? SCIENTIFIC : INVALID;
	default:
		return INVALID;
	}
}

static u16 states(u64 *random, u16 sum)
{
	u32 counts[STATES] = {0};
	text[draw(random) % TEXT] = (char)('0' + draw(random) % 10);
	enum state now = BEGIN;
	for (const char *p = text; *p; p++) {
		if (*p == ',') {
			counts[now]++;
			now = BEGIN;
		} else {
			now = next(now, *p);
		}
	}
	for (int i = 0; i < STATES; i++)
		sum = checksum((u16)counts[i], sum);
	return sum;
}

u64 unit(u64 round)
{
	u64 state = round + 1;
	u16 sum = 0;
	prepare();
	for (int i = 0; i < ROUNDS; i++) {
		sum = lists(&state, sum);
		sum = matrices(&state, sum);
		sum = states(&state, sum);
	}
	return sum;
}
