/*
 * ptrace: what a tracer sees and does. Natively the same is printed.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int word = 41;

static void say_status(const char *what, int status) {
    if (WIFEXITED(status))
        printf("%s: exited %d\n", what, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("%s: killed by %d\n", what, WTERMSIG(status));
    else if (WIFSTOPPED(status))
        printf("%s: stopped by %d, event %d\n", what, WSTOPSIG(status), status >> 16);
    else
        printf("%s: 0x%x\n", what, status);
}

static int wait_for(const char *what, pid_t pid) {
    int status;
    if (waitpid(pid, &status, __WALL) != pid)
        printf("%s: no such child, %s\n", what, strerrorname_np(errno));
    else
        say_status(what, status);
    return status;
}

static void say(const char *what, long result) {
    printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
}

/* A child that waits to be attached to. */
static pid_t sleeper(void) {
    pid_t pid = fork();
    if (!pid)
        for (;;)
            pause();
    return pid;
}

/* What a child does that traces itself, and the parent watches call by call. */
static void calls(void) {
    pid_t pid = fork();
    if (!pid) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        syscall(SYS_getppid);
        syscall(SYS_close, 1234);
        _exit(7);
    }
    wait_for("begin", pid);
    ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXIT);
    for (int i = 0; i < 40; i++) {
        struct user_regs_struct registers;
        struct iovec vector = {&registers, sizeof registers};
        union {
            struct __ptrace_syscall_info info;
            char room[256];
        } call;
        int status;
        ptrace(PTRACE_SYSCALL, pid, 0, 0);
        waitpid(pid, &status, 0);
        if (!WIFSTOPPED(status)) {
            say_status("end", status);
            return;
        }
        if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
            unsigned long message = 0;
            ptrace(PTRACE_GETEVENTMSG, pid, 0, &message);
            say_status("other", status);
            printf("message 0x%lx\n", message);
            continue;
        }
        ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &vector);
        long length = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call);
        if (registers.orig_rax == SYS_close && registers.rdi == 1234 && call.info.op == PTRACE_SYSCALL_INFO_ENTRY)
            printf("close(%ld), length %ld, result so far %ld\n", (long)call.info.entry.args[0], length, (long)registers.rax);
        if (registers.orig_rax == SYS_close && registers.rdi == 1234 && call.info.op == PTRACE_SYSCALL_INFO_EXIT)
            printf("close gives %ld, error %d, length %ld\n", (long)call.info.exit.rval, call.info.exit.is_error, length);
        if (registers.orig_rax == SYS_exit_group)
            printf("exit_group(%lld)\n", registers.rdi);
    }
}

/* Changes a call's number and result, memory and a signal. */
static void changes(void) {
    pid_t pid = fork();
    if (!pid) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        long result = syscall(SYS_getppid);
        raise(SIGUSR1);
        _exit(word + (int)result);
    }
    wait_for("begin", pid);
    ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
    struct user_regs_struct registers;
    do {
        ptrace(PTRACE_SYSCALL, pid, 0, 0);
        waitpid(pid, NULL, 0);
        ptrace(PTRACE_GETREGS, pid, 0, &registers);
    } while (registers.orig_rax != SYS_getppid);
    ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
    ptrace(PTRACE_SYSCALL, pid, 0, 0);
    wait_for("call left out", pid);
    ptrace(PTRACE_GETREGS, pid, 0, &registers);
    printf("its result %lld\n", (long long)registers.rax);
    registers.rax = 8;
    say("other result", ptrace(PTRACE_SETREGS, pid, 0, &registers));
    errno = 0;
    printf("word %d\n", (int)ptrace(PTRACE_PEEKDATA, pid, &word, 0));
    say("poke", ptrace(PTRACE_POKEDATA, pid, &word, 50L));
    say("peek nowhere", ptrace(PTRACE_PEEKDATA, pid, 8L, 0));
    ptrace(PTRACE_CONT, pid, 0, 0);
    wait_for("signal", pid);
    siginfo_t info;
    ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
    printf("info %d %d %d\n", info.si_signo, info.si_code, info.si_pid == pid);
    ptrace(PTRACE_CONT, pid, 0, 0);
    wait_for("swallowed", pid);
}

