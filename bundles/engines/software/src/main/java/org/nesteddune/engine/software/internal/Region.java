package org.nesteddune.engine.software.internal;

import java.util.List;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.ir.Block;

/** Blocks that have been translated together. What is generated extends this. Its code is entered at the first block only. */
abstract class Region {

    /** After so many entries it is looked whether there is something better; a power of 2. */
    private static final int LOOK = 1 << 16;

    private final List<Block> blocks;
    /** How often it has been entered, about. */
    private long entries;
    /** Where it is entered, or {@link RegionFinder#NOWHERE} while it is out of use, as it is at first. */
    private long entry = RegionFinder.NOWHERE;
    private final Grade grade;
    /** What did its work before it; guarded by the code cache. */
    private Region before;
    /** What {@link org.nesteddune.engine.software.ir.Op#EXIT} names, for all blocks together. */
    final Exit[] exits;

    Region(List<Block> blocks, Exit[] exits, Grade grade) {
        this.grade = grade;
        this.blocks = blocks;
        this.exits = exits;
    }

    /** Whether a vCPU that is at an address may enter it. Any thread; what has just been changed may be seen a little later. */
    final boolean isAt(long pc) {
        return entry == pc;
    }

    /** It may be entered. */
    final void open() {
        entry = head().pc();
    }

    /** It is not to be entered any more. */
    final void close() {
        entry = RegionFinder.NOWHERE;
    }

    /** What it replaced, or null. */
    final Region before() {
        return before;
    }

    /** Sets what it has replaced. */
    final void before(Region region) {
        before = region;
    }

    /** Counts an entry; some may be lost where several threads run it. Whether it is the time to look after it. */
    final boolean countEntry() {
        return (++entries & LOOK - 1) == 0;
    }

    /** How much work it was worth. */
    final Grade grade() {
        return grade;
    }

    /** Whether it has been run more often than its grade is for. */
    final boolean isWorthMore() {
        return entries >= grade.mostRuns();
    }

    /**
     * From generated code of any grade but the last: a jump backwards has been taken some times.
     *
     * @param times how often
     * @param target where to
     * @return whether something better begins there
     */
    final boolean isOutdone(SoftwareVcpu cpu, int times, long target) {
        entries += times;
        return cpu.isOutdone(this, target);
    }

    final long entries() {
        return entries;
    }

    /** The blocks that it is made of, the first one first. */
    final List<Block> blocks() {
        return blocks;
    }

    /** Where it begins. */
    final Block head() {
        return blocks.get(0);
    }

    /**
     * Whether it is one block that repeats itself, and had been hot long before what is around it: its loop is run so often at a time that it
     * is better off with HotSpot's registers to itself.
     */
    final boolean isLoop() {
        return grade == Grade.LARGE && blocks.size() == 1 && RegionFinder.isLoop(head());
    }

    /** Its blocks are hot only if they are still run by themselves. */
    final void forgetRuns() {
        blocks.subList(1, blocks.size()).forEach(Block::forgetRuns);
    }

    /** Whether the guest's memory still holds what was translated. */
    final boolean isValid() {
        for (Block block : blocks) {
            if (!block.isValid()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Runs until something leads out of it.
     *
     * @return where the guest goes on; {@link SoftwareVcpu#translatedExit} says whether it has left
     */
    abstract long run(SoftwareVcpu cpu, long[] registers, SoftMemory memory);

    /** From the handler of generated code: an instruction could not be finished. */
    static void fault(SoftwareVcpu cpu, Object reason) {
        cpu.translatedExit = reason instanceof GuestExit exit ? exit.reason() : new Exit.BackingFault();
    }
}
