package org.nesteddune.x86.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nesteddune.x86.X86Registers.CR2;
import static org.nesteddune.x86.X86Registers.ERR;
import static org.nesteddune.x86.X86Registers.RAX;
import static org.nesteddune.x86.X86Registers.RDI;
import static org.nesteddune.x86.X86Registers.RSI;
import static org.nesteddune.x86.kvm.TestGuest.DATA;
import static org.nesteddune.x86.kvm.TestGuest.LARGE;
import static org.nesteddune.x86.kvm.TestGuest.NONE;
import static org.nesteddune.x86.kvm.TestGuest.PAGE;
import static org.nesteddune.x86.kvm.TestGuest.R;
import static org.nesteddune.x86.kvm.TestGuest.RW;
import static org.nesteddune.x86.kvm.TestGuest.RWX;

import org.junit.jupiter.api.Test;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Mman;

/** What a guest can reach, and what it is told where it cannot. */
class KvmMemoryTest extends KvmGuestTest {

    private void fault(Exit exit, long offset, Access access, long error) {
        assertThat(exit).isEqualTo(new Exit.MemoryFault(guest.at(offset), access));
        assertThat(guest.state.get(CR2)).isEqualTo(guest.at(offset));
        assertThat(guest.state.get(ERR)).isEqualTo(error);
    }

    private void reads(long offset) {
        assertThat(guest.read(guest.at(offset))).isSameAs(Exit.SYSTEM_CALL);
    }

    private void writes(long offset) {
        assertThat(guest.write(guest.at(offset))).isSameAs(Exit.SYSTEM_CALL);
    }

    @Test
    void memoryFarApartIsReachedInAnyOrder() {
        long[] places = {40, 38, 61, 9, 50, 20};
        for (long place : places) {
            guest.map(place << 20, PAGE, RW);
            writes((place << 20) + 8);
        }
        for (long place : places) {
            reads((place << 20) + 8);
            fault(guest.read(guest.at((place << 20) + PAGE)), (place << 20) + PAGE, Access.READ, 4);
        }
    }

    @Test
    void absentPageFaultsWithAddressAndAccess() {
        fault(guest.read(guest.at(DATA + 0x123)), DATA + 0x123, Access.READ, 4);
        assertThat(guest.position()).isZero();
        fault(guest.write(guest.at(DATA + 0xff8)), DATA + 0xff8, Access.WRITE, 6);
        fault(guest.execute(guest.at(DATA + 5)), DATA + 5, Access.EXECUTE, 0x14);
        assertThat(guest.machine.isMapped(guest.at(DATA), R)).isFalse();
    }

    @Test
    void accessThatCrossesIntoAnAbsentPageNamesThatPage() {
        guest.map(DATA, PAGE, RW);
        fault(guest.read(guest.at(DATA + PAGE - 2)), DATA + PAGE, Access.READ, 4);
    }

    @Test
    void runResumesAfterMap() {
        fault(guest.write(guest.at(DATA)), DATA, Access.WRITE, 6);
        guest.map(DATA, PAGE, RW);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(Memory.getInt(guest.at(DATA))).isEqualTo(7);
    }

    @Test
    void readOnlyPage() {
        guest.map(DATA, PAGE, R);
        reads(DATA);
        fault(guest.write(guest.at(DATA + 8)), DATA + 8, Access.WRITE, 7);
        assertThat(guest.machine.isMapped(guest.at(DATA), R)).isTrue();
        assertThat(guest.machine.isMapped(guest.at(DATA), RW)).isFalse();
        guest.protect(DATA, PAGE, RW, false);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
    }

    @Test
    void pageThatIsNotExecutable() {
        guest.map(DATA, PAGE, RW);
        fault(guest.execute(guest.at(DATA)), DATA, Access.EXECUTE, 0x15);
        assertThat(guest.machine.isMapped(guest.at(DATA), RWX)).isFalse();
    }

