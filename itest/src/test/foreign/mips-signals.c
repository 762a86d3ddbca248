/* The signals that only MIPS has, 65 to 128: handlers, masks, queues, files, what a parent is told. */
#include "mips.h"

enum { CLOSE = 5003, SIGPENDING = 5125, SIGTIMEDWAIT = 5126, SIGSUSPEND = 5128, WAITID = 5237, OPENAT = 5247, PPOLL = 5261, SIGNALFD4 = 5283 };
enum { BLOCK = 1, UNBLOCK = 2, SETMASK = 3 };
enum { SIGUSR1 = 16, SIGCHLD = 18, P_PID = 1, WEXITED = 4, CODES = 4 };

struct set {
	u64 words[2];
};

static struct set set_of(int a, int b, int c)
{
	struct set set = { { 0, 0 } };
	int all[] = { a, b, c };
	for (int i = 0; i < 3; i++)
		if (all[i])
			set.words[(all[i] - 1) / 64] |= 1ul << (all[i] - 1) % 64;
	return set;
}

static long pid;

static void show(int signal, int *info, u64 *context)
{
	decimal(" handler ", signal);
	decimal(" code ", info[1]);
	if (info[1] == -1)
		decimal(" value ", *(long *)(info + 6));
	/* uc_sigmask, behind the 600 bytes of the context that begins at 40 */
	hex(" mask ", context[80]);
	hex(" ", context[81]);
	struct set now;
	call4(SIGPROCMASK, BLOCK, 0, &now, 16);
	hex(" now ", now.words[1]);
	print("\n");
}

static void queue(int signal, long value)
{
	int info[32] = { 0, -1 };
	info[4] = (int)pid;
	*(long *)(info + 6) = value;
	call3(SIGQUEUEINFO, pid, signal, info);
}

static void handlers(void)
{
	static const int numbers[] = { 64, 65, 100, 127, 128, 129 };
	for (int i = 0; i < 6; i++) {
		struct action action = { SA_SIGINFO, show, { 0, 1ul << 40 } }, old = { 9, 0, { 9, 9 } };
		decimal("signal ", numbers[i]);
		decimal(" action ", call4(SIGACTION, numbers[i], &action, 0, 16));
		decimal(" size ", call4(SIGACTION, numbers[i], &action, 0, 8));
		call4(SIGACTION, numbers[i], 0, &old, 16);
		hex(" mask ", old.mask[1]);
		decimal(" kill ", call2(KILL, pid, numbers[i]));
		print("\n");
	}
}

static void masks(void)
{
	struct set some = set_of(64, 65, 128), waiting = { { 0, 0 } }, old;
	call4(SIGPROCMASK, BLOCK, &some, 0, 16);
	queue(128, 1);
	queue(65, 2);
	queue(128, 3);
	queue(64, 4);
	call2(SIGPENDING, &waiting, 16);
	hex("pending ", waiting.words[0]);
	hex(" ", waiting.words[1]);
	waiting.words[1] = 7;
	call2(SIGPENDING, &waiting, 8);
	hex(" in half ", waiting.words[1]);
	int info[32];
	struct set one = set_of(65, 0, 0);
	long none[2] = { 0, 0 };
	decimal(" taken ", call4(SIGTIMEDWAIT, &one, info, none, 16));
	decimal(" value ", *(long *)(info + 6));
	decimal(" again ", call4(SIGTIMEDWAIT, &one, info, none, 16));
	print("\n");
	/* All that come, the lowest last of all to run */
	call4(SIGPROCMASK, UNBLOCK, &some, &old, 16);
	hex("was ", old.words[1]);
	call4(SIGPROCMASK, SETMASK, &some, 0, 16);
	queue(100, 5);
	struct set all = { { 0, ~(1ul << 63) } };
	queue(128, 6);
	decimal("\nsuspended ", call2(SIGSUSPEND, &all, 16));
	print("\n");
	struct set other = set_of(64, 65, 0);
	queue(128, 7);
	decimal("ppoll ", call(PPOLL, 0, 0, (long)none, (long)&other, 16, 0));
	decimal(" ", call(PPOLL, 0, 0, (long)none, (long)&other, 8, 0));
	struct set nothing = { { 0, 0 } };
	call4(SIGPROCMASK, SETMASK, &nothing, &old, 16);
	hex(" mask ", old.words[1]);
	print("\n");
}

static void files(void)
{
	struct set some = set_of(127, 100, SIGUSR1);
	call4(SIGPROCMASK, BLOCK, &some, 0, 16);
	long file = call4(SIGNALFD4, -1, &some, 16, 0);
	decimal("file of 8 bytes ", call4(SIGNALFD4, -1, &some, 8, 0));
	queue(127, 11);
	queue(SIGUSR1, 12);
	u32 record[2][32];
	decimal(" read ", call3(READ, file, record, sizeof record));
	decimal(" signals ", record[0][0] + record[1][0]);
	char text[8192];
	long status = call4(OPENAT, -100, "/proc/self/status", 0, 0);
	long length = call3(READ, status, text, sizeof text - 1);
	text[length > 0 ? length : 0] = 0;
	for (char *line = text; *line; line++)
		if (line[0] == 'S' && line[1] == 'i' && line[2] == 'g' && line[3] == 'B') {
			char *end = line;
			while (*end != '\n')
				end++;
			*end = 0;
			print("\n");
			print(line);
			break;
		}
	print("\n");
	call1(CLOSE, status);
	call1(CLOSE, file);
	call4(SIGPROCMASK, UNBLOCK, &some, 0, 16);
}

/* How a child ends that is sent a signal: by wait4, by waitid. */
static void death(int signal)
{
	for (int i = 0; i < 2; i++) {
		long child = call(CLONE, SIGCHLD, 0, 0, 0, 0, 0);
		if (child == 0) {
			struct action action = { 0, 0, { 0, 0 } };
			call4(SIGACTION, signal, &action, 0, 16);
			call2(KILL, call0(GETPID), signal);
			call1(EXIT, 3);
		}
		int status = -1, info[32] = { 0 };
		if (i == 0) {
			call4(WAIT4, child, &status, 0, 0);
			decimal("killed by ", signal);
			hex(" wait4 ", status);
		} else {
			call(WAITID, P_PID, child, (long)info, WEXITED, 0, 0);
			decimal(" waitid code ", info[1]);
			decimal(" status ", info[6]);
		}
	}
	print("\n");
}

static int run(int argc, char **argv)
{
	pid = call0(GETPID);
	handlers();
	masks();
	files();
	death(SIGUSR1);
	death(9);
	death(64);
	death(100);
	death(127);
	death(128);
	return 0;
}
