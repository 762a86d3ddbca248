package org.nesteddune.engine.software.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.BlockBuilder;
import org.nesteddune.engine.software.ir.Op;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Mman;

/** The interpreter and the translator check each other. */
class TranslationTest {

    private static final long DATA = 0x5000_0000L;
    private static final int PAGE = PageTable.PAGE_SIZE;
    private static final long[] SPECIAL = {
        0, 1, -1, 2, 31, 32, 63, 64, 0xff, 0x8000, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL, Integer.MIN_VALUE,
        Long.MIN_VALUE, Long.MAX_VALUE
    };

    private final Random random = new Random(42);
    private final BlockBuilder builder = new BlockBuilder(TestArchitecture.FILE);
    private final TestArchitecture architecture = new TestArchitecture((pc, code, block) -> block.syscall(pc));
    private final Translator translator = new Translator(architecture);
    private NativeBuffer data;
    private SoftwareMachine machine;
    private SoftwareVcpu vcpu;

    @BeforeEach
    void open() {
        data = new NativeBuffer(2 * PAGE);
        machine = new SoftwareMachine(architecture, translator);
        vcpu = (SoftwareVcpu) machine.createVcpu();
        machine.map(DATA, page(), PAGE, Mman.PROT_READ | Mman.PROT_WRITE, false);
    }

    @AfterEach
    void close() {
        vcpu.close();
        machine.close();
        translator.close();
        data.close();
    }

    private long page() {
        return data.address() + PAGE - 1 & -PAGE;
    }

    private long value() {
        return random.nextBoolean() ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextLong();
    }

    /** Runs a block in all ways from the same registers; memory is the same at the beginning of each. */
    private void compare(Block block, long[] registers) throws Exception {
        compare(block, registers.clone(), Grade.COMPACT);
        compare(block, registers, Grade.LARGE);
    }

    private void compare(Block block, long[] registers, Grade grade) throws Exception {
        byte[] before = new byte[PAGE];
        random.nextBytes(before);
        Memory.copyTo(page(), before, 0, PAGE);
        System.arraycopy(registers, 0, vcpu.registers, 0, registers.length);
        Interpreter interpreter = new Interpreter(vcpu, architecture);
        long next = interpreter.run(block);
        Exit exit = interpreter.exit();
        long[] expected = java.util.Arrays.copyOf(vcpu.registers, TestArchitecture.FILE.firstTemporary());
        byte[] memory = new byte[PAGE];
        Memory.copyFrom(page(), memory, 0, PAGE);

        Memory.copyTo(page(), before, 0, PAGE);
        System.arraycopy(registers, 0, vcpu.registers, 0, registers.length);
        vcpu.translatedExit = null;
        Region region = translator.make(List.of(block), machine.table(), grade);
        assertThat(region.run(vcpu, vcpu.registers, vcpu.memory)).isEqualTo(next);
        assertThat(vcpu.translatedExit).isEqualTo(exit);
        assertThat(java.util.Arrays.copyOf(vcpu.registers, expected.length)).containsExactly(expected);
        byte[] after = new byte[PAGE];
        Memory.copyFrom(page(), after, 0, PAGE);
        assertThat(after).containsExactly(memory);
    }

    private long[] randomRegisters() {
        long[] registers = new long[TestArchitecture.FILE.size() + 1];
        for (int i = 1; i < TestArchitecture.FILE.firstTemporary(); i++) {
            registers[i] = value();
        }
        return registers;
    }

    @Test
    void arithmeticIsTheSame() throws Exception {
        for (int round = 0; round < 600; round++) {
            builder.begin(0x1000);
            for (int i = 0; i < 40; i++) {
                builder.at(0x1000 + 4 * i);
                int op = random.nextInt(Op.HOLDS + 1);
                long imm = op >= Op.EXTRACT ? BlockBuilder.field(random.nextInt(32), 1 + random.nextInt(32)) : value();
                builder.add(op, 1 + random.nextInt(7), operand(op), operand(op), imm);
            }
            builder.branch(Op.BEQ + random.nextInt(6), random.nextInt(8), random.nextInt(8), 0x2000);
            builder.jump(0x3000);
            compare(builder.build(), randomRegisters());
        }
    }

    @Test
    void floatingPointIsTheSame() throws Exception {
        for (int round = 0; round < 100; round++) {
            builder.begin(0x1000);
            for (int i = 0; i < 30; i++) {
                builder.at(0x1000 + 4 * i);
                builder.add(Op.FADDS + random.nextInt(Op.FNMSUBD - Op.FADDS + 1),
                        1 + random.nextInt(7), random.nextInt(8), random.nextInt(8), 0);
            }
            builder.jump(0x2000);
            long[] registers = randomRegisters();
            for (int i = 1; i < 8; i++) {
                registers[i] = Double.doubleToRawLongBits(random.nextGaussian());
            }
            registers[10] = random.nextInt(4);
            compare(builder.build(), registers);
        }
    }

