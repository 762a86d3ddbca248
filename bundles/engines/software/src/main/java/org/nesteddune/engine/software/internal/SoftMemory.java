package org.nesteddune.engine.software.internal;

import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.host.Memory;

/**
 * The guest's accesses to memory, for one vCPU. Aligned ones look at one byte of the page table; all others take the long way,
 * byte by byte where they lie in two pages. What is not accessible makes them throw the vCPU's {@link GuestExit}.
 */
final class SoftMemory {

    /** What an address must not have: bits beyond the guest's. */
    static final long BEYOND = -1L << PageTable.ADDRESS_BITS;

    private static final int LAST = PageTable.PAGE_SIZE - 1;

    private final PageTable table;
    private final long base;
    private final CodeCache code;
    private final GuestExit guestExit;
    private final long[] registers;
    private final int alignment;
    /** What translated code knows of accessible pages. */
    final KnownRanges ranges;
    // The last load-linked, and whether a conditional store may still follow it.
    private boolean linked;
    private long linkedAddress;
    private long linkedValue;

    /** @param alignment see {@link org.nesteddune.engine.software.SoftwareArchitecture#alignmentRegister} */
    SoftMemory(PageTable table, CodeCache code, GuestExit guestExit, long[] registers, int alignment) {
        this.table = table;
        this.base = table.base();
        this.code = code;
        this.guestExit = guestExit;
        this.registers = registers;
        this.alignment = alignment;
        ranges = new KnownRanges(table, registers.length);
    }

    /** {@link PageTable#base}. */
    long base() {
        return base;
    }

    /** {@link PageTable#delta}. */
    long delta() {
        return table.delta();
    }

    // Compact code calls these, and HotSpot's quick compiler must not put them into it: they are longer than the 35 bytes that it takes
    // (C1MaxInlineSize). The optimizing compiler does put them there where they are hot.

    byte loadByte(long address) {
        long host = address + table.delta();
        long entry = base + (address >>> PageTable.PAGE_SHIFT);
        if ((address & (BEYOND | 1 - 1)) == 0 && (Memory.getByte(entry) & PageTable.READ) != 0) {
            return Memory.getByte(host);
        }
        return (byte) loadSlow(address, 1);
    }

    short loadShort(long address) {
        long host = address + table.delta();
        long entry = base + (address >>> PageTable.PAGE_SHIFT);
        if ((address & (BEYOND | 2 - 1)) == 0 && (Memory.getByte(entry) & PageTable.READ) != 0) {
            return Memory.getShort(host);
        }
        return (short) loadSlow(address, 2);
    }

    int loadInt(long address) {
        long host = address + table.delta();
        long entry = base + (address >>> PageTable.PAGE_SHIFT);
        if ((address & (BEYOND | 4 - 1)) == 0 && (Memory.getByte(entry) & PageTable.READ) != 0) {
            return Memory.getInt(host);
        }
        return (int) loadSlow(address, 4);
    }

    long loadLong(long address) {
        long host = address + table.delta();
        long entry = base + (address >>> PageTable.PAGE_SHIFT);
        if ((address & (BEYOND | 8 - 1)) == 0 && (Memory.getByte(entry) & PageTable.READ) != 0) {
            return Memory.getLong(host);
        }
        return loadSlow(address, 8);
    }

    void storeByte(long address, byte value) {
        long host = address + table.delta();
        long entry = base + (address >>> PageTable.PAGE_SHIFT);
        if ((address & (BEYOND | 1 - 1)) == 0 && (Memory.getByte(entry) & PageTable.WRITE) != 0) {
            Memory.putByte(host, value);
        } else {
            storeSlow(address, value, 1);
        }
    }

    void storeShort(long address, short value) {
        long host = address + table.delta();
        long entry = base + (address >>> PageTable.PAGE_SHIFT);
        if ((address & (BEYOND | 2 - 1)) == 0 && (Memory.getByte(entry) & PageTable.WRITE) != 0) {
            Memory.putShort(host, value);
        } else {
            storeSlow(address, value, 2);
        }
    }

    void storeInt(long address, int value) {
        long host = address + table.delta();
        long entry = base + (address >>> PageTable.PAGE_SHIFT);
        if ((address & (BEYOND | 4 - 1)) == 0 && (Memory.getByte(entry) & PageTable.WRITE) != 0) {
            Memory.putInt(host, value);
        } else {
            storeSlow(address, value, 4);
        }
    }

    void storeLong(long address, long value) {
        long host = address + table.delta();
        long entry = base + (address >>> PageTable.PAGE_SHIFT);
        if ((address & (BEYOND | 8 - 1)) == 0 && (Memory.getByte(entry) & PageTable.WRITE) != 0) {
            Memory.putLong(host, value);
        } else {
            storeSlow(address, value, 8);
        }
    }

    /** Reads 1, 2, 4 or 8 bytes, zero-extended. */
    long load(long address, int bytes) {
        return switch (bytes) {
            case 1 -> loadByte(address) & 0xffL;
            case 2 -> loadShort(address) & 0xffffL;
            case 4 -> loadInt(address) & 0xffff_ffffL;
            default -> loadLong(address);
        };
    }

