package org.nesteddune.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.mm.Vma;

class PlacementTest {

    private static Vma vma(long start, long end) {
        return new Vma(start, end, 3, 2, null, 0, "");
    }

    @Test
    void keepsClearOfMappings() throws Exception {
        long length = Shell.SPAN;
        assertThat(Placement.find(List.of(), length)).isPositive();
        long place = Placement.find(List.of(vma(0x200000, 0x400000), vma(0x500000, 1L << 40)), length);
        assertThat(place).isGreaterThan(1L << 40);
        assertThat(Placement.find(List.of(vma(1L << 30, 1L << 31)), length)).isLessThan(1L << 30);
    }

    @Test
    void saysThatThereIsNoRoom() {
        assertThatThrownBy(() -> Placement.find(List.of(vma(0x100000, Placement.HIGHEST)), Shell.SPAN))
                .isInstanceOf(EscapeException.class)
                .hasMessageContaining("no addresses free");
    }
}
