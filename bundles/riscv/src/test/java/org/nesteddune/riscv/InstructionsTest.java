package org.nesteddune.riscv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.engine.software.testing.SoftwareGuest.CODE;
import static org.nesteddune.engine.software.testing.SoftwareGuest.DATA;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.testing.StaticProgram;
import org.nesteddune.linux.Mman;

/** Instructions: all of them as qemu-user did them when {@code oracle/compare.sh record} was run, and some by themselves. */
class InstructionsTest {

    private static final int RECORD = 64;

    // Words as clang assembles them.
    private static final int INC = 0x0016_0613; // addi a2, a2, 1
    private static final int INC13 = 0x0016_8693; // addi a3, a3, 1
    private static final int C_NOP = 0x0001;

    private final RiscvGuest guest = new RiscvGuest();

    @AfterEach
    void close() {
        guest.close();
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream packed = InstructionsTest.class.getResourceAsStream(name)) {
            return new GZIPInputStream(packed).readAllBytes();
        }
    }

    /** A line is the CRC of what a test leaves, and what the test is. */
    private static List<String> differences(byte[] output, String[] tests) {
        List<String> different = new ArrayList<>();
        for (int i = 0; i < output.length / RECORD; i++) {
            String test = tests[i % tests.length];
            CRC32 crc = new CRC32();
            crc.update(output, RECORD * i, RECORD);
            if (crc.getValue() != Long.parseLong(test.substring(0, 8), 16)) {
                different.add(test.substring(9));
            }
        }
        return different;
    }

    private static void compare() throws IOException {
        String[] tests = new String(resource("instructions.txt.gz"), StandardCharsets.US_ASCII).split("\n");
        try (RiscvGuest guest = new RiscvGuest()) {
            byte[] output = new StaticProgram(guest, resource("instructions.gz")).run();
            assertThat(output).hasSize(3 * RECORD * tests.length);
            assertThat(differences(output, tests)).isEmpty();
        }
    }

    @Test
    void eachInstructionDoesWhatItDoesElsewhere() throws IOException {
        compare();
    }

    @ParameterizedTest
    @ValueSource(strings = {"compact", "large"})
    void eachInstructionDoesSoTranslated(String grade) throws IOException {
        System.setProperty("dune.software.threshold", "1");
        System.setProperty("dune.software.patient", grade);
        try {
            compare();
        } finally {
            System.clearProperty("dune.software.threshold");
            System.clearProperty("dune.software.patient");
        }
    }

    /** An instruction of 32 bits at an address that is no multiple of 4, and over the end of a page. */
    @Test
    void instructionsNeedNotBeAligned() {
        guest.map(CODE + 0x1000, 0x1000, Mman.PROT_READ | Mman.PROT_WRITE | Mman.PROT_EXEC);
        guest.memory.writeLong(CODE + 0xffc, C_NOP | (INC & 0xffff_ffffL) << 16 | (RiscvGuest.ECALL & 0xffffL) << 48);
        guest.memory.writeShort(CODE + 0x1004, (short) 0);
        assertThat(guest.go(CODE + 0xffc)).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.get(12)).isEqualTo(1);
        assertThat(guest.pc()).isEqualTo(CODE + 0x1006);
    }

    @Test
    void theSecondHalfMayBeMissing() {
        guest.memory.writeInt(CODE + 0xffc, C_NOP | INC << 16);
        assertThat(guest.go(CODE + 0xffc)).isEqualTo(new Exit.MemoryFault(CODE + 0x1000, Access.EXECUTE));
        assertThat(guest.pc()).isEqualTo(CODE + 0xffe);
    }

    /** Code on the second page changes: the instruction that begins on the first one is decoded anew. */
    @Test
    void codeOverThePagesEndChanges() {
        guest.map(CODE + 0x1000, 0x1000, Mman.PROT_READ | Mman.PROT_WRITE | Mman.PROT_EXEC);
        guest.memory.writeLong(CODE + 0xffc, C_NOP | (INC & 0xffff_ffffL) << 16 | (RiscvGuest.ECALL & 0xffffL) << 48);
        guest.memory.writeShort(CODE + 0x1004, (short) 0);
        guest.go(CODE + 0xffc);
        guest.set(10, CODE + 0x1000).set(11, 0x0056); // immediate 5 of the same instruction
        assertThat(guest.run(0x00b5_1023)).isSameAs(Exit.SYSTEM_CALL); // sh a1, 0(a0)
        guest.go(CODE + 0xffc);
        assertThat(guest.get(12)).isEqualTo(1 + 5);
    }

    @Test
    void faultsAreExact() {
        guest.set(12, DATA);
        // sd a3, -4(a2): over a page's beginning, downwards
        assertThat(guest.run(INC13, 0xfed6_3e23, INC13)).isEqualTo(new Exit.MemoryFault(DATA - 4, Access.WRITE));
        assertThat(guest.pc()).isEqualTo(CODE + 4);
        assertThat(guest.get(13)).isEqualTo(1);
    }

    @Test
    void conditionalStoresNeedTheirLoad() {
        guest.set(12, DATA).set(13, 9);
        guest.memory.writeLong(DATA, 41);
        int load = 0x1006_36af; // lr.d a3, (a2)
        int store = 0x18d6_36af; // sc.d a3, a3, (a2)
        guest.run(store);
        assertThat(guest.get(13)).isEqualTo(1);
        assertThat(guest.memory.readLong(DATA)).isEqualTo(41);
        guest.run(load, INC13, store);
        assertThat(guest.get(13)).isZero();
        assertThat(guest.memory.readLong(DATA)).isEqualTo(42);
        guest.set(12, DATA + 4);
        assertThat(guest.run(load)).isEqualTo(new Exit.AlignmentFault(DATA + 4));
    }

    @Test
    void whatIsNotThereIsIllegal() {
        assertThat(guest.run(0)).isEqualTo(new Exit.IllegalInstruction());
        assertThat(guest.run(0x0205_7007)).isEqualTo(new Exit.IllegalInstruction()); // vle64.v v0, (a0)
        assertThat(guest.run(0x1050_0073)).isEqualTo(new Exit.IllegalInstruction()); // wfi
        assertThat(guest.run(0x1000_2573)).isEqualTo(new Exit.IllegalInstruction()); // csrr a0, sstatus
        assertThat(guest.run(0xc000_1073)).isEqualTo(new Exit.IllegalInstruction()); // csrw cycle, zero
        assertThat(guest.run(0x0010_0073)).isEqualTo(new Exit.DebugTrap(1)); // ebreak
    }

    @Test
    void roundingThatTheRegisterDoesNotSayIsIllegal() {
        int set = 0x0022_d073; // csrwi frm, 5
        assertThat(guest.run(set, 0x02a5_7553)).isEqualTo(new Exit.IllegalInstruction()); // fadd.d fa0, fa0, fa0, dyn
        assertThat(guest.pc()).isEqualTo(CODE + 4);
        assertThat(guest.run(set, 0x02a5_0553)).isSameAs(Exit.SYSTEM_CALL); // fadd.d fa0, fa0, fa0, rne
        assertThat(guest.run(0x02a5_5553)).isEqualTo(new Exit.IllegalInstruction()); // rounding mode 5 itself
    }

    @Test
    void timeGoesOn() {
        guest.run(0xc010_2673, 0xc010_26f3); // rdtime a2; rdtime a3
        assertThat(guest.get(13) - guest.get(12)).isBetween(0L, 1_000_000_000L);
    }

    /** Whatever stands there, the guest ends by an exit, and nothing else happens. */
    @Test
    void anyWordsAreRunOrRefused() throws Exception {
        int[] opcodes = {0x03, 0x07, 0x13, 0x1b, 0x23, 0x27, 0x2f, 0x33, 0x3b, 0x43, 0x53, 0x63, 0x73};
        Random random = new Random(4);
        assertThat(guest.runAnything(random, 2500, word -> switch (random.nextInt(4)) {
            case 1 -> word & ~0x7f | opcodes[random.nextInt(opcodes.length)];
            case 2 -> word & 0x01ff_ff80 | 0x33 | random.nextInt(4) << 25;
            case 3 -> word & 0x09ff_ff80 | 0x53 | random.nextInt(2) << 25;
            default -> word;
        })).isNull();
    }

    /** What the host has written is found by FENCE.I, and by the call that asks for it. */
    @Test
    void codeThatIsReadFromAFileIsSeenWhenAskedFor() {
        guest.run(INC, 0x0000_100f, RiscvGuest.ECALL);
        guest.memory.writeInt(CODE + 8, INC13); // as a system call does it: nothing notices
        guest.go(CODE);
        assertThat(guest.get(13)).isEqualTo(1);
        guest.memory.writeInt(CODE + 8, INC);
        guest.set(RiscvRegisters.A7, 259).set(RiscvRegisters.A0, CODE).set(RiscvRegisters.A1, CODE + 16);
        guest.run(RiscvGuest.ECALL);
        assertThat(guest.get(12)).isEqualTo(2);
    }

    @Test
    void registerZeroStaysZero() {
        guest.run(0x0010_0013 | 1 << 20, INC); // addi zero, zero, 3
        assertThat(guest.get(0)).isZero();
        assertThat(guest.get(12)).isEqualTo(1);
    }
}
