package org.nesteddune.internal.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.linux.Mman.MAP_ANONYMOUS;
import static org.nesteddune.linux.Mman.MAP_PRIVATE;
import static org.nesteddune.linux.Mman.MAP_SHARED;
import static org.nesteddune.linux.Mman.PROT_READ;
import static org.nesteddune.linux.Mman.PROT_WRITE;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.MapRequest;

/** By what shared futexes are known: the same for all who see the same word, another for all else. */
class SharedPlaceTest {

    private static final int PAGE = 4096;
    private static final int RW = PROT_READ | PROT_WRITE;

    private final AddressSpace one = AddressSpace.create(new FakeMachine(), PAGE, AddressSpaceOptions.defaults());
    private final AddressSpace other = AddressSpace.create(new FakeMachine(), PAGE, AddressSpaceOptions.defaults());

    @AfterEach
    void close() {
        one.close();
        other.close();
    }

    private static long map(AddressSpace memory, TestFile file, int flags, long offset) {
        return memory.map(new MapRequest(0, 2L * PAGE, RW, flags, file, offset, ""));
    }

    @Test
    void aFileIsItselfWhereverItIsMapped() throws IOException {
        TestFile file = new TestFile(4);
        long here = map(one, file, MAP_SHARED, 0);
        long there = map(other, file, MAP_SHARED, PAGE);
        assertThat(one.sharedPlace(here + PAGE + 8)).isNotNull().isEqualTo(other.sharedPlace(there + 8));
        assertThat(one.sharedPlace(here + 8)).isNotEqualTo(other.sharedPlace(there + 8));
        one.unmap(here, PAGE);
        assertThat(one.sharedPlace(here)).isNull();
        assertThat(one.sharedPlace(here + PAGE + 8)).isEqualTo(other.sharedPlace(there + 8));
        file.release();
    }

    @Test
    void privateMemoryIsNobodyElses() throws IOException {
        TestFile file = new TestFile(4);
        assertThat(one.sharedPlace(map(one, file, MAP_PRIVATE, 0))).isNull();
        assertThat(one.sharedPlace(map(one, null, MAP_PRIVATE | MAP_ANONYMOUS, 0))).isNull();
        assertThat(one.sharedPlace(0)).isNull();
        file.release();
    }

    @Test
    void sharedMemoryIsThatOfOneMapAndOfForks() {
        long here = map(one, null, MAP_SHARED | MAP_ANONYMOUS, 0);
        long there = map(other, null, MAP_SHARED | MAP_ANONYMOUS, 0);
        long second = map(one, null, MAP_SHARED | MAP_ANONYMOUS, 0);
        assertThat(one.sharedPlace(here)).isNotNull().isNotEqualTo(other.sharedPlace(there));
        assertThat(one.sharedPlace(here)).isNotEqualTo(one.sharedPlace(second));
        try (AddressSpace child = one.fork(new FakeMachine(), null)) {
            assertThat(child.sharedPlace(here + 12)).isEqualTo(one.sharedPlace(here + 12));
            assertThat(child.sharedPlace(here + 16)).isNotEqualTo(one.sharedPlace(here + 12));
        }
    }
}