    /** Rows of operations whose results are mostly ordinary, so that they pass together; now and then one is not, or a load fails. */
    @Test
    void rowsOfFloatingPointAreTheSame() throws Exception {
        double[] rare = {0.0, -0.0, 1e-200, 1e200, Double.MIN_VALUE, Double.MAX_VALUE, Double.NaN, Double.NEGATIVE_INFINITY};
        int[] singles = {
            Op.FADDS, Op.FSUBS, Op.FMULS, Op.FDIVS, Op.FMADDS, Op.FMSUBS, Op.FNMADDS, Op.FNMSUBS
        };
        int[] doubles = {
            Op.FADDD, Op.FSUBD, Op.FMULD, Op.FDIVD, Op.FSQRTD, Op.FCMPD, Op.FMADDD, Op.FMSUBD, Op.FNMADDD, Op.FNMSUBD
        };
        for (int round = 0; round < 6000; round++) {
            boolean single = round % 4 == 0;
            builder.begin(0x1000);
            for (int i = 0; i < 2 + random.nextInt(8); i++) {
                builder.at(0x1000 + 4 * i);
                int kind = random.nextInt(12);
                int d = 1 + random.nextInt(5);
                if (kind == 0) {
                    builder.add(Op.LDD, 6, 7, 0, random.nextInt(20) == 0 ? PAGE : 8 * random.nextInt(8));
                } else if (kind == 1) {
                    builder.add(Op.STD, builder.imm(), 7, d, 8 * random.nextInt(8));
                } else if (kind == 2) {
                    builder.addConstant(Op.ADD, 6, 6, i);
                } else if (kind == 3) {
                    builder.add(Op.CALL, 6, 6, 6, 0);
                } else if (kind == 4) {
                    builder.add(Op.INSERT, 10, 6, 6, BlockBuilder.field(random.nextInt(20) == 0 ? 0 : 8, 4));
                } else if (kind == 5) {
                    // To and from where other patterns are, and of loads and stores.
                    int from = 1 + random.nextInt(6);
                    switch (random.nextInt(4)) {
                        case 0 -> builder.addUnary(Op.MOVE, d, from);
                        case 1 -> builder.addConstant(Op.AND, d, from, Doubles.MAGNITUDE);
                        case 2 -> builder.addConstant(Op.XOR, d, from, Doubles.SIGN);
                        default -> builder.add(Op.LDD, d, 7, 0, 8 * random.nextInt(8));
                    }
                } else {
                    int op = single ? singles[random.nextInt(singles.length)] : doubles[random.nextInt(doubles.length)];
                    int a = 1 + random.nextInt(5);
                    int b = 1 + random.nextInt(5);
                    if (op == Op.FCMPD && random.nextBoolean()) {
                        // As decoders do it: what holds goes to a register, and perhaps into a field and back.
                        int order = builder.temporary();
                        builder.add(op, order, a, b, 0);
                        builder.addConstant(Op.HOLDS, 6, order, random.nextInt(16));
                        if (random.nextBoolean()) {
                            builder.add(Op.INSERT, 10, 6, 6, BlockBuilder.field(8, 1));
                            builder.addConstant(Op.EXTRACT, 6, 10, BlockBuilder.field(8, 1));
                        }
                    } else {
                        builder.add(op, op == Op.FCMPD ? 6 : d, a, b, 0);
                    }
                }
            }
            builder.branch(Op.BEQ + random.nextInt(6), 6, random.nextInt(8), 0x2000);
            builder.jump(0x3000);
            long[] registers = randomRegisters();
            for (int i = 1; i < 6; i++) {
                double number = random.nextInt(12) == 0 ? rare[random.nextInt(rare.length)] : 1 + Math.abs(random.nextGaussian());
                registers[i] = single ? Float.floatToRawIntBits((float) number) & 0xffff_ffffL : Double.doubleToRawLongBits(number);
            }
            registers[7] = DATA;
            registers[10] = random.nextInt(10) == 0 ? 1 : 2;
            compare(builder.build(), registers);
        }
    }

    /** What is too small for the host's result to be all there is to it is the architecture's, which counts. */
    @Test
    void resultsThatAreNotOrdinaryAreTheArchitectures() throws Exception {
        for (double factor : new double[] {1, 0, 1e-200, Double.MIN_VALUE, 1e300, Double.NaN}) {
            builder.begin(0x1000);
            builder.at(0x1000);
            builder.add(Op.FMULD, 3, 1, 2, 0);
            builder.at(0x1004);
            builder.add(Op.FADDD, 4, 3, 1, 0);
            builder.jump(0x2000);
            long[] registers = randomRegisters();
            registers[1] = Double.doubleToRawLongBits(factor);
            registers[2] = Double.doubleToRawLongBits(factor);
            registers[9] = 0;
            registers[10] = 0;
            compare(builder.build(), registers);
            assertThat(vcpu.registers[9] == 0).as("%s squared is ordinary", factor).isEqualTo(factor == 1 || factor == 0);
        }
    }

