/*
 * Sessions, process groups, stopped processes and controlling terminals, as the kernel has them. The argument says which
 * part; what is printed holds no ids. Pauses only give others time to do what they do at once when they can.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 999999

static volatile sig_atomic_t seen[65];

static const char *error(long result) {
    return result < 0 ? strerrorname_np(errno) : "ok";
}

static void say(const char *what, long result) {
    printf("%s: %s\n", what, error(result));
}

static void note(int signal) {
    seen[signal]++;
}

static void count(int signal, int flags) {
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART | flags};
    sigaction(signal, &action, 0);
    seen[signal] = 0;
}

static void pause_ms(int ms) {
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000L};
    while (nanosleep(&rest, &rest) < 0 && errno == EINTR) {
    }
}

/* Waits up to a few seconds until a signal has been seen so often. */
static int times(int signal, int wanted) {
    for (int i = 0; i < 500 && seen[signal] < wanted; i++) {
        pause_ms(10);
    }
    return seen[signal];
}

static void status(const char *what, pid_t pid, int options) {
    int status = 0;
    pid_t result = waitpid(pid, &status, options);
    if (result < 0) {
        printf("%s: %s\n", what, strerrorname_np(errno));
    } else if (result == 0) {
        printf("%s: nothing\n", what);
    } else if (WIFEXITED(status)) {
        printf("%s: exited with %d\n", what, WEXITSTATUS(status));
    } else if (WIFSIGNALED(status)) {
        printf("%s: killed by %d\n", what, WTERMSIG(status));
    } else if (WIFSTOPPED(status)) {
        printf("%s: stopped by %d\n", what, WSTOPSIG(status));
    } else {
        printf("%s: continued\n", what);
    }
}

/* ---------------------------------------------------------------- groups */

static void groups(void) {
    printf("setsid: session %d group %d\n", setsid() == getpid(), getpgrp() == getpid());
    say("setsid again", setsid());
    say("setpgid of a leader", setpgid(0, 0));
    int go[2], gone[2];
    pipe(go);
    pipe2(gone, O_CLOEXEC);
    pid_t child = fork();
    if (!child) {
        char byte;
        read(go[0], &byte, 1);
        execlp("sleep", "sleep", "100", (char *) 0);
        _exit(1);
    }
    close(gone[1]);
    say("a child's own group", setpgid(child, 0));
    printf("is it: %d\n", getpgid(child) == child);
    say("a child into our group", setpgid(child, getpgrp()));
    say("a child into a group that is not there", setpgid(child, NOBODY));
    say("a negative group", setpgid(child, -2));
    say("init's group", setpgid(1, 0));
    say("nobody's group", setpgid(NOBODY, 0));
    say("getpgid of nobody", getpgid(NOBODY));
    say("getsid of nobody", getsid(NOBODY));
    printf("of pid 1: %d %d\n", getpgid(1) >= 0, getsid(1) >= 0);
    write(go[1], "x", 1);
    char byte;
    read(gone[0], &byte, 1); /* ends with exec */
    say("a child that has executed", setpgid(child, child));
    say("kill a group that is not there", kill(-child, 0));
    say("kill the own group", kill(0, 0));
    kill(child, SIGKILL);
    status("child", child, 0);

    child = fork();
    if (!child) {
        setsid();
        close(gone[0]);
        for (;;) {
            pause();
        }
    }
    while (getsid(child) != child) {
        pause_ms(5);
    }
    say("a child of another session", setpgid(child, getpgrp()));
    say("join another session's group", setpgid(0, child));
    say("kill its group", kill(-child, SIGTERM));
    status("child", child, 0);
    say("kill the group that was", kill(-child, 0));
}

/* ---------------------------------------------------------------- stop and continue */

static pid_t idle(void) {
    pid_t child = fork();
    if (!child) {
        for (;;) {
            pause();
        }
    }
    return child;
}

