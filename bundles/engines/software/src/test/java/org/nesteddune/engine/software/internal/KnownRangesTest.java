package org.nesteddune.engine.software.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Mman;

/** What translated code may access without a look into the page table, and that it never accesses anything else. */
class KnownRangesTest {

    private static final int PAGE = PageTable.PAGE_SIZE;
    private static final long DATA = 0x5000_0000L;
    private static final long CODE = 0x1_0000L;
    private static final int READ = Mman.PROT_READ;
    private static final int RW = READ | Mman.PROT_WRITE;
    /** Of the host's pages; those from {@link #DATA} on are the guest's only as far as a test maps them. */
    private static final int PAGES = 8;
    /** Which register the tests' addresses are in. */
    private static final int BASE = 7;
    private static final int PROGRAM_COUNTER = 8;

    // The instructions of a small program: n < 1000 adds n to r1, 1001 stores r1 at r7 and jumps to CODE.
    private static final int STORE = 1001;

    private final BlockBuilder builder = new BlockBuilder(TestArchitecture.FILE);
    private final TestArchitecture architecture = new TestArchitecture((start, code, block) -> {
        int word = 0;
        for (long pc = start; word != STORE; pc += 4) {
            word = code.word(pc);
            block.at(pc);
            if (word == STORE) {
                block.add(Op.STD, block.imm(), BASE, 1, 0);
                block.jump(CODE);
            } else {
                block.addConstant(Op.ADD, 1, 1, word);
            }
        }
    });
    private final Translator translator = new Translator(architecture);
    private long host;
    private SoftwareMachine machine;
    private SoftwareVcpu vcpu;
    private KnownRanges ranges;

    @BeforeEach
    void open() {
        host = Linux.mmap(0, PAGES * PAGE, RW, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0);
        machine = new SoftwareMachine(architecture, translator);
        vcpu = (SoftwareVcpu) machine.createVcpu();
        ranges = vcpu.memory.ranges;
        map(0, 1, RW);
    }

    @AfterEach
    void close() {
        vcpu.close();
        machine.close();
        translator.close();
        Linux.munmap(host, PAGES * PAGE);
    }

    private void map(int page, int count, int protection) {
        machine.map(DATA + (long) page * PAGE, host + (long) page * PAGE, (long) count * PAGE, protection, false);
    }

    /** Learns the range around an address. */
    private void learn(long address, boolean store) {
        ranges.missed = (long) KnownRanges.index(BASE, store) << PageTable.ADDRESS_BITS | address;
        vcpu.memory.learnRange();
    }

    private boolean knows(long first, long end, boolean store) {
        int index = KnownRanges.index(BASE, store);
        return ranges.bounds[index] == first && ranges.bounds[index + 1] == end - KnownRanges.LONGEST;
    }

    private boolean knowsNothing() {
        for (int i = 0; i < ranges.bounds.length; i += 2) {
            if (ranges.bounds[i] <= ranges.bounds[i + 1]) {
                return false;
            }
        }
        return true;
    }

    private Region region(int... operations) throws Exception {
        builder.begin(CODE);
        for (int i = 0; i < operations.length; i += 2) {
            builder.at(CODE + 4 * i);
            boolean load = operations[i] < Op.STB;
            builder.add(operations[i], load ? 1 : builder.imm(), BASE, load ? 0 : 2, operations[i + 1]);
        }
        builder.jump(0x2000);
        return translator.make(List.of(builder.build()), machine.table(), Grade.LARGE);
    }

    /** Runs a region with an address, and tells what it ends with. */
    private Exit run(Region region, long address) {
        vcpu.registers[BASE] = address;
        vcpu.translatedExit = null;
        region.run(vcpu, vcpu.registers, vcpu.memory);
        return vcpu.translatedExit;
    }