    private int operand(int op) {
        int register = random.nextInt(9);
        return register == 8 ? op >= Op.EXTRACT ? 7 : builder.imm() : register;
    }

    @Test
    void accessesAreTheSame() throws Exception {
        for (int round = 0; round < 100; round++) {
            builder.begin(0x1000);
            for (int i = 0; i < 20; i++) {
                builder.at(0x1000 + 4 * i);
                int op = Op.LDB + random.nextInt(Op.STD - Op.LDB + 1);
                boolean load = op <= Op.LDD;
                // Sometimes the end of the page, where what is longer fails.
                builder.add(op, load ? 1 + random.nextInt(6) : builder.imm(), 7, load ? 0 : random.nextInt(7),
                        random.nextInt(8) == 0 ? PAGE - 1 - random.nextInt(7) : random.nextInt(PAGE - 8));
            }
            builder.jump(0x2000);
            long[] registers = randomRegisters();
            registers[7] = DATA;
            compare(builder.build(), registers);
        }
    }

    @Test
    void faultLeavesEverythingAsItWasAtTheInstruction() throws Exception {
        builder.begin(0x1000);
        builder.at(0x1000);
        builder.load(1, 11);
        builder.at(0x1004);
        builder.add(Op.LDD, 2, 7, 0, PAGE);
        builder.at(0x1008);
        builder.load(1, 12);
        builder.jump(0x100c);
        Block block = builder.build();
        long[] registers = randomRegisters();
        registers[7] = DATA;
        compare(block, registers);
        assertThat(vcpu.translatedExit).isEqualTo(new Exit.MemoryFault(DATA + PAGE, Access.READ));
        assertThat(vcpu.registers[1]).isEqualTo(11);
    }

    @Test
    void callsSeeTheirRegisters() throws Exception {
        builder.begin(0x1000);
        builder.at(0x1000);
        builder.addConstant(Op.ADD, 9, 9, 5);
        builder.add(Op.CALL, 1, 2, 3, 0);
        builder.add(Op.ADD, 4, 9, 1);
        builder.at(0x1004);
        builder.add(Op.CALL, 5, 6, 0, 1);
        builder.jump(0x1008);
        long[] registers = randomRegisters();
        registers[6] = DATA + 3;
        compare(builder.build(), registers);
        registers[6] = DATA - 1;
        compare(builder.build(), registers);
    }

    @Test
    void conditionalStoresSucceedOnlyAfterTheirLoad() throws Exception {
        builder.begin(0x1000);
        builder.at(0x1000);
        builder.add(Op.LLD, 1, 7, 0, 8);
        builder.add(Op.SCD, 2, 7, 5, 8);
        builder.add(Op.SCD, 3, 7, 6, 8);
        builder.add(Op.LLW, 4, 7, 0, 16);
        builder.add(Op.SCW, 4, 7, 6, 20);
        builder.jump(0x1004);
        long[] registers = randomRegisters();
        registers[7] = DATA;
        compare(builder.build(), registers);
        assertThat(vcpu.registers[2]).isEqualTo(1);
        assertThat(vcpu.registers[3]).isZero();
        assertThat(vcpu.registers[4]).isZero();
        assertThat(Memory.getLong(page() + 8)).isEqualTo(registers[5]);
    }

