package org.nesteddune.internal.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nesteddune.linux.Mman.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.EngineException;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.FaultOutcome;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.mm.HostShare;
import org.nesteddune.mm.MemoryLimits;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.testing.OpenDescriptors;

@Timeout(60)
class ForkTest {

    private static final long PAGE = 4096;
    private static final long LARGE = 2L << 20;
    private static final int RW = PROT_READ | PROT_WRITE;
    private static final int ANON = MAP_PRIVATE | MAP_ANONYMOUS;

    private final FakeMachine machine = new FakeMachine();
    private final FakeMachine childMachine = new FakeMachine();
    private AddressSpace parent;
    private AddressSpace child;

    @BeforeEach
    void create() {
        parent = AddressSpace.create(machine, (int) PAGE, AddressSpaceOptions.defaults());
    }

    @AfterEach
    void close() {
        parent.close();
        if (child != null) {
            child.close();
        }
    }

    private void fork() {
        child = parent.fork(childMachine, null);
    }

    private long map(long length, int protection, int flags) {
        return parent.map(new MapRequest(0, length, protection, flags, null, 0, ""));
    }

    private long map(TestFile file, long length, int protection, int flags) {
        return parent.map(new MapRequest(0, length, protection, flags, file, 0, ""));
    }

    @Test
    void privateMemoryIsCopiedAndIndependent() {
        long address = map(64 * PAGE, RW, ANON);
        parent.writeLong(address + 8, 1);
        parent.writeLong(address + 33 * PAGE, 2);
        fork();
        assertThat(child.readLong(address + 8)).isEqualTo(1);
        assertThat(child.readLong(address + 33 * PAGE)).isEqualTo(2);
        assertThat(child.readLong(address + 50 * PAGE)).isZero();
        child.writeLong(address + 8, 3);
        parent.writeLong(address + 33 * PAGE, 4);
        assertThat(parent.readLong(address + 8)).isEqualTo(1);
        assertThat(child.readLong(address + 33 * PAGE)).isEqualTo(2);
        assertThat(child.host(address, PAGE)).isNotEqualTo(parent.host(address, PAGE));
    }

    @Test
    void thePagesAreEnteredIntoTheChildsMachine() {
        long address = map(64 * PAGE, RW, ANON);
        parent.writeLong(address, 1);
        fork();
        assertThat(childMachine.isMapped(address, RW)).isTrue();
        assertThat(childMachine.at(address).host()).isEqualTo(child.host(address, PAGE));
        assertThat(machine.at(address).host()).isEqualTo(parent.host(address, PAGE));
        assertThat(child.machine()).isSameAs(childMachine);
    }

    @Test
    void whatWasNotWrittenTakesNoMemory() {
        long address = map(1L << 30, RW, ANON | MAP_NORESERVE);
        parent.advise(address, 1L << 30, MADV_NOHUGEPAGE);
        parent.writeByte(address + (1L << 29), (byte) 1);
        for (long at = 0; at < 1L << 24; at += PAGE) {
            parent.readByte(address + at);
        }
        fork();
        assertThat(child.residentSize()).isLessThan(1L << 20);
        assertThat(child.readByte(address + (1L << 29))).isEqualTo((byte) 1);
    }

    @Test
    void manyScatteredPagesAreCopied() {
        int pages = 5000;
        long address = map(pages * PAGE, RW, ANON);
        parent.advise(address, pages * PAGE, MADV_NOHUGEPAGE);
        for (int i = 0; i < pages; i += 2) {
            parent.writeInt(address + i * PAGE, i + 1);
        }
        fork();
        for (int i = 0; i < pages; i++) {
            assertThat(child.readInt(address + i * PAGE)).isEqualTo(i % 2 == 0 ? i + 1 : 0);
        }
    }

    @Test
    void largePagesAreCopied() {
        long address = map(5 * LARGE, RW, ANON);
        for (long at = PAGE; at < 3 * LARGE + 7 * PAGE; at += PAGE) {
            parent.writeLong(address + at, at);
        }
        fork();
        for (long at = PAGE; at < 3 * LARGE + 7 * PAGE; at += PAGE) {
            assertThat(child.readLong(address + at)).isEqualTo(at);
        }
        assertThat(child.readLong(address + 4 * LARGE)).isZero();
        assertThat(childMachine.at(address).large()).isTrue();
    }

