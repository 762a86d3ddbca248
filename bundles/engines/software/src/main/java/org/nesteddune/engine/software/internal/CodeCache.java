package org.nesteddune.engine.software.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.host.Memory;

/**
 * The decoded blocks of a machine, by address and by the pages that they were decoded from. Thread-safe.
 *
 * <p>A page that holds code is watched: a store to it comes here first. Whoever decodes reads the instructions after the page has been
 * watched, and adds the block only if no page of it has been touched meanwhile, which {@link #stamp} tells.
 */
final class CodeCache {

    /** With so many blocks all are forgotten: what is still needed is soon there again. */
    private static final int MOST_BLOCKS = 1 << 18;

    private final PageTable table;
    private final Runnable onDrop;
    private final Runnable onWatch;
    private final int most;
    private final ConcurrentHashMap<Long, Block> blocks = new ConcurrentHashMap<>();
    /** Blocks by page number; guarded by itself. */
    private final Map<Long, List<Block>> pages = new HashMap<>();
    /** What blocks were decoded from, by the page of their beginning, where that may change unseen; guarded by {@link #pages}. */
    private final Map<Long, List<Source>> sources = new HashMap<>();
    /** Ranges that others may write, by their first address; guarded by {@link #pages}. */
    private final TreeMap<Long, Long> shared = new TreeMap<>();
    /** Where calls are returned to. */
    private final Set<Long> returnPoints = ConcurrentHashMap.newKeySet();
    /** How often code has been taken away. */
    private volatile int stamp;
    /** The same, counted when nobody finds any more what was taken away. */
    private volatile int drops;
    private final Set<Region> regions = ConcurrentHashMap.newKeySet();
    private final LongAdder translated = new LongAdder();
    private final LongAdder instructions = new LongAdder();
    private final LongAdder translationNanos = new LongAdder();
    private volatile boolean closed;
    private long decoded;
    private long dropped;

    private record Source(Block block, byte[] bytes) {}

    /**
     * A cache with nothing in it.
     *
     * @param onDrop called when blocks are no longer true, so that no vCPU stays in code made of them
     * @param onWatch called when a page may no longer be written directly, before anyone else can {@link #watch} it, so that vCPUs
     *     forget that it might
     */
    CodeCache(PageTable table, Runnable onDrop, Runnable onWatch) {
        this(table, onDrop, onWatch, MOST_BLOCKS);
    }

    /** @param most blocks that are kept */
    CodeCache(PageTable table, Runnable onDrop, Runnable onWatch, int most) {
        this.table = table;
        this.onDrop = onDrop;
        this.onWatch = onWatch;
        this.most = most;
    }

    /** Of the machine that the code is for. */
    PageTable table() {
        return table;
    }

    Block get(long pc) {
        return blocks.get(pc);
    }

    /** Whether some call that has been decoded is returned to at an address. */
    boolean isReturnPoint(long pc) {
        return returnPoints.contains(pc);
    }

    int stamp() {
        return stamp;
    }

    /** Changes whenever translations have gone; who keeps some looks at this after {@code onDrop}. */
    int drops() {
        return drops;
    }

    /**
     * Watches a page that is about to be decoded.
     *
     * @return whether there may be vCPUs that write to it directly until they pass a safe point
     */
    boolean watch(long address) {
        synchronized (pages) {
            pages.computeIfAbsent(address >>> PageTable.PAGE_SHIFT, page -> new ArrayList<>(4));
            boolean written = table.setWatched(address, true);
            if (written) {
                onWatch.run();
            }
            return written;
        }
    }

    /**
     * Adds a block.
     *
     * @param length bytes of instructions that it was decoded from
     * @param before the stamp before it was decoded
     * @param source the bytes there, read before, if they {@link #mayChangeUnseen}; else null
     * @return false if code has been taken away since, or now because there was too much of it
     */
    boolean add(Block block, long length, int before, byte[] source) {
        synchronized (pages) {
            if (stamp != before) {
                return false;
            }
            if (blocks.size() >= most) {
                invalidate(0, 1L << PageTable.ADDRESS_BITS);
                returnPoints.clear();
                return false;
            }
            long last = block.pc() + length - 1 >>> PageTable.PAGE_SHIFT;
            for (long page = block.pc() >>> PageTable.PAGE_SHIFT; page <= last; page++) {
                pages.computeIfAbsent(page, key -> new ArrayList<>(4)).add(block);
            }
            if (source != null) {
                sources.computeIfAbsent(block.pc() >>> PageTable.PAGE_SHIFT, key -> new ArrayList<>(4))
                        .add(new Source(block, Arrays.copyOf(source, (int) Math.min(source.length, length))));
            }
            blocks.put(block.pc(), block);
            long back = RegionFinder.returnPoint(block);
            if (back != RegionFinder.NOWHERE) {
                returnPoints.add(back);
            }
            decoded++;
            return true;
        }
    }

