package org.nesteddune.engine.software.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;

/** Chooses which blocks are translated together: those that direct jumps lead to from a hot one. Stateless. */
final class RegionFinder {

    // Bytes of code that an operation becomes, about.
    private static final int ACCESS_BYTES = 60;
    private static final int FLOAT_BYTES = 30;
    private static final int OTHER_BYTES = 10;
    private static final int FRAME_BYTES = 300;

    private static final int MOST_BLOCKS = 64;

    /** No address of code. */
    static final long NOWHERE = -1;

    /** So many bytes an instruction may have, when it is to be told whether an address is just behind a block. */
    private static final int LONGEST_INSTRUCTION = 16;

    private RegionFinder() {
    }

    /**
     * Finds a region.
     *
     * @param mostBytes of code that may come of it, about
     * @param leastRuns what a block must have been run to be worth it
     * @param blocks gives the block at an address, or null
     * @param returnPoints tells whether a call is returned to at an address
     * @return the blocks, the first one first
     */
    static List<Block> find(Block head, int mostBytes, int leastRuns, LongFunction<Block> blocks, LongPredicate returnPoints) {
        List<Block> found = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        ArrayDeque<Block> open = new ArrayDeque<>();
        open.add(head);
        seen.add(head.pc());
        int bytes = FRAME_BYTES;
        while (!open.isEmpty() && found.size() < MOST_BLOCKS) {
            Block block = open.poll();
            bytes += bytes(block);
            if (bytes > mostBytes && !found.isEmpty()) {
                break;
            }
            found.add(block);
            boolean direct = false;
            for (int i = 0; i < block.words().length; i++) {
                int op = (int) block.words()[i] & 0xffff;
                if (op >= Op.BEQ && op <= Op.JUMP) {
                    boolean there = add(block.constants()[i], leastRuns, blocks, seen, open);
                    direct |= op == Op.JUMP && there;
                }
            }
            for (long target : targets(block, returnPoints)) {
                direct |= add(target, leastRuns, blocks, seen, open);
            }
            long back = returnPoint(block);
            if (direct && back != NOWHERE) {
                add(back, leastRuns, blocks, seen, open);
            }
        }
        return found;
    }

    /**
     * Where a block's indirect jump is worth following to: all places that a switch leads to, but of a function's callers the two most recent
     * ones only, since what is around them may have nothing to do with each other.
     */
    private static long[] targets(Block block, LongPredicate returnPoints) {
        return LongStream.concat(
                        LongStream.of(block.lastTarget(), block.targetBefore()).filter(pc -> pc != NOWHERE),
                        block.targets().filter(pc -> !returnPoints.test(pc)))
                .distinct()
                .toArray();
    }

    /** Whether a block jumps to its own beginning. */
    static boolean isLoop(Block block) {
        for (int i = 0; i < block.words().length; i++) {
            int op = (int) block.words()[i] & 0xffff;
            if (op >= Op.BEQ && op <= Op.JUMP && block.constants()[i] == block.pc()) {
                return true;
            }
        }
        return false;
    }

    private static int bytes(Block block) {
        int sum = 0;
        for (long word : block.words()) {
            int op = (int) word & 0xffff;
            sum += op >= Op.FADDS ? FLOAT_BYTES : op >= Op.LDB && op <= Op.STD ? ACCESS_BYTES : OTHER_BYTES;
        }
        return sum;
    }

    private static boolean add(
            long pc, int leastRuns, LongFunction<Block> blocks, Set<Long> seen, ArrayDeque<Block> open) {
        if (!seen.add(pc)) {
            return true;
        }
        Block next = blocks.apply(pc);
        if (next == null || !next.isHot(leastRuns) || next.translation() instanceof Region region && region.isLoop()) {
            return false;
        }
        open.add(next);
        return true;
    }

    /**
     * Where a block that ends with a call will be returned to: it puts the address behind itself into a register.
     *
     * @return {@link #NOWHERE} if it does not look like a call
     */
    static long returnPoint(Block block) {
        long[] words = block.words();
        int last = (int) words[words.length - 1] & 0xffff;
        if (last != Op.JUMP && last != Op.JUMPR) {
            return NOWHERE;
        }
        for (int i = words.length - 1; i >= 0; i--) {
            long constant = block.constants()[i];
            if (((int) words[i] & 0xffff) == Op.MOVE
                    && constant > block.pc()
                    && constant <= block.pc() + (long) LONGEST_INSTRUCTION * block.instructions()
                    && (last != Op.JUMP || constant != block.constants()[words.length - 1])) {
                return constant;
            }
        }
        return NOWHERE;
    }
}