    @Test
    void memoryThatMayNotBeWrittenOrReadAnyMoreKeepsItsContents() {
        long address = map(3 * PAGE, RW, ANON);
        parent.writeInt(address, 1);
        parent.writeInt(address + PAGE, 2);
        parent.writeInt(address + 2 * PAGE, 3);
        parent.protect(address + PAGE, PAGE, PROT_NONE);
        parent.protect(address + 2 * PAGE, PAGE, PROT_READ);
        fork();
        assertThatThrownBy(() -> child.readInt(address + PAGE)).isInstanceOf(GuestFault.class);
        assertThatThrownBy(() -> parent.readInt(address + PAGE)).isInstanceOf(GuestFault.class);
        assertThatThrownBy(() -> child.writeInt(address + 2 * PAGE, 1)).isInstanceOf(GuestFault.class);
        assertThat(child.readInt(address + 2 * PAGE)).isEqualTo(3);
        child.protect(address + PAGE, PAGE, PROT_READ);
        assertThat(child.readInt(address + PAGE)).isEqualTo(2);
        assertThat(child.mapsText().lines().filter(line -> line.contains(" r--p "))).hasSize(1);
    }

    @Test
    void sharedAnonymousMemoryIsTheSame() {
        long address = map(4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS);
        parent.writeInt(address, 1);
        fork();
        assertThat(child.readInt(address)).isEqualTo(1);
        child.writeInt(address + PAGE, 2);
        assertThat(parent.readInt(address + PAGE)).isEqualTo(2);
        parent.compareAndExchangeInt(address, 1, 5);
        assertThat(child.readInt(address)).isEqualTo(5);
        assertThat(child.mapsText()).isEqualTo(parent.mapsText());
        parent.close();
        assertThat(child.readInt(address + PAGE)).isEqualTo(2);
        long longer = child.remap(address, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE, 0);
        assertThat(child.readInt(longer)).isEqualTo(5);
    }

    @Test
    void lockedSharedMemoryIsNotLockedInTheChild() {
        long address = map(4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS);
        long other = map(4 * PAGE, RW, ANON);
        parent.lockAll(MCL_CURRENT | MCL_FUTURE);
        assertThat(parent.usage().locked()).isEqualTo(8 * PAGE);
        fork();
        assertThat(child.usage().locked()).isZero();
        assertThat(parent.usage().locked()).isEqualTo(8 * PAGE);
        child.writeInt(address, 7);
        assertThat(parent.readInt(address)).isEqualTo(7);
        assertThat(child.advise(other, PAGE, MADV_DONTNEED)).isZero();
        child.map(new MapRequest(0, PAGE, RW, ANON, null, 0, ""));
        assertThat(child.usage().locked()).isZero();
    }

    @Test
    void filesAreMappedAgainAndOnlyTheirWrittenPagesCopied() throws IOException {
        TestFile file = new TestFile(4);
        long own = map(file, 4 * PAGE, RW, MAP_PRIVATE);
        long shared = map(file, 4 * PAGE, RW, MAP_SHARED);
        long unreadable = map(file, 4 * PAGE, RW, MAP_PRIVATE);
        parent.writeInt(own + PAGE, 11);
        parent.writeInt(unreadable, 12);
        parent.protect(unreadable, 4 * PAGE, PROT_READ | PROT_EXEC);
        // Prefaulting has made the others pages of their own by now, too.
        parent.advise(own + 2 * PAGE, 2 * PAGE, MADV_DONTNEED);
        fork();
        parent.writeInt(shared + 2 * PAGE, 13);
        assertThat(child.readInt(own + PAGE)).isEqualTo(11);
        assertThat(child.readInt(own + 2 * PAGE)).isEqualTo(13);
        assertThat(child.readByte(own + 3 * PAGE)).isEqualTo((byte) 4);
        assertThat(child.readInt(unreadable)).isEqualTo(12);
        assertThatThrownBy(() -> child.writeInt(unreadable, 1)).isInstanceOf(GuestFault.class);
        assertThat(child.readInt(shared + 2 * PAGE)).isEqualTo(13);
        child.writeInt(shared, 14);
        assertThat(parent.readInt(shared)).isEqualTo(14);
        assertThat(child.mapsText()).isEqualTo(parent.mapsText());
        file.release();
        parent.close();
        assertThat(file.closed).isFalse();
        assertThat(child.readInt(own + PAGE)).isEqualTo(11);
        child.close();
        assertThat(file.closed).isTrue();
    }