static void stops(void) {
    setpgid(0, 0); /* a group that is not orphaned, wherever the build runs: its signals would stop nobody */
    count(SIGCHLD, 0);
    pid_t child = idle();
    kill(child, SIGSTOP);
    siginfo_t info;
    say("waitid", waitid(P_PID, child, &info, WSTOPPED | WNOWAIT));
    printf("code %d status %d\n", info.si_code, info.si_status);
    status("stop", child, WUNTRACED);
    status("stop once more", child, WUNTRACED | WNOHANG);
    kill(child, SIGTERM);
    pause_ms(50);
    status("SIGTERM to a stopped process", child, WUNTRACED | WNOHANG);
    printf("SIGCHLD %d\n", seen[SIGCHLD]);
    kill(child, SIGCONT);
    status("continue", child, 0);

    child = fork();
    if (!child) {
        struct timespec rest = {0, 300000000};
        /* The result as its status: what it wrote could come before or after the parent's lines. */
        _exit(nanosleep(&rest, &rest) ? 4 : 3);
    }
    pause_ms(50);
    kill(child, SIGTSTP);
    status("SIGTSTP", child, WUNTRACED);
    kill(child, SIGCONT);
    status("SIGCONT", child, WCONTINUED);
    status("end", child, 0);

    child = idle();
    kill(child, SIGTTIN);
    status("SIGTTIN", child, WUNTRACED);
    kill(child, SIGTTOU);
    kill(child, SIGKILL);
    status("SIGKILL to a stopped process", child, 0);

    child = fork();
    if (!child) {
        count(SIGCONT, 0);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGCONT);
        sigprocmask(SIG_BLOCK, &set, 0);
        raise(SIGSTOP);
        printf("blocked SIGCONT: %d\n", seen[SIGCONT]);
        sigprocmask(SIG_UNBLOCK, &set, 0);
        printf("unblocked: %d\n", seen[SIGCONT]);
        _exit(0);
    }
    status("stop", child, WUNTRACED);
    kill(child, SIGCONT);
    status("end", child, 0);

    count(SIGCHLD, SA_NOCLDSTOP);
    child = fork();
    if (!child) {
        raise(SIGSTOP);
        _exit(9);
    }
    status("stop", child, WUNTRACED);
    printf("SA_NOCLDSTOP: %d\n", seen[SIGCHLD]);
    kill(child, SIGCONT);
    status("end", child, 0);
    printf("SIGCHLD %d\n", times(SIGCHLD, 1));
    signal(SIGCHLD, SIG_DFL);

    int ends[2];
    pipe(ends);
    child = fork();
    if (!child) {
        char byte;
        struct pollfd ready = {ends[0], POLLIN, 0};
        say("poll over a stop", poll(&ready, 1, -1));
        say("read", read(ends[0], &byte, 1));
        say("read over a stop", read(ends[0], &byte, 1));
        _exit(0);
    }
    for (int i = 0; i < 2; i++) {
        pause_ms(100);
        kill(child, SIGSTOP);
        status("stop", child, WUNTRACED);
        kill(child, SIGCONT);
        status("continue", child, WCONTINUED);
        pause_ms(50);
        write(ends[1], "x", 1);
    }
    status("end", child, 0);

    child = fork();
    if (!child) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, 0);
        struct timespec limit = {20, 0};
        say("sigtimedwait over a stop", sigtimedwait(&set, 0, &limit));
        _exit(0);
    }
    pause_ms(100);
    kill(child, SIGSTOP);
    status("stop", child, WUNTRACED);
    kill(child, SIGCONT);
    status("end", child, 0);
}

/* ---------------------------------------------------------------- orphaned groups */

static int report_to;

static void report(int signal) {
    write(report_to, signal == SIGHUP ? "H" : "C", 1);
}

static void report_on(int signal) {
    struct sigaction action = {.sa_handler = report};
    sigaction(signal, &action, 0);
}

static void reports(const char *what, int from) {
    char text[32];
    int length = 0, more;
    while (length < 31 && (more = read(from, text + length, 31 - length)) > 0) {
        length += more;
    }
    text[length] = 0;
    printf("%s %s\n", what, text);
}

static void orphans(void) {
    setsid();
    int ends[2];
    pipe(ends);
    report_to = ends[1];
    pid_t child = fork();
    if (!child) {
        pid_t parent = getpid();
        pid_t grandchild = fork();
        if (!grandchild) {
            setpgid(0, 0);
            report_on(SIGHUP);
            report_on(SIGCONT);
            raise(SIGSTOP);
            while (getppid() == parent) {
                pause_ms(10);
            }
            kill(getpid(), SIGTSTP);
            kill(getpid(), SIGTTIN);
            write(report_to, ".", 1);
            _exit(0);
        }
        int unused;
        waitpid(grandchild, &unused, WUNTRACED);
        _exit(0);
    }
    close(ends[1]);
    status("its parent", child, 0);
    reports("the orphaned group got", ends[0]);
}

