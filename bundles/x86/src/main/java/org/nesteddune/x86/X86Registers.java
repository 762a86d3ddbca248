package org.nesteddune.x86;

import java.util.List;
import org.nesteddune.arch.RegisterSet;

/**
 * The integer registers of an x86-64 user program and their numbers in {@link org.nesteddune.arch.CpuState}.
 *
 * <p>The first eighteen have the order of {@code struct kvm_regs} ({@code arch/x86/include/uapi/asm/kvm.h}). The two
 * segment bases follow, and behind them what no CPU register holds but Linux keeps for each thread: the number of the
 * system call ({@code orig_rax}, −1 outside a call) and what the last exception was ({@code trapno}, {@code err},
 * {@code cr2} of {@code struct sigcontext}). Constants only.
 */
public final class X86Registers {

    public static final int RAX = 0;
    public static final int RBX = 1;
    public static final int RCX = 2;
    public static final int RDX = 3;
    public static final int RSI = 4;
    public static final int RDI = 5;
    public static final int RSP = 6;
    public static final int RBP = 7;
    public static final int R8 = 8;
    public static final int R9 = 9;
    public static final int R10 = 10;
    public static final int R11 = 11;
    public static final int R12 = 12;
    public static final int R13 = 13;
    public static final int R14 = 14;
    public static final int R15 = 15;
    public static final int RIP = 16;
    public static final int RFLAGS = 17;
    public static final int FS_BASE = 18;
    public static final int GS_BASE = 19;
    /** What {@code rax} was when the system call began, or −1 when the CPU stopped for another reason. */
    public static final int ORIG_RAX = 20;
    /** Vector of the last exception (0 to 31); a system call leaves it as it was, as on Linux. */
    public static final int TRAPNO = 21;
    /** Error code of the last exception, 0 for one that has none. */
    public static final int ERR = 22;
    /** Address of the last page fault. */
    public static final int CR2 = 23;

    /** How many registers there are. */
    public static final int COUNT = 24;

    /** The registers by name. */
    public static final RegisterSet SET = new RegisterSet(
            List.of("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp",
                    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags",
                    "fs_base", "gs_base", "orig_rax", "trapno", "err", "cr2"),
            RIP, RSP);

    private X86Registers() {
    }
}