__attribute__((noinline, noclone)) static int add(int a, int b) {
    return a + b;
}

/* A breakpoint in the program's own code, which is not writable, and steps. */
static void breakpoint(void) {
    pid_t pid = fork();
    if (!pid) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        _exit(add(20, word));
    }
    wait_for("begin", pid);
    long code = ptrace(PTRACE_PEEKTEXT, pid, add, 0);
    say("set", ptrace(PTRACE_POKETEXT, pid, add, (code & ~0xffL) | 0xcc));
    ptrace(PTRACE_CONT, pid, 0, 0);
    wait_for("hit", pid);
    struct user_regs_struct registers;
    siginfo_t info;
    ptrace(PTRACE_GETREGS, pid, 0, &registers);
    ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
    printf("behind it %lld, code 0x%x\n", registers.rip - (long long)add, info.si_code);
    registers.rip--;
    registers.rdi = 30;
    ptrace(PTRACE_SETREGS, pid, 0, &registers);
    ptrace(PTRACE_POKETEXT, pid, add, code);
    for (int i = 0; i < 2; i++) {
        ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
        wait_for("step", pid);
        ptrace(PTRACE_GETREGS, pid, 0, &registers);
        ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
        printf("at %lld, code %d, trap flag %d\n", registers.rip - (long long)add, info.si_code, (int)(registers.eflags >> 8 & 1));
    }
    ptrace(PTRACE_CONT, pid, 0, 0);
    wait_for("end", pid);
}

static void *other_thread(void *unused) {
    return unused;
}

/* Children, threads and programs are followed. */
static void follow(void) {
    pid_t pid = fork(), child;
    if (!pid) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        child = fork();
        if (!child)
            _exit(4);
        waitpid(child, NULL, 0);
        pthread_t thread;
        pthread_create(&thread, NULL, other_thread, NULL);
        pthread_join(thread, NULL);
        execl("/bin/true", "true", NULL);
        _exit(9);
    }
    wait_for("begin", pid);
    ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
    int children = 0, ended = 0, starts = 0, programs = 0, status;
    ptrace(PTRACE_CONT, pid, 0, 0);
    for (pid_t who; (who = waitpid(-1, &status, __WALL)) > 0;) {
        int event = status >> 16, signal = 0;
        if (!WIFSTOPPED(status)) {
            ended++;
            if (who == pid)
                say_status("first", status);
            continue;
        }
        if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE)
            children++;
        else if (event == PTRACE_EVENT_EXEC)
            programs++;
        else if (WSTOPSIG(status) == SIGSTOP && who != pid)
            starts++;
        else
            signal = WSTOPSIG(status);
        ptrace(PTRACE_CONT, who, 0, signal);
    }
    printf("children %d, first stops %d, programs %d, ended %d, %s\n", children, starts, programs, ended, strerrorname_np(errno));
}

/* Attaching, interrupting, listening, detaching. */
static void attach(void) {
    pid_t pid = sleeper();
    say("attach", ptrace(PTRACE_ATTACH, pid, 0, 0));
    wait_for("attached", pid);
    say("attach again", ptrace(PTRACE_ATTACH, pid, 0, 0));
    say("interrupt", ptrace(PTRACE_INTERRUPT, pid, 0, 0));
    say("continue", ptrace(PTRACE_CONT, pid, 0, 0));
    say("of one that runs", ptrace(PTRACE_GETEVENTMSG, pid, 0, &pid));
    kill(pid, SIGUSR1);
    wait_for("signal", pid);
    say("detach", ptrace(PTRACE_DETACH, pid, 0, 0));
    say("of one not traced", ptrace(PTRACE_CONT, pid, 0, 0));

    say("seize", ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD));
    say("interrupt", ptrace(PTRACE_INTERRUPT, pid, 0, 0));
    wait_for("interrupted", pid);
    ptrace(PTRACE_CONT, pid, 0, 0);
    kill(pid, SIGSTOP);
    wait_for("stop signal", pid);
    ptrace(PTRACE_CONT, pid, 0, SIGSTOP);
    wait_for("group stop", pid);
    say("listen", ptrace(PTRACE_LISTEN, pid, 0, 0));
    kill(pid, SIGCONT);
    wait_for("goes on", pid);
    ptrace(PTRACE_CONT, pid, 0, 0);
    wait_for("continue signal", pid);
    say("detach", ptrace(PTRACE_DETACH, pid, 0, 0));
    kill(pid, SIGTERM);
    wait_for("end", pid);
    say("nobody", ptrace(PTRACE_ATTACH, 999999, 0, 0));
    say("itself", ptrace(PTRACE_ATTACH, getpid(), 0, 0));
}

