package org.nesteddune.engine.software.internal;

/**
 * Ranges of addresses that may be accessed directly, as one vCPU has learnt them: for each register that addresses are made of, the range
 * around where it led lately, for loads and for stores. Translated code compares an address with such a range, whose bounds it has in local
 * variables, and looks into the page table only if it is outside; what it finds there it notes here, and from time to time that is learnt.
 *
 * <p>What is known holds until the vCPU passes a safe point that it was asked to pass ({@link SoftwareVcpu#requestFlush}): then all is
 * forgotten, and translated code has the bounds only up to such a point. Used by the vCPU's thread alone.
 */
final class KnownRanges {

    /** Words of {@link #bounds} for a register: first and last address for loads, the same for stores. */
    private static final int WORDS = 4;

    /** The last address of a range is that of the longest access. */
    static final int LONGEST = 8;

    /** A range is looked for so far to either side. */
    private static final long REACH = 64L << 20;

    /** After so many misses a range is learnt: at first, and at most. */
    private static final int FEWEST_MISSES = 16;
    private static final int MOST_MISSES = 1 << 20;

    /** So many misses more, and a loop is left for it. */
    static final int MANY = 1 << 16;

    private final PageTable table;
    /** First and last address of each range, by {@link #index}. */
    final long[] bounds;
    /** Misses before the next range is learnt. */
    int misses = FEWEST_MISSES;
    /** The last miss: its address, and the index of its range above {@link PageTable#ADDRESS_BITS}. */
    long missed;
    private int patience = FEWEST_MISSES;
    private boolean known;

    /** @param registers as many as there are in the file */
    KnownRanges(PageTable table, int registers) {
        this.table = table;
        bounds = new long[WORDS * registers];
        known = true;
        forget();
    }

    /** Where the bounds of a register's range are: the first address, and behind it the last one. */
    static int index(int register, boolean store) {
        return WORDS * register + (store ? 2 : 0);
    }

    /** Which mark pages of a range have. */
    static int right(int index) {
        return (index & 2) == 0 ? PageTable.READ : PageTable.WRITE;
    }

    /** Notes an address that was beyond a range and could be accessed. */
    void miss(long address, int index) {
        misses--;
        missed = (long) index << PageTable.ADDRESS_BITS | address;
    }

    /** Nothing is known any more. */
    void forget() {
        if (known) {
            known = false;
            for (int i = 0; i < bounds.length; i += 2) {
                bounds[i] = Long.MAX_VALUE;
                bounds[i + 1] = -1;
            }
            patience = FEWEST_MISSES;
            misses = patience;
        }
    }

    /** Whether there were enough misses to {@link #learn}. */
    boolean isWanting() {
        return misses < 0;
    }

    /**
     * Learns the range of the last miss.
     *
     * @param aligned whether addresses that are not aligned are faults: then nothing is learnt, since the range does not tell
     */
    void learn(boolean aligned) {
        int index = (int) (missed >>> PageTable.ADDRESS_BITS);
        if (bounds[index + 1] >= 0) {
            // The register leads to and fro.
            patience = Math.min(2 * patience, MOST_MISSES);
        }
        misses = patience;
        long address = missed & (1L << PageTable.ADDRESS_BITS) - 1;
        long first = table.first(address, right(index), REACH);
        if (first >= 0 && !aligned) {
            bounds[index] = first;
            bounds[index + 1] = table.end(address, right(index), REACH) - LONGEST;
            known = true;
        }
    }
}
