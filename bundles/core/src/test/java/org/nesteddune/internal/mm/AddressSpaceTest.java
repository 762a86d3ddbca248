package org.nesteddune.internal.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nesteddune.linux.Mman.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.engine.Access;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.FaultOutcome;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.mm.MemoryLimits;
import org.nesteddune.mm.Vma;

class AddressSpaceTest {

    private static final long PAGE = 4096;
    private static final long LARGE = 2L << 20;
    private static final int RW = PROT_READ | PROT_WRITE;
    private static final int ANON = MAP_PRIVATE | MAP_ANONYMOUS;

    private FakeMachine machine;
    private AddressSpace memory;

    @BeforeEach
    void create() {
        machine = new FakeMachine();
        memory = AddressSpace.create(machine, (int) PAGE, AddressSpaceOptions.defaults());
    }

    @AfterEach
    void close() {
        memory.close();
        memory.close();
    }

    private void recreate(AddressSpaceOptions options) {
        memory.close();
        machine = new FakeMachine();
        memory = AddressSpace.create(machine, (int) PAGE, options);
    }

    private long map(long length, int protection, int flags) {
        return memory.map(new MapRequest(0, length, protection, flags, null, 0, ""));
    }

    private long mapAt(long address, long length, int protection, int flags) {
        return memory.map(new MapRequest(address, length, protection, flags, null, 0, ""));
    }

    private long mapFile(TestFile file, long length, int protection, int flags) {
        return memory.map(new MapRequest(0, length, protection, flags, file, 0, ""));
    }

    private static long[] limits(long addressSpace, long data, long stack, long locked) {
        return new long[] {addressSpace, data, stack, locked};
    }

    private static MemoryLimits limiting(long[] values) {
        return new MemoryLimits() {
            @Override
            public long addressSpace() {
                return values[0];
            }

            @Override
            public long data() {
                return values[1];
            }

            @Override
            public long stack() {
                return values[2];
            }

            @Override
            public long locked() {
                return values[3];
            }
        };
    }

    @Test
    void guestAddressesAreHostAddressesWhereTheyCanBe() {
        long address = map(PAGE, RW, ANON);
        assertThat(address).isPositive();
        assertThat(memory.host(address, PAGE)).isEqualTo(address);
        assertThat(machine.at(address).host()).isEqualTo(address);
        assertThat(machine.at(address).protection()).isEqualTo(RW);
    }

    @Test
    void aWindowElsewhereWorksTheSameWay() {
        // The JVM itself is there, or the first address space: the second one gets another host range.
        long start = memory.programBase() & -(1L << 30);
        AddressSpaceOptions options = AddressSpaceOptions.defaults().withWindow(start, 1L << 30);
        FakeMachine other = new FakeMachine();
        try (AddressSpace second = AddressSpace.create(other, (int) PAGE, options)) {
            long address = second.map(new MapRequest(0, 3 * PAGE, RW, ANON, null, 0, ""));
            assertThat(address).isBetween(start, start + (1L << 30));
            long host = second.host(address, PAGE);
            assertThat(host).isNotEqualTo(address);
            assertThat((host - address) % LARGE).isZero();
            assertThat(other.at(address).host()).isEqualTo(host);
            second.writeLong(address + 8, 42);
            assertThat(second.readLong(address + 8)).isEqualTo(42);
            assertThat(second.protect(address, PAGE, PROT_READ)).isZero();
            assertThat(second.remap(address, 3 * PAGE, 3 * PAGE, 0, 0)).isEqualTo(address);
            long moved = second.remap(address + PAGE, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE, 0);
            assertThat(moved).isPositive();
            assertThat(second.readLong(address + 8)).isEqualTo(42);
            assertThat(second.unmap(address, PAGE)).isZero();
        }
    }

    @Test
    void memoryIsReadAndWritten() {
        long address = map(3 * PAGE, RW, ANON);
        memory.writeByte(address, (byte) -1);
        memory.writeShort(address + 2, (short) 0x1234);
        memory.writeInt(address + 4, 0x12345678);
        memory.writeLong(address + PAGE - 3, 0x1122334455667788L);
        assertThat(memory.readByte(address)).isEqualTo((byte) -1);
        assertThat(memory.readShort(address + 2)).isEqualTo((short) 0x1234);
        assertThat(memory.readInt(address + 4)).isEqualTo(0x12345678);
        assertThat(memory.readLong(address + PAGE - 3)).isEqualTo(0x1122334455667788L);
        byte[] bytes = new byte[(int) (2 * PAGE)];
        Arrays.fill(bytes, (byte) 7);
        memory.write(address + 1, bytes, 0, bytes.length);
        byte[] back = new byte[bytes.length];
        memory.read(address + 1, back, 0, back.length);
        assertThat(back).isEqualTo(bytes);
        memory.clear(address, 3 * PAGE);
        assertThat(memory.readLong(address + PAGE)).isZero();
        assertThat(memory.compareAndExchangeInt(address, 0, 5)).isZero();
        assertThat(memory.compareAndExchangeInt(address, 0, 6)).isEqualTo(5);
        assertThat(memory.readInt(address)).isEqualTo(5);
    }

