package org.nesteddune.x86.vdso;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The hash table of DT_GNU_HASH: a Bloom filter of one 64-bit word, buckets, and the chains' hashes in the order of the
 * symbols, the last of a chain with its lowest bit set.
 */
final class GnuHash {

    private static final int BUCKETS = 4;

    /** By how much a hash is shifted for the filter's second bit. */
    private static final int SHIFT = 6;

    private GnuHash() {
    }

    /** The hash of a name. */
    static int hash(String name) {
        int hash = 5381;
        for (int i = 0; i < name.length(); i++) {
            hash = hash * 33 + name.charAt(i);
        }
        return hash;
    }

    private static int bucket(String name) {
        return Integer.remainderUnsigned(hash(name), BUCKETS);
    }

    /** The names in the order in which symbols must stand for this table: by bucket. */
    static List<String> order(List<String> names) {
        List<String> ordered = new ArrayList<>();
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            for (String name : names) {
                if (bucket(name) == bucket) {
                    ordered.add(name);
                }
            }
        }
        return ordered;
    }

    /** The table for symbols 1 to n in that order, symbol 0 being the empty one. */
    static byte[] table(List<String> names) {
        long filter = 0;
        int[] first = new int[BUCKETS];
        int[] hashes = new int[names.size()];
        for (int i = 0; i < hashes.length; i++) {
            int hash = hash(names.get(i));
            int bucket = bucket(names.get(i));
            filter |= 1L << hash | 1L << (hash >>> SHIFT); // of the counts only the lower six bits matter
            if (first[bucket] == 0) {
                first[bucket] = i + 1;
            }
            boolean last = i + 1 == hashes.length || bucket(names.get(i + 1)) != bucket;
            hashes[i] = last ? hash | 1 : hash & ~1;
        }
        ByteBuffer table = ByteBuffer.allocate(4 * 4 + 8 + 4 * (BUCKETS + hashes.length)).order(ByteOrder.LITTLE_ENDIAN);
        table.putInt(BUCKETS).putInt(1).putInt(1).putInt(SHIFT).putLong(filter);
        table.asIntBuffer().put(first).put(hashes);
        return table.array();
    }
}
