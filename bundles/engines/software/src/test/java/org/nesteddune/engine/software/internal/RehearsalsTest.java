package org.nesteddune.engine.software.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.BlockBuilder;

/** When regions come into use and go out of it, by what HotSpot has made of them; told here, not measured. */
class RehearsalsTest {

    private static final long MILLISECOND = 1_000_000;

    private final PageTable table = new PageTable();
    private final CodeCache code = new CodeCache(table, () -> { }, () -> { });
    private final Map<Region, Compilation> compiled = new HashMap<>();
    private long now;
    private final Rehearsals rehearsals =
            new Rehearsals((region, expected) -> compiled.getOrDefault(region, Compilation.NONE), () -> now);

    private static final class Fake extends Region {

        Fake(Grade grade, Block... blocks) {
            super(List.of(blocks), new Exit[0], grade);
        }

        @Override
        long run(SoftwareVcpu cpu, long[] registers, SoftMemory memory) {
            return 0;
        }
    }

    @AfterEach
    void close() {
        table.close();
    }

    private Block block(long pc) {
        BlockBuilder builder = new BlockBuilder(TestArchitecture.FILE);
        builder.begin(pc);
        builder.at(pc);
        builder.jump(pc + 4);
        Block made = builder.build();
        assertThat(code.add(made, 4, code.stamp(), null)).isTrue();
        return made;
    }

    private Region busy(Region region) {
        for (int i = 0; i < 1 << 12; i++) {
            region.countEntry();
        }
        return region;
    }

    private void become(Region region, Compilation what) {
        compiled.put(region, what);
        pass(100);
    }

    private void pass(long milliseconds) {
        now += milliseconds * MILLISECOND;
        rehearsals.look();
    }

    @Test
    void aRegionIsUsedWhenItHasBeenCompiled() {
        Block head = block(0x10_0000);
        Region compact = new Fake(Grade.COMPACT, head);
        rehearsals.add(compact, code);
        pass(1);
        assertThat(head.translation()).isNull();
        compiled.put(compact, Compilation.QUICK);
        pass(1);
        assertThat(head.translation()).isSameAs(compact);
        assertThat(rehearsals.look()).as("nothing is left to be looked at").isZero();
    }

    @Test
    void aCompactOneIsNotWaitedForLongALargeOneIs() {
        Block one = block(0x10_0000);
        Block other = block(0x10_1000);
        Region compact = new Fake(Grade.COMPACT, one);
        Region large = new Fake(Grade.LARGE, other);
        rehearsals.add(compact, code);
        rehearsals.add(large, code);
        pass(101);
        assertThat(one.translation()).isSameAs(compact);
        assertThat(other.translation()).isNull();
        pass(5_000);
        assertThat(other.translation()).isNull();
    }

    @Test
    void whileALargeOneHasNoCodeTheOneBeforeItGoesOn() {
        Block head = block(0x10_0000);
        Region compact = new Fake(Grade.COMPACT, head);
        Region large = new Fake(Grade.LARGE, head);
        code.install(compact);
        rehearsals.add(large, code);
        become(large, Compilation.QUICK);
        become(large, Compilation.OPTIMIZED);
        assertThat(head.translation()).isSameAs(large);
        assertThat(large.isAt(0x10_0000)).isTrue();
        become(busy(large), Compilation.NONE);
        assertThat(head.translation()).isSameAs(compact);
        assertThat(compact.isAt(0x10_0000)).isTrue();
        assertThat(large.isAt(0x10_0000)).isFalse();
        assertThat(code.regions()).containsExactly(compact);
        become(large, Compilation.QUICK);
        assertThat(head.translation()).isSameAs(large);
        assertThat(large.isAt(0x10_0000)).isTrue();
        assertThat(code.regions()).containsExactly(large);
    }

    @Test
    void whatIsNoLongerTrueDoesNotComeBack() {
        Block head = block(0x10_0000);
        Block other = block(0x10_1000);
        Region compact = new Fake(Grade.COMPACT, head, other);
        Region large = new Fake(Grade.LARGE, head);
        code.install(compact);
        rehearsals.add(large, code);
        become(large, Compilation.OPTIMIZED);
        code.invalidate(0x10_1000, 4);
        become(busy(large), Compilation.NONE);
        assertThat(head.translation()).isNull();
        assertThat(code.regions()).isEmpty();
    }

    @Test
    void aSlowMomentChangesNothing() {
        Block head = block(0x10_0000);
        Region large = new Fake(Grade.LARGE, head);
        rehearsals.add(large, code);
        become(large, Compilation.QUICK);
        become(large, Compilation.NONE);
        assertThat(head.translation()).isSameAs(large);
        assertThat(large.isAt(0x10_0000)).isTrue();
    }

    @Test
    void oneThatIsSeldomEnteredStays() {
        Block head = block(0x10_0000);
        Region large = new Fake(Grade.LARGE, head);
        rehearsals.add(large, code);
        become(large, Compilation.OPTIMIZED);
        become(large, Compilation.NONE);
        assertThat(head.translation()).as("its loops are compiled while they run").isSameAs(large);
    }

    @Test
    void fewLargeOnesWaitForTheOptimizingCompiler() {
        Region first = new Fake(Grade.LARGE, block(0x10_0000));
        Region second = new Fake(Grade.LARGE, block(0x10_1000));
        assertThat(rehearsals.hasRoom()).isTrue();
        rehearsals.add(first, code);
        rehearsals.add(second, code);
        assertThat(rehearsals.hasRoom()).isFalse();
        become(busy(first), Compilation.QUICK);
        become(busy(second), Compilation.QUICK);
        assertThat(rehearsals.hasRoom()).isFalse();
        become(first, Compilation.OPTIMIZED);
        assertThat(rehearsals.hasRoom()).isTrue();
        become(busy(first), Compilation.NONE);
        assertThat(rehearsals.hasRoom()).isFalse();
        pass(10_000);
        assertThat(rehearsals.hasRoom()).as("what HotSpot does not optimize is not waited for").isTrue();
    }

    @Test
    void aClosedMachinesRegionsAreLeftAlone() {
        Region large = new Fake(Grade.LARGE, block(0x10_0000));
        rehearsals.add(large, code);
        become(large, Compilation.OPTIMIZED);
        code.close();
        assertThat(rehearsals.look()).isZero();
    }
}