    @Test
    void accessesOverTheSeamOfTwoMappingsWork() {
        long address = map(2 * PAGE, RW, ANON);
        memory.protect(address + PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
        memory.writeLong(address + PAGE - 4, 0x1122334455667788L);
        assertThat(memory.readLong(address + PAGE - 4)).isEqualTo(0x1122334455667788L);
        memory.protect(address + PAGE, PAGE, PROT_READ);
        assertThat(memory.readLong(address + PAGE - 4)).isEqualTo(0x1122334455667788L);
        assertFault(address + PAGE, () -> memory.writeLong(address + PAGE - 4, 0));
        assertFault(address + PAGE, () -> memory.write(address, new byte[8192], 0, 8192));
    }

    @Test
    void badPointersFaultWithTheirAddress() {
        long address = map(4 * PAGE, RW, ANON);
        memory.unmap(address + PAGE, PAGE);
        memory.protect(address + 2 * PAGE, PAGE, PROT_READ);
        memory.protect(address + 3 * PAGE, PAGE, PROT_NONE);
        for (long bad : new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x1000, address + PAGE,
            address + 3 * PAGE, memory.highest(), memory.highest() - 1, memory.lowest(), 0x7fff_ffff_f000L}) {
            assertFault(bad, () -> memory.readByte(bad));
            assertFault(bad, () -> memory.readLong(bad));
            assertFault(bad, () -> memory.writeInt(bad, 1));
            assertFault(bad, () -> memory.read(bad, new byte[10], 0, 10));
            assertFault(bad, () -> memory.write(bad, new byte[10], 0, 10));
            assertFault(bad, () -> memory.clear(bad, 10));
            assertFault(bad, () -> memory.readString(bad, 10));
            assertThatThrownBy(() -> memory.compareAndExchangeInt(bad, 0, 1)).isInstanceOf(GuestFault.class);
        }
        assertFault(address + 2 * PAGE, () -> memory.writeByte(address + 2 * PAGE, (byte) 1));
        assertFault(address + PAGE, () -> memory.read(address, new byte[10000], 0, 10000));
        assertFault(address + PAGE, () -> memory.readLong(address + PAGE - 4));
        assertFault(address + PAGE, () -> memory.clear(address, 10000));
        assertThatThrownBy(() -> memory.clear(address, Long.MAX_VALUE)).isInstanceOf(GuestFault.class);
        assertThatThrownBy(() -> memory.host(address, Long.MAX_VALUE)).isInstanceOf(GuestFault.class);
        assertThatThrownBy(() -> memory.host(0x1000, 8)).isInstanceOf(GuestFault.class);
        assertThatThrownBy(() -> memory.host(address, -1)).isInstanceOf(GuestFault.class);
        assertThat(memory.host(0, 0)).isZero();
    }

    private static void assertFault(long address, Runnable access) {
        assertThatThrownBy(access::run)
                .isInstanceOfSatisfying(GuestFault.class, fault -> assertThat(fault.address()).isEqualTo(address));
    }

    @Test
    void stringsEndAtTheirNulEvenWhereNothingFollows() {
        long address = map(2 * PAGE, RW, ANON);
        memory.unmap(address + PAGE, PAGE);
        memory.write(address + PAGE - 4, new byte[] {'a', (byte) 0xe4, 'c', 0}, 0, 4);
        assertThat(memory.readString(address + PAGE - 4, 4096)).isEqualTo("a\u00e4c");
        assertThat(memory.readString(address + PAGE - 4, 3)).isNull();
        assertThat(memory.readString(address + PAGE - 1, 100)).isEmpty();
        memory.writeByte(address + PAGE - 1, (byte) 'd');
        assertFault(address + PAGE, () -> memory.readString(address + PAGE - 4, 4096));
        assertThat(memory.readString(address + PAGE - 4, 4)).isNull();
    }

    @Test
    void filesAreEnteredUpToTheirEnd() throws IOException {
        TestFile file = new TestFile(3);
        file.length(2 * PAGE + 1);
        long address = mapFile(file, 6 * PAGE, PROT_READ, MAP_PRIVATE);
        assertThat(machine.isMapped(address + 2 * PAGE, PROT_READ)).isTrue();
        assertThat(machine.isMapped(address + 3 * PAGE, PROT_READ)).isFalse();
        assertThat(memory.readByte(address + PAGE)).isEqualTo((byte) 2);
        assertThat(memory.fault(address + 3 * PAGE, Access.READ)).isEqualTo(FaultOutcome.NO_BACKING);
        assertThat(memory.fault(address + PAGE, Access.READ)).isEqualTo(FaultOutcome.RESOLVED);
        assertThat(memory.fault(address + PAGE, Access.WRITE)).isEqualTo(FaultOutcome.FORBIDDEN);
        assertFault(address + 3 * PAGE, () -> memory.readInt(address + 3 * PAGE));

        file.length(4 * PAGE);
        assertThat(memory.fault(address + 3 * PAGE, Access.READ)).isEqualTo(FaultOutcome.RESOLVED);
        assertThat(machine.isMapped(address + 3 * PAGE, PROT_READ)).isTrue();
        assertThat(memory.revalidate()).isFalse();

        file.length(PAGE);
        assertFault(address + PAGE, () -> memory.readInt(address + PAGE));
        assertThat(memory.revalidate()).isTrue();
        assertThat(memory.revalidate()).isFalse();
        assertThat(machine.isMapped(address, PROT_READ)).isTrue();
        assertThat(machine.isMapped(address + PAGE, PROT_READ)).isFalse();
        assertThat(memory.fault(address + PAGE, Access.READ)).isEqualTo(FaultOutcome.NO_BACKING);
        file.release();
        assertThat(file.closed).isFalse();
        assertThat(memory.unmap(address, 6 * PAGE)).isZero();
        assertThat(file.closed).isTrue();
    }

