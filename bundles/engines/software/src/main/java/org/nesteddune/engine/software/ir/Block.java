package org.nesteddune.engine.software.ir;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.nesteddune.engine.Exit;

/**
 * Guest instructions that run one after the other, decoded. Immutable but for {@link #isValid}; the arrays are shared and must not be
 * changed. Operation {@code i} is {@code words[i]}: operation in bits 0 to 15, {@code d} in 16 to 31, {@code a} in 32 to 47,
 * {@code b} in 48 to 63; its constant is {@code constants[i]}; its instruction is {@code places[i]} bytes behind the block's
 * beginning.
 */
public final class Block {

    /** As many targets of an indirect jump are remembered: those of a switch of ordinary size. */
    private static final int MOST_TARGETS = 16;

    private static final long[] NO_TARGETS = {};

    private final long pc;
    private final int instructions;
    private final long[] words;
    private final long[] constants;
    private final int[] places;
    private final Exit[] exits;
    private volatile boolean valid = true;
    private volatile Object translation;
    private int asked;
    private int runs;
    private boolean hot;
    private long[] steps;
    private volatile boolean stopped;
    private Block taken;
    private Block next;
    private long lastTarget = -1;
    private long targetBefore = -1;
    /** Replaced as a whole. */
    private long[] targets = NO_TARGETS;

    Block(long pc, int instructions, long[] words, long[] constants, int[] places, Exit[] exits) {
        this.pc = pc;
        this.instructions = instructions;
        this.words = words;
        this.constants = constants;
        this.places = places;
        this.exits = exits;
    }

    /** Address of its first instruction. */
    public long pc() {
        return pc;
    }

    /** How many instructions of the guest it holds. */
    public int instructions() {
        return instructions;
    }

    public long[] words() {
        return words;
    }

    public long[] constants() {
        return constants;
    }

    public int[] places() {
        return places;
    }

    /** An exit that {@link Op#EXIT} names. */
    public Exit exit(int number) {
        return exits[number];
    }

    /** Whether the guest's memory still holds what was decoded. */
    public boolean isValid() {
        return valid;
    }

    /** The guest's memory has changed. Any thread. */
    public void invalidate() {
        valid = false;
        stopped = true;
        taken = null;
        next = null;
    }

    /** What the engine has made of the blocks that begin here, or null. */
    public Object translation() {
        return translation;
    }

    /** Sets what the engine has made of it, or null. */
    public void translation(Object value) {
        translation = value;
        stopped = value != null || !valid;
        if (value == null) {
            runs = 0;
            asked = 0;
        }
    }

    /** Whether it is not to be interpreted: it is no longer valid, or has a translation. */
    public boolean isStopped() {
        return stopped;
    }

    /** What the engine's interpreter runs, or null. */
    public long[] steps() {
        return steps;
    }

    /** Sets what the engine's interpreter runs, before other threads know the block. */
    public void steps(long[] words) {
        steps = words;
    }

    /** The block that was found the last time that this one was left by its jump or branch, or null. Perhaps it is no longer valid. */
    public Block taken() {
        return taken;
    }

    /** Sets {@link #taken}; threads may do so at the same time, with what is right for either. */
    public void taken(Block block) {
        taken = block;
    }

    /** The same where a branch is not taken, or the other one of an indirect jump. */
    public Block next() {
        return next;
    }

    /** Sets {@link #next}. */
    public void next(Block block) {
        next = block;
    }

    /** Whether it has been run so often, about, or is a part of a translation. */
    public boolean isHot(int leastRuns) {
        return hot || runs >= leastRuns;
    }

    /** Counts its runs anew, because it has been translated as a part of others: it is hot only if it is still run by itself. */
    public void forgetRuns() {
        hot = true;
        if (runs > 0) {
            runs = 0;
        }
    }

    /** Counts no longer: its translation has been asked for, or is not possible. */
    public void stopCounting() {
        hot = true;
        runs = Integer.MIN_VALUE;
    }

    /**
     * Asks for a better translation that begins here.
     *
     * @param level how good, from 1 on
     * @return whether nobody has asked for as much before; seldom true for two threads
     */
    public boolean ask(int level) {
        boolean first = asked < level;
        asked = Math.max(asked, level);
        return first;
    }

    /** Where its {@link Op#JUMPR} has led to at the last run that was looked at, or −1. */
    public long lastTarget() {
        return lastTarget;
    }

    /** The other address where its {@link Op#JUMPR} has led to most recently, or −1. */
    public long targetBefore() {
        return targetBefore;
    }

    /**
     * Where its {@link Op#JUMPR} has led to at all, at most {@value #MOST_TARGETS} addresses. Threads that note targets at the same time
     * may lose some.
     */
    public LongStream targets() {
        return LongStream.of(targets);
    }

    /** Remembers where its {@link Op#JUMPR} has led to. */
    public void noteTarget(long target) {
        if (target != lastTarget) {
            targetBefore = lastTarget;
            lastTarget = target;
            remember(target);
        }
    }

    private void remember(long target) {
        long[] known = targets;
        for (long each : known) {
            if (each == target) {
                return;
            }
        }
        if (known.length < MOST_TARGETS) {
            long[] more = Arrays.copyOf(known, known.length + 1);
            more[known.length] = target;
            targets = more;
        }
    }

    /** Counts a run; some may be lost where several threads run it. */
    public int countRun() {
        return ++runs;
    }
}
