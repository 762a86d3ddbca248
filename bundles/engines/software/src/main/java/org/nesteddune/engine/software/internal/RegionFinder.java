package org.nesteddune.engine.software.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;

/** Chooses which blocks are translated together: those that direct jumps lead to from a hot one. Stateless. */
final class RegionFinder {

    /** More operations than this would make a method that HotSpot does not compile (HugeMethodLimit). */
    private static final int MOST_OPERATIONS = 360;

    private static final int MOST_BLOCKS = 64;

    private RegionFinder() {
    }

    /**
     * Finds a region.
     *
     * @param leastRuns what a block must have been run to be worth it
     * @param blocks gives the block at an address, or null
     * @return the blocks, the first one first
     */
    static List<Block> find(Block head, int leastRuns, LongFunction<Block> blocks) {
        List<Block> found = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        ArrayDeque<Block> open = new ArrayDeque<>();
        open.add(head);
        seen.add(head.pc());
        int operations = 0;
        while (!open.isEmpty() && found.size() < MOST_BLOCKS) {
            Block block = open.poll();
            if (operations + block.words().length > MOST_OPERATIONS) {
                if (found.isEmpty()) {
                    found.add(block);
                }
                break;
            }
            operations += block.words().length;
            found.add(block);
            for (int i = 0; i < block.words().length; i++) {
                int op = (int) block.words()[i] & 0xffff;
                if (op >= Op.BEQ && op <= Op.JUMP && seen.add(block.constants()[i])) {
                    Block next = blocks.apply(block.constants()[i]);
                    if (next != null && next.runs() >= leastRuns) {
                        open.add(next);
                    }
                }
            }
        }
        return found;
    }
}