    @Test
    void aRangeIsAllThatHasTheRight() {
        map(0, 2, RW);
        map(2, 2, READ);
        map(5, 1, RW);
        learn(DATA + PAGE + 100, false);
        assertThat(knows(DATA, DATA + 4 * PAGE, false)).isTrue();
        learn(DATA + PAGE + 100, true);
        assertThat(knows(DATA, DATA + 2 * PAGE, true)).isTrue();
        learn(DATA + 5 * PAGE, true);
        assertThat(knows(DATA + 5 * PAGE, DATA + 6 * PAGE, true)).isTrue();
    }

    @Test
    void aPageThatHasGoneMeanwhileIsNotLearnt() {
        learn(DATA + 4 * PAGE, false);
        assertThat(knowsNothing()).isTrue();
        assertThat(ranges.isWanting()).isFalse();
    }

    @Test
    void missesAreWantedLessWhereTheyGoToAndFro() throws Exception {
        map(2, 1, RW);
        Region region = region(Op.LDD, 0);
        int runs = 0;
        for (int learnt = 0; learnt < 4; learnt++) {
            long address = DATA + learnt % 2 * 2 * PAGE;
            int before = runs;
            while (!ranges.isWanting()) {
                assertThat(run(region, address)).isNull();
                runs++;
            }
            vcpu.memory.learnRange();
            assertThat(knows(address, address + PAGE, false)).isTrue();
            if (learnt > 1) {
                assertThat(runs - before).isGreaterThan(before / 2);
            }
        }
    }

    @Test
    void withinARangeNothingIsMissed() throws Exception {
        map(0, 4, RW);
        learn(DATA, true);
        Region region = region(Op.STD, 0);
        int misses = ranges.misses;
        for (long address = DATA; address <= DATA + 4 * PAGE - 8; address += 8) {
            assertThat(run(region, address)).isNull();
        }
        assertThat(ranges.misses).isEqualTo(misses);
        run(region, DATA - 8);
        run(region, DATA + 4 * PAGE);
        map(5, 1, RW);
        run(region, DATA + 5 * PAGE);
        assertThat(ranges.misses).isEqualTo(misses - 1);
        assertThat(ranges.missed).isEqualTo((long) KnownRanges.index(BASE, true) << PageTable.ADDRESS_BITS | DATA + 5 * PAGE);
    }

    /** There the table is looked into, whatever is known, and nothing is noted. */
    @Test
    void blocksWithFloatingPointHaveNoRanges() throws Exception {
        builder.begin(CODE);
        builder.at(CODE);
        builder.add(Op.LDD, 1, BASE, 0, 0);
        builder.add(Op.FADDD, 2, 1, 1, 0);
        builder.add(Op.STD, builder.imm(), BASE, 2, 8);
        builder.jump(0x2000);
        Region region = translator.make(List.of(builder.build()), machine.table(), Grade.LARGE);
        int misses = ranges.misses;
        Memory.putLong(host, Double.doubleToRawLongBits(1.5));
        assertThat(run(region, DATA)).isNull();
        assertThat(Memory.getLong(host + 8)).isEqualTo(Double.doubleToRawLongBits(3));
        assertThat(ranges.misses).isEqualTo(misses);
        learn(DATA, true);
        assertThat(run(region, DATA + PAGE)).isEqualTo(new Exit.MemoryFault(DATA + PAGE, Access.READ));
    }

    /** At both ends, with every size and alignment: an access is made if all of its bytes are there, and else is a fault. */
    @Test
    void endsAreExact() throws Exception {
        learn(DATA, false);
        learn(DATA, true);
        int[] operations = {Op.LDB, Op.LDH, Op.LDW, Op.LDD, Op.STB, Op.STH, Op.STW, Op.STD};
        for (int op : operations) {
            int size = AccessGroups.size(op);
            Access kind = op >= Op.STB ? Access.WRITE : Access.READ;
            Region region = region(op, 0);
            for (long address = DATA - 10; address < DATA + 10; address++) {
                assertThat(run(region, address)).isEqualTo(address >= DATA ? null : new Exit.MemoryFault(address, kind));
            }
            for (long address = DATA + PAGE - 10; address < DATA + PAGE + 10; address++) {
                long missing = Math.max(address, DATA + PAGE);
                assertThat(run(region, address))
                        .isEqualTo(address + size <= DATA + PAGE ? null : new Exit.MemoryFault(missing, kind));
            }
        }
    }