/* ---------------------------------------------------------------- terminals */

static int master = -1;
static char name[64];

static void open_master(void) {
    master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    ptsname_r(master, name, sizeof name);
}

/* What appears, up to a text or an end, or as long as there is more. */
static void appears(const char *what, const char *until) {
    char text[512] = "";
    int length = 0;
    struct pollfd ready = {master, POLLIN, 0};
    while (length < 500 && poll(&ready, 1, *until ? 5000 : 100) > 0) {
        int more = read(master, text + length, 500 - length);
        if (more <= 0) {
            break;
        }
        text[length += more] = 0;
        if (*until && strstr(text, until)) {
            break;
        }
    }
    printf("%s <", what);
    for (int i = 0; i < length; i++) {
        text[i] < 32 ? printf("^%c", text[i] + 64) : putchar(text[i]);
    }
    printf(">\n");
}

static void set_quietly(int tty, struct termios *settings) {
    signal(SIGTTOU, SIG_IGN);
    tcsetattr(tty, TCSANOW, settings);
    signal(SIGTTOU, SIG_DFL);
}

static void take_quietly(int tty) {
    signal(SIGTTOU, SIG_IGN);
    say("take the terminal back", tcsetpgrp(tty, getpgrp()));
    signal(SIGTTOU, SIG_DFL);
}

static void stat_line(void) {
    FILE *file = fopen("/proc/self/stat", "r");
    int pid, parent, group, session, tty, foreground;
    char state;
    fscanf(file, "%d %*s %c %d %d %d %d %d", &pid, &state, &parent, &group, &session, &tty, &foreground);
    fclose(file);
    printf("stat: group %d session %d terminal %x foreground %d\n", group == getpid(), session == getpid(), tty & ~0xff,
           foreground == getpid());
}

static void acquire(int slave) {
    int group = -7;
    say("tcgetpgrp", tcgetpgrp(slave));
    say("TIOCGPGRP of the master", ioctl(master, TIOCGPGRP, &group));
    printf("group %d\n", group);
    say("TIOCGSID of the master", ioctl(master, TIOCGSID, &group));
    say("TIOCSCTTY without a session", ioctl(slave, TIOCSCTTY, 0));
    setsid();
    say("/dev/tty", open("/dev/tty", O_RDWR));
    say("TIOCNOTTY", ioctl(slave, TIOCNOTTY));
    int other = open(name, O_WRONLY);
    say("opened for writing", tcgetpgrp(slave));
    close(other);
    other = open(name, O_RDWR | O_NOCTTY);
    say("opened with O_NOCTTY", tcgetpgrp(slave));
    close(other);
    close(open(name, O_RDWR));
    printf("opened: %d %d\n", tcgetpgrp(slave) == getpid(), tcgetsid(slave) == getpid());
    say("TIOCSCTTY again", ioctl(slave, TIOCSCTTY, 0));
    say("TIOCGPGRP of the master", ioctl(master, TIOCGPGRP, &group));
    printf("ours %d\n", group == getpid());
    stat_line();
}