    @Test
    void aFileThatHasBecomeShorterDoesNoHarm() throws IOException {
        TestFile file = new TestFile(8);
        long address = map(file, 8 * PAGE, RW, MAP_PRIVATE);
        for (int i = 0; i < 8; i++) {
            parent.writeInt(address + i * PAGE, i);
        }
        file.length(3 * PAGE);
        fork();
        assertThat(child.readInt(address + 2 * PAGE)).isEqualTo(2);
        assertThat(childMachine.isMapped(address + 2 * PAGE, PROT_READ)).isTrue();
        assertThat(childMachine.isMapped(address + 3 * PAGE, PROT_READ)).isFalse();
        assertThat(child.fault(address + 3 * PAGE, Access.READ)).isEqualTo(FaultOutcome.NO_BACKING);
        file.release();
    }

    @Test
    void adviceForForksIsFollowed() {
        long gone = map(2 * PAGE, RW, ANON);
        long wiped = map(2 * PAGE, RW, ANON);
        long guarded = map(3 * PAGE, RW, ANON);
        long droppable = map(PAGE, RW, MAP_DROPPABLE | MAP_ANONYMOUS);
        for (long at : new long[] {gone, wiped, guarded}) {
            parent.writeInt(at, 1);
        }
        parent.advise(gone, 2 * PAGE, MADV_DONTFORK);
        parent.advise(wiped, 2 * PAGE, MADV_WIPEONFORK);
        boolean guards = parent.advise(guarded + PAGE, PAGE, MADV_GUARD_INSTALL) == 0;
        if (droppable > 0) {
            parent.writeInt(droppable, 1);
        }
        fork();
        assertThat(child.find(gone)).isNull();
        assertThat(child.readInt(wiped)).isZero();
        assertThat(parent.readInt(wiped)).isEqualTo(1);
        assertThat(child.readInt(guarded)).isEqualTo(1);
        if (guards) {
            assertThatThrownBy(() -> child.readInt(guarded + PAGE)).isInstanceOf(GuestFault.class);
            assertThat(childMachine.isMapped(guarded + PAGE, PROT_READ)).isFalse();
            assertThat(child.advise(guarded + PAGE, PAGE, MADV_GUARD_REMOVE)).isZero();
            assertThat(child.readInt(guarded + PAGE)).isZero();
        }
        if (droppable > 0) {
            assertThat(child.readInt(droppable)).isZero();
        }
        // Both of it hold for the child's children.
        try (AddressSpace grandchild = child.fork(new FakeMachine(), null)) {
            child.writeInt(wiped, 5);
            assertThat(grandchild.readInt(wiped)).isZero();
        }
    }

    @Test
    void sealsHoldInTheChild() {
        long address = map(PAGE, RW, ANON);
        parent.writeInt(address, 1);
        parent.seal(address, PAGE);
        fork();
        assertThat(child.unmap(address, PAGE)).isEqualTo(-Errno.EPERM);
        assertThat(child.readInt(address)).isEqualTo(1);
    }

    @Test
    void theHeapGoesOn() {
        long program = parent.programBase();
        parent.initialBreak(program);
        parent.setBreak(program + 5 * PAGE);
        parent.writeInt(program + 4 * PAGE, 9);
        fork();
        assertThat(child.setBreak(0)).isEqualTo(program + 5 * PAGE);
        assertThat(child.setBreak(program + 9 * PAGE + 1)).isEqualTo(program + 9 * PAGE + 1);
        assertThat(child.readInt(program + 4 * PAGE)).isEqualTo(9);
        child.writeInt(program + 9 * PAGE, 1);
        assertThat(parent.setBreak(0)).isEqualTo(program + 5 * PAGE);
        assertThat(child.setBreak(program)).isEqualTo(program);
        assertThat(child.mappings()).isEmpty();
        assertThat(parent.readInt(program + 4 * PAGE)).isEqualTo(9);
    }

    @Test
    void theStackGrowsOn() {
        long top = parent.mapStack(8L << 20, RW);
        parent.writeLong(top - 8, 1);
        fork();
        assertThat(child.readLong(top - 8)).isEqualTo(1);
        assertThat(child.fault(top - (1L << 20), Access.WRITE)).isEqualTo(FaultOutcome.RESOLVED);
        child.writeLong(top - (2L << 20), 3);
        assertThat(child.readLong(top - (2L << 20))).isEqualTo(3);
        assertThat(parent.usage().stack()).isLessThan(1L << 20);
        // New mappings keep away from its room, as in the parent.
        long next = child.map(new MapRequest(0, PAGE, RW, ANON, null, 0, ""));
        assertThat(next).isEqualTo(map(PAGE, RW, ANON));
    }