    @Test
    void aLargePageIsZeroBehindTheFilesEnd() throws IOException {
        long page = 4 * PAGE;
        TestFile file = new TestFile(2);
        file.length(PAGE + 8);
        FakeMachine large = new FakeMachine();
        try (AddressSpace space = AddressSpace.create(large, (int) page, AddressSpaceOptions.defaults())) {
            long address = space.map(new MapRequest(0, 2 * page, RW, MAP_PRIVATE, file, 0, ""));
            assertThat(address & page - 1).isZero();
            assertThat(space.readByte(address + PAGE)).isEqualTo((byte) 2);
            space.clear(address + PAGE + 4, (int) (page - PAGE - 4));
            assertThat(space.readLong(address + page - 8)).isZero();
            space.writeLong(address + page - 8, 5);
            assertThat(space.readLong(address + page - 8)).isEqualTo(5);
            assertFault(address + page, () -> space.readInt(address + page));
            assertThat(space.protect(address, page, PROT_READ)).isZero();
            assertThat(space.unmap(address, page)).isZero();
            assertThat(space.find(address)).isNull();
        }
        file.release();
    }

    @Test
    void sharedFileMappingsWriteTheFile() throws IOException {
        TestFile file = new TestFile(2);
        long one = mapFile(file, 2 * PAGE, RW, MAP_SHARED);
        long two = mapFile(file, 2 * PAGE, PROT_READ, MAP_SHARED);
        memory.writeLong(one + 8, 77);
        assertThat(memory.readLong(two + 8)).isEqualTo(77);
        assertThat(memory.compareAndExchangeInt(one + 8, 77, 78)).isEqualTo(77);
        assertThat(memory.readInt(two + 8)).isEqualTo(78);
        assertThat(memory.sync(one, 2 * PAGE, MS_SYNC)).isZero();
        file.length(0);
        assertFault(one, () -> memory.compareAndExchangeInt(one, 77, 78));
        assertFault(one, () -> memory.writeLong(one, 1));
        file.release();
    }

