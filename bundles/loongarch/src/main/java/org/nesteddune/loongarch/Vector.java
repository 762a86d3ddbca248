package org.nesteddune.loongarch;

/** A vector of 128 bits, by its two words. */
record Vector(long low, long high) {

    /** An element with zeros above; sizes 0 to 3. */
    long unsigned(int size, int index) {
        int bits = 8 << size;
        int position = index * bits;
        long word = position >= 64 ? high : low;
        return word << 64 - bits - (position & 63) >>> 64 - bits;
    }

    /** An element with its sign. */
    long signed(int size, int index) {
        int bits = 8 << size;
        int position = index * bits;
        long word = position >= 64 ? high : low;
        return word << 64 - bits - (position & 63) >> 64 - bits;
    }

    /** Sets an element that is 0 so far. */
    static void set(long[] into, int size, int index, long value) {
        int bits = 8 << size;
        int position = index * bits;
        long mask = bits == 64 ? -1 : (1L << bits) - 1;
        into[position >> 6] |= (value & mask) << (position & 63);
    }

    /** Sets an element. */
    static void replace(long[] into, int size, int index, long value) {
        int bits = 8 << size;
        int position = index * bits;
        long mask = bits == 64 ? -1 : (1L << bits) - 1;
        into[position >> 6] &= ~(mask << (position & 63));
        set(into, size, index, value);
    }
}