    @Test
    void unmapTakesThePageAway() {
        guest.map(DATA, 4 * PAGE, RW);
        for (int i = 0; i < 4; i++) {
            writes(DATA + i * PAGE);
        }
        guest.unmap(DATA + PAGE, PAGE);
        fault(guest.read(guest.at(DATA + PAGE)), DATA + PAGE, Access.READ, 4);
        reads(DATA);
        assertThat(guest.state.get(RAX)).isEqualTo(7);
        reads(DATA + 2 * PAGE);
        guest.map(DATA + PAGE, PAGE, RW);
        reads(DATA + PAGE);
        assertThat(guest.state.get(RAX)).isZero();
    }

    @Test
    void rightsThatAreReducedAreGone() {
        guest.map(DATA, PAGE, RW);
        writes(DATA);
        guest.protect(DATA, PAGE, R, false);
        reads(DATA);
        fault(guest.write(guest.at(DATA)), DATA, Access.WRITE, 7);
        guest.protect(DATA, PAGE, NONE, false);
        fault(guest.read(guest.at(DATA)), DATA, Access.READ, 4);
        guest.protect(DATA, PAGE, R, false);
        reads(DATA);
        assertThat(guest.state.get(RAX)).isEqualTo(7);
    }

    @Test
    void executeRightGoesThoughTheHostsMappingStaysTheSame() {
        guest.map(DATA, PAGE, RWX);
        putCode(DATA);
        runsCode(DATA);
        guest.protect(DATA, PAGE, RW, false);
        fault(guest.execute(guest.at(DATA)), DATA, Access.EXECUTE, 0x15);
        guest.protect(DATA, PAGE, RWX, false);
        runsCode(DATA);
        guest.machine.map(guest.at(DATA), guest.at(DATA), PAGE, R, false);
        fault(guest.execute(guest.at(DATA)), DATA, Access.EXECUTE, 0x15);
        fault(guest.write(guest.at(DATA)), DATA, Access.WRITE, 7);
    }

    @Test
    void executeRightOfALargePageGoes() {
        guest.mapLarge(DATA, LARGE, RWX);
        putCode(DATA + 5 * PAGE);
        runsCode(DATA + 5 * PAGE);
        guest.protect(DATA, LARGE, RW, true);
        fault(guest.execute(guest.at(DATA + 5 * PAGE)), DATA + 5 * PAGE, Access.EXECUTE, 0x15);
    }

    /** A system call, and a jump back to it. */
    private long putCode(long offset) {
        Memory.putInt(guest.at(offset), 0xfceb050f);
        return offset;
    }

    private void runsCode(long offset) {
        assertThat(guest.execute(guest.at(offset))).isSameAs(Exit.SYSTEM_CALL);
    }

    @Test
    void largePagesReachEveryByte() {
        guest.mapLarge(DATA, 2 * LARGE, RW);
        for (long offset = 0; offset < 2 * LARGE; offset += 64 * PAGE) {
            writes(DATA + offset + 16);
            assertThat(Memory.getInt(guest.at(DATA + offset + 16))).isEqualTo(7);
        }
        fault(guest.read(guest.at(DATA + 2 * LARGE)), DATA + 2 * LARGE, Access.READ, 4);
    }

    @Test
    void largePageIsSplitByUnmap() {
        guest.mapLarge(DATA, LARGE, RW);
        for (long page = 0; page < 16; page++) {
            writes(DATA + page * PAGE);
        }
        guest.unmap(DATA + 5 * PAGE, PAGE);
        fault(guest.read(guest.at(DATA + 5 * PAGE)), DATA + 5 * PAGE, Access.READ, 4);
        for (long page = 0; page < 16; page++) {
            if (page != 5) {
                reads(DATA + page * PAGE);
                assertThat(guest.state.get(RAX)).isEqualTo(7);
            }
        }
        fault(guest.write(guest.at(DATA + 5 * PAGE)), DATA + 5 * PAGE, Access.WRITE, 6);
        writes(DATA + LARGE - PAGE);
    }

