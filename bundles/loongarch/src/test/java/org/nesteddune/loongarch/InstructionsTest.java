package org.nesteddune.loongarch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.engine.software.testing.SoftwareGuest.CODE;
import static org.nesteddune.engine.software.testing.SoftwareGuest.DATA;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.testing.RecordedInstructions;

/** Instructions: all of them as qemu-user did them when {@code oracle/compare.sh record} was run, and some by themselves. */
class InstructionsTest {

    /** The upper half of a floating-point register may be anything after a result of 32 bits. */
    private static final RecordedInstructions RECORDED = new RecordedInstructions(InstructionsTest.class, 128, 20);

    // Words as clang assembles them.
    private static final int INC = 0x02c0_058c; // addi.d $r12, $r12, 1
    private static final int INC13 = 0x02c0_05ad;

    private final LoongGuest guest = new LoongGuest();

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void eachInstructionDoesWhatItDoesElsewhere() throws IOException {
        assertThat(RECORDED.differences(LoongGuest::new)).isEmpty();
    }

    @Test
    void eachInstructionDoesSoTranslated() throws IOException {
        assertThat(RECORDED.differencesTranslated(LoongGuest::new)).isEmpty();
    }

    @Test
    void branchesAndLinks() {
        guest.set(12, 1).set(13, 1);
        guest.run(0x5800_098d, INC13); // beq $r12, $r13, 8
        assertThat(guest.get(13)).isEqualTo(1);
        guest.run(0x5400_0800, INC13); // bl 8
        assertThat(guest.get(LoongRegisters.RA)).isEqualTo(CODE + 4);
        assertThat(guest.get(13)).isEqualTo(1);
        guest.set(12, CODE);
        guest.run(0x4c00_098c, INC13); // jirl $r12, $r12, 8
        assertThat(guest.get(12)).isEqualTo(CODE + 4);
        assertThat(guest.get(13)).isEqualTo(1);
    }

    @Test
    void faultsAreExact() {
        guest.set(12, DATA);
        // st.d $r13, $r12, -4: over a page's beginning, downwards
        assertThat(guest.run(INC13, 0x29ff_f18d, INC13)).isEqualTo(new Exit.MemoryFault(DATA - 4, Access.WRITE));
        assertThat(guest.pc()).isEqualTo(CODE + 4);
        assertThat(guest.get(13)).isEqualTo(1);
        guest.set(12, DATA + 0xff8);
        // vld $vr12, $r12, 0: its second half is not there, the first is not loaded
        guest.memory.writeLong(DATA + 0xff8, 77);
        assertThat(guest.run(0x2c00_018c)).isEqualTo(new Exit.MemoryFault(DATA + 0x1000, Access.READ));
        assertThat(word(LoongRegisters.F0 + 12)).isZero();
    }

    @Test
    void conditionalStoresNeedTheirLoad() {
        guest.set(12, DATA).set(13, 9);
        guest.memory.writeLong(DATA, 41);
        int ll = 0x2200_018d; // ll.d $r13, $r12, 0
        int sc = 0x2300_018d;
        guest.run(sc);
        assertThat(guest.get(13)).isZero();
        assertThat(guest.memory.readLong(DATA)).isEqualTo(41);
        guest.run(ll, INC13, sc);
        assertThat(guest.get(13)).isEqualTo(1);
        assertThat(guest.memory.readLong(DATA)).isEqualTo(42);
        guest.set(12, DATA + 4);
        assertThat(guest.run(ll)).isEqualTo(new Exit.AlignmentFault(DATA + 4));
    }

    @Test
    void atomicOperationsMayNotOverlapTheirSources() {
        assertThat(guest.run(0x3861_b5ad)).isEqualTo(new Exit.IllegalInstruction()); // amadd.d $r13, $r13, $r13
    }

