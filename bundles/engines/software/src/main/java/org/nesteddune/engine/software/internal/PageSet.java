package org.nesteddune.engine.software.internal;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** A set of guest pages. Thread-safe; a change of a range is not made at one moment. */
final class PageSet {

    /** Pages in a chunk: 2 MiB of the guest. */
    private static final int CHUNK = 512;

    private final ConcurrentHashMap<Long, AtomicLongArray> chunks = new ConcurrentHashMap<>();

    boolean contains(long address) {
        long page = address >>> PageTable.PAGE_SHIFT;
        AtomicLongArray chunk = chunks.get(page / CHUNK);
        return chunk != null && (chunk.get((int) (page % CHUNK) >> 6) >>> page & 1) != 0;
    }

    void add(long address, long length) {
        long end = address + length >>> PageTable.PAGE_SHIFT;
        for (long page = address >>> PageTable.PAGE_SHIFT; page < end; page++) {
            long bit = 1L << page;
            chunks.computeIfAbsent(page / CHUNK, key -> new AtomicLongArray(CHUNK / 64))
                    .getAndUpdate((int) (page % CHUNK) >> 6, word -> word | bit);
        }
    }

    void remove(long address, long length) {
        long page = address >>> PageTable.PAGE_SHIFT;
        long end = address + length >>> PageTable.PAGE_SHIFT;
        if (chunks.isEmpty()) {
            return;
        }
        if (end - page > (long) CHUNK * chunks.size()) {
            // Far more pages than there are: look at what there is.
            for (Long chunk : chunks.keySet()) {
                long first = Math.max(chunk * CHUNK, page);
                long last = Math.min((chunk + 1) * CHUNK, end);
                if (first < last) {
                    remove(first, last, chunks.get(chunk));
                }
            }
            return;
        }
        while (page < end) {
            long next = Math.min((page / CHUNK + 1) * CHUNK, end);
            AtomicLongArray chunk = chunks.get(page / CHUNK);
            if (chunk != null) {
                remove(page, next, chunk);
            }
            page = next;
        }
    }

    private static void remove(long first, long last, AtomicLongArray chunk) {
        for (long page = first; page < last; page++) {
            long bit = 1L << page;
            chunk.getAndUpdate((int) (page % CHUNK) >> 6, word -> word & ~bit);
        }
    }
}
