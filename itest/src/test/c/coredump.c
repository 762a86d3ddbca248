/* What a process leaves behind that a signal ends which dumps core; prints the same natively and in dune. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char data[64] = "first";
static char *heap, *closed, *private, *shared, *forgotten;
static volatile uint64_t mark = 0x1122334455667788;

static void limit(rlim_t bytes) {
    struct rlimit l = {bytes, RLIM_INFINITY};
    if (setrlimit(RLIMIT_CORE, &l)) {
        l.rlim_max = l.rlim_cur;
        setrlimit(RLIMIT_CORE, &l);
    }
}

static void fill(void) {
    strcpy(data, "second");
    heap = strdup("on the heap");
    closed = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(closed, "closed again");
    mprotect(closed, 8192, PROT_NONE);
    private = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(private + (1 << 19), "far inside");
    shared = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    strcpy(shared, "shared");
    forgotten = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(forgotten, "not to be dumped");
    madvise(forgotten, 8192, MADV_DONTDUMP);
}

static void *rest(void *arg) {
    for (;;) {
        pause();
    }
    return arg;
}

static void *spin(void *arg) {
    for (;;) {
    }
    return arg;
}

static void crash(void) {
    __asm__ volatile("mov %0, %%r12; movq %%r12, %%xmm5; mov $0x4321, %%rax; movl $1, (%%rax)" ::"r"(mark) : "r12", "rax", "xmm5", "memory");
}

/* Ends a child in a way and prints how it ended and what is there. */
static int ended(const char *name, void (*way)(void)) {
    unlink("core");
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_UNBLOCK, &all, NULL);
        signal(SIGQUIT, SIG_DFL);
        way();
        _exit(0);
    }
    int status;
    struct stat s;
    waitpid(pid, &status, 0);
    printf("%s: ", name);
    if (WIFSIGNALED(status)) {
        printf("signal %d, core %d", WTERMSIG(status), !!WCOREDUMP(status));
    } else {
        printf("exit %d", WEXITSTATUS(status));
    }
    if (lstat("core", &s)) {
        printf(", no file\n");
        return 0;
    }
    printf(", file of mode %o\n", s.st_mode);
    return pid;
}

static void unlimited(void) { limit(RLIM_INFINITY); crash(); }
static void none(void) { limit(0); crash(); }
static void little(void) { limit(4095); crash(); }
static void some(void) { limit(20000); fill(); crash(); }
static void private_process(void) { limit(RLIM_INFINITY); prctl(PR_SET_DUMPABLE, 0); crash(); }
static void aborted(void) { limit(RLIM_INFINITY); abort(); }
static void terminated(void) { limit(RLIM_INFINITY); raise(SIGTERM); }
static void quit(void) { limit(RLIM_INFINITY); kill(getpid(), SIGQUIT); pause(); }
static void nowhere(void) { limit(RLIM_INFINITY); mkdir("gone", 0700); chdir("gone"); rmdir("../gone"); crash(); }
static void readonly(void) { limit(RLIM_INFINITY); mkdir("ro", 0500); chdir("ro"); if (setresuid(65534, 65534, 65534)) { } prctl(PR_SET_DUMPABLE, 1); crash(); }
static void through_link(void) { limit(RLIM_INFINITY); symlink("elsewhere", "core"); crash(); }
static void open_mask(void) { limit(RLIM_INFINITY); umask(0777); crash(); }

static void threads(void) {
    limit(RLIM_INFINITY);
    fill();
    pthread_t t;
    pthread_create(&t, NULL, rest, NULL);
    pthread_create(&t, NULL, spin, NULL);
    usleep(20000);
    crash();
}

static void second_thread(void) {
    limit(RLIM_INFINITY);
    pthread_t t;
    pthread_create(&t, NULL, (void *(*)(void *)) crash, NULL);
    for (;;) {
        pause();
    }
}

static char *core;
static size_t size;

static const char *at(uintptr_t address) {
    Elf64_Ehdr *header = (Elf64_Ehdr *) core;
    Elf64_Phdr *segments = (Elf64_Phdr *) (core + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++) {
        if (segments[i].p_type == PT_LOAD && address >= segments[i].p_vaddr && address - segments[i].p_vaddr < segments[i].p_memsz) {
            return address - segments[i].p_vaddr < segments[i].p_filesz ? core + segments[i].p_offset + (address - segments[i].p_vaddr)
                : "not in the file";
        }
    }
    return "not mapped";
}

