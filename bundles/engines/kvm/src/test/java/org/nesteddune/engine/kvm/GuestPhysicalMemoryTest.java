package org.nesteddune.engine.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Mman;

/** Slots as KVM takes them: it refuses those that overlap. */
class GuestPhysicalMemoryTest {

    private static final long MIB = 1L << 20;
    private static final long GRANULE = 64 * MIB;
    private static final long SIZE = 4L << 30;

    private Kvm kvm;
    private KvmVm vm;
    private GuestPhysicalMemory memory;
    private long base;

    @BeforeEach
    void open() {
        Assumptions.assumeTrue(Files.isWritable(Path.of(Kvm.DEVICE)), "KVM cannot be used here");
        kvm = Kvm.open();
        vm = kvm.createVm();
        memory = new GuestPhysicalMemory(vm, 39);
        base = HostException.check("mmap", Linux.mmap(0, SIZE, Mman.PROT_NONE,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE, -1, 0));
    }

    @AfterEach
    void close() {
        if (kvm != null) {
            vm.close();
            memory.close();
            kvm.close();
            Linux.munmap(base, SIZE);
        }
    }

    /** The first granule that lies wholly in the memory, and its successors. */
    private long granule(int number) {
        return (base + GRANULE - 1 & -GRANULE) + number * GRANULE;
    }

    private int slotsFor(long host, long length) {
        int before = memory.slots();
        memory.cover(host, length);
        return memory.slots() - before;
    }

    @Test
    void slotsAreAsLargeAsAskedForAtFirst() {
        long start = granule(1);
        assertThat(slotsFor(start + 20 * MIB, MIB)).isEqualTo(1);
        assertThat(slotsFor(start + 21 * MIB, MIB)).isZero();
        assertThat(slotsFor(start + 22 * MIB, 4096)).isEqualTo(1);
        assertThat(slotsFor(start + 17 * MIB, 4 * MIB)).isEqualTo(1);
        assertThat(slotsFor(start + 16 * MIB, 8 * MIB)).isZero();
    }

    @Test
    void memoryThatGrowsIsCoveredByFewSlots() {
        long start = granule(1);
        int slots = 0;
        for (long at = 0; at < 16 * GRANULE; at += MIB) {
            slots += slotsFor(start + at, MIB);
        }
        assertThat(slots).isBetween(16, 50);
        long physical = memory.physical(start);
        for (long at = 0; at < GRANULE; at += MIB) {
            assertThat(memory.physical(start + at)).isEqualTo(physical + at);
            assertThat(memory.memoryHost(physical + at)).isEqualTo(start + at);
        }
    }

    @Test
    void scatteredRequestsNeverOverlap() {
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            long at = random.nextInt(4 * 64) * MIB;
            memory.cover(granule(1) + at, (1 + random.nextInt(40)) * MIB);
        }
        assertThat(slotsFor(granule(1), 4 * GRANULE)).isLessThan(20);
        assertThat(slotsFor(granule(1), 4 * GRANULE)).isZero();
        assertThat(memory.slots()).isLessThan(60);
    }

    @Test
    void aRequestOnBothSidesOfASlotMakesTwo() {
        long start = granule(2);
        assertThat(slotsFor(start + 32 * MIB, 4096)).isEqualTo(1);
        assertThat(slotsFor(start, GRANULE)).isEqualTo(2);
        assertThat(slotsFor(start, GRANULE)).isZero();
    }

    @Test
    void largeRequestsGetLargeSlots() {
        long start = granule(0);
        assertThat(slotsFor(start, 16 * GRANULE)).isEqualTo(1);
        assertThat(slotsFor(start, 17 * GRANULE - 4096)).isEqualTo(1);
        assertThat(slotsFor(start + 16 * GRANULE, 2 * GRANULE)).isEqualTo(1);
        assertThat(memory.physical(start + 15 * GRANULE) - memory.physical(start)).isEqualTo(15 * GRANULE);
    }

    @Test
    void aRequestOverTheEdgeOfGranulesCoversBoth() {
        long edge = granule(3);
        assertThat(slotsFor(edge - 4096, 8192)).isEqualTo(2);
        assertThat(memory.physical(edge - 4096)).isNotNegative();
        assertThat(memory.physical(edge)).isNotEqualTo(memory.physical(edge - 4096));
        assertThat(memory.contiguous(edge - 4096)).isEqualTo(4096);
    }

    @Test
    void whatWasNotAskedForHasNoAddress() {
        assertThatThrownBy(() -> memory.physical(granule(5))).isInstanceOf(IllegalArgumentException.class);
    }
}
