/*
 * KVM as a program uses it: a machine of one slot with code in long mode, its exits, signals, descriptors, and what it must not do.
 * Natively the same is printed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY (4 << 20)
#define CODE 0x5000
#define DEVICE 0x10000000

/* Sums up to rbx, writes the sum to a port and to a device, and halts, again and again. */
extern char adder[], adder_end[], spinner[], spinner_end[], toucher[], toucher_end[];
asm(".text\n"
    "adder: xor %eax, %eax\n"
    "1: add %ebx, %eax\n dec %ebx\n jnz 1b\n"
    "out %eax, $0x40\n"
    "in $0x41, %eax\n"
    "mov $0x10000000, %ecx\n"
    "mov %eax, (%rcx)\n"
    "mov (%rcx), %ebx\n"
    "hlt\n"
    "adder_end:\n"
    "spinner: inc %rax\n jmp spinner\n"
    "spinner_end:\n"
    "toucher: mov %rax, (%rbx)\n hlt\n"
    "toucher_end:\n");

static int kvm, machine, size;
static uint8_t *memory;

static void die(const char *what)
{
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
}

static void say(const char *what, long result)
{
    if (result < 0)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: %ld\n", what, result);
}

/* A vCPU in long mode at CODE, with the first 2 MiB and the device where they are. */
static int vcpu(int number, struct kvm_run **run)
{
    int cpu = ioctl(machine, KVM_CREATE_VCPU, number);
    if (cpu < 0)
        die("KVM_CREATE_VCPU");
    *run = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
    if (*run == MAP_FAILED)
        die("mmap of a vCPU");
    struct {
        struct kvm_cpuid2 head;
        struct kvm_cpuid_entry2 entries[256];
    } *cpuid = calloc(1, sizeof *cpuid);
    cpuid->head.nent = 256;
    if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0 || ioctl(cpu, KVM_SET_CPUID2, cpuid) < 0)
        die("CPUID");
    free(cpuid);
    struct kvm_sregs s;
    if (ioctl(cpu, KVM_GET_SREGS, &s) < 0)
        die("KVM_GET_SREGS");
    struct kvm_segment code = {.limit = 0xffffffff, .selector = 0x10, .present = 1, .type = 11, .s = 1, .l = 1, .g = 1};
    struct kvm_segment data = {.limit = 0xffffffff, .selector = 0x18, .present = 1, .type = 3, .db = 1, .s = 1, .g = 1};
    struct kvm_segment task = {.base = 0x6000, .limit = 0x67, .selector = 0x40, .present = 1, .type = 11};
    s.cs = code;
    s.ds = s.es = s.ss = s.fs = s.gs = data;
    s.tr = task;
    s.gdt.base = 0x4000;
    s.gdt.limit = 127;
    s.cr3 = 0x1000;
    s.cr4 = 1 << 5;
    s.cr0 = 0x80050033;
    s.efer = 0x500;
    if (ioctl(cpu, KVM_SET_SREGS, &s) < 0)
        die("KVM_SET_SREGS");
    return cpu;
}

static void tables(void)
{
    uint64_t *page = (void *)memory;
    page[0x1000 / 8] = 0x2007;
    page[0x2000 / 8] = 0x3007;
    page[0x3000 / 8] = 0x87;
    page[0x3000 / 8 + 1] = 0x200087;
    page[0x3000 / 8 + DEVICE / (2 << 20)] = DEVICE | 0x87;
    page[0x4000 / 8 + 2] = 0x00af9b000000ffffull;
    page[0x4000 / 8 + 3] = 0x00cf93000000ffffull;
    page[0x4000 / 8 + 8] = 0x0000890060000067ull;
}

static void go(int cpu, char *from, char *to, uint64_t rax, uint64_t rbx)
{
    memcpy(memory + CODE, from, to - from);
    struct kvm_regs registers = {.rip = CODE, .rsp = 0xa000, .rflags = 2, .rax = rax, .rbx = rbx};
    if (ioctl(cpu, KVM_SET_REGS, &registers) < 0)
        die("KVM_SET_REGS");
}

static int slot(int number, uint64_t physical, uint64_t length, void *at, int flags)
{
    struct kvm_userspace_memory_region region = {number, flags, physical, length, (uint64_t)at};
    return ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region);
}

