package org.nesteddune.x86.kvm;

import org.nesteddune.host.Memory;

/**
 * The code behind the guest, and the tables that lead to it. Two pages, the same for all vCPUs of a machine:
 *
 * <pre>
 * stub page, readable and executable for the user       exception page, for the supervisor only
 *   +0x00  out %al, $SYSCALL; ud2    (LSTAR)               +0x000  IDT, 32 gates
 *   +0x10  iretq                     (the way back)        +0x400  32 handlers of 16 bytes:
 *   +0x20  ud2                       (CSTAR)                       [push $0]; push $vector
 *   +0x30  syscall; jmp .-2          (exit loop)                   [push %rax; mov %cr2, %rax; xchg %rax, (%rsp)]
 *                                                                  out %al, $EXCEPTION
 * </pre>
 *
 * kvm-pvm runs what SYSCALL leads to at CPL 3: hence the stub page is the user's to read, and hence the I/O permission
 * bitmap ({@link VcpuPage}) opens the port. A program that jumps into the stub page makes a system call or returns from
 * an interrupt on its own stack, both of which it can do anyway.
 */
final class SupervisorCode {

    /** The port of a system call. */
    static final int PORT_SYSCALL = 0x10;
    /** The port of an exception. */
    static final int PORT_EXCEPTION = 0x11;

    static final int SYSCALL = 0x00;
    /** Bytes of the {@code out}; KVM reports the exit before or behind it. */
    static final int OUT_LENGTH = 2;
    static final int IRETQ = 0x10;
    static final int COMPAT_SYSCALL = 0x20;
    static final int EXIT_LOOP = 0x30;

    static final int IDT_LIMIT = Processor.VECTORS * 16 - 1;
    static final int HANDLERS = 0x400;
    static final int HANDLER = 16;

    // What a handler leaves on the supervisor stack, as offsets from its top.
    static final int FRAME_RSP = -16;
    static final int FRAME_RFLAGS = -24;
    static final int FRAME_CS = -32;
    static final int FRAME_RIP = -40;
    static final int FRAME_ERROR = -48;
    static final int FRAME_VECTOR = -56;
    /** Only for a page fault. */
    static final int FRAME_CR2 = -64;

    private static final int INTERRUPT_GATE = 0x8e;
    private static final int GATE_DPL_3 = 0x60;
    private static final int IST_1 = 1;
    private static final byte INT3 = (byte) 0xcc;

    private SupervisorCode() {
    }

    /** Writes the stub page at a host address. */
    static void writeStub(long page, int size) {
        Memory.fill(page, size, INT3);
        put(page + SYSCALL, 0xe6, PORT_SYSCALL, 0x0f, 0x0b);
        put(page + IRETQ, 0x48, 0xcf);
        put(page + COMPAT_SYSCALL, 0x0f, 0x0b);
        put(page + EXIT_LOOP, 0x0f, 0x05, 0xeb, 0xfc);
    }

    /**
     * Writes the exception page.
     *
     * @param page its host address
     * @param virtual its guest virtual address
     */
    static void writeExceptions(long page, long virtual) {
        for (int vector = 0; vector < Processor.VECTORS; vector++) {
            int handler = HANDLERS + vector * HANDLER;
            writeHandler(page + handler, vector);
            writeGate(page + vector * 16L, virtual + handler, vector == Processor.BP || vector == Processor.OF);
        }
    }

    private static void writeHandler(long at, int vector) {
        long next = at;
        if (!Processor.pushesErrorCode(vector)) {
            next = put(next, 0x6a, 0);
        }
        next = put(next, 0x6a, vector);
        if (vector == Processor.PF) {
            next = put(next, 0x50); // push %rax
            next = put(next, 0x0f, 0x20, 0xd0); // mov %cr2, %rax
            next = put(next, 0x48, 0x87, 0x04, 0x24); // xchg %rax, (%rsp)
        }
        put(next, 0xe6, PORT_EXCEPTION);
    }

    /** Every gate switches to IST 1: no exception at CPL 0 may be delivered on a stack that the user has chosen. */
    private static void writeGate(long at, long handler, boolean user) {
        Memory.putLong(at, handler & 0xffff
                | (long) Processor.KERNEL_CS << 16
                | (long) IST_1 << 32
                | (long) (user ? INTERRUPT_GATE | GATE_DPL_3 : INTERRUPT_GATE) << 40
                | (handler >>> 16 & 0xffff) << 48);
        Memory.putLong(at + 8, handler >>> 32);
    }

    private static long put(long at, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            Memory.putByte(at + i, (byte) bytes[i]);
        }
        return at + bytes.length;
    }
}