static void notes(pid_t pid) {
    Elf64_Ehdr *header = (Elf64_Ehdr *) core;
    Elf64_Phdr *first = (Elf64_Phdr *) (core + header->e_phoff);
    printf("type %d machine %d, first segment %d\n", header->e_type, header->e_machine, first->p_type);
    int tasks = 0;
    for (size_t i = 0; i < first->p_filesz;) {
        Elf64_Nhdr *note = (Elf64_Nhdr *) (core + first->p_offset + i);
        char *name = (char *) (note + 1);
        char *content = name + ((note->n_namesz + 3) & ~3);
        size_t length = sizeof *note + ((note->n_namesz + 3) & ~3) + ((note->n_descsz + 3) & ~3);
        if (note->n_type == 0x205) { /* NT_X86_XSAVE_LAYOUT, of Linux 6.12 */
            i += length;
            continue;
        }
        printf("%s %x", name, note->n_type);
        if (note->n_type == NT_PRSTATUS) {
            struct elf_prstatus *status = (struct elf_prstatus *) content;
            printf(" size %d signal %d fpvalid %d", (int) note->n_descsz, status->pr_cursig, status->pr_fpvalid);
            if (tasks++ == 0) {
                printf(" own %d r12 %d rax %lx", status->pr_pid == pid, status->pr_reg[3] == mark, (long) status->pr_reg[10]);
                printf(" cs %lx ss %lx", (long) status->pr_reg[17], (long) status->pr_reg[20]);
            }
        } else if (note->n_type == NT_PRPSINFO) {
            struct elf_prpsinfo *info = (struct elf_prpsinfo *) content;
            printf(" size %d own %d parent %d name %s", (int) note->n_descsz, info->pr_pid == pid, info->pr_ppid == getpid(), info->pr_fname);
        } else if (note->n_type == NT_SIGINFO) {
            siginfo_t *info = (siginfo_t *) content;
            printf(" %d %d %p", info->si_signo, info->si_code, info->si_addr);
        } else if (note->n_type == NT_FPREGSET) {
            printf(" size %d", (int) note->n_descsz);
            if (tasks == 1) {
                printf(" xmm5 %d", memcmp(content + 160 + 5 * 16, (void *) &mark, 8) == 0);
            }
        } else if (note->n_type == NT_FILE) {
            printf(" this program %d", memmem(content, note->n_descsz, "coredump", 8) != NULL);
        } else if (note->n_type == 0x202) {
            printf(" size %d", (int) note->n_descsz);
        }
        printf("\n");
        i += length;
    }
}

static void look(pid_t pid) {
    int fd = open("core", O_RDONLY);
    struct stat s;
    fstat(fd, &s);
    size = s.st_size;
    core = mmap(0, size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    notes(pid);
}

/* What was there before is inherited; what has been set is. */
static void filter(const char *value) {
    char text[16] = "";
    int fd = open("/proc/self/coredump_filter", O_RDWR);
    write(fd, value, strlen(value));
    pread(fd, text, sizeof text - 1, 0);
    close(fd);
    printf("filter %s", text);
}

int main(void) {
    char directory[] = "/tmp/coredump-XXXXXX";
    if (!mkdtemp(directory) || chdir(directory)) {
        return 1;
    }
    filter("0x33");
    ended("unlimited", unlimited);
    ended("none", none);
    ended("little", little);
    ended("some", some);
    ended("not dumpable", private_process);
    ended("abort", aborted);
    ended("terminated", terminated);
    ended("quit", quit);
    ended("removed directory", nowhere);
    ended("directory of another", readonly);
    ended("symbolic link", through_link);
    ended("mask", open_mask);
    chmod(".", 0755);
    pid_t pid = ended("second thread", second_thread);
    look(pid);
    munmap(core, size);
    fill(); /* here, so that the child has the same addresses */
    pid = ended("threads", threads);
    look(pid);
    printf("data %s\n", at((uintptr_t) data));
    printf("heap %s\n", at((uintptr_t) heap));
    printf("closed %s\n", at((uintptr_t) closed));
    printf("private %s\n", at((uintptr_t) private + (1 << 19)));
    printf("shared %s\n", at((uintptr_t) shared));
    printf("forgotten %s\n", at((uintptr_t) forgotten));
    printf("code %s\n", at((uintptr_t) main & -4096 ) [0] == 'n' ? "not in the file" : "there");
    munmap(core, size);
    filter("6");
    pid = ended("filtered", threads);
    look(pid);
    printf("data %s\n", at((uintptr_t) data));
    printf("private %s\n", at((uintptr_t) private + (1 << 19)));
    printf("shared %s\n", at((uintptr_t) shared));
    printf("code %s\n", at((uintptr_t) main & -4096 ) [0] == 'n' ? "not in the file" : "there");
    unlink("core");
    rmdir("ro");
    chdir("/");
    rmdir(directory);
    return 0;
}
