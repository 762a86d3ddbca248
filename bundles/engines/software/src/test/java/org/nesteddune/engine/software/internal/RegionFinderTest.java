package org.nesteddune.engine.software.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/** Which blocks become a region. */
class RegionFinderTest {

    private static final int MANY_BYTES = 1 << 16;
    private static final int LEAST_RUNS = 1;

    private final Map<Long, Block> blocks = new HashMap<>();

    /** A block that may jump to one place, and goes on to another. */
    private Block block(long pc, long branch, long next) {
        BlockBuilder builder = new BlockBuilder(TestArchitecture.FILE);
        builder.begin(pc);
        builder.at(pc);
        builder.add(Op.BNE, 0, 1, 2, branch);
        builder.jump(next);
        Block made = builder.build();
        made.countRun();
        blocks.put(pc, made);
        return made;
    }

    private List<Block> around(Block head) {
        return RegionFinder.find(head, MANY_BYTES, LEAST_RUNS, blocks::get, pc -> false);
    }

    private static void translate(Block head, Grade grade, Block... others) {
        Block[] all = new Block[others.length + 1];
        all[0] = head;
        System.arraycopy(others, 0, all, 1, others.length);
        head.translation(new Region(List.of(all), new Exit[0], grade) {
            @Override
            long run(SoftwareVcpu cpu, long[] registers, SoftMemory memory) {
                return 0;
            }
        });
    }

    @Test
    void holdsWhatIsHotAround() {
        Block outer = block(0x1000, 0x3000, 0x2000);
        Block inner = block(0x2000, 0x2000, 0x1000);
        Block cold = block(0x3000, 0x1000, 0x1000);
        blocks.remove(cold.pc());
        assertThat(around(outer)).containsExactly(outer, inner);
    }

    @Test
    void anInnermostLoopThatWasHotByItselfIsLeftOut() {
        Block outer = block(0x1000, 0x3000, 0x2000);
        Block inner = block(0x2000, 0x2000, 0x1000);
        translate(inner, Grade.LARGE);
        assertThat(around(outer)).containsExactly(outer);
        assertThat(around(inner)).as("where it is the first one it is there").containsExactly(inner, outer);
    }

    @Test
    void otherTranslationsAreNotLeftOut() {
        Block outer = block(0x1000, 0x3000, 0x2000);
        Block inner = block(0x2000, 0x2000, 0x1000);
        Block straight = block(0x3000, 0x1000, 0x1000);
        translate(inner, Grade.COMPACT);
        translate(straight, Grade.LARGE);
        assertThat(around(outer)).containsExactlyInAnyOrder(outer, inner, straight);
        translate(inner, Grade.LARGE, outer);
        assertThat(around(outer)).containsExactlyInAnyOrder(outer, inner, straight);
    }
}