    @Test
    void loopsStopWhenAsked() throws Exception {
        builder.begin(0x1000);
        builder.at(0x1000);
        builder.addConstant(Op.ADD, 1, 1, 1);
        builder.jump(0x1000);
        Region region = translator.make(List.of(builder.build()), machine.table(), Grade.COMPACT);
        Thread kicker = new Thread(() -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                return;
            }
            vcpu.kick();
        });
        kicker.start();
        assertThat(region.run(vcpu, vcpu.registers, vcpu.memory)).isEqualTo(0x1000);
        assertThat(vcpu.translatedExit).isNull();
        assertThat(vcpu.registers[1]).isPositive();
        kicker.join();
    }

    @Test
    void comparisonsPutOffSeeTheirOperandsAsTheyWere() throws Exception {
        int condition = TestArchitecture.FILE.firstTemporary();
        for (int op = Op.SEQ; op <= Op.SLTU; op++) {
            for (int branch = Op.BEQ; branch <= Op.BNE; branch++) {
                for (int round = 0; round < 8; round++) {
                    builder.begin(0x1000);
                    builder.at(0x1000);
                    builder.add(op, condition, 1, 2);
                    builder.addConstant(Op.ADD, 1, 1, 1); // as a delay slot does
                    builder.load(2, 7);
                    builder.branch(branch, condition, 0, 0x2000);
                    builder.jump(0x3000);
                    long[] registers = randomRegisters();
                    if (round % 2 == 0) {
                        registers[2] = registers[1];
                    }
                    compare(builder.build(), registers);
                }
            }
        }
    }

    @Test
    void accessesBesideEachOtherAreCheckedTogether() throws Exception {
        for (long address : new long[] {DATA, DATA + 4, DATA + PAGE - 24, DATA + PAGE - 16, DATA - 8, 1L << 47, -8}) {
            builder.begin(0x1000);
            for (int i = 0; i < 4; i++) {
                builder.at(0x1000 + 8 * i);
                builder.add(Op.LDD, 1 + i, 7, 0, 8L * i);
                builder.at(0x1004 + 8 * i);
                builder.add(Op.STW, builder.imm(), 7, 5, 8L * i + 4);
            }
            builder.at(0x1020);
            builder.add(Op.LDB, 7, 7, 0, 3);
            builder.add(Op.LDD, 6, 7, 0, 0);
            builder.jump(0x2000);
            long[] registers = randomRegisters();
            registers[7] = address;
            compare(builder.build(), registers);
        }
    }

    @Test
    void callsAndReturnsStayInTheRegion() throws Exception {
        // 0x1000: r1 = 0x1008, jump 0x2000; 0x1008: r3 += 1, loop 100 times; 0x2000: r2 += 5, return to r1
        builder.begin(0x1000);
        builder.at(0x1000);
        builder.load(1, 0x1008);
        builder.at(0x1004);
        builder.jump(0x2000);
        Block call = builder.build();
        builder.begin(0x2000);
        builder.at(0x2000);
        builder.addConstant(Op.ADD, 2, 2, 5);
        builder.jumpRegister(1);
        Block function = builder.build();
        builder.begin(0x1008);
        builder.at(0x1008);
        builder.addConstant(Op.ADD, 3, 3, 1);
        builder.addConstant(Op.SLT, 4, 3, 100);
        builder.branch(Op.BNE, 4, 0, 0x1000);
        builder.syscall(0x1010);
        Block back = builder.build();
        Region region = translator.make(List.of(call, function, back), machine.table(), Grade.COMPACT);
        java.util.Arrays.fill(vcpu.registers, 0);
        assertThat(region.run(vcpu, vcpu.registers, vcpu.memory)).isEqualTo(0x1010);
        assertThat(vcpu.translatedExit).isSameAs(Exit.SYSTEM_CALL);
        assertThat(vcpu.registers[2]).isEqualTo(500);
        assertThat(vcpu.registers[3]).isEqualTo(100);
    }

    /** A switch: each of its targets is a block of the region, and what is none leads out of it. */
    @Test
    void targetsOfASwitchStayInTheRegion() throws Exception {
        long[] targets = {0x2000, 0x2008, 0x1_0000_2000L, 0x3000, 0x40, 0x2010};
        builder.begin(0x1000);
        builder.at(0x1000);
        builder.jumpRegister(1);
        Block jump = builder.build();
        List<Block> blocks = new java.util.ArrayList<>(List.of(jump));
        for (int i = 0; i < targets.length; i++) {
            jump.noteTarget(targets[i]);
            builder.begin(targets[i]);
            builder.at(targets[i]);
            builder.load(2, i);
            builder.syscall(targets[i] + 4);
            blocks.add(builder.build());
        }
        Region region = translator.make(blocks, machine.table(), Grade.COMPACT);
        for (int i = 0; i < targets.length; i++) {
            vcpu.registers[1] = targets[i];
            vcpu.translatedExit = null;
            assertThat(region.run(vcpu, vcpu.registers, vcpu.memory)).isEqualTo(targets[i] + 4);
            assertThat(vcpu.translatedExit).isSameAs(Exit.SYSTEM_CALL);
            assertThat(vcpu.registers[2]).isEqualTo(i);
        }
        for (long other : new long[] {0x2004, 0x1_0000_2008L, 0x2_0000_2000L, -1}) {
            vcpu.registers[1] = other;
            vcpu.translatedExit = null;
            assertThat(region.run(vcpu, vcpu.registers, vcpu.memory)).isEqualTo(other);
            assertThat(vcpu.translatedExit).isNull();
        }
    }

    @Test
    void codeThatNobodyHasIsUnloaded() throws Exception {
        builder.begin(0x1000);
        builder.at(0x1000);
        builder.jump(0x2000);
        WeakReference<Class<?>> code =
                new WeakReference<>(translator.make(List.of(builder.build()), machine.table(), Grade.COMPACT).getClass());
        for (int i = 0; i < 50 && code.get() != null; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(code.get()).isNull();
    }
}