    /** Several accesses are checked together; the one that fails is told, and those before it have been made. */
    @Test
    void endsAreExactForAccessesBesideEachOther() throws Exception {
        learn(DATA, false);
        learn(DATA, true);
        Region region = region(Op.STD, 0, Op.STD, 8, Op.STD, 16, Op.STB, 24);
        vcpu.registers[2] = -1;
        for (long address = DATA + PAGE - 30; address < DATA + PAGE - 20; address++) {
            Memory.fill(host, PAGE, (byte) 0);
            Exit exit = run(region, address);
            assertThat(exit).isEqualTo(address + 25 <= DATA + PAGE ? null
                    : new Exit.MemoryFault(Math.max(address + 16, DATA + PAGE), Access.WRITE));
            assertThat(Memory.getLong(host + (address - DATA) + 8)).isEqualTo(-1);
        }
        assertThat(run(region, DATA - 8)).isEqualTo(new Exit.MemoryFault(DATA - 8, Access.WRITE));
    }

    /** What wraps around, or is beyond the guest's addresses, is never taken for something in a range. */
    @Test
    void addressesBeyondAreFaults() throws Exception {
        Region region = region(Op.LDD, 0, Op.LDD, 1024, Op.LDB, 2040);
        Region single = region(Op.LDD, 0);
        long[] addresses = {
            Long.MAX_VALUE, Long.MAX_VALUE - 7, Long.MAX_VALUE - 1030, Long.MAX_VALUE - 2047, Long.MIN_VALUE, Long.MIN_VALUE + 8, -1, -8,
            -1024, -2048, -4096, 1L << 47, (1L << 47) - 8 + PAGE, DATA | 1L << 47, DATA | 1L << 62, DATA | Long.MIN_VALUE, 0
        };
        for (int known = 0; known < 2; known++) {
            for (long address : addresses) {
                assertThat(run(region, address)).as("%x", address).isEqualTo(new Exit.MemoryFault(address, Access.READ));
                assertThat(run(single, address)).as("%x", address).isEqualTo(new Exit.MemoryFault(address, Access.READ));
            }
            learn(DATA, false);
        }
    }

    /** The engine's own page, where the guest's addresses end, is at another distance. */
    @Test
    void aRangeEndsBeforeWhatIsAtAnotherDistance() {
        long last = SoftwareArchitecture.COMMON_PAGE - PAGE;
        machine.map(last, last + (host - DATA), PAGE, READ, false);
        learn(last, false);
        assertThat(knows(last, last + PAGE, false)).isTrue();
        learn(last + PAGE, false);
        assertThat(knows(last, last + PAGE, false)).isTrue();
    }

    @Test
    void whatIsUnmappedOrProtectedIsForgotten() throws Exception {
        Region load = region(Op.LDD, 0);
        Region store = region(Op.STD, 0);
        learn(DATA, false);
        learn(DATA, true);
        map(0, 1, READ);
        enter();
        assertThat(knowsNothing()).isTrue();
        assertThat(run(store, DATA)).isEqualTo(new Exit.MemoryFault(DATA, Access.WRITE));
        assertThat(run(load, DATA)).isNull();
        learn(DATA, false);
        machine.unmap(DATA, PAGE);
        enter();
        assertThat(run(load, DATA)).isEqualTo(new Exit.MemoryFault(DATA, Access.READ));
    }

    /** Passes a safe point. */
    private void enter() {
        vcpu.kick();
        assertThat(vcpu.run()).isSameAs(Exit.INTERRUPTED);
    }

    /** A page in a known range from which code is decoded: what is stored there from then on is noticed. */
    @Test
    void watchedPagesAreForgotten() throws Exception {
        Region store = region(Op.STW, 0);
        learn(DATA, true);
        machine.code().watch(DATA);
        enter();
        assertThat(machine.table().isWatched(DATA)).isTrue();
        assertThat(run(store, DATA + 16)).isNull();
        assertThat(machine.table().isWatched(DATA)).isFalse(); // the store came there by the long way
        // It may now be learnt again, and again be watched.
        learn(DATA, true);
        assertThat(knows(DATA, DATA + PAGE, true)).isTrue();
    }

