package org.nesteddune.engine.software.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.BlockBuilder;

/** What is kept of decoded code, and for how long. */
class CodeCacheTest {

    private static final int MOST = 4;

    private final BlockBuilder builder = new BlockBuilder(TestArchitecture.FILE);

    private Block block(long pc) {
        builder.begin(pc);
        builder.at(pc);
        builder.jump(pc + 4);
        return builder.build();
    }

    @Test
    void tooManyBlocksAreForgottenAltogether() {
        AtomicInteger drops = new AtomicInteger();
        try (PageTable table = new PageTable()) {
            CodeCache code = new CodeCache(table, drops::incrementAndGet, () -> { }, MOST);
            Block[] blocks = new Block[MOST];
            for (int i = 0; i < MOST; i++) {
                blocks[i] = block(0x10_0000L + 0x1000L * i);
                assertThat(code.add(blocks[i], 4, code.stamp(), null)).isTrue();
            }
            Block more = block(0x20_0000L);
            assertThat(code.add(more, 4, code.stamp(), null)).isFalse();
            assertThat(blocks).noneMatch(Block::isValid);
            assertThat(drops).hasPositiveValue();
            assertThat(code.add(more, 4, code.stamp(), null)).isTrue();
            assertThat(code.get(0x20_0000L)).isSameAs(more);
            assertThat(code.get(0x10_0000L)).isNull();
        }
    }

    @Test
    void blocksOfAPageGoWithIt() {
        try (PageTable table = new PageTable()) {
            CodeCache code = new CodeCache(table, () -> { }, () -> { }, MOST);
            Block here = block(0x10_0ffcL);
            Block there = block(0x10_2000L);
            assertThat(code.add(here, 8, code.stamp(), null)).isTrue(); // its delay slot is on the next page
            assertThat(code.add(there, 4, code.stamp(), null)).isTrue();
            int stamp = code.stamp();
            code.invalidate(0x10_1000L, 4);
            assertThat(here.isValid()).isFalse();
            assertThat(there.isValid()).isTrue();
            assertThat(code.add(here, 8, stamp, null)).as("decoded before the change").isFalse();
        }
    }
}