    @Test
    void largePageIsSplitByProtect() {
        guest.mapLarge(DATA, LARGE, RW);
        writes(DATA + 7 * PAGE);
        writes(DATA + 8 * PAGE);
        guest.protect(DATA + 8 * PAGE, 8 * PAGE, R, true);
        reads(DATA + 8 * PAGE);
        writes(DATA + 7 * PAGE);
        fault(guest.write(guest.at(DATA + 8 * PAGE)), DATA + 8 * PAGE, Access.WRITE, 7);
        fault(guest.write(guest.at(DATA + 9 * PAGE)), DATA + 9 * PAGE, Access.WRITE, 7);
        writes(DATA + 16 * PAGE);
    }

    /** Without huge pages in the host, KVM enters neighbours of a page in a guest's large page unasked. */
    @Test
    void largePageWithoutHugePagesBehindItIsSplitToo() {
        guest.mapLarge(DATA, LARGE, RWX);
        Linux.madvise(guest.at(DATA), LARGE, Mman.MADV_NOHUGEPAGE);
        for (long page = 0; page < 64; page++) {
            Memory.putInt(guest.at(DATA + page * PAGE), 1);
        }
        writes(DATA + 9 * PAGE);
        runsCode(putCode(DATA + 33 * PAGE));
        guest.protect(DATA + 8 * PAGE, PAGE, NONE, true);
        guest.protect(DATA + 16 * PAGE, PAGE, R, true);
        putCode(DATA + 32 * PAGE);
        guest.protect(DATA + 32 * PAGE, PAGE, RW, true);
        for (long page = 0; page < 64; page++) {
            if (page != 8 && page != 16) {
                writes(DATA + page * PAGE);
            }
        }
        fault(guest.read(guest.at(DATA + 8 * PAGE)), DATA + 8 * PAGE, Access.READ, 4);
        fault(guest.write(guest.at(DATA + 16 * PAGE)), DATA + 16 * PAGE, Access.WRITE, 7);
        fault(guest.execute(guest.at(DATA + 32 * PAGE)), DATA + 32 * PAGE, Access.EXECUTE, 0x15);
        runsCode(putCode(DATA + 31 * PAGE));
    }

    @Test
    void guestPageThatComesToStandForAnotherHostPage() {
        guest.map(DATA, 2 * PAGE, RW);
        Memory.putInt(guest.at(DATA), 1);
        Memory.putInt(guest.at(DATA + PAGE), 2);
        for (int i = 0; i < 4; i++) {
            guest.machine.unmap(0x400000, PAGE);
            guest.machine.map(0x400000, guest.at(DATA + i % 2 * PAGE), PAGE, RW, false);
            assertThat(guest.read(0x400000)).isSameAs(Exit.SYSTEM_CALL);
            assertThat(guest.state.get(RAX)).isEqualTo(1 + i % 2);
        }
    }

    @Test
    void smallPagesBecomeALargeOneAndSplitAgain() {
        guest.map(DATA, 16 * PAGE, RW);
        writes(DATA + PAGE);
        guest.mapLarge(DATA, LARGE, RW);
        reads(DATA + PAGE);
        assertThat(guest.state.get(RAX)).isZero();
        writes(DATA + LARGE / 2);
        guest.unmap(DATA + LARGE / 2, PAGE);
        fault(guest.read(guest.at(DATA + LARGE / 2)), DATA + LARGE / 2, Access.READ, 4);
        writes(DATA + 3 * PAGE);
        guest.unmap(DATA, LARGE);
        fault(guest.read(guest.at(DATA + 3 * PAGE)), DATA + 3 * PAGE, Access.READ, 4);
        guest.mapLarge(DATA, LARGE, RW);
        writes(DATA + LARGE / 2);
    }