static void exits(int cpu, struct kvm_run *run)
{
    go(cpu, adder, adder_end, 0, 1000);
    for (int i = 0; i < 5; i++) {
        if (ioctl(cpu, KVM_RUN, 0) < 0)
            die("KVM_RUN");
        char *data = (char *)run + run->io.data_offset;
        int value = 7;
        if (run->exit_reason == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_OUT) {
            memcpy(&value, data, 4);
            printf("out %#x %d\n", run->io.port, value);
        } else if (run->exit_reason == KVM_EXIT_IO) {
            memcpy(data, &value, 4);
            printf("in %#x\n", run->io.port);
        } else if (run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write) {
            memcpy(&value, run->mmio.data, 4);
            printf("write %#llx %d\n", run->mmio.phys_addr, value);
        } else if (run->exit_reason == KVM_EXIT_MMIO) {
            value = 99;
            memcpy(run->mmio.data, &value, 4);
            printf("read %#llx\n", run->mmio.phys_addr);
        } else if (run->exit_reason == KVM_EXIT_HLT) {
            struct kvm_regs registers;
            ioctl(cpu, KVM_GET_REGS, &registers);
            printf("halt %lld %lld\n", registers.rax, registers.rbx);
        } else {
            printf("exit %d\n", run->exit_reason);
        }
    }
}

static volatile int rings;

static void ring(int signal)
{
    rings++;
}

static void in(int milliseconds)
{
    struct itimerval after = {{0, 0}, {0, milliseconds * 1000}};
    setitimer(ITIMER_REAL, &after, 0);
}

static void signals(int cpu, struct kvm_run *run)
{
    struct sigaction action = {.sa_handler = ring, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, 0);
    go(cpu, spinner, spinner_end, 0, 0);
    in(30);
    say("interrupted", ioctl(cpu, KVM_RUN, 0));
    printf("reason %d, handled %d\n", run->exit_reason, rings);
    struct kvm_regs registers;
    ioctl(cpu, KVM_GET_REGS, &registers);
    printf("ran %d\n", registers.rax > 1000);

    /* Blocked outside, let through while the guest runs: ends the run and stays pending. */
    sigset_t alarm, pending;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm, 0);
    struct {
        struct kvm_signal_mask head;
        uint64_t set;
    } __attribute__((packed)) mask = {{8}, 0};
    say("mask", ioctl(cpu, KVM_SET_SIGNAL_MASK, &mask));
    in(30);
    say("interrupted", ioctl(cpu, KVM_RUN, 0));
    sigpending(&pending);
    printf("handled %d, pending %d\n", rings, sigismember(&pending, SIGALRM));
    int number;
    sigwait(&alarm, &number);
    mask.head.len = 4;
    say("short mask", ioctl(cpu, KVM_SET_SIGNAL_MASK, &mask));
    say("no mask", ioctl(cpu, KVM_SET_SIGNAL_MASK, 0));
    sigprocmask(SIG_UNBLOCK, &alarm, 0);

    run->immediate_exit = 1;
    say("immediate exit", ioctl(cpu, KVM_RUN, 0));
    run->immediate_exit = 0;
}

static void *runs(void *cpu)
{
    long result = ioctl(*(int *)cpu, KVM_RUN, 0);
    return (void *)(result < 0 ? (long)errno : 0);
}

static void threads(int cpu, struct kvm_run *run)
{
    go(cpu, spinner, spinner_end, 0, 0);
    pthread_t other;
    void *result;
    pthread_create(&other, 0, runs, &cpu);
    usleep(30000);
    run->immediate_exit = 1;
    pthread_kill(other, SIGALRM);
    pthread_join(other, &result);
    run->immediate_exit = 0;
    printf("another thread: %s\n", strerror((long)result));
}

