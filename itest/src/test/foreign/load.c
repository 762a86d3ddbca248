/*
 * Computes, copies files, forks and serves a socket, as long as there is a file; says what was not as it had to be.
 *
 *   load GO OWN
 *
 * GO is the file, OWN begins the names of two files that the program makes.
 */

#if defined(__mips__)
#include "mips.h"
enum {
	CLOSE = 5003, LSEEK = 5008, SOCKET = 5040, CONNECT = 5041, ACCEPT = 5042, BIND = 5048, LISTEN = 5049, GETSOCKNAME = 5050,
	OPENAT = 5247, UNLINKAT = 5253, FACCESSAT = 5259
};
enum { O_RDWR_CREAT_TRUNC = 0x302, SOCK_STREAM = 2, SIGCHLD = 18 };
#else
#if defined(__riscv) || defined(__loongarch__)
#ifdef __riscv
#include "riscv.h"
#else
#include "loong.h"
#endif
enum {
	UNLINKAT = 35, FACCESSAT = 48, OPENAT = 56, CLOSE = 57, LSEEK = 62, SOCKET = 198, BIND = 200, LISTEN = 201, ACCEPT = 202,
	CONNECT = 203, GETSOCKNAME = 204
};
#else
#include "x86.h"
#endif
enum { O_RDWR_CREAT_TRUNC = 01102, SOCK_STREAM = 1, SIGCHLD = 17 };
#endif

#define AT_FDCWD -100
#define AF_INET 2

enum { FILE_BYTES = 96 << 10, MESSAGE = 24 << 10, CHILDREN = 3 };

/* A struct sockaddr_in; numbers in it have the network's order of bytes. */
struct address {
	unsigned short family, port;
	unsigned char ip[4], zero[8];
};

static char *go, name[2][256];
static u64 bytes[FILE_BYTES / 8], others[FILE_BYTES / 8];
static struct address here;
static int listener, wrong;

/* Says what happened, and that it was wrong; for the first of all only, as the rest may follow from it. */
static long check(const char *what, long found, long expected)
{
	if (found != expected && !wrong++) {
		print(what);
		decimal(": ", found);
		decimal(" instead of ", expected);
		print("\n");
	}
	return found;
}

static long good(const char *what, long result)
{
	return result < 0 ? check(what, result, 0) : result;
}

static u64 next(u64 *state)
{
	*state = *state * 6364136223846793005ul + 1442695040888963407ul;
	return *state ^ *state >> 29;
}

static u64 __attribute__((noinline)) sum(const u64 *at, long count)
{
	u64 result = 17;
	for (long i = 0; i < count; i++)
		result = (result << 5 | result >> 59) * 31 ^ at[i];
	return result;
}

static u64 __attribute__((noinline)) compute(void)
{
	double total = 0, product = 1;
	u64 state = 1, count = 0;

	for (int i = 1; i < 30000; i++) {
		count ^= next(&state);
		total += 1.0 / i;
		product *= 1 + total * 1e-9;
	}
	return count + (u64)(total * 1e9) + (u64)(product * 1e9);
}

static void fill(u64 seed)
{
	for (int i = 0; i < FILE_BYTES / 8; i++)
		bytes[i] = next(&seed);
}

/* Writes a file, copies it in pieces, and looks at the copy. */
static void copy(u64 seed)
{
	char buffer[4999];
	long fd[2];

	fill(seed);
	for (int i = 0; i < 2; i++)
		fd[i] = good("open", call4(OPENAT, AT_FDCWD, name[i], O_RDWR_CREAT_TRUNC, 0600));
	check("write", call3(WRITE, fd[0], bytes, sizeof bytes), sizeof bytes);
	check("lseek", call3(LSEEK, fd[0], 0, 0), 0);
	for (long at = 0; at < FILE_BYTES;) {
		long rest = FILE_BYTES - at, piece = rest < (long)sizeof buffer ? rest : (long)sizeof buffer;
		if (check("read", call3(READ, fd[0], buffer, sizeof buffer), piece) <= 0)
			break;
		check("write of a piece", call3(WRITE, fd[1], buffer, piece), piece);
		at += piece;
	}
	check("lseek of the copy", call3(LSEEK, fd[1], 0, 0), 0);
	memset(others, 0, sizeof others);
	check("read of the copy", call3(READ, fd[1], others, sizeof others), sizeof others);
	check("the copy's sum", sum(others, FILE_BYTES / 8) == sum(bytes, FILE_BYTES / 8), 1);
	for (int i = 0; i < 2; i++) {
		check("close", call1(CLOSE, fd[i]), 0);
		check("unlink", call3(UNLINKAT, AT_FDCWD, name[i], 0), 0);
	}
}

