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
    private boolean large;
    /** What {@link org.nesteddune.engine.software.ir.Op#EXIT} names, for all blocks together. */
    final Exit[] exits;

    Region(List<Block> blocks, Exit[] exits) {
        this.blocks = blocks;
        this.exits = exits;
    }

    /** Counts an entry; some may be lost where several threads run it. Whether it is the time to look after it. */
    final boolean countEntry() {
        return (++entries & LOOK - 1) == 0;
    }

    /** Whether it need not be made larger: it is large, or that has been asked for. */
    final boolean isLarge() {
        return large;
    }

    final void setLarge() {
        large = true;
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