static void slots(int cpu, struct kvm_run *run)
{
    uint64_t dirty = 0;
    struct kvm_dirty_log log = {.slot = 1, .dirty_bitmap = &dirty};
    uint8_t *more = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("second slot", slot(1, 0x200000, 64 << 12, more, KVM_MEM_LOG_DIRTY_PAGES));
    go(cpu, toucher, toucher_end, 77, 0x203008);
    say("run", ioctl(cpu, KVM_RUN, 0));
    printf("reason %d, stored %d\n", run->exit_reason, more[0x3008]);
    say("dirty log", ioctl(machine, KVM_GET_DIRTY_LOG, &log));
    printf("dirty %#lx\n", dirty);
    log.dirty_bitmap = (void *)8;
    say("dirty log nowhere", ioctl(machine, KVM_GET_DIRTY_LOG, &log));
    log.slot = 5;
    say("dirty log of no slot", ioctl(machine, KVM_GET_DIRTY_LOG, &log));
    /* What is taken away from the program is taken away from its machine. */
    munmap(more, 1 << 20);
    go(cpu, toucher, toucher_end, 77, 0x204008);
    printf("done without memory: %d\n", ioctl(cpu, KVM_RUN, 0) == 0 && run->exit_reason == KVM_EXIT_HLT);
    mmap(more, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    go(cpu, toucher, toucher_end, 77, 0x204008);
    say("run with memory", ioctl(cpu, KVM_RUN, 0));
    printf("stored %d\n", more[0x4008]);
    say("slot away", slot(1, 0x200000, 0, more, 0));
    say("kernel's memory", slot(2, 0x200000, 1 << 20, (void *)0xffff800000000000, 0));
    say("over the end", slot(2, 0x200000, 1ull << 46, memory, 0));
    say("not aligned", slot(2, 0x200000, 1 << 20, memory + 8, 0));
}

/* What later kernels have, by number; where there is none of it natively there is none in dune. */
static void later(int cpu, struct kvm_run *run)
{
    struct { struct kvm_userspace_memory_region first; uint64_t more[16]; } region = {
        {.slot = 3, .guest_phys_addr = 0x200000, .memory_size = 1 << 20, .userspace_addr = (uintptr_t)memory + (2 << 20)}};
    say("third slot", ioctl(machine, 0x40a0ae49, &region));
    say("third slot nowhere", ioctl(machine, 0x40a0ae49, 8));
    region.first.flags = 0x100;
    say("third slot of nothing known", ioctl(machine, 0x40a0ae49, &region));
    region.first.flags = 0;
    region.first.memory_size = 0;
    say("third slot away", ioctl(machine, 0x40a0ae49, &region));
    struct kvm_create_device device = {.type = 99};
    say("device of no kind", ioctl(machine, KVM_CREATE_DEVICE, &device));
    say("device nowhere", ioctl(machine, KVM_CREATE_DEVICE, 8));
    say("memory before it is touched, nowhere", ioctl(cpu, 0xc040aed5, 8));
    printf("still there: %d\n", run->exit_reason >= 0);
}

static void events(void)
{
    int event = eventfd(0, EFD_NONBLOCK);
    struct kvm_ioeventfd at = {.addr = DEVICE + 0x100, .len = 4, .fd = event};
    say("ioeventfd", ioctl(machine, KVM_IOEVENTFD, &at));
    at.fd = kvm;
    say("ioeventfd of no event", ioctl(machine, KVM_IOEVENTFD, &at));
    at.fd = 999;
    say("ioeventfd of nothing", ioctl(machine, KVM_IOEVENTFD, &at));
    at.fd = event;
    at.flags = KVM_IOEVENTFD_FLAG_DEASSIGN;
    say("ioeventfd away", ioctl(machine, KVM_IOEVENTFD, &at));
    close(event);
}

/* Sends a descriptor to itself. */
static int pass(int descriptor)
{
    int pair[2];
    char byte = 0, space[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec vector = {&byte, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(head), &descriptor, sizeof(int));
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    if (sendmsg(pair[0], &message, 0) < 0 || recvmsg(pair[1], &message, 0) < 0)
        die("message");
    close(pair[0]);
    close(pair[1]);
    memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
    return descriptor;
}

static void descriptors(int cpu, struct kvm_run *run)
{
    struct kvm_regs registers;
    printf("close on exec %d %d\n", fcntl(machine, F_GETFD), fcntl(cpu, F_GETFD));
    int again = pass(cpu);
    say("sent", ioctl(again, KVM_GET_REGS, &registers));
    close(again);
    again = dup(machine);
    say("duplicate", ioctl(again, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY));
    close(again);
    char name[64];
    sprintf(name, "/proc/self/fd/%d", kvm);
    again = open(name, O_RDWR);
    say("opened again", ioctl(again, KVM_GET_API_VERSION, 0));
    close(again);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        say("child, device", ioctl(kvm, KVM_GET_API_VERSION, 0));
        say("child, machine", ioctl(machine, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY));
        say("child, vCPU", ioctl(cpu, KVM_GET_REGS, &registers));
        say("child, run", ioctl(cpu, KVM_RUN, 0));
        printf("child sees %d\n", run->exit_reason);
        int own = ioctl(kvm, KVM_CREATE_VM, 0);
        printf("child's own: %d\n", own > 0 && ioctl(own, KVM_CHECK_EXTENSION, KVM_CAP_USER_MEMORY) > 0);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, 0, 0);
    struct kvm_msrs none = {.nmsrs = 1 << 20};
    say("too many", ioctl(cpu, KVM_SET_MSRS, &none));
    say("bad pointer", ioctl(cpu, KVM_SET_REGS, 8));
    say("unknown", ioctl(machine, 0xaeff, 0));
    say("read", read(kvm, &registers, 8));
    say("wrong device", ioctl(0, KVM_GET_API_VERSION, 0));
}

int main(void)
{
    kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0)
        die("/dev/kvm");
    say("version", ioctl(kvm, KVM_GET_API_VERSION, 0));
    size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    machine = ioctl(kvm, KVM_CREATE_VM, 0);
    if (machine < 0)
        die("KVM_CREATE_VM");
    memory = mmap(0, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("slot", slot(0, 0, 2 << 20, memory, 0));
    tables();
    struct kvm_run *run, *second;
    int cpu = vcpu(0, &run);
    exits(cpu, run);
    int other = vcpu(1, &second);
    exits(other, second);
    signals(cpu, run);
    threads(other, second);
    slots(cpu, run);
    later(cpu, run);
    events();
    descriptors(cpu, run);
    return 0;
}
