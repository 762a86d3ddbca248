package org.nesteddune.mips;

/** Bits that have another place with MIPS than elsewhere. Immutable. */
final class BitMap {

    private final int[] pairs;
    private final int same;

    /**
     * @param same the bits that are the same
     * @param pairs MIPS's bit and the generic one, by turns
     */
    BitMap(int same, int... pairs) {
        this.same = same;
        this.pairs = pairs.clone();
    }

    /**
     * MIPS's bits to generic ones.
     *
     * @param unknown what stands for all bits that there are none for
     */
    int toGeneric(int bits, int unknown) {
        int result = bits & same;
        int rest = bits & ~same;
        for (int i = 0; i < pairs.length; i += 2) {
            if ((rest & pairs[i]) != 0) {
                result |= pairs[i + 1];
                rest &= ~pairs[i];
            }
        }
        return rest != 0 ? result | unknown : result;
    }

    /** Generic bits to MIPS's. */
    int fromGeneric(int bits) {
        int result = bits & same;
        for (int i = 0; i < pairs.length; i += 2) {
            if ((bits & pairs[i + 1]) != 0) {
                result |= pairs[i];
            }
        }
        return result;
    }
}