    @Test
    void fixedAddressesAreInTheChildToo() {
        assertThat(parent.reserve(0x400000, 0x500000)).isZero();
        int flags = ANON | MAP_FIXED;
        assertThat(parent.map(new MapRequest(0x400000, LARGE, RW, flags, null, 0, ""))).isEqualTo(0x400000);
        assertThat(parent.map(new MapRequest(0x10000, PAGE, RW, flags, null, 0, ""))).isEqualTo(0x10000);
        parent.writeInt(0x400010, 4);
        parent.writeInt(0x10000, 5);
        fork();
        assertThat(child.readInt(0x400010)).isEqualTo(4);
        assertThat(child.readInt(0x10000)).isEqualTo(5);
        assertThat(child.programBase()).isEqualTo(parent.programBase());
        long delta = child.host(0x400000, LARGE) - 0x400000;
        assertThat(delta % LARGE).isZero();
        assertThat(child.map(new MapRequest(0x40000000L, PAGE, RW, flags, null, 0, ""))).isEqualTo(0x40000000L);
    }

    @Test
    void accountsAreTheSameAndLimitsHold() {
        parent.close();
        long limit = 128 * PAGE;
        AddressSpaceOptions options = AddressSpaceOptions.defaults().withMemoryLimit(limit);
        parent = AddressSpace.create(machine, (int) PAGE, options);
        map(60 * PAGE, RW, ANON);
        map(10 * PAGE, PROT_READ, ANON);
        long[] data = {-1};
        child = parent.fork(childMachine, new MemoryLimits() {
            @Override
            public long addressSpace() {
                return -1;
            }

            @Override
            public long data() {
                return data[0];
            }

            @Override
            public long stack() {
                return -1;
            }

            @Override
            public long locked() {
                return -1;
            }
        });
        assertThat(child.usage()).isEqualTo(parent.usage());
        MapRequest more = new MapRequest(0, 9 * PAGE, RW, ANON, null, 0, "");
        assertThat(child.map(more)).isEqualTo(-Errno.ENOMEM);
        MapRequest less = new MapRequest(0, 4 * PAGE, RW, ANON, null, 0, "");
        data[0] = 63 * PAGE;
        assertThat(child.map(less)).isEqualTo(-Errno.ENOMEM);
        assertThat(parent.map(less)).isPositive();
        data[0] = 64 * PAGE;
        assertThat(child.map(less)).isPositive();
        // The two together have all of it now.
        MapRequest page = new MapRequest(0, PAGE, RW, ANON, null, 0, "");
        assertThat(parent.map(page)).isEqualTo(-Errno.ENOMEM);
        assertThatThrownBy(() -> parent.fork(new FakeMachine(), null)).isInstanceOf(ErrnoException.class);
        assertThat(parent.map(page)).isEqualTo(-Errno.ENOMEM);
        child.ending();
        MapRequest rest = new MapRequest(0, 64 * PAGE, RW, ANON, null, 0, "");
        long address = parent.map(rest);
        assertThat(address).isPositive();
        child.close();
        assertThat(parent.map(page)).isEqualTo(-Errno.ENOMEM);
        parent.unmap(address, PAGE);
        assertThat(parent.map(page)).isPositive();
    }