    /** Others write to this range as well: by another mapping, or in another address space. */
    void share(long address, long length) {
        synchronized (pages) {
            shared.put(address, address + length);
        }
    }

    /** A range has gone, or is what it was no longer. */
    void remap(long address, long length) {
        synchronized (pages) {
            shared.subMap(address, address + length).clear();
        }
        invalidate(address, length);
    }

    /**
     * Whether code may change without a store by this machine's vCPUs: where they could store, the host's kernel can for them, and shared
     * memory is written by others.
     */
    boolean mayChangeUnseen(long address) {
        if (table.isWritable(address)) {
            return true;
        }
        synchronized (pages) {
            Map.Entry<Long, Long> range = shared.floorEntry(address);
            return range != null && address < range.getValue();
        }
    }

    /** Forgets what was decoded from pages that {@link #mayChangeUnseen} and have done so. Called on a vCPU's thread. */
    void recheck() {
        synchronized (pages) {
            for (Long page : List.copyOf(sources.keySet())) {
                for (Source source : sources.get(page)) {
                    if (!isStill(source)) {
                        drop(page);
                        break;
                    }
                }
            }
        }
    }

    private boolean isStill(Source source) {
        long address = source.block.pc();
        for (int i = 0; i < source.bytes.length; i++) {
            long host = table.readable(address + i);
            if (host == 0 || Memory.getByte(host) != source.bytes[i]) {
                return false;
            }
        }
        return true;
    }

    /** Forgets what was decoded from pages, and no longer watches them. */
    void invalidate(long address, long length) {
        synchronized (pages) {
            long first = address >>> PageTable.PAGE_SHIFT;
            long end = address + length + PageTable.PAGE_SIZE - 1 >>> PageTable.PAGE_SHIFT;
            if (pages.isEmpty()) {
                return;
            }
            if (end - first > pages.size()) {
                for (Long page : List.copyOf(pages.keySet())) {
                    if (page >= first && page < end) {
                        drop(page);
                    }
                }
            } else {
                for (long page = first; page < end; page++) {
                    drop(page);
                }
            }
        }
    }

    private void drop(long page) {
        sources.remove(page);
        List<Block> lost = pages.remove(page);
        if (lost == null) {
            return;
        }
        stamp++;
        dropped += lost.size();
        for (Block block : lost) {
            block.invalidate();
            blocks.remove(block.pc(), block);
        }
        // A region is made of several blocks, and begins perhaps on another page.
        for (Region region : regions) {
            if (!region.isValid()) {
                region.head().translation(null);
                regions.remove(region);
            }
        }
        drops++;
        onDrop.run();
        table.setWatched(page << PageTable.PAGE_SHIFT, false);
    }

    /** Makes a region the translation of its first block, if all that it was made of is still true. */
    void install(Region region) {
        synchronized (pages) {
            if (region.isValid()) {
                if (region.head().translation() instanceof Region before) {
                    regions.remove(before);
                    region.before(before);
                }
                regions.add(region);
                region.open();
                region.head().translation(region);
            }
        }
        region.forgetRuns();
    }

    /** Takes a region out of use until it is installed again; the one before it is its first block's translation again. */
    void withdraw(Region region) {
        synchronized (pages) {
            region.close();
            if (region.head().translation() == region) {
                Region before = region.before();
                boolean valid = before != null && before.isValid();
                regions.remove(region);
                if (valid) {
                    regions.add(before);
                }
                region.head().translation(valid ? before : null);
            }
        }
    }

    /** A region will not be withdrawn any more. */
    void settle(Region region) {
        synchronized (pages) {
            region.before(null);
        }
    }

    /** The machine has been closed. */
    void close() {
        closed = true;
    }

    /** Whether nobody runs any of this any more. */
    boolean isClosed() {
        return closed;
    }

    /** Counts a translation. Any thread. */
    void countTranslation(long guestInstructions, long nanos) {
        translated.increment();
        instructions.add(guestInstructions);
        translationNanos.add(nanos);
    }

    long translated() {
        return translated.sum();
    }

    /** Guest instructions in what has been translated, those twice that are in two regions. */
    long instructions() {
        return instructions.sum();
    }

    long translationNanos() {
        return translationNanos.sum();
    }

    /** Regions that are in use. */
    Collection<Region> regions() {
        return regions;
    }

    /** Blocks decoded so far. */
    long decoded() {
        synchronized (pages) {
            return decoded;
        }
    }

    /** Blocks dropped so far because the guest's memory changed. */
    long dropped() {
        synchronized (pages) {
            return dropped;
        }
    }
}
