package org.nesteddune.linux;

/** Numbers of ptrace(2): {@code linux/ptrace.h}, those below 32 that only x86 has from {@code asm/ptrace-abi.h}. */
public final class Ptrace {

    // Requests
    public static final int PTRACE_TRACEME = 0;
    public static final int PTRACE_PEEKTEXT = 1;
    public static final int PTRACE_PEEKDATA = 2;
    public static final int PTRACE_PEEKUSR = 3;
    public static final int PTRACE_POKETEXT = 4;
    public static final int PTRACE_POKEDATA = 5;
    public static final int PTRACE_POKEUSR = 6;
    public static final int PTRACE_CONT = 7;
    public static final int PTRACE_KILL = 8;
    public static final int PTRACE_SINGLESTEP = 9;
    public static final int PTRACE_GETREGS = 12;
    public static final int PTRACE_SETREGS = 13;
    public static final int PTRACE_GETFPREGS = 14;
    public static final int PTRACE_SETFPREGS = 15;
    public static final int PTRACE_ATTACH = 16;
    public static final int PTRACE_DETACH = 17;
    public static final int PTRACE_SYSCALL = 24;
    public static final int PTRACE_SYSEMU = 31;
    public static final int PTRACE_SYSEMU_SINGLESTEP = 32;
    public static final int PTRACE_SETOPTIONS = 0x4200;
    public static final int PTRACE_GETEVENTMSG = 0x4201;
    public static final int PTRACE_GETSIGINFO = 0x4202;
    public static final int PTRACE_SETSIGINFO = 0x4203;
    public static final int PTRACE_GETREGSET = 0x4204;
    public static final int PTRACE_SETREGSET = 0x4205;
    public static final int PTRACE_SEIZE = 0x4206;
    public static final int PTRACE_INTERRUPT = 0x4207;
    public static final int PTRACE_LISTEN = 0x4208;
    public static final int PTRACE_PEEKSIGINFO = 0x4209;
    public static final int PTRACE_GETSIGMASK = 0x420a;
    public static final int PTRACE_SETSIGMASK = 0x420b;
    public static final int PTRACE_GET_SYSCALL_INFO = 0x420e;

    // Events; option n is bit n for those that can be asked for
    public static final int PTRACE_EVENT_FORK = 1;
    public static final int PTRACE_EVENT_VFORK = 2;
    public static final int PTRACE_EVENT_CLONE = 3;
    public static final int PTRACE_EVENT_EXEC = 4;
    public static final int PTRACE_EVENT_VFORK_DONE = 5;
    public static final int PTRACE_EVENT_EXIT = 6;
    public static final int PTRACE_EVENT_STOP = 128;

    // Options
    public static final int PTRACE_O_TRACESYSGOOD = 1;
    public static final int PTRACE_O_EXITKILL = 1 << 20;
    /** All that Linux knows: TRACESYSGOOD to TRACESECCOMP, EXITKILL and SUSPEND_SECCOMP. */
    public static final int PTRACE_O_MASK = 0xff | 3 << 20;

    /** The signal of a system-call stop is SIGTRAP with this bit where PTRACE_O_TRACESYSGOOD is set. */
    public static final int SYSCALL_GOOD = 0x80;

    // struct ptrace_syscall_info
    public static final int PTRACE_SYSCALL_INFO_NONE = 0;
    public static final int PTRACE_SYSCALL_INFO_ENTRY = 1;
    public static final int PTRACE_SYSCALL_INFO_EXIT = 2;

    /** PTRACE_PEEKSIGINFO_SHARED: what waits for the process as a whole. */
    public static final int PTRACE_PEEKSIGINFO_SHARED = 1;

    private Ptrace() {}
}
