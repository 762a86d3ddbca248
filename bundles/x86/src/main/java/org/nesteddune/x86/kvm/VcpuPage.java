package org.nesteddune.x86.kvm;

import org.nesteddune.host.Memory;

/**
 * The page of one vCPU that only the supervisor can reach: GDT, TSS and the stack for exceptions.
 *
 * <pre>
 * +0x000  GDT, 16 entries     +0x100  TSS, 104 bytes, and its I/O permission bitmap     +0x1000  top of the stack
 * </pre>
 */
final class VcpuPage {

    static final int GDT = 0;
    static final int GDT_LIMIT = 16 * 8 - 1;
    static final int TSS = 0x100;
    static final int STACK_TOP = 0x1000;

    // Offsets in the 64-bit TSS, SDM volume 3, figure 8-11.
    private static final int TSS_RSP0 = 4;
    private static final int TSS_IST1 = 36;
    private static final int TSS_IO_MAP_BASE = 102;
    private static final int TSS_BITMAP = 104;
    // One byte for each eight ports, and one more that the processor reads behind the last.
    private static final int BITMAP_SIZE = SupervisorCode.PORT_SYSCALL / 8 + 2;
    static final int TSS_LIMIT = TSS_BITMAP + BITMAP_SIZE - 1;

    // Descriptors with the accessed bit set, so that the processor never writes to the GDT.
    private static final long CODE_64 = 0x00af9b000000ffffL;
    private static final long DATA = 0x00cf93000000ffffL;
    private static final long DPL_3 = 3L << 45;
    private static final long BUSY_TSS = 0x8bL << 40;
    /** Read-only, expand-down, accessed, DPL 3, as Linux has it. */
    private static final long CPUNODE = 0x0040f5L << 40;

    private VcpuPage() {
    }

    /**
     * Writes the page.
     *
     * @param page its host address
     * @param virtual its guest virtual address
     * @param cpu the limit of the segment that Linux keeps the CPU's number in, below 2^20
     */
    static void write(long page, long virtual, int cpu) {
        Memory.putLong(page + GDT + Processor.KERNEL_CS, CODE_64);
        Memory.putLong(page + GDT + Processor.KERNEL_CS + 8, DATA);
        Memory.putLong(page + GDT + (Processor.USER_DS & ~7), DATA | DPL_3);
        Memory.putLong(page + GDT + (Processor.USER_CS & ~7), CODE_64 | DPL_3);
        Memory.putLong(page + GDT + (Processor.CPUNODE & ~7), CPUNODE | cpu & 0xffff | (cpu & 0xf0000L) << 32);
        long tss = virtual + TSS;
        Memory.putLong(page + GDT + Processor.TSS, TSS_LIMIT | (tss & 0xffffff) << 16 | BUSY_TSS
                | (tss >>> 24 & 0xff) << 56);
        Memory.putLong(page + GDT + Processor.TSS + 8, tss >>> 32);

        Memory.putLong(page + TSS + TSS_RSP0, virtual + STACK_TOP);
        Memory.putLong(page + TSS + TSS_IST1, virtual + STACK_TOP);
        Memory.putShort(page + TSS + TSS_IO_MAP_BASE, (short) TSS_BITMAP);
        long bitmap = page + TSS + TSS_BITMAP;
        Memory.fill(bitmap, BITMAP_SIZE, (byte) 0xff);
        Memory.putByte(bitmap + SupervisorCode.PORT_SYSCALL / 8,
                (byte) ~(1 << SupervisorCode.PORT_SYSCALL % 8));
    }
}