static void background(int tty) {
    struct termios settings;
    tcgetattr(tty, &settings);
    pid_t child = fork();
    if (!child) {
        setpgid(0, 0);
        char byte = '-';
        say("read in the background", read(tty, &byte, 1));
        printf("it read %c\n", byte);
        _exit(0);
    }
    setpgid(child, child);
    status("reader", child, WUNTRACED);
    say("tcsetpgrp", tcsetpgrp(tty, child));
    printf("child's %d\n", tcgetpgrp(tty) == child);
    kill(-child, SIGCONT);
    status("reader", child, WCONTINUED);
    write(master, "z\n", 2);
    status("reader", child, 0);
    take_quietly(tty);
    appears("echo", "\n");

    child = fork();
    if (!child) {
        setpgid(0, 0);
        write(tty, "B", 1);
        settings.c_lflag |= TOSTOP;
        set_quietly(tty, &settings);
        write(tty, "C", 1);
        say("tcsetattr in the foreground", tcsetattr(tty, TCSANOW, &settings));
        _exit(0);
    }
    setpgid(child, child);
    status("writer", child, WUNTRACED);
    appears("written", "B");
    tcsetpgrp(tty, child);
    kill(child, SIGCONT);
    status("writer", child, 0);
    appears("written", "C");
    take_quietly(tty);
    settings.c_lflag &= ~TOSTOP;
    tcsetattr(tty, TCSANOW, &settings);

    child = fork();
    if (!child) {
        setpgid(0, 0);
        signal(SIGTTIN, SIG_IGN);
        char byte;
        say("read, ignoring SIGTTIN", read(tty, &byte, 1));
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTTOU);
        sigprocmask(SIG_BLOCK, &set, 0);
        say("tcsetattr, blocking SIGTTOU", tcsetattr(tty, TCSANOW, &settings));
        say("tcsetpgrp, blocking SIGTTOU", tcsetpgrp(tty, getpid()));
        say("tcsetpgrp of nobody", tcsetpgrp(tty, NOBODY));
        say("tcsetpgrp of less", tcsetpgrp(tty, -3));
        _exit(0);
    }
    status("end", child, 0);
    take_quietly(tty);
}

static void keys(int tty) {
    char input[8];
    struct termios settings;
    tcgetattr(tty, &settings);
    count(SIGINT, 0);
    count(SIGQUIT, 0);
    count(SIGTSTP, 0);
    write(master, "ab\003", 3);
    printf("interrupt %d\n", times(SIGINT, 1));
    write(master, "\034\032", 2);
    printf("quit %d suspend %d\n", times(SIGQUIT, 1), times(SIGTSTP, 1));
    char dropped[64]; /* how much of the echo the flush of a signal leaves is a matter of time */
    pause_ms(50);
    read(master, dropped, 64);
    write(master, "\026\003\n", 3);
    long length = read(tty, input, 8);
    printf("quoted: read %ld interrupt %d\n", length, seen[SIGINT]);
    appears("echo", "");
    cfmakeraw(&settings);
    tcsetattr(tty, TCSANOW, &settings);
    write(master, "\003", 1);
    length = read(tty, input, 8);
    printf("raw: read %ld interrupt %d\n", length, seen[SIGINT]);
    settings.c_lflag |= ISIG;
    settings.c_cc[VINTR] = 'q';
    settings.c_cc[VQUIT] = _POSIX_VDISABLE;
    tcsetattr(tty, TCSANOW, &settings);
    write(master, "q", 1);
    printf("another key: interrupt %d\n", times(SIGINT, 2));
    write(master, "\034", 1);
    length = read(tty, input, 8);
    printf("a disabled key: read %ld quit %d\n", length, seen[SIGQUIT]);
    say("TIOCSIG", ioctl(master, TIOCSIG, SIGQUIT));
    printf("quit %d\n", times(SIGQUIT, 2));
    say("TIOCSIG with another signal", ioctl(master, TIOCSIG, SIGTERM));
}

static void sizes(int tty) {
    struct winsize size = {10, 20, 0, 0};
    count(SIGWINCH, 0);
    ioctl(master, TIOCSWINSZ, &size);
    printf("size set by the master: %d\n", times(SIGWINCH, 1));
    ioctl(master, TIOCSWINSZ, &size);
    pause_ms(50);
    printf("the same size: %d\n", seen[SIGWINCH]);
    size.ws_col = 30;
    ioctl(tty, TIOCSWINSZ, &size);
    printf("size set by the slave: %d\n", times(SIGWINCH, 2));
}

static void others(int tty) {
    pid_t child = fork();
    if (!child) {
        say("a child's TIOCNOTTY", ioctl(tty, TIOCNOTTY));
        say("its tcgetpgrp", tcgetpgrp(tty));
        say("its /dev/tty", open("/dev/tty", O_RDWR));
        _exit(0);
    }
    status("end", child, 0);
    say("ours", tcgetpgrp(tty));
    child = fork();
    if (!child) {
        setsid();
        say("another session's tcgetpgrp", tcgetpgrp(tty));
        int again = open(name, O_RDWR);
        say("opened there", tcgetpgrp(again));
        setuid(65534);
        say("TIOCSCTTY there", ioctl(tty, TIOCSCTTY, 1));
        say("write there", write(again, "w", 1));
        _exit(0);
    }
    status("end", child, 0);
}