    @Test
    void aFileOpenForReadingIsNotMappedShareableForWriting() throws IOException {
        Path path = Files.createTempFile("memory", ".test");
        TestFile file = new TestFile(path, 1, OpenFlags.O_RDONLY);
        assertThat(mapFile(file, PAGE, RW, MAP_SHARED)).isEqualTo(-Errno.EACCES);
        long address = mapFile(file, PAGE, PROT_READ, MAP_SHARED);
        assertThat(memory.protect(address, PAGE, RW)).isEqualTo(-Errno.EACCES);
        assertThat(machine.isMapped(address, PROT_READ)).isTrue();
        assertThat(memory.find(address).protection()).isEqualTo(PROT_READ);
        assertThat(mapFile(file, PAGE, RW, MAP_PRIVATE)).isPositive();
        assertThat(mapFile(file, PAGE, PROT_READ, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(mapFile(file, PAGE, PROT_READ, MAP_SHARED_VALIDATE | 0x200000)).isEqualTo(-Errno.EOPNOTSUPP);
        file.release();
    }

    @Test
    void failedFixedMappingLeavesWhatWasThere() throws IOException {
        Path path = Files.createTempFile("memory", ".test");
        TestFile file = new TestFile(path, 1, OpenFlags.O_RDONLY);
        long address = map(4 * PAGE, RW, ANON);
        memory.writeInt(address + PAGE, 99);
        long result = memory.map(
                new MapRequest(address + PAGE, PAGE, RW, MAP_SHARED | MAP_FIXED, file, 0, ""));
        assertThat(result).isEqualTo(-Errno.EACCES);
        assertThat(memory.readInt(address + PAGE)).isEqualTo(99);
        assertThat(machine.isMapped(address + PAGE, RW)).isTrue();
        assertThat(memory.mappings()).hasSize(1);
        file.release();
    }

    @Test
    void largeMemoryIsAlignedAndEnteredLarge() {
        long address = map(5 * LARGE + PAGE, RW, ANON);
        assertThat(address % LARGE).isZero();
        assertThat(machine.at(address).large()).isTrue();
        assertThat(machine.at(address + 5 * LARGE)).isNotNull();
        long huge = map(1L << 30, RW, ANON);
        assertThat(machine.at(huge)).isNotNull();
        assertThat(machine.at(huge + (1L << 29))).isNull();
        assertThat(memory.fault(huge + (1L << 29) + 5, Access.WRITE)).isEqualTo(FaultOutcome.RESOLVED);
        assertThat(machine.at(huge + (1L << 29)).large()).isTrue();
    }

    @Test
    void onlyPagesThatAreThereAreEntered() {
        long address = map(8 * PAGE, PROT_NONE, ANON);
        assertThat(machine.pages()).isEmpty();
        assertThat(memory.fault(address, Access.READ)).isEqualTo(FaultOutcome.FORBIDDEN);
        assertThat(memory.protect(address, PAGE, PROT_READ)).isZero();
        assertThat(machine.pages()).containsOnlyKeys(address);
        assertThat(memory.fault(address, Access.EXECUTE)).isEqualTo(FaultOutcome.FORBIDDEN);
        assertThat(memory.fault(address - PAGE, Access.READ)).isEqualTo(FaultOutcome.NOT_MAPPED);
        assertThat(memory.unmap(address, 8 * PAGE)).isZero();
        assertThat(machine.pages()).isEmpty();
        assertThat(memory.fault(address, Access.READ)).isEqualTo(FaultOutcome.NOT_MAPPED);
    }

    @Test
    void argumentsOfMmapAreChecked() {
        assertThat(map(0, RW, ANON)).isEqualTo(-Errno.EINVAL);
        assertThat(map(-1, RW, ANON)).isEqualTo(-Errno.ENOMEM);
        assertThat(map(Long.MIN_VALUE, RW, ANON)).isEqualTo(-Errno.ENOMEM);
        assertThat(map(PAGE, RW, MAP_ANONYMOUS)).isEqualTo(-Errno.EINVAL);
        assertThat(map(PAGE, RW, MAP_PRIVATE)).isEqualTo(-Errno.EBADF);
        assertThat(map(PAGE, RW, MAP_SHARED_VALIDATE | MAP_ANONYMOUS)).isEqualTo(-Errno.EINVAL);
        assertThat(mapAt(0x12345, PAGE, RW, ANON | MAP_FIXED)).isEqualTo(-Errno.EINVAL);
        assertThat(mapAt(0, PAGE, RW, ANON | MAP_FIXED)).isEqualTo(-Errno.EPERM);
        assertThat(mapAt(-PAGE, PAGE, RW, ANON | MAP_FIXED)).isEqualTo(-Errno.ENOMEM);
        assertThat(mapAt(memory.highest(), PAGE, RW, ANON | MAP_FIXED)).isEqualTo(-Errno.ENOMEM);
        long address = map(2 * PAGE, RW, ANON);
        assertThat(mapAt(address + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE)).isEqualTo(-Errno.EEXIST);
        assertThat(memory.unmap(address + 1, PAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.unmap(address, 0)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.unmap(-PAGE, 2 * PAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.unmap(0x10000, PAGE)).isZero();
    }

    @Test
    void fixedAddressesOutsideTheWindowGetSegmentsOfTheirOwn() {
        for (long wanted : new long[] {0x10000, 0x400000, 0xc000000000L, 0x7ff0_0000_0000L - PAGE, 0x100000000000L,
            memory.highest() - PAGE}) {
            assertThat(mapAt(wanted, PAGE, RW, ANON | MAP_FIXED)).isEqualTo(wanted);
            memory.writeLong(wanted, wanted);
            assertThat(memory.readLong(wanted)).isEqualTo(wanted);
        }
        assertThat(memory.mappings()).hasSize(6);
        // Where code of the JVM lies, the guest gets other host memory.
        long own = Linux.mmap(0, PAGE, RW, ANON, -1, 0);
        assertThat(mapAt(own, PAGE, RW, ANON | MAP_FIXED)).isEqualTo(own);
        assertThat(memory.host(own, PAGE)).isNotEqualTo(own);
        Linux.munmap(own, PAGE);
    }

    @Test
    void segmentsAreNotWithoutNumber() {
        int mapped = 0;
        for (int i = 1; i < 1000; i++) {
            mapped += mapAt((i + 100L) << 33, PAGE, RW, ANON | MAP_FIXED) > 0 ? 1 : 0;
        }
        assertThat(mapped).isBetween(50, 200);
        assertThat(map(PAGE, RW, ANON)).isPositive();
    }

    @Test
    void programsAtFixedAddressesHaveRoomForAHeap() {
        for (int i = 0; i < 3; i++) {
            AddressSpace space = AddressSpace.create(new FakeMachine(), (int) PAGE, AddressSpaceOptions.defaults());
            assertThat(space.reserve(0x400000, 0x4c8000)).isZero();
            assertThat(space.map(new MapRequest(0x400000, 0xc8000, RW, ANON | MAP_FIXED, null, 0, "")))
                    .isEqualTo(0x400000);
            space.initialBreak(0x4c8000);
            assertThat(space.setBreak(0)).isEqualTo(0x4c8000);
            long large = 0x4c8000 + (1L << 30);
            assertThat(space.setBreak(large)).isEqualTo(large);
            space.writeLong(large - 8, 1);
            if (i == 2) {
                space.close();
            } else {
                extra.add(space);
            }
        }
    }

    private final List<AddressSpace> extra = new java.util.ArrayList<>();

    @AfterEach
    void closeExtra() {
        extra.forEach(AddressSpace::close);
    }

    @Test
    void whatIsLargerThanTheWindowGetsASegment() {
        long address = map(1L << 45, PROT_NONE, ANON | MAP_NORESERVE);
        assertThat(address).isPositive();
        assertThat(memory.protect(address + (1L << 44), PAGE, RW)).isZero();
        memory.writeInt(address + (1L << 44), 1);
        assertThat(memory.unmap(address, 1L << 45)).isZero();
        assertThat(map(1L << 45, PROT_NONE, ANON | MAP_NORESERVE)).isEqualTo(address);
        // However many a guest asks for, the JVM keeps addresses for itself.
        for (int i = 0; i < 10; i++) {
            map(1L << 45, PROT_NONE, ANON | MAP_NORESERVE);
            mapAt((i + 1L) << 42, 1L << 42, PROT_NONE, ANON | MAP_NORESERVE | MAP_FIXED);
        }
        long own = Linux.mmap(0, 1L << 41, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
        assertThat(own).isPositive();
        Linux.munmap(own, 1L << 41);
        assertThat(map(1L << 50, PROT_NONE, ANON | MAP_NORESERVE)).isEqualTo(-Errno.ENOMEM);
    }

    @Test
    void mapsIn32BitsOnRequest() {
        long address = map(3 * PAGE, RW, ANON | MAP_32BIT);
        assertThat(address).isBetween(0x40000000L, 0x80000000L);
        memory.writeInt(address, 1);
    }

    @Test
    void heapGrowsAndShrinks() {
        long start = memory.programBase() + 0x5000;
        memory.initialBreak(start);
        assertThat(memory.setBreak(0)).isEqualTo(start);
        assertThat(memory.setBreak(start + 100)).isEqualTo(start + 100);
        memory.writeByte(start + 99, (byte) 1);
        assertThat(memory.mapsText()).contains("[heap]");
        assertThat(memory.setBreak(start + 5 * LARGE)).isEqualTo(start + 5 * LARGE);
        assertThat(memory.mappings()).hasSize(1);
        long aligned = start + LARGE & -LARGE;
        assertThat(machine.at(aligned).large()).isTrue();
        assertThat(memory.setBreak(start + 1)).isEqualTo(start + 1);
        assertThat(memory.readByte(start + 99)).isEqualTo((byte) 1);
        assertFault(start + PAGE, () -> memory.readByte(start + PAGE));
        assertThat(memory.setBreak(start)).isEqualTo(start);
        assertThat(memory.mappings()).isEmpty();
        assertThat(memory.setBreak(start - 1)).isEqualTo(start);
        assertThat(memory.setBreak(-1)).isEqualTo(start);
        mapAt(start + 10 * PAGE & -PAGE, PAGE, RW, ANON | MAP_FIXED);
        assertThat(memory.setBreak(start + 20 * PAGE)).isEqualTo(start);
        assertThat(memory.setBreak(start + 10 * PAGE)).isEqualTo(start);
        assertThat(memory.setBreak(start + 9 * PAGE)).isEqualTo(start + 9 * PAGE);
    }

    @Test
    void stackGrowsWhenItIsTouched() {
        long[] limits = limits(-1, -1, 1 << 20, -1);
        recreate(AddressSpaceOptions.defaults().withLimits(limiting(limits)));
        long top = memory.mapStack(1 << 20, RW);
        Vma stack = memory.find(top - 1);
        assertThat(stack.name()).isEqualTo("[stack]");
        long below = stack.start() - 3 * PAGE;
        assertThat(memory.fault(below, Access.WRITE)).isEqualTo(FaultOutcome.RESOLVED);
        assertThat(machine.isMapped(below, RW)).isTrue();
        assertThat(memory.fault(top - (1 << 20), Access.WRITE)).isEqualTo(FaultOutcome.RESOLVED);
        assertThat(memory.fault(top - (1 << 20) - 1, Access.WRITE)).isEqualTo(FaultOutcome.NOT_MAPPED);
        limits[2] = 2 << 20;
        // By a system call's buffer, and by a pointer.
        long buffer = memory.host(top - (1 << 20) - 100, 50);
        assertThat(memory.find(top - (1 << 20) - 100)).isNotNull();
        try (NativeBuffer path = NativeBuffer.ofCString("/")) {
            assertThat(Linux.statfs(path.address(), buffer)).isZero();
        }
        memory.writeInt(top - (2 << 20) + 100, 3);
        assertFault(top - (2 << 20) - 4, () -> memory.writeInt(top - (2 << 20) - 4, 3));
    }

    @Test
    void stackKeepsItsDistance() {
        long top = memory.mapStack(64 << 20, RW);
        long floor = top - (32 << 20);
        mapAt(floor, PAGE, PROT_READ, ANON | MAP_FIXED);
        long lowest = floor + PAGE + (1 << 20);
        assertThat(memory.fault(lowest, Access.WRITE)).isEqualTo(FaultOutcome.RESOLVED);
        assertThat(memory.fault(lowest - 1, Access.WRITE)).isEqualTo(FaultOutcome.NOT_MAPPED);
        memory.unmap(floor, PAGE);
        memory.writeByte(lowest - 1, (byte) 1);
        assertThat(map(PAGE, RW, ANON)).isLessThan(top - (64 << 20));
    }

    @Test
    void limitsAreKept() {
        long[] limits = limits(-1, -1, -1, -1);
        recreate(AddressSpaceOptions.defaults().withLimits(limiting(limits)).withMemoryLimit(100 * PAGE));
        long address = map(60 * PAGE, RW, ANON);
        assertThat(map(41 * PAGE, RW, ANON)).isEqualTo(-Errno.ENOMEM);
        assertThat(map(41 * PAGE, PROT_READ, ANON)).isPositive();
        assertThat(map(41 * PAGE, RW, ANON | MAP_NORESERVE)).isPositive();
        long none = map(41 * PAGE, PROT_NONE, ANON);
        assertThat(memory.protect(none, 41 * PAGE, RW)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.protect(none, 40 * PAGE, RW)).isZero();
        assertThat(memory.remap(address, 60 * PAGE, 61 * PAGE, MREMAP_MAYMOVE, 0)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.unmap(address, PAGE)).isZero();
        assertThat(map(2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS)).isEqualTo(-Errno.ENOMEM);
        assertThat(map(PAGE, RW, MAP_SHARED | MAP_ANONYMOUS)).isPositive();
        limits[0] = memory.size() + PAGE;
        assertThat(map(2 * PAGE, PROT_READ, ANON)).isEqualTo(-Errno.ENOMEM);
        assertThat(map(PAGE, PROT_READ, ANON)).isPositive();
        limits[3] = 0;
        assertThat(memory.lock(address + PAGE, PAGE, true)).isEqualTo(-Errno.EPERM);
        limits[3] = PAGE;
        assertThat(memory.lock(address + PAGE, 2 * PAGE, true)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.lock(address + PAGE, PAGE, true)).isZero();
        assertThat(memory.usage().locked()).isEqualTo(PAGE);
    }

    @Test
    void mappingsHaveAGreatestNumber() {
        recreate(AddressSpaceOptions.defaults().withMaxMappings(10));
        long address = map(100 * PAGE, RW, ANON);
        for (int i = 0; i < 3; i++) {
            assertThat(memory.unmap(address + (2 * i + 1) * PAGE, PAGE)).isZero();
            assertThat(memory.protect(address + (10 * i + 11) * PAGE, PAGE, PROT_READ)).isZero();
        }
        assertThat(memory.mappings()).hasSize(10);
        assertThat(memory.unmap(address + 50 * PAGE, PAGE)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.protect(address + 50 * PAGE, PAGE, PROT_READ)).isEqualTo(-Errno.ENOMEM);
        assertThat(map(PAGE, RW, ANON)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.unmap(address, PAGE)).isZero();
    }

    @Test
    void protectsUpToTheFirstGap() {
        long address = map(5 * PAGE, RW, ANON);
        memory.unmap(address + 2 * PAGE, PAGE);
        assertThat(memory.protect(address, 5 * PAGE, PROT_READ)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.find(address).protection()).isEqualTo(PROT_READ);
        assertThat(memory.find(address + 3 * PAGE).protection()).isEqualTo(RW);
        assertThat(memory.protect(address + 1, PAGE, PROT_READ)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.protect(address, 0, PROT_READ)).isZero();
        assertThat(memory.protect(address, -1, PROT_READ)).isEqualTo(0 - Errno.ENOMEM);
        assertThat(memory.protect(address, PAGE, 0x40)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.protect(address, PAGE, RW | PROT_GROWSDOWN)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void equalNeighboursBecomeOne() {
        long address = map(10 * PAGE, PROT_NONE, ANON);
        memory.unmap(address, 10 * PAGE);
        for (int i : new int[] {3, 1, 2, 0, 5, 4}) {
            mapAt(address + i * PAGE, PAGE, RW, ANON | MAP_FIXED);
        }
        assertThat(memory.mappings()).hasSize(1);
        memory.protect(address + 2 * PAGE, PAGE, PROT_READ);
        assertThat(memory.mappings()).hasSize(3);
        memory.protect(address + 2 * PAGE, PAGE, RW);
        assertThat(memory.mappings()).hasSize(1);
        assertThat(memory.find(address + 3 * PAGE)).isEqualTo(
                new Vma(address, address + 6 * PAGE, RW, ANON, null, 0, ""));
    }

    @Test
    void movesMemoryWithItsContents() {
        long address = map(4 * PAGE, RW, ANON);
        long other = map(20 * PAGE, PROT_NONE, ANON | MAP_NORESERVE);
        memory.writeLong(address, 1);
        memory.writeLong(address + 3 * PAGE, 4);
        long moved = memory.remap(address, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other + PAGE);
        assertThat(moved).isEqualTo(other + PAGE);
        assertThat(memory.readLong(moved)).isEqualTo(1);
        assertThat(memory.readLong(moved + 3 * PAGE)).isEqualTo(4);
        assertThat(memory.readLong(moved + 7 * PAGE)).isZero();
        assertFault(address, () -> memory.readLong(address));
        assertThat(machine.at(address)).isNull();
        assertThat(machine.at(moved + 7 * PAGE)).isNotNull();
        assertThat(memory.remap(moved, 8 * PAGE, 2 * PAGE, 0, 0)).isEqualTo(moved);
        assertThat(memory.remap(moved, 2 * PAGE, 3 * PAGE, 0, 0)).isEqualTo(moved);
        assertThat(memory.readLong(moved)).isEqualTo(1);
        assertThat(memory.remap(moved, 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(memory.remap(moved, PAGE, PAGE * 2, 0, 0)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.remap(moved, 0, PAGE, MREMAP_MAYMOVE, 0)).isEqualTo(-Errno.EINVAL);
        long kept = memory.remap(moved, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
        assertThat(memory.readLong(kept)).isEqualTo(1);
        assertThat(memory.readLong(moved)).isZero();
    }

    @Test
    void movesMemoryThatTheHostHasInPieces() {
        // Touched one by one, neighbours are one mapping here but not in the host.
        long address = map(30 * PAGE, PROT_NONE, ANON);
        memory.unmap(address, 30 * PAGE);
        for (int i : new int[] {0, 2, 4, 1, 3}) {
            mapAt(address + i * PAGE, PAGE, RW, ANON | MAP_FIXED);
            memory.writeLong(address + i * PAGE, i + 10);
        }
        assertThat(memory.mappings()).hasSize(1);
        long moved = memory.remap(address, 5 * PAGE, 900 * PAGE, MREMAP_MAYMOVE, 0);
        for (int i = 0; i < 5; i++) {
            assertThat(memory.readLong(moved + i * PAGE)).isEqualTo(i + 10);
        }
        assertThat(memory.remap(moved, 900 * PAGE, 5 * PAGE, 0, 0)).isEqualTo(moved);
        long again = memory.remap(moved, 5 * PAGE, 5 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, address + 10 * PAGE);
        for (int i = 0; i < 5; i++) {
            assertThat(memory.readLong(again + i * PAGE)).isEqualTo(i + 10);
        }
    }

    @Test
    void sharedAnonymousMemoryIsDoubledAndLengthened() {
        long address = map(2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS);
        memory.writeInt(address, 5);
        long twin = memory.remap(address, 0, 2 * PAGE, MREMAP_MAYMOVE, 0);
        assertThat(twin).isPositive().isNotEqualTo(address);
        memory.writeInt(twin + 4, 6);
        assertThat(memory.readInt(twin)).isEqualTo(5);
        assertThat(memory.readInt(address + 4)).isEqualTo(6);
        long longer = memory.remap(address, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE, 0);
        assertThat(memory.readInt(longer + 4)).isEqualTo(6);
        // The object has not become longer.
        assertThat(memory.fault(longer + 2 * PAGE, Access.READ)).isEqualTo(FaultOutcome.NO_BACKING);
        assertFault(longer + 2 * PAGE, () -> memory.readInt(longer + 2 * PAGE));
        assertThat(memory.readInt(longer)).isEqualTo(5);
    }

    @Test
    void sharedAnonymousMemoryGrowsInPlace() {
        long room = map(8 * PAGE, PROT_NONE, ANON);
        mapAt(room, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED);
        memory.unmap(room + 2 * PAGE, 6 * PAGE);
        memory.writeInt(room + PAGE, 9);
        assertThat(memory.remap(room, 2 * PAGE, 4 * PAGE, 0, 0)).isEqualTo(room);
        assertThat(memory.readInt(room + PAGE)).isEqualTo(9);
        assertThat(machine.at(room)).isNotNull();
        assertFault(room + 2 * PAGE, () -> memory.readInt(room + 2 * PAGE));
    }

    @Test
    void adviceHasLinuxsErrors() throws IOException {
        long address = map(4 * PAGE, RW, ANON);
        memory.writeInt(address, 1);
        assertThat(memory.advise(address, PAGE, 5)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.advise(address + 1, PAGE, MADV_NORMAL)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.advise(address, PAGE, MADV_HWPOISON)).isEqualTo(-Errno.EPERM);
        assertThat(memory.advise(address, PAGE, MADV_REMOVE)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.advise(address, PAGE, MADV_DONTNEED)).isZero();
        assertThat(memory.readInt(address)).isZero();
        memory.unmap(address + PAGE, PAGE);
        memory.writeInt(address + 2 * PAGE, 1);
        assertThat(memory.advise(address, 4 * PAGE, MADV_DONTNEED)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.readInt(address + 2 * PAGE)).isZero();
        assertThat(memory.advise(address, 4 * PAGE, MADV_POPULATE_READ)).isEqualTo(-Errno.ENOMEM);
        memory.lock(address, PAGE, true);
        assertThat(memory.advise(address, PAGE, MADV_DONTNEED)).isEqualTo(-Errno.EINVAL);
        TestFile file = new TestFile(1);
        long mapped = mapFile(file, PAGE, PROT_READ, MAP_PRIVATE);
        assertThat(memory.advise(mapped, PAGE, MADV_FREE)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.advise(mapped, PAGE, MADV_WIPEONFORK)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.advise(mapped, PAGE, MADV_WILLNEED)).isZero();
        file.release();
    }

    @Test
    void guardPagesFault() {
        long address = map(4 * PAGE, RW, ANON);
        long result = memory.advise(address + PAGE, PAGE, MADV_GUARD_INSTALL);
        if (result == -Errno.EINVAL) {
            return; // a kernel before 6.13
        }
        assertThat(result).isZero();
        assertThat(memory.mappings()).hasSize(1);
        assertThat(machine.at(address + PAGE)).isNull();
        assertThat(memory.fault(address + PAGE, Access.READ)).isEqualTo(FaultOutcome.NOT_MAPPED);
        assertFault(address + PAGE, () -> memory.readInt(address + PAGE));
        assertFault(address + PAGE, () -> memory.write(address, new byte[8192], 0, 8192));
        assertThat(memory.advise(address, 4 * PAGE, MADV_GUARD_REMOVE)).isZero();
        memory.writeInt(address + PAGE, 1);
        assertThat(machine.at(address + PAGE)).isNotNull();
    }

    @Test
    void sealedMemoryStays() {
        long address = map(3 * PAGE, RW, ANON);
        assertThat(memory.seal(address + PAGE, PAGE)).isZero();
        assertThat(memory.unmap(address, 3 * PAGE)).isEqualTo(-Errno.EPERM);
        assertThat(memory.protect(address + PAGE, PAGE, PROT_READ)).isEqualTo(-Errno.EPERM);
        assertThat(mapAt(address + PAGE, PAGE, RW, ANON | MAP_FIXED)).isEqualTo(-Errno.EPERM);
        assertThat(memory.remap(address + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0)).isEqualTo(-Errno.EPERM);
        assertThat(memory.seal(address, 5 * PAGE)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.seal(address + 1, PAGE)).isEqualTo(-Errno.EINVAL);
        assertThat(memory.readInt(address + PAGE)).isZero();
    }

    @Test
    void residencyIsTold() {
        long address = map(200 * PAGE, RW, ANON | MAP_NORESERVE);
        long vector = map(PAGE, RW, ANON);
        memory.writeInt(address + 5 * PAGE, 1);
        assertThat(memory.residency(address, 200 * PAGE, vector)).isZero();
        assertThat(memory.readByte(vector + 5) & 1).isEqualTo(1);
        assertThat(memory.readByte(vector + 6) & 1).isZero();
        assertThat(memory.residency(address + 1, PAGE, vector)).isEqualTo(-Errno.EINVAL);
        memory.unmap(address + 100 * PAGE, PAGE);
        assertThat(memory.residency(address, 200 * PAGE, vector)).isEqualTo(-Errno.ENOMEM);
        assertFault(0, () -> memory.residency(address, PAGE, 0));
        assertThat(memory.residentSize()).isBetween(PAGE, 40 * PAGE);
    }

    @Test
    void mapsAreWrittenAsLinuxDoes() throws IOException {
        TestFile file = new TestFile(2);
        long address = 0x40000000L;
        mapAt(address, PAGE, RW, ANON | MAP_FIXED);
        memory.map(new MapRequest(address + PAGE, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, file, PAGE, ""));
        mapAt(address + 3 * PAGE, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED);
        memory.map(new MapRequest(address + 5 * PAGE, PAGE, PROT_READ | PROT_EXEC, ANON | MAP_FIXED, null, 0, "[vdso]"));
        assertThat(memory.mapsText().lines()).containsExactly(
                "40000000-40001000 rw-p 00000000 00:00 0 ",
                "40001000-40002000 r-xp 00001000 fe:01 4711                               " + file.path(),
                "40003000-40004000 rw-s 00000000 00:01 1                                  /dev/zero (deleted)",
                "40005000-40006000 r-xp 00000000 00:00 0                                  [vdso]");
        file.release();
    }

    @Test
    void nothingWorksAfterTheEnd() {
        long address = map(PAGE, RW, ANON);
        memory.initialBreak(address);
        memory.close();
        assertFault(address, () -> memory.readInt(address));
        assertThatThrownBy(() -> memory.host(address, 8)).isInstanceOf(GuestFault.class);
        assertThat(map(PAGE, RW, ANON)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.setBreak(address + PAGE)).isLessThan(address + PAGE);
        assertThat(memory.reserve(0x400000, 0x500000)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.mapStack(PAGE, RW)).isEqualTo(-Errno.ENOMEM);
        assertThat(memory.mappings()).isEmpty();
    }
}
