package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.MAP_ANONYMOUS;
import static org.nesteddune.linux.Mman.MAP_GROWSDOWN;
import static org.nesteddune.linux.Mman.MAP_LOCKED;
import static org.nesteddune.linux.Mman.MAP_PRIVATE;
import static org.nesteddune.linux.Mman.MAP_SHARED;
import static org.nesteddune.linux.Mman.PROT_WRITE;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.Vma;

/**
 * A node of the {@link AreaTree}: one mapping as the host has it. Two neighbouring areas may look like one to the guest
 * ({@link #looksLike}) and yet differ in what the host was told about them. Immutable but for {@link #entered}.
 */
final class Area {

    // What VM_* flags of include/linux/mm.h say beside protection and sharing; the values are our own.
    static final int LOCKED = 1;
    static final int RANDOM = 1 << 2;
    static final int SEQUENTIAL = 1 << 3;
    static final int DONTFORK = 1 << 4;
    static final int DONTDUMP = 1 << 5;
    static final int WIPEONFORK = 1 << 6;
    static final int HUGEPAGE = 1 << 7;
    static final int NOHUGEPAGE = 1 << 8;
    static final int MERGEABLE = 1 << 9;
    static final int SEALED = 1 << 10;
    static final int LOCKED_ON_FAULT = 1 << 11;
    static final int DROPPABLE = 1 << 12;

    // What the guest does not see.
    /**
     * Its bytes count against the memory limit; this stays when write permission goes, because there may be contents.
     * Linux takes it away then from memory that needs no file and was never touched, so that it joins with its
     * neighbours; here such memory only looks joined.
     */
    static final int ACCOUNTED = 1 << 18;
    /** The host was advised to back it with huge pages. */
    static final int HOST_HUGE = 1 << 16;
    /** Guard pages (MADV_GUARD_INSTALL): every access is a fault although the mapping is there. */
    static final int GUARD = 1 << 17;

    private static final int VISIBLE = 0xffff;

    final long start;
    final long end;
    final int protection;
    /** MAP_SHARED or MAP_PRIVATE, MAP_ANONYMOUS, MAP_GROWSDOWN, MAP_NORESERVE. */
    final int flags;
    final OpenFile file;
    /** The object behind shared anonymous memory, else null. */
    final SharedMemory shared;
    final long offset;
    final String name;
    final int attributes;

    /**
     * Of a file mapping: the file offset behind the last page that was entered into the machine. Guarded by the lock of
     * the address space.
     */
    long entered;

    Area(
            long start,
            long end,
            int protection,
            int flags,
            OpenFile file,
            SharedMemory shared,
            long offset,
            String name,
            int attributes) {
        this.start = start;
        this.end = end;
        this.protection = protection;
        this.flags = flags;
        this.file = file;
        this.shared = shared;
        this.offset = offset;
        this.name = name;
        this.attributes = attributes;
    }

    /**
     * An object that shared anonymous memory maps.
     *
     * @param id tells it from others
     * @param size bytes; behind them there is nothing, even where the mapping is longer
     */
    record SharedMemory(long id, long size) {}

    private Area copy(long newStart, long newEnd, int newProtection, long newOffset, int newAttributes) {
        Area copy =
                new Area(newStart, newEnd, newProtection, flags, file, shared, newOffset, name, newAttributes);
        copy.entered = entered;
        return copy;
    }

    /** The same in the address space of a child, where nothing is entered into the machine yet. */
    Area forChild(int newAttributes) {
        Area copy = copy(start, end, protection, offset, newAttributes);
        copy.entered = 0;
        return copy;
    }

    /** The part of it from one address to another. */
    Area part(long from, long to) {
        return from == start && to == end
                ? this
                : copy(from, to, protection, hasOffset() ? offset + (from - start) : 0, attributes);
    }

    /** The same with another end. */
    Area extendedTo(long newEnd) {
        return copy(start, newEnd, protection, offset, attributes);
    }

    /** The same with another start, which may be lower. */
    Area startingAt(long newStart) {
        return copy(newStart, end, protection, hasOffset() ? offset + (newStart - start) : 0, attributes);
    }

    /** The same at another place. */
    Area movedTo(long newStart, long length) {
        Area moved = copy(newStart, newStart + length, protection, offset, attributes);
        moved.entered = 0;
        return moved;
    }

    Area withProtection(int value, int newAttributes) {
        return copy(start, end, value, offset, newAttributes);
    }

    Area withAttributes(int value) {
        return value == attributes ? this : copy(start, end, protection, offset, value);
    }

    long length() {
        return end - start;
    }

    boolean contains(long address) {
        return address >= start && address < end;
    }

    boolean is(int attribute) {
        return (attributes & attribute) != 0;
    }

    boolean isShared() {
        return (flags & MAP_SHARED) != 0;
    }

    boolean isAnonymous() {
        return (flags & MAP_ANONYMOUS) != 0;
    }

    boolean isPrivateAnonymous() {
        return (flags & (MAP_ANONYMOUS | MAP_PRIVATE)) == (MAP_ANONYMOUS | MAP_PRIVATE);
    }

    boolean growsDown() {
        return (flags & MAP_GROWSDOWN) != 0;
    }

    private boolean hasOffset() {
        return file != null || shared != null;
    }

    /** Counts as data for RLIMIT_DATA: private and writable, and not a stack (is_data_mapping of mm/vma.h). */
    boolean isData() {
        return (flags & (MAP_SHARED | MAP_GROWSDOWN)) == 0 && (protection & PROT_WRITE) != 0;
    }

    /**
     * Whether a plain access of the JVM to it can never fault, as long as the mapping stays: memory that needs no file
     * and is allowed to be read.
     */
    boolean isPlain() {
        return protection != Mman.PROT_NONE
                && (flags & MAP_ANONYMOUS) != 0
                && (attributes & (GUARD | DROPPABLE)) == 0
                && (shared == null || offset + (end - start) <= shared.size());
    }

    /** Whether the guest sees no difference between this and the area that begins at its end. */
    boolean looksLike(Area next) {
        return end == next.start
                && protection == next.protection
                && flags == next.flags
                && file == next.file
                && (file == null || !file.watchesMappings())
                && shared == next.shared
                && ((attributes ^ next.attributes) & (file == null ? VISIBLE : VISIBLE | ACCOUNTED)) == 0
                && name.equals(next.name)
                && (!hasOffset() || offset + (end - start) == next.offset);
    }

    /** Whether both can become one area. */
    boolean joins(Area next) {
        return attributes == next.attributes && looksLike(next);
    }

    Vma toVma(long visibleStart, long visibleEnd) {
        int all = flags | (is(LOCKED) ? MAP_LOCKED : 0);
        return new Vma(visibleStart, visibleEnd, protection, all, file, offset, name);
    }
}
