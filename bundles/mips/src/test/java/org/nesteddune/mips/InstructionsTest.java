package org.nesteddune.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.engine.software.testing.SoftwareGuest.CODE;
import static org.nesteddune.engine.software.testing.SoftwareGuest.DATA;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.testing.RecordedInstructions;

/** Instructions: most of them as qemu-user did them when {@code oracle/compare.sh record} was run; some of each kind, results by the manual. */
class InstructionsTest {

    private static final RecordedInstructions RECORDED = new RecordedInstructions(InstructionsTest.class, 72, 0);

    private final MipsGuest guest = new MipsGuest();

    @AfterEach
    void close() {
        guest.close();
    }

    @Test
    void eachInstructionDoesWhatItDoesElsewhere() throws IOException {
        assertThat(RECORDED.differences(MipsGuest::new)).isEmpty();
    }

    @Test
    void eachInstructionDoesSoTranslated() throws IOException {
        assertThat(RECORDED.differencesTranslated(MipsGuest::new)).isEmpty();
    }

    private static int word(String littleEndianBytes) {
        return Integer.reverseBytes(Integer.parseUnsignedInt(littleEndianBytes.replace(" ", ""), 16));
    }

    private static final int BEQ = word("02 00 09 11"); // beq $8, $9, .+12
    private static final int BEQL = word("02 00 09 51");
    private static final int INC10 = word("01 00 4a 25"); // addiu $10, $10, 1
    private static final int INC11 = word("01 00 6b 25");
    private static final int NOP = 0;