static long fork(void)
{
	return good("fork", call(CLONE, SIGCHLD, 0, 0, 0, 0, 0));
}

static void await(const char *what, long pid, int expected)
{
	int status = -1;

	check("wait", call4(WAIT4, pid, &status, 0, 0), pid);
	check(what, status, expected << 8);
}

static void children(u64 expected)
{
	long pid[CHILDREN];

	for (int i = 0; i < CHILDREN; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			call1(EXIT_GROUP, compute() == expected && !wrong ? 40 + i : 1);
	}
	for (int i = 0; i < CHILDREN; i++)
		await("a child's status", pid[i], 40 + i);
}

/* Reads until there is so much; natively a stream may come in pieces, too. */
static void receive(const char *what, long fd, void *to, long length)
{
	for (long at = 0; at < length;) {
		long got = good(what, call3(READ, fd, (char *)to + at, length - at));
		if (got <= 0) {
			check(what, got, length - at);
			return;
		}
		at += got;
	}
}

static void client(u64 seed)
{
	long fd = good("socket", call3(SOCKET, AF_INET, SOCK_STREAM, 0));

	check("connect", call3(CONNECT, fd, &here, sizeof here), 0);
	fill(seed);
	check("sending", call3(WRITE, fd, bytes, MESSAGE), MESSAGE);
	receive("the answer", fd, others, MESSAGE);
	for (int i = 0; i < MESSAGE / 8; i++)
		check("a word of the answer", others[i] == ~bytes[i], 1);
	check("close of the client", call1(CLOSE, fd), 0);
	call1(EXIT_GROUP, wrong ? 1 : 50);
}

static void listen(void)
{
	int length = sizeof here;

	here.family = AF_INET;
	here.ip[0] = 127;
	here.ip[3] = 1;
	listener = good("socket", call3(SOCKET, AF_INET, SOCK_STREAM, 0));
	check("bind", call3(BIND, listener, &here, sizeof here), 0);
	check("listen", call2(LISTEN, listener, 8), 0);
	check("getsockname", call3(GETSOCKNAME, listener, &here, &length), 0);
}

static void serve(u64 seed)
{
	long pid = fork(), fd;

	if (pid == 0)
		client(seed);
	if (wrong)
		return; /* nobody connects */
	fd = good("accept", call3(ACCEPT, listener, 0, 0));
	receive("the question", fd, others, MESSAGE);
	for (int i = 0; i < MESSAGE / 8; i++)
		others[i] = ~others[i];
	check("answering", call3(WRITE, fd, others, MESSAGE), MESSAGE);
	check("close of the server", call1(CLOSE, fd), 0);
	await("the client's status", pid, 50);
}

static int run(int argc, char **argv)
{
	u64 expected = compute(), round;

	if (argc != 3)
		return 2;
	go = argv[1];
	for (int i = 0; i < 2; i++) {
		int at = 0;
		for (const char *from = argv[2]; *from && at < 250; from++)
			name[i][at++] = *from;
		name[i][at++] = 'a' + i;
	}
	listen();
	for (round = 0; call3(FACCESSAT, AT_FDCWD, go, 0) == 0 && !wrong; round++) {
		check("a sum", compute() == expected, 1);
		copy(round);
		children(expected);
		serve(round);
	}
	check("anything done", round > 0, 1);
	if (!wrong)
		print("end\n");
	return wrong != 0;
}