/* A tracee whose tracer ends goes on, or not; one whose parent is not its tracer is the tracer's first. */
static void ends(void) {
    pid_t pid = sleeper();
    for (int kills = 0; kills < 2; kills++) {
        pid_t tracer = fork();
        if (!tracer) {
            ptrace(PTRACE_SEIZE, pid, 0, kills ? PTRACE_O_EXITKILL : 0);
            ptrace(PTRACE_INTERRUPT, pid, 0, 0);
            waitpid(pid, NULL, __WALL);
            _exit(0);
        }
        waitpid(tracer, NULL, 0);
        if (!kills)
            printf("goes on: %d\n", kill(pid, 0));
    }
    wait_for("killed with its tracer", pid);

    int pipes[2];
    pipe(pipes);
    pid = sleeper();
    pid_t tracer = fork();
    if (!tracer) {
        int status;
        ptrace(PTRACE_SEIZE, pid, 0, 0);
        kill(pid, SIGKILL);
        waitpid(pid, &status, __WALL);
        say_status("tracer sees", status);
        fflush(stdout);
        write(pipes[1], "", 1);
        _exit(0);
    }
    char byte;
    read(pipes[0], &byte, 1);
    wait_for("and the parent then", pid);
    waitpid(tracer, NULL, 0);
}

/* Memory of another process by one call. */
static void memory(void) {
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(page + 4090, "hello");
    munmap(page + 4096, 4096);
    pid_t pid = sleeper();
    char got[16] = "";
    struct iovec local = {got, 6}, remote = {page + 4090, 6};
    memset(page + 4090, 0, 6);
    printf("read %zd %s\n", process_vm_readv(pid, &local, 1, &remote, 1, 0), got);
    local.iov_len = remote.iov_len = 10;
    printf("up to the end %zd\n", process_vm_readv(pid, &local, 1, &remote, 1, 0));
    remote.iov_base = page + 4096;
    say("nothing there", process_vm_readv(pid, &local, 1, &remote, 1, 0));
    remote.iov_base = page;
    strcpy(got, "written");
    printf("write %zd\n", process_vm_writev(pid, &local, 1, &remote, 1, 0));
    memset(got, 0, sizeof got);
    process_vm_readv(pid, &local, 1, &remote, 1, 0);
    printf("back %s, here %d\n", got, page[0]);
    printf("same memory %ld, same files %ld, a file %ld\n", syscall(SYS_kcmp, getpid(), getpid(), 1, 0, 0),
           syscall(SYS_kcmp, getpid(), getpid(), 2, 0, 0), syscall(SYS_kcmp, getpid(), pid, 0, 1, 1));
    printf("other memory %d\n", syscall(SYS_kcmp, getpid(), pid, 1, 0, 0) > 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct {
        const char *name;
        void (*run)(void);
    } parts[] = {{"calls", calls}, {"changes", changes}, {"breakpoint", breakpoint}, {"follow", follow},
                 {"attach", attach}, {"ends", ends}, {"memory", memory}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (count > 1 && !strcmp(arguments[1], parts[i].name))
            parts[i].run();
    return 0;
}