    @Test
    void unmapSkipsWhatIsNotThere() {
        guest.map(DATA + LARGE, PAGE, RW);
        guest.machine.unmap(0, guest.at(TestGuest.CODE));
        guest.machine.unmap(guest.at(DATA), LARGE);
        guest.machine.unmap(guest.at(DATA + 2 * LARGE), SystemLayout.USER_END - guest.at(DATA + 2 * LARGE));
        reads(DATA + LARGE);
        guest.machine.unmap(0, SystemLayout.USER_END);
        assertThat(guest.machine.isMapped(guest.at(DATA + LARGE), R)).isFalse();
    }

    @Test
    void guestAddressNeedNotBeTheHosts() {
        guest.map(DATA, PAGE, RW);
        Memory.putInt(guest.at(DATA), 0x1234);
        guest.machine.map(0x400000, guest.at(DATA), PAGE, R, false);
        assertThat(guest.read(0x400000)).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RAX)).isEqualTo(0x1234);
    }

    @Test
    void lowestAndHighestPage() {
        guest.map(DATA, PAGE, RW);
        guest.machine.map(0, guest.at(DATA), PAGE, RW, false);
        guest.machine.map(SystemLayout.USER_END - PAGE, guest.at(DATA), PAGE, RW, false);
        assertThat(guest.write(4)).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.read(SystemLayout.USER_END - PAGE + 4)).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RAX)).isEqualTo(7);
    }

    @Test
    void rangeBeyondTheUsersHalfIsRefused() {
        assertThatThrownBy(() -> guest.machine.map(SystemLayout.USER_END - PAGE, guest.at(DATA), 2 * PAGE, RW, false))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> guest.machine.unmap(0x1001, PAGE)).isInstanceOf(IllegalArgumentException.class);
        assertThat(guest.machine.isMapped(SystemLayout.STUB, R)).isFalse();
        assertThat(guest.machine.isMapped(-1L << 47, R)).isFalse();
    }

    @Test
    void fileThatHasBecomeShorterIsABackingFault() {
        try (NativeBuffer name = NativeBuffer.ofCString("shrinking")) {
            int fd = (int) HostException.check("memfd_create", Linux.memfd_create(name.address(), 0));
            Linux.ftruncate(fd, 2 * PAGE);
            HostException.check("mmap", Linux.mmap(guest.at(DATA), 2 * PAGE, RW, Mman.MAP_SHARED | Mman.MAP_FIXED, fd,
                    0));
            guest.machine.map(guest.at(DATA), guest.at(DATA), 2 * PAGE, RW, false);
            writes(DATA + PAGE);
            Linux.ftruncate(fd, PAGE);
            assertThat(guest.read(guest.at(DATA + PAGE))).isEqualTo(new Exit.BackingFault());
            assertThat(guest.position()).isZero();
            // Having been told, an address space takes the page away.
            guest.machine.unmap(guest.at(DATA + PAGE), PAGE);
            assertThat(guest.run()).isEqualTo(new Exit.MemoryFault(guest.at(DATA + PAGE), Access.READ));
            Linux.ftruncate(fd, 2 * PAGE);
            guest.machine.map(guest.at(DATA + PAGE), guest.at(DATA + PAGE), PAGE, RW, false);
            assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
            assertThat(guest.state.get(RAX)).isZero();
            Linux.close(fd);
        }
    }

    @Test
    void aLoopOverMuchMemoryFindsAllOfIt() {
        long length = 16 << 20;
        guest.map(DATA, length, RW);
        // 1: mov %rdi, (%rdi); add $4096, %rdi; cmp %rsi, %rdi; jb 1b; syscall
        guest.code("48893f 4881c700100000 4839f7 72f1 0f05").with(RDI, guest.at(DATA)).with(RSI, guest.at(DATA + length));
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        for (long offset = DATA; offset < DATA + length; offset += PAGE) {
            assertThat(Memory.getLong(guest.at(offset))).isEqualTo(guest.at(offset));
        }
    }
}