static void hang_up(int tty) {
    count(SIGHUP, 0);
    count(SIGCONT, 0);
    int ends[2];
    pipe(ends);
    pid_t child = fork();
    if (!child) {
        close(master);
        close(ends[1]);
        signal(SIGHUP, SIG_DFL);
        char byte;
        while (tcgetpgrp(tty) != getpid())
            pause_ms(1);
        say("read in the foreground", read(tty, &byte, 1));
        read(ends[0], &byte, 1);
        _exit(5);
    }
    setpgid(child, child);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(tty, child);
    pause_ms(100);
    close(master);
    pause_ms(100);
    printf("hang-up %d continue %d\n", times(SIGHUP, 1), times(SIGCONT, 1));
    struct termios settings;
    char byte;
    say("tcgetpgrp", tcgetpgrp(tty));
    say("tcsetpgrp", tcsetpgrp(tty, getpgrp()));
    say("/dev/tty", open("/dev/tty", O_RDWR));
    say("write", write(tty, "x", 1));
    printf("read %ld\n", (long) read(tty, &byte, 1));
    say("tcgetattr", tcgetattr(tty, &settings));
    say("TIOCSCTTY", ioctl(tty, TIOCSCTTY, 0));
    write(ends[1], "x", 1);
    status("the foreground", child, 0);
}

static void terminal(void) {
    open_master();
    acquire(open(name, O_RDWR | O_NOCTTY));
    int tty = open("/dev/tty", O_RDWR);
    say("/dev/tty", tty);
    printf("ttyname %s isatty %d\n", ttyname(tty), isatty(tty));
    background(tty);
    keys(tty);
    sizes(tty);
    others(tty);
    hang_up(tty);
}

static void leader(void) {
    open_master();
    int ends[2];
    pipe(ends);
    report_to = ends[1];
    pid_t child = fork();
    if (!child) {
        close(master);
        setsid();
        int tty = open(name, O_RDWR);
        pid_t first = getpid();
        pid_t grandchild = fork();
        if (!grandchild) {
            report_on(SIGHUP);
            while (getppid() == first) {
                pause_ms(10);
            }
            pause_ms(50);
            say("an orphan's tcgetpgrp", tcgetpgrp(tty));
            char byte;
            say("its read", read(tty, &byte, 1));
            _exit(0);
        }
        signal(SIGTTOU, SIG_IGN);
        setpgid(grandchild, grandchild);
        tcsetpgrp(tty, grandchild);
        pause_ms(100);
        _exit(0);
    }
    close(ends[1]);
    status("leader", child, 0);
    write(master, "k\n", 2);
    reports("the foreground got", ends[0]);
}

static void orphan_reads(void) {
    open_master();
    pid_t child = fork();
    if (!child) {
        setsid();
        int tty = open(name, O_RDWR);
        int ends[2];
        pipe(ends);
        pid_t middle = fork();
        if (!middle) {
            pid_t parent = getpid();
            if (fork()) {
                _exit(0);
            }
            setpgid(0, 0);
            while (getppid() == parent) {
                pause_ms(10);
            }
            char byte;
            struct termios settings;
            say("an orphan's read", read(tty, &byte, 1));
            tcgetattr(tty, &settings);
            say("its tcsetattr", tcsetattr(tty, TCSANOW, &settings));
            say("its tcsetpgrp", tcsetpgrp(tty, getpid()));
            _exit(0);
        }
        close(ends[1]);
        waitpid(middle, 0, 0);
        char byte;
        read(ends[0], &byte, 1); /* until the orphan has ended */
        _exit(0);
    }
    status("leader", child, 0);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = {
        {"groups", groups}, {"stops", stops}, {"orphans", orphans},
        {"terminal", terminal}, {"leader", leader}, {"orphan-reads", orphan_reads},
    };
    setvbuf(stdout, 0, _IONBF, 0);
    sigset_t none; /* a JVM blocks SIGQUIT in what it starts */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (argc > 1 && !strcmp(argv[1], parts[i].name)) {
            /* Not as a group's leader. */
            pid_t child = fork();
            if (!child) {
                parts[i].run();
                _exit(0);
            }
            status("all", child, 0);
            return 0;
        }
    }
    return 2;
}
