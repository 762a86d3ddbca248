package org.nesteddune.engine.software.internal;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;

/**
 * Which accesses of a block go to the same page, most likely: those whose address is the same register plus a constant, where the register
 * does not change in between. They are checked together, by the first of them.
 */
final class AccessGroups {

    /** As far apart accesses of a group are at most. */
    private static final int SPAN = 2048;

    /** Accesses that are checked together. */
    static final class Group {
        private final int first;
        private int count = 1;
        private int size;
        private long reference;
        private long low;
        private long high;
        private boolean stores;

        private final int register;

        private Group(int first, int size, long imm, boolean store, int register) {
            this.register = register;
            this.first = first;
            this.size = size;
            reference = imm;
            low = imm;
            high = imm + size;
            stores = store;
        }

        /** Whether it is the operation that makes the check. */
        boolean isFirst(int i) {
            return i == first;
        }

        /** Whether there are several. */
        boolean isShared() {
            return count > 1;
        }

        /** The largest access, in bytes; {@link #low} plus the register must be a multiple of it. */
        int size() {
            return size;
        }

        /** The constant that leads to the beginning of what is checked. */
        long low() {
            return low - Math.floorMod(low - reference, size);
        }

        /** Bytes from there to the end. */
        int length() {
            return (int) (high - low());
        }

        /** Which known range the addresses are compared with. */
        int range() {
            return KnownRanges.index(register, stores);
        }

        /** Which mark the page must have; what may be written may be read. */
        int right() {
            return stores ? PageTable.WRITE : PageTable.READ;
        }

        private boolean add(int bytes, long imm, boolean store) {
            long from = Math.min(low, imm);
            long to = Math.max(high, imm + bytes);
            if (to - from > SPAN || Math.floorMod(imm - reference, Math.min(bytes, size)) != 0) {
                return false;
            }
            if (bytes > size) {
                size = bytes;
                reference = imm;
            }
            low = from;
            high = to;
            stores |= store;
            count++;
            return true;
        }
    }

    private final Group[] groups;
    private boolean floating;

    AccessGroups(Block block, RegisterFile file) {
        long[] words = block.words();
        groups = new Group[words.length];
        Map<Integer, Group> open = new HashMap<>();
        for (int i = 0; i < words.length; i++) {
            int op = (int) words[i] & 0xffff;
            int a = (int) (words[i] >>> 32) & 0xffff;
            floating |= op >= Op.FADDS;
            if (op >= Op.LDB && op <= Op.STD) {
                boolean store = op >= Op.STB;
                int size = size(op);
                long imm = block.constants()[i];
                int source = a >= file.firstTemporary() && a < file.size() ? source(words, i, a) : a;
                Group group = open.get(a);
                // The sum must not be beyond what an int holds, so that it can be told how far apart two are.
                if (imm != (int) imm || a == file.size()) {
                    groups[i] = new Group(i, size, imm, store, source);
                } else if (group != null && group.add(size, imm, store)) {
                    groups[i] = group;
                } else {
                    groups[i] = new Group(i, size, imm, store, source);
                    open.put(a, groups[i]);
                }
            }
            if (op < Op.STB || op > Op.STD) {
                open.remove((int) (words[i] >>> 16) & 0xffff);
            }
        }
    }

    /** The register that a temporary was made of before an operation. */
    private static int source(long[] words, int before, int temporary) {
        for (int i = before - 1; i >= 0; i--) {
            if (((int) (words[i] >>> 16) & 0xffff) == temporary) {
                return (int) (words[i] >>> 32) & 0xffff;
            }
        }
        return temporary;
    }

    /**
     * Whether addresses are compared with known ranges. Not where there is floating point: there is so much in registers that the bounds
     * lie in memory, and a look into the page table is as quick.
     */
    boolean hasRanges() {
        return !floating;
    }

    /** All groups. */
    Stream<Group> stream() {
        return Stream.of(groups).filter(Objects::nonNull).distinct();
    }

    /** The group of an operation that accesses memory. */
    Group of(int i) {
        return groups[i];
    }

    /** Bytes of an access. */
    static int size(int op) {
        return switch (op) {
            case Op.LDB, Op.LDBU, Op.STB -> 1;
            case Op.LDH, Op.LDHU, Op.STH -> 2;
            case Op.LDW, Op.LDWU, Op.STW -> 4;
            default -> 8;
        };
    }
}