    /** Writes 1, 2, 4 or 8 bytes. */
    void store(long address, long value, int bytes) {
        switch (bytes) {
            case 1 -> storeByte(address, (byte) value);
            case 2 -> storeShort(address, (short) value);
            case 4 -> storeInt(address, (int) value);
            default -> storeLong(address, value);
        }
    }

    private long loadSlow(long address, int bytes) {
        checkAlignment(address, bytes);
        long last = address + bytes - 1;
        long host = readable(address);
        if ((address & LAST) + bytes <= PageTable.PAGE_SIZE) {
            return switch (bytes) {
                case 1 -> Memory.getByte(host) & 0xffL;
                case 2 -> Memory.getShort(host) & 0xffffL;
                case 4 -> Memory.getInt(host) & 0xffff_ffffL;
                default -> Memory.getLong(host);
            };
        }
        readable(last & -PageTable.PAGE_SIZE);
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (Memory.getByte(readable(address + i)) & 0xffL) << 8 * i;
        }
        return value;
    }

    private void storeSlow(long address, long value, int bytes) {
        checkAlignment(address, bytes);
        long last = address + bytes - 1;
        writable(address);
        if ((address & LAST) + bytes > PageTable.PAGE_SIZE) {
            writable(last & -PageTable.PAGE_SIZE);
            for (int i = 0; i < bytes; i++) {
                storeByteNow(address + i, (byte) (value >>> 8 * i));
            }
            return;
        }
        notice(address);
        long host = writable(address);
        switch (bytes) {
            case 1 -> Memory.putByte(host, (byte) value);
            case 2 -> Memory.putShort(host, (short) value);
            case 4 -> Memory.putInt(host, (int) value);
            default -> Memory.putLong(host, value);
        }
    }

    private void checkAlignment(long address, int bytes) {
        if ((address & bytes - 1) != 0 && isAlignmentChecked()) {
            throw guestExit.with(new Exit.AlignmentFault(address));
        }
    }

    /**
     * From translated code, for what lies beyond the known range: whether it may be accessed directly.
     *
     * @param range the index of the range
     * @param alignment what the address must be a multiple of, a power of 2
     * @param length bytes from there on that are accessed
     */
    boolean isAccessible(long address, int range, int alignment, int length) {
        boolean direct = (address & (BEYOND | alignment - 1)) == 0
                && (address & LAST) <= PageTable.PAGE_SIZE - length
                && (Memory.getByte(base + (address >>> PageTable.PAGE_SHIFT)) & KnownRanges.right(range)) != 0;
        if (direct) {
            ranges.miss(address, range);
        }
        return direct;
    }

    /** After some misses of translated code. */
    void learnRange() {
        ranges.learn(isAlignmentChecked());
    }

    /** Whether an address that is no multiple of the access's size is a fault. */
    boolean isAlignmentChecked() {
        return alignment >= 0 && registers[alignment] != 0;
    }

    private void storeByteNow(long address, byte value) {
        notice(address);
        Memory.putByte(writable(address), value);
    }

    /** Before a store: code that was decoded from the page is no longer true. */
    private void notice(long address) {
        if (table.isWatched(address)) {
            code.invalidate(address & -PageTable.PAGE_SIZE, PageTable.PAGE_SIZE);
        }
    }

    private long readable(long address) {
        long host = table.readable(address);
        if (host == 0) {
            throw fault(address, Access.READ);
        }
        return host;
    }

    private long writable(long address) {
        long host = table.writable(address);
        if (host == 0) {
            throw fault(address, Access.WRITE);
        }
        return host;
    }

    private GuestExit fault(long address, Access access) {
        return guestExit.with(new Exit.MemoryFault(address, access));
    }

    /** Load-linked of 4 or 8 bytes. */
    long loadLinked(long address, int bytes) {
        if ((address & bytes - 1) != 0) {
            throw guestExit.with(new Exit.AlignmentFault(address));
        }
        long host = readable(address);
        long value = bytes == 4 ? Memory.getIntVolatile(host) : Memory.getLongVolatile(host);
        linked = true;
        linkedAddress = address;
        linkedValue = value;
        return value;
    }

    /** Conditional store of 4 or 8 bytes: 1 if done. */
    long storeConditional(long address, long value, int bytes) {
        if ((address & bytes - 1) != 0) {
            throw guestExit.with(new Exit.AlignmentFault(address));
        }
        long host = writable(address);
        if (!linked || linkedAddress != address) {
            linked = false;
            return 0;
        }
        linked = false;
        notice(address);
        boolean done = bytes == 4
                ? Memory.compareAndSetInt(host, (int) linkedValue, (int) value)
                : Memory.compareAndSetLong(host, linkedValue, value);
        return done ? 1 : 0;
    }

    /** Whether a conditional store may still follow the last load-linked. */
    boolean isLinked() {
        return linked;
    }

    /** No conditional store can succeed before the next load-linked, as after an exception. */
    void unlink() {
        linked = false;
    }
}
