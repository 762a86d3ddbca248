package org.nesteddune.engine.software.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;

/** How much becomes one class. */
class RegionWriterTest {

    private static final int BLOCKS = 60;

    /** A ring of blocks with loads. */
    private static List<Block> ring() {
        return LongStream.range(0, BLOCKS).mapToObj(i -> {
            BlockBuilder builder = new BlockBuilder(TestArchitecture.FILE);
            long pc = 0x1000 + 16 * i;
            builder.begin(pc);
            builder.at(pc);
            for (int n = 0; n < 4; n++) {
                builder.add(Op.LDD, 1, 2, 0, 4096L * n);
            }
            builder.jump(0x1000 + 16 * ((i + 1) % BLOCKS));
            return builder.build();
        }).toList();
    }

    @Test
    void takesAsManyBlocksAsFit() {
        RegionWriter writer = new RegionWriter(TestArchitecture.FILE, new int[0], new FloatGuard(10, 1, 0));
        try (PageTable table = new PageTable()) {
            RegionWriter.Code code = writer.write(ring(), table, Grade.LARGE);
            assertThat(code.blocks()).hasSizeBetween(2, BLOCKS - 1);
            assertThat(code.bytes().length).isBetween(3 * writer.mostBytes() / 4, writer.mostBytes() + 600);
        }
    }
}