    @Test
    void otherVcpusForgetAsWell() {
        SoftwareVcpu other = (SoftwareVcpu) machine.createVcpu();
        learn(DATA, true);
        other.memory.ranges.missed = ranges.missed;
        other.memory.learnRange();
        machine.unmap(DATA, PAGE);
        enter();
        other.kick();
        other.run();
        assertThat(knowsNothing()).isTrue();
        assertThat(other.memory.ranges.bounds).containsExactly(ranges.bounds);
        other.close();
    }

    /** The program, translated. */
    private void program() throws Exception {
        int code = PAGES - 1;
        Memory.putInt(host + code * PAGE, 1);
        Memory.putInt(host + code * PAGE + 4, STORE);
        machine.map(CODE, host + code * PAGE, PAGE, READ | Mman.PROT_EXEC, false);
        vcpu.registers[PROGRAM_COUNTER] = CODE;
        vcpu.registers[BASE] = DATA + PAGE;
        assertThat(vcpu.run()).isEqualTo(new Exit.MemoryFault(DATA + PAGE, Access.WRITE));
        machine.code().install(translator.make(List.of(machine.code().get(CODE)), machine.table(), Grade.LARGE));
    }

    /** Runs the program until it knows where it stores to and something has been done, and tells why it ended. */
    private Exit runUntil(long address, Runnable done) throws Exception {
        vcpu.registers[PROGRAM_COUNTER] = CODE;
        vcpu.registers[BASE] = address;
        ranges.forget(); // what was known of the last page, which may have been at the same place
        AtomicReference<Exit> exit = new AtomicReference<>();
        Thread guest = new Thread(() -> exit.set(vcpu.run()));
        guest.start();
        int index = KnownRanges.index(BASE, true);
        while (ranges.bounds[index] > address || ranges.bounds[index + 1] < address) {
            Thread.sleep(1);
        }
        Thread.sleep(2);
        done.run();
        guest.join();
        return exit.get();
    }

    /** A loop that stores in translated code, where it knows that it may, while another thread takes the page away. */
    @Test
    @Timeout(120)
    void aLoopWithKnownRangesNoticesThatItsPageGoes() throws Exception {
        program();
        for (int round = 0; round < 40; round++) {
            long data = Linux.mmap(0, PAGE, RW, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0);
            long address = DATA + (data - host);
            machine.map(address, data, PAGE, RW, false);
            Exit exit = runUntil(address, () -> {
                if (Math.floorMod(data / PAGE, 2) == 0) {
                    machine.unmap(address, PAGE);
                } else {
                    machine.map(address, data, PAGE, READ, false);
                }
                Linux.munmap(data, PAGE); // an access that came after this would end the JVM
            });
            assertThat(exit).isEqualTo(new Exit.MemoryFault(address, Access.WRITE));
            assertThat(vcpu.registers[PROGRAM_COUNTER]).isEqualTo(CODE + 4);
            machine.unmap(address, PAGE);
        }
    }

    /** Another vCPU decodes code from the page that a loop stores to: from then on it is noticed when the loop stores there. */
    @Test
    @Timeout(120)
    void aLoopWithKnownRangesNoticesThatItsPageIsWatched() throws Exception {
        program();
        SoftwareVcpu other = (SoftwareVcpu) machine.createVcpu();
        map(0, 1, RW | Mman.PROT_EXEC);
        for (int round = 0; round < 40; round++) {
            runUntil(DATA, () -> {
                int stamp = machine.code().stamp();
                machine.settle(other, machine.code().watch(DATA));
                long stored = Memory.getLongVolatile(host);
                while (Memory.getLongVolatile(host) == stored) {
                    Thread.onSpinWait();
                }
                assertThat(machine.code().stamp()).isGreaterThan(stamp); // before the store that was seen
                vcpu.kick();
            });
        }
        other.close();
    }
}