    @Test
    void trapsHaveTheSignalsOfTheirCodes() {
        assertThat(guest.run(0x002a_0007)).isEqualTo(new Exit.ArithmeticFault(1)); // break 7
        assertThat(guest.run(0x002a_0006)).isEqualTo(new Exit.ArithmeticFault(2));
        assertThat(guest.run(0x002a_0000)).isEqualTo(new Exit.DebugTrap(1));
        guest.set(12, 5).set(13, 4);
        assertThat(guest.run(0x0001_3580)).isEqualTo(new Exit.BoundsFault(5, 0, 4)); // asrtle.d $r12, $r13
        assertThat(guest.run(0x0001_b580)).isSameAs(Exit.SYSTEM_CALL); // asrtgt.d $r12, $r13
        guest.set(12, 4);
        assertThat(guest.run(0x0001_b580)).isEqualTo(new Exit.BoundsFault(4, 4, -1));
        guest.set(12, DATA + 1).set(13, DATA);
        assertThat(guest.run(0x387a_358e)).isEqualTo(new Exit.BoundsFault(DATA + 1, 0, DATA)); // ldle.b $r14, $r12, $r13
        assertThat(guest.pc()).isEqualTo(CODE);
        assertThat(guest.run(0x7680_0000)).isEqualTo(new Exit.IllegalInstruction()); // of LASX
        assertThat(guest.run(0)).isEqualTo(new Exit.IllegalInstruction());
    }

    @Test
    void stepsEndBehindEachInstruction() {
        guest.vcpu.state().stepping(128);
        guest.run(INC, INC13, 0x53ff_fbff); // b -8
        guest.set(LoongRegisters.PC, CODE);
        for (int round = 0; round < 3; round++) {
            for (int at = 4; at <= 12; at += 4) {
                long before = guest.get(12) + guest.get(13);
                assertThat(guest.go()).isEqualTo(new Exit.DebugTrap(128));
                assertThat(guest.pc()).isEqualTo(CODE + at % 12);
                assertThat(guest.get(12) + guest.get(13)).isEqualTo(before + (at < 12 ? 1 : 0));
            }
        }
        guest.vcpu.state().stepping(0);
    }

    /** Otherwise the store would fail for ever. */
    @Test
    void aStepTakesALoadLinkedWithItsStore() {
        guest.set(12, DATA).set(13, 1);
        guest.memory.writeLong(DATA, 41);
        guest.run();
        guest.memory.writeInt(CODE, 0x2200_018d); // ll.d $r13, $r12, 0
        guest.memory.writeInt(CODE + 4, INC13);
        guest.memory.writeInt(CODE + 8, 0x2300_018d); // sc.d
        guest.memory.writeInt(CODE + 12, INC13);
        guest.vcpu.state().stepping(128);
        assertThat(guest.go(CODE)).isEqualTo(new Exit.DebugTrap(128));
        assertThat(guest.pc()).isEqualTo(CODE + 12);
        assertThat(guest.get(13)).isEqualTo(1);
        assertThat(guest.memory.readLong(DATA)).isEqualTo(42);
        assertThat(guest.go(DATA + 2)).isEqualTo(new Exit.AlignmentFault(DATA + 2));
        assertThat(guest.go(DATA)).isInstanceOf(Exit.MemoryFault.class);
        guest.vcpu.state().stepping(0);
    }

    @Test
    void floatingPointTrapsWhereItIsEnabled() {
        guest.set(12, 1 | 2 << 8).set(13, Double.doubleToRawLongBits(1)).set(14, Double.doubleToRawLongBits(0x1p-60));
        int[] code = {0x0114_c180, 0x0114_a9ad, 0x0114_a9ce, 0x0101_39ac}; // movgr2fcsr; movgr2fr.d twice; fadd.d $f12, $f13, $f14
        assertThat(guest.run(code)).isEqualTo(new Exit.ArithmeticFault(6));
        assertThat(guest.pc()).isEqualTo(CODE + 12);
        guest.set(12, 2 << 8); // up
        assertThat(guest.run(code)).isSameAs(Exit.SYSTEM_CALL);
        assertThat(Double.longBitsToDouble(word(LoongRegisters.F0 + 12))).isEqualTo(Math.nextUp(1.0));
        guest.run(0x0114_c80c); // movfcsr2gr $r12, $fcsr0
        assertThat(guest.get(12)).isEqualTo(0x0101_0200);
    }

