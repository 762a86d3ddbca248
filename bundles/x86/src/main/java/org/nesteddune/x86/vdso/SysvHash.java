package org.nesteddune.x86.vdso;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** The hash table of DT_HASH: System V ABI, chapter 5, "Hash Table". */
final class SysvHash {

    private SysvHash() {
    }

    /** The hash of a name. */
    static int hash(String name) {
        int hash = 0;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash << 4) + name.charAt(i);
            int top = hash & 0xf0000000;
            hash = (hash ^ top >>> 24) & ~top;
        }
        return hash;
    }

    /** The table for symbols 1 to n, symbol 0 being the empty one. */
    static byte[] table(List<String> names) {
        int buckets = Math.max(1, names.size() / 2);
        int[] first = new int[buckets];
        int[] next = new int[names.size() + 1];
        for (int symbol = names.size(); symbol > 0; symbol--) {
            int bucket = Integer.remainderUnsigned(hash(names.get(symbol - 1)), buckets);
            next[symbol] = first[bucket];
            first[bucket] = symbol;
        }
        ByteBuffer table = ByteBuffer.allocate(4 * (2 + first.length + next.length)).order(ByteOrder.LITTLE_ENDIAN);
        table.putInt(first.length).putInt(next.length);
        table.asIntBuffer().put(first).put(next);
        return table.array();
    }
}