    @Test
    void allAddressSpacesTogetherKeepToTheBudgetOfMappings() {
        parent.close();
        HostShare share = new HostShare(7);
        parent = AddressSpace.create(machine, (int) PAGE, AddressSpaceOptions.defaults().withShare(share));
        long first = map(PAGE, RW, ANON);
        for (int i = 0; i < 3; i++) {
            map(PAGE, i % 2 == 0 ? PROT_READ : RW, ANON);
        }
        assertThat(share.used()).isEqualTo(4);
        assertThatThrownBy(this::fork).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.ENOMEM));
        assertThat(share.used()).isEqualTo(4);
        parent.unmap(first, PAGE);
        fork();
        assertThat(share.used()).isEqualTo(6);
        assertThat(child.map(new MapRequest(0, PAGE, PROT_EXEC, ANON, null, 0, ""))).isPositive();
        assertThat(map(PAGE, PROT_EXEC, ANON)).isEqualTo(-Errno.ENOMEM);
        child.close();
        assertThat(map(PAGE, PROT_EXEC, ANON)).isPositive();
        parent.close();
        assertThat(share.used()).isZero();
        assertThat(HostShare.ofHost().hasRoomFor(1000)).isTrue();
    }

    @Test
    void aChildComesToLieWhereOneHasBeen() {
        parent.close();
        AddressSpaceOptions options = AddressSpaceOptions.defaults().withShare(new HostShare(1000));
        parent = AddressSpace.create(machine, (int) PAGE, options);
        parent.map(new MapRequest(0x400000, PAGE, RW, ANON | MAP_FIXED, null, 0, ""));
        long address = map(PAGE, RW, ANON);
        fork();
        long host = child.host(address, PAGE);
        long low = child.host(0x400000, PAGE);
        try (AddressSpace other = parent.fork(new FakeMachine(), null)) {
            assertThat(other.host(address, PAGE)).isNotEqualTo(host);
            child.close();
            fork();
            assertThat(child.host(address, PAGE)).isEqualTo(host);
            assertThat(child.host(0x400000, PAGE)).isEqualTo(low);
            child.close();
            // Whatever else lies there by now stays.
            long taken = Linux.mmap(host & -PAGE, PAGE, PROT_NONE, ANON | MAP_FIXED_NOREPLACE, -1, 0);
            assertThat(taken).isEqualTo(host);
            fork();
            assertThat(child.host(address, PAGE)).isNotEqualTo(host);
            child.close();
            assertThat(Linux.mprotect(taken, PAGE, PROT_READ)).isZero();
            Linux.munmap(taken, PAGE);
        }
    }

    @Test
    void aClosedAddressSpaceHasNoChild() {
        parent.close();
        assertThatThrownBy(this::fork).isInstanceOfSatisfying(ErrnoException.class,
                e -> assertThat(e.errno()).isEqualTo(Errno.ENOMEM));
    }

    @Test
    void aMachineThatTakesNoMoreMakesTheForkFail() throws IOException {
        TestFile file = new TestFile(4);
        map(file, 4 * PAGE, RW, MAP_PRIVATE);
        map(4 * PAGE, RW, ANON);
        file.release();
        int before = hostMappings();
        FakeMachine full = new FakeMachine() {
            @Override
            public synchronized void map(long guest, long host, long length, int protection, boolean large) {
                if (!pages().isEmpty()) {
                    throw new EngineException("no slots");
                }
                super.map(guest, host, length, protection, large);
            }
        };
        for (int i = 0; i < 50; i++) {
            assertThatThrownBy(() -> parent.fork(full, null)).isInstanceOfSatisfying(ErrnoException.class,
                    e -> assertThat(e.errno()).isEqualTo(Errno.ENOMEM));
        }
        assertThat(hostMappings()).isLessThan(before + 20);
        parent.close();
        assertThat(file.closed).isTrue();
    }

    /** With hundreds of processes the host has no more ranges as large as the parent's. */
    @Test
    void whereTheHostIsFullAChildHasLessRoomAroundItsMemory() {
        long program = parent.programBase();
        parent.initialBreak(program);
        parent.setBreak(program + 5 * PAGE);
        parent.writeInt(program, 5);
        long top = parent.mapStack(8L << 20, RW);
        parent.writeInt(top - 4, 6);
        long low = 0x10000000L;
        parent.map(new MapRequest(low, PAGE, RW, ANON | MAP_FIXED, null, 0, ""));
        parent.writeInt(low, 7);
        List<long[]> taken = new ArrayList<>();
        try {
            // Leaves less than a window needs, and enough for the JVM.
            for (long size = 1L << 46; size >= 1L << 39; size /= 2) {
                long at;
                while ((at = Linux.mmap(0, size, PROT_NONE, ANON | MAP_NORESERVE, -1, 0)) >= 0) {
                    taken.add(new long[] {at, size});
                }
            }
            fork();
            assertThat(child.readInt(program)).isEqualTo(5);
            assertThat(child.readInt(top - 4)).isEqualTo(6);
            assertThat(child.readInt(low)).isEqualTo(7);
            assertThat(child.setBreak(program + (64L << 20))).isEqualTo(program + (64L << 20));
            long more = child.map(new MapRequest(0, 8L << 20, RW, ANON, null, 0, ""));
            assertThat(more).isPositive();
            child.writeInt(more, 1);
            assertThat(child.map(new MapRequest(0x20000000L, PAGE, RW, ANON | MAP_FIXED, null, 0, "")))
                    .isEqualTo(0x20000000L);
        } finally {
            taken.forEach(range -> Linux.munmap(range[0], range[1]));
        }
    }

    @Test
    void forksLeaveNothingBehind() throws IOException {
        TestFile file = new TestFile(4);
        map(file, 4 * PAGE, RW, MAP_PRIVATE);
        map(4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS);
        parent.writeInt(map(4 * PAGE, RW, ANON), 1);
        parent.fork(new FakeMachine(), null).close();
        int before = hostMappings();
        var open = OpenDescriptors.now();
        for (int i = 0; i < 300; i++) {
            AddressSpace one = parent.fork(new FakeMachine(), null);
            AddressSpace two = one.fork(new FakeMachine(), null);
            one.close();
            two.close();
        }
        assertThat(hostMappings()).isLessThan(before + 40);
        assertThat(OpenDescriptors.now()).isEqualTo(open);
        parent.close();
        assertThat(file.closed).isFalse();
        file.release();
        assertThat(file.closed).isTrue();
    }

    private static int hostMappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).size();
    }

    /** Whatever has been done before, parent and child read the same. */
    @Test
    void aChildIsLikeItsParent() throws IOException {
        for (int seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            TestFile file = new TestFile(32);
            FakeMachine first = new FakeMachine();
            AddressSpace space = AddressSpace.create(first, (int) PAGE, AddressSpaceOptions.defaults());
            long base = space.programBase();
            int pages = 64;
            for (int generation = 0; generation < 4; generation++) {
                for (int i = 0; i < 60; i++) {
                    change(space, base, pages, file, random);
                }
                FakeMachine second = new FakeMachine();
                AddressSpace next = space.fork(second, null);
                assertThat(next.mapsText()).isEqualTo(space.mapsText());
                assertThat(next.usage().total()).isEqualTo(space.usage().total());
                assertThat(next.usage().data()).isEqualTo(space.usage().data());
                assertThat(next.usage().committed()).isEqualTo(space.usage().committed());
                for (long at = base; at < base + pages * PAGE; at += PAGE) {
                    assertThat(page(next, at)).as("seed %d, page %d", seed, (at - base) / PAGE)
                            .isEqualTo(page(space, at));
                }
                for (Map.Entry<Long, FakeMachine.Entry> entry : second.pages().entrySet()) {
                    FakeMachine.Entry here = entry.getValue();
                    assertThat(here.host()).isEqualTo(next.host(entry.getKey(), PAGE));
                    assertThat(here.protection()).isEqualTo(next.find(entry.getKey()).protection());
                }
                space.close();
                space = next;
            }
            space.close();
            file.release();
            assertThat(file.closed).isTrue();
        }
    }

    private static byte[] page(AddressSpace space, long address) {
        byte[] bytes = new byte[(int) PAGE];
        if (space.find(address) == null) {
            return null;
        }
        int protection = space.find(address).protection();
        if (protection == PROT_NONE) {
            space.protect(address, PAGE, PROT_READ);
        }
        try {
            space.read(address, bytes, 0, bytes.length);
        } catch (GuestFault e) {
            return new byte[0];
        } finally {
            space.protect(address, PAGE, protection);
        }
        return bytes;
    }

    private static void change(AddressSpace space, long base, int pages, TestFile file, Random random) {
        long at = base + random.nextInt(pages - 8) * PAGE;
        long length = (1 + random.nextInt(8)) * PAGE;
        switch (random.nextInt(9)) {
            case 0 -> space.map(new MapRequest(at, length, RW, ANON | MAP_FIXED, null, 0, ""));
            case 1 -> space.map(new MapRequest(at, length, RW, MAP_PRIVATE | MAP_FIXED, file,
                    random.nextInt(24) * PAGE, ""));
            case 2 -> space.map(new MapRequest(at, length, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, null, 0, ""));
            case 3 -> space.unmap(at, length);
            case 4 -> space.protect(at, length, random.nextInt(4));
            case 5 -> space.remap(at, length, length, MREMAP_MAYMOVE | MREMAP_FIXED,
                    base + random.nextInt(pages - 8) * PAGE);
            case 6 -> space.advise(at, length, MADV_DONTNEED);
            default -> {
                try {
                    for (long to = at; to < at + length; to += PAGE) {
                        space.writeLong(to + random.nextInt(500) * 8, random.nextLong());
                    }
                } catch (GuestFault e) {
                    // not there or not writable
                }
            }
        }
    }
}