    @Test
    void capabilitiesAreToldInTwoWaysAlike() {
        long told = new LoongSoftware().hardwareCapabilities()[0];
        guest.set(12, 2);
        guest.run(0x0000_6d8c); // cpucfg $r12, $r12
        assertThat((guest.get(12) & 1 << 6) != 0).isEqualTo((told & 1 << 4) != 0); // LSX
        assertThat((guest.get(12) & 1 << 7) != 0).isEqualTo((told & 1 << 5) != 0); // LASX
        assertThat((guest.get(12) & 1 << 22) != 0).isEqualTo((told & 1 << 1) != 0); // AM*
        guest.set(12, 1);
        guest.run(0x0000_6d8c);
        assertThat((guest.get(12) & 1 << 25) != 0).isEqualTo((told & 1 << 6) != 0); // CRC
        guest.set(12, 0x7fff_ffff);
        guest.run(0x0000_6d8c);
        assertThat(guest.get(12)).isZero();
    }

    @Test
    void timeGoesOn() {
        guest.run(0x0000_680c, 0x0000_680d); // rdtime.d $r12, $zero; rdtime.d $r13, $zero
        assertThat(guest.get(13) - guest.get(12)).isBetween(0L, 1_000_000_000L);
    }

    /** Whatever stands there, the guest ends by an exit, and nothing else happens. */
    @Test
    void anyWordsAreRunOrRefused() throws Exception {
        int[] opcodes = {0, 2, 3, 10, 11, 12, 14, 28};
        Random random = new Random(4);
        assertThat(guest.runAnything(random, 2500, word -> switch (random.nextInt(4)) {
            case 1 -> word & 0x03ff_ffff | opcodes[random.nextInt(opcodes.length)] << 26;
            case 2 -> word & 0x007f_ffff | (random.nextBoolean() ? 0 : 0x0100_0000);
            case 3 -> word & 0x03ff_ffff | 0x7000_0000;
            default -> word;
        })).isNull();
    }

    @Test
    void codeThatIsReadFromAFileIsSeen() {
        guest.run(INC, INC);
        guest.set(LoongRegisters.A7, 63).set(LoongRegisters.A1, CODE).set(LoongRegisters.A2, 8).set(LoongRegisters.PC, CODE + 8);
        assertThat(guest.vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
        guest.memory.writeInt(CODE, INC13); // as the system call does it: nothing notices
        guest.set(LoongRegisters.PC, CODE);
        guest.vcpu.run();
        assertThat(guest.get(12)).isEqualTo(3);
        assertThat(guest.get(13)).isEqualTo(1);
    }

    /** Whoever has written it, be it the kernel or another mapping: Linux asks programs for an IBAR. */
    @Test
    void codeThatOthersHaveWrittenIsSeenBehindABarrier() {
        guest.run(INC, INC);
        guest.memory.writeInt(CODE + 0x100, 0x3872_8000); // ibar 0
        guest.memory.writeInt(CODE + 0x104, 0x53fe_ffff); // b -260
        guest.go(CODE);
        assertThat(guest.get(12)).isEqualTo(4);
        guest.memory.writeInt(CODE, INC13);
        guest.go(CODE + 0x100);
        assertThat(guest.get(12)).isEqualTo(5);
        assertThat(guest.get(13)).isEqualTo(1);
        guest.go(CODE + 0x100);
        assertThat(guest.get(13)).as("nothing has changed").isEqualTo(2);
    }

    @Test
    void registerZeroStaysZero() {
        guest.run(0x02c0_0400, INC); // addi.d $zero, $zero, 1
        assertThat(guest.get(0)).isZero();
        assertThat(guest.get(12)).isEqualTo(1);
    }

    private long word(int register) {
        byte[] vector = new byte[guest.vcpu.state().vectorSize()];
        guest.vcpu.state().readVector(vector);
        return ByteBuffer.wrap(vector).order(ByteOrder.LITTLE_ENDIAN).getLong(8 * (register - LoongRegisters.F0));
    }
}
