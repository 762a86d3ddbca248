package org.nesteddune.x86.kvm;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;

/** Looks at a guest's instructions, for the few cases in which an exit alone does not tell what happened. */
final class GuestCode {

    private static final int OUT_IMMEDIATE = 0xe6;
    private static final int OUT_IMMEDIATE_WIDE = 0xe7;
    private static final int INT1 = 0xf1;
    private static final int INT3 = 0xcc;
    static final int INT_N = 0xcd;
    private static final int IOVEC = 16;

    private final PageTables tables;

    GuestCode(PageTables tables) {
        this.tables = tables;
    }

    /** The byte at a guest virtual address, or −1 if the guest cannot read it. */
    int read(long address) {
        long host = tables.hostAddress(address);
        if (host == 0) {
            return -1;
        }
        // The kernel does the reading: the page may lie behind the end of a file.
        try (NativeBuffer buffer = new NativeBuffer(2 * IOVEC + 1)) {
            long at = buffer.address();
            Memory.putLong(at, at + 2 * IOVEC);
            Memory.putLong(at + 8, 1);
            Memory.putLong(at + IOVEC, host);
            Memory.putLong(at + IOVEC + 8, 1);
            long read = Linux.process_vm_readv((int) Linux.getpid(), at, 1, at + IOVEC, 1);
            return read == 1 ? Memory.getByte(at + 2 * IOVEC) & 0xff : -1;
        }
    }

    /** Whether an instruction that traps always (INT3, or INT with the same or the overflow's number) ends at an address. */
    boolean isSoftwareTrap(long end) {
        int last = read(end - 1);
        return last == INT3 || (last == Processor.BP || last == Processor.OF) && read(end - 2) == INT_N;
    }

    /** Whether INT1 (ICEBP) has trapped. Most processors then point behind it, and some hypervisors at it. */
    boolean isTrapInstruction(long rip) {
        return read(rip - 1) == INT1 || read(rip) == INT1;
    }

    /** The start of the OUT or OUTS without prefixes that ends at an address; that address if none is there. */
    long startOfOut(long end) {
        int last = read(end - 1);
        int before = read(end - 2);
        if ((before == OUT_IMMEDIATE || before == OUT_IMMEDIATE_WIDE) && last == SupervisorCode.PORT_SYSCALL) {
            return end - 2;
        }
        return last == 0xee || last == 0xef || last == 0x6e || last == 0x6f ? end - 1 : end;
    }
}