    @Test
    void delaySlotRunsWhetherTheBranchIsTakenOrNot() {
        guest.set(8, 1).set(9, 1);
        assertThat(guest.run(BEQ, INC10, INC11, NOP)).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.get(10)).isEqualTo(1);
        assertThat(guest.get(11)).isZero();
        guest.set(9, 2);
        guest.run(BEQ, INC10, INC11, NOP);
        assertThat(guest.get(10)).isEqualTo(2);
        assertThat(guest.get(11)).isEqualTo(1);
        assertThat(guest.pc()).isEqualTo(CODE + 20);
    }

    @Test
    void delaySlotOfALikelyBranchRunsOnlyIfItIsTaken() {
        guest.set(8, 1).set(9, 2);
        guest.run(BEQL, INC10, INC11, NOP);
        assertThat(guest.get(10)).isZero();
        assertThat(guest.get(11)).isEqualTo(1);
        guest.set(9, 1);
        guest.run(BEQL, INC10, INC11, NOP);
        assertThat(guest.get(10)).isEqualTo(1);
        assertThat(guest.get(11)).isEqualTo(1);
    }

    @Test
    void callsLinkBehindTheirDelaySlot() {
        guest.run(word("02 00 11 04"), INC10, INC11, NOP); // bal .+12
        assertThat(guest.get(31)).isEqualTo(CODE + 8);
        assertThat(guest.get(11)).isZero();
        guest.set(25, CODE + 12);
        guest.run(word("09 f8 20 03"), INC10, INC11, NOP); // jalr $25
        assertThat(guest.get(31)).isEqualTo(CODE + 8);
        assertThat(guest.get(10)).isEqualTo(2);
        assertThat(guest.get(11)).isZero();
    }

    @Test
    void faultInADelaySlotIsTheBranchs() {
        guest.set(8, DATA).set(9, DATA);
        assertThat(guest.run(INC11, BEQ, word("00 10 0a 8d"), NOP)) // lw $10, 4096($8)
                .isEqualTo(new Exit.MemoryFault(DATA + 4096, Access.READ));
        assertThat(guest.pc()).isEqualTo(CODE + 4);
        assertThat(guest.get(11)).isEqualTo(1);
    }

    @Test
    void faultsAreExact() {
        guest.set(8, DATA).set(10, 77);
        assertThat(guest.run(INC11, word("fc ff 0a fd"), INC11)) // sd $10, -4($8): over a page's beginning, downwards
                .isEqualTo(new Exit.MemoryFault(DATA - 4, Access.WRITE));
        assertThat(guest.pc()).isEqualTo(CODE + 4);
        assertThat(guest.get(11)).isEqualTo(1);
        assertThat(guest.memory.readInt(DATA)).isZero();
    }

    @Test
    void overflowTrapsAndLeavesTheRegister() {
        guest.set(8, Integer.MAX_VALUE).set(9, 1).set(10, 5);
        int add = word("20 50 09 01"); // add $10, $8, $9
        assertThat(guest.run(add)).isEqualTo(new Exit.ArithmeticFault(2));
        assertThat(guest.get(10)).isEqualTo(5);
        assertThat(guest.pc()).isEqualTo(CODE);
        guest.set(9, -1);
        assertThat(guest.run(add)).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.get(10)).isEqualTo(Integer.MAX_VALUE - 1);
    }

    @Test
    void trapsAndBreaksHaveTheSignalsOfTheirCodes() {
        guest.set(8, 3).set(9, 3);
        assertThat(guest.run(word("f4 01 09 01"))).isEqualTo(new Exit.ArithmeticFault(1)); // teq $8, $9, 7
        assertThat(guest.run(word("0d 00 07 00"))).isEqualTo(new Exit.ArithmeticFault(1)); // break 7
        assertThat(guest.run(word("0d 00 06 00"))).isEqualTo(new Exit.ArithmeticFault(2)); // break 6
        assertThat(guest.run(word("0d 00 00 00"))).isEqualTo(new Exit.DebugTrap(1)); // break
        assertThat(guest.run(0x0000_0005)).isEqualTo(new Exit.IllegalInstruction());
    }

    @Test
    void conditionalStoresNeedTheirLoad() {
        guest.set(8, DATA).set(10, 9);
        guest.memory.writeLong(DATA, 41);
        int ll = word("00 00 0a c1");
        int sc = word("00 00 0a e1");
        guest.run(sc);
        assertThat(guest.get(10)).isZero();
        assertThat(guest.memory.readLong(DATA)).isEqualTo(41);
        guest.run(ll, INC10, sc);
        assertThat(guest.get(10)).isEqualTo(1);
        assertThat(guest.memory.readLong(DATA)).isEqualTo(42);
    }

    @Test
    void unalignedPartsMakeAWhole() {
        guest.memory.writeLong(DATA, 0x8877_6655_4433_2211L);
        guest.memory.writeLong(DATA + 8, 0x00ff_eedd_ccbb_aa99L);
        guest.set(8, DATA + 1);
        guest.run(word("03 00 0a 89"), word("00 00 0a 99")); // lwl $10, 3($8); lwr $10, 0($8)
        assertThat(guest.get(10)).isEqualTo(0x5544_3322);
        guest.set(8, DATA);
        guest.run(word("0c 00 0a 69"), word("05 00 0a 6d")); // ldl $10, 12($8); ldr $10, 5($8)
        assertThat(guest.get(10)).isEqualTo(0xddcc_bbaa_9988_7766L);
        guest.set(10, 0x0102_0304);
        guest.run(word("06 00 0a a9"), word("03 00 0a b9")); // swl $10, 6($8); swr $10, 3($8)
        assertThat(guest.memory.readLong(DATA)).isEqualTo(0x8801_0203_0433_2211L);
    }

    @Test
    void accessesNeedToBeAlignedIfTheProgramSaysSo() {
        guest.memory.writeLong(DATA, 0x8877_6655_4433_2211L);
        guest.set(8, DATA + 2).set(10, 7);
        int load = word("00 00 0a 8d"); // lw $10, 0($8)
        guest.run(load);
        assertThat(guest.get(10)).isEqualTo(0x6655_4433);
        guest.set(MipsRegisters.STRICT, 1);
        assertThat(guest.run(INC11, load)).isEqualTo(new Exit.AlignmentFault(DATA + 2));
        assertThat(guest.pc()).isEqualTo(CODE + 4);
        assertThat(guest.run(word("00 00 0a fd"))).isEqualTo(new Exit.AlignmentFault(DATA + 2)); // sd $10, 0($8)
        guest.run(word("03 00 0a 89"), word("00 00 0a 99")); // lwl, lwr
        assertThat(guest.get(10)).isEqualTo(0x6655_4433);
        guest.set(8, DATA + 4);
        assertThat(guest.run(load)).isSameAs(Exit.SYSTEM_CALL);
    }

    /** add.ps, cvt.ps.s, pll.ps, c.eq.ps, madd.ps, alnv.ps: FIR says that there is none of it. */
    @Test
    void pairedSinglesAreNotThere() {
        guest.run(word("00 00 48 44")); // cfc1 $8, $0
        assertThat(guest.get(8) & 1 << 18).isZero();
        for (int each : new int[] {0x46c4_1080, 0x4604_10a6, 0x46c4_10ac, 0x46c4_1032, 0x4c82_18a6, 0x4d04_189e}) {
            assertThat(guest.run(each)).as("%x", each).isEqualTo(new Exit.IllegalInstruction());
        }
    }

    @Test
    void bitFields() {
        guest.set(8, 0xab).set(10, 0xffff_ffff_8000_0000L);
        guest.run(word("04 59 0a 7d")); // ins $10, $8, 4, 8
        assertThat(guest.get(10)).isEqualTo(0xffff_ffff_8000_0ab0L);
        guest.set(8, 0x1_2345_6789L);
        guest.run(word("43 98 0a 7d")); // dext $10, $8, 1, 20
        assertThat(guest.get(10)).isEqualTo(0x1_2345_6789L >> 1 & 0xf_ffff);
    }

    @Test
    void multiplyAndAdd() {
        guest.set(8, -3).set(9, 1L << 30).set(MipsRegisters.LO, 5).set(MipsRegisters.HI, 0);
        guest.run(word("00 00 09 71")); // madd $8, $9
        long sum = 5 - 3 * (1L << 30);
        assertThat(guest.get(MipsRegisters.LO)).isEqualTo((int) sum);
        assertThat(guest.get(MipsRegisters.HI)).isEqualTo(sum >> 32);
    }

    @Test
    void threadPointerIsAHardwareRegister() {
        new MipsArchitecture().setThreadPointer(guest.vcpu.state(), 0x1234_5678_9abcL);
        guest.run(word("3b e8 03 7c")); // rdhwr $3, $29
        assertThat(guest.get(3)).isEqualTo(0x1234_5678_9abcL);
    }

    @Test
    void cacheflushMakesNewCodeVisible() {
        guest.run(INC10, INC10);
        guest.memory.writeInt(CODE, INC11); // by the host: nothing notices
        guest.set(MipsRegisters.PC, CODE).set(2, 5197).set(4, CODE).set(5, 8);
        guest.vcpu.run();
        assertThat(guest.get(10)).isEqualTo(4);
        guest.set(MipsRegisters.PC, CODE);
        guest.vcpu.run();
        assertThat(guest.get(10)).isEqualTo(5);
        assertThat(guest.get(11)).isEqualTo(1);
    }

    @Test
    void registerZeroStaysZero() {
        guest.run(word("01 00 00 24")); // addiu $0, $0, 1
        assertThat(guest.get(0)).isZero();
    }

    @Test
    void floatingPointSetsCausesAndFlags() {
        int add = word("80 20 26 46"); // add.d $f2, $f4, $f6
        setDouble(4, 1.0);
        setDouble(6, 0x1p-60);
        guest.run(add, word("00 f8 49 44")); // cfc1 $9, $31
        assertThat(getDouble(2)).isEqualTo(1.0);
        assertThat(guest.get(9)).isEqualTo(0x1004); // inexact
        setDouble(6, 1.0);
        guest.run(add, word("00 f8 49 44"));
        assertThat(guest.get(9)).isEqualTo(0x0004); // the flag stays, the cause goes
        guest.set(8, 0x80 | 2); // inexact enabled, rounding up
        setDouble(6, 0x1p-60);
        assertThat(guest.run(word("00 f8 c8 44"), add)).isEqualTo(new Exit.ArithmeticFault(6)); // ctc1 $8, $31
        guest.set(8, 2);
        guest.run(word("00 f8 c8 44"), add);
        assertThat(getDouble(2)).isEqualTo(Math.nextUp(1.0));
    }

    @Test
    void floatingPointBranches() {
        setDouble(4, 1.0);
        setDouble(6, 2.0);
        int less = word("3c 23 26 46"); // c.lt.d $fcc3, $f4, $f6
        int branch = word("02 00 0d 45"); // bc1t $fcc3, .+12
        guest.run(less, branch, NOP, INC11, NOP);
        assertThat(guest.get(11)).isZero();
        setDouble(4, Double.NaN);
        guest.run(less, branch, NOP, INC11, NOP);
        assertThat(guest.get(11)).isEqualTo(1);
    }

    /** Whatever stands there, the guest ends by an exit, and nothing else happens. */
    @Test
    void anyWordsAreRunOrRefused() throws Exception {
        int[] withFunctions = {0, 1, 17, 19, 28, 31};
        Random random = new Random(3);
        // Those with a function code are one in a hundred otherwise.
        assertThat(guest.runAnything(random, 1500, word -> random.nextBoolean()
                        ? word & 0x03ff_ffff | withFunctions[random.nextInt(withFunctions.length)] << 26
                        : word))
                .isNull();
    }

    private void setDouble(int register, double value) {
        byte[] vector = vector();
        java.nio.ByteBuffer.wrap(vector).order(java.nio.ByteOrder.LITTLE_ENDIAN).putDouble(8 * register, value);
        assertThat(guest.vcpu.state().writeVector(vector)).isTrue();
    }

    private double getDouble(int register) {
        return java.nio.ByteBuffer.wrap(vector()).order(java.nio.ByteOrder.LITTLE_ENDIAN).getDouble(8 * register);
    }

    private byte[] vector() {
        byte[] vector = new byte[guest.vcpu.state().vectorSize()];
        guest.vcpu.state().readVector(vector);
        return vector;
    }

    /** div.d, add.d and cvt.w.d to f6, of f2 and f4: invalid, a signaling NaN, a NaN as integer. */
    @Test
    void nansAreEncodedAsTheProgramExpects() {
        int div = 0x4624_1183;
        int add = 0x4624_1180;
        int convert = 0x4620_11a4;
        long one = 0x3ff0_0000_0000_0000L;
        assertThat(ofFloats(0, 0, 0, div)).isEqualTo(0x7ff7_ffff_ffff_ffffL);
        assertThat(ofFloats(0, 0x7ff8_0000_0000_0001L, one, add)).as("signaling").isEqualTo(0x7ff7_ffff_ffff_ffffL);
        assertThat(ofFloats(0, 0x7ff7_ffff_ffff_ffffL, one, convert) & 0xffff_ffffL).isEqualTo(0x7fff_ffffL);
        int modern = 0x400;
        assertThat(ofFloats(modern, 0, 0, div)).isEqualTo(0x7ff8_0000_0000_0000L);
        assertThat(ofFloats(modern, 0x7ff0_0000_0000_0001L, one, add)).as("signaling").isEqualTo(0x7ff8_0000_0000_0001L);
        assertThat(ofFloats(modern, 0x7ff8_0000_0000_0001L, one, convert) & 0xffff_ffffL).isZero();
    }

    private long ofFloats(int elfFlags, long f2, long f4, int word) {
        CpuState cpu = guest.vcpu.state();
        new MipsArchitecture().start(cpu, CODE, DATA + 0x1000, elfFlags);
        byte[] vector = new byte[cpu.vectorSize()];
        cpu.readVector(vector);
        ByteBuffer floats = ByteBuffer.wrap(vector).order(ByteOrder.LITTLE_ENDIAN).putLong(16, f2).putLong(32, f4);
        cpu.writeVector(vector);
        guest.run(word);
        cpu.readVector(vector);
        return floats.getLong(48);
    }
}
