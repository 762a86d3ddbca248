package org.nesteddune.engine.software.internal;

import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;
import org.nesteddune.host.Memory;

/** Carries out blocks, one operation after the other. One for each vCPU; used by its thread. */
final class Interpreter {

    private final SoftwareVcpu cpu;
    private final SoftMemory memory;
    private final SoftwareArchitecture architecture;
    private final long[] registers;
    private final int constant;
    private final FloatGuard guard;
    private Exit exit;

    Interpreter(SoftwareVcpu cpu, SoftwareArchitecture architecture) {
        this.cpu = cpu;
        this.memory = cpu.memory;
        this.architecture = architecture;
        this.registers = cpu.registers;
        this.constant = registers.length - 1;
        this.guard = architecture.floatGuard();
    }

    /** Why the last block left the guest, or null if it did not. */
    Exit exit() {
        return exit;
    }

    private boolean hostFloats() {
        return (registers[guard.register()] & guard.mask()) == guard.value();
    }

    /**
     * Runs a block.
     *
     * @return where the guest goes on
     */
    long run(Block block) {
        long[] r = registers;
        long[] words = block.words();
        long[] constants = block.constants();
        exit = null;
        int i = 0;
        try {
            for (;; i++) {
                long word = words[i];
                long imm = constants[i];
                r[constant] = imm;
                int d = (int) (word >>> 16) & 0xffff;
                long a = r[(int) (word >>> 32) & 0xffff];
                long b = r[(int) (word >>> 48)];
                switch ((int) word & 0xffff) {
                    case Op.MOVE -> r[d] = a;
                    case Op.ADD -> r[d] = a + b;
                    case Op.SUB -> r[d] = a - b;
                    case Op.AND -> r[d] = a & b;
                    case Op.OR -> r[d] = a | b;
                    case Op.XOR -> r[d] = a ^ b;
                    case Op.NOR -> r[d] = ~(a | b);
                    case Op.ANDN -> r[d] = a & ~b;
                    case Op.ORN -> r[d] = a | ~b;
                    case Op.SHL -> r[d] = a << b;
                    case Op.SHR -> r[d] = a >>> b;
                    case Op.SAR -> r[d] = a >> b;
                    case Op.ROTR -> r[d] = Long.rotateRight(a, (int) b);
                    case Op.MUL -> r[d] = a * b;
                    case Op.MULHS -> r[d] = Math.multiplyHigh(a, b);
                    case Op.MULHU -> r[d] = Arithmetic.multiplyHighUnsigned(a, b);
                    case Op.DIVS -> r[d] = Arithmetic.divide(a, b);
                    case Op.DIVU -> r[d] = Arithmetic.divideUnsigned(a, b);
                    case Op.REMS -> r[d] = Arithmetic.remainder(a, b);
                    case Op.REMU -> r[d] = Arithmetic.remainderUnsigned(a, b);
                    case Op.ADDW -> r[d] = (int) (a + b);
                    case Op.SUBW -> r[d] = (int) (a - b);
                    case Op.SHLW -> r[d] = (int) a << (int) b;
                    case Op.SHRW -> r[d] = (int) a >>> (int) b;
                    case Op.SARW -> r[d] = (int) a >> (int) b;
                    case Op.ROTRW -> r[d] = Integer.rotateRight((int) a, (int) b);
                    case Op.MULW -> r[d] = (int) a * (int) b;
                    case Op.DIVSW -> r[d] = Arithmetic.divide((int) a, (int) b);
                    case Op.DIVUW -> r[d] = Arithmetic.divideUnsigned((int) a, (int) b);
                    case Op.REMSW -> r[d] = Arithmetic.remainder((int) a, (int) b);
                    case Op.REMUW -> r[d] = Arithmetic.remainderUnsigned((int) a, (int) b);
                    case Op.SEQ -> r[d] = a == b ? 1 : 0;
                    case Op.SNE -> r[d] = a != b ? 1 : 0;
                    case Op.SLT -> r[d] = a < b ? 1 : 0;
                    case Op.SLTU -> r[d] = a + Long.MIN_VALUE < b + Long.MIN_VALUE ? 1 : 0;
                    case Op.SEXTB -> r[d] = (byte) a;
                    case Op.SEXTH -> r[d] = (short) a;
                    case Op.SEXTW -> r[d] = (int) a;
                    case Op.ZEXTB -> r[d] = a & 0xff;
                    case Op.ZEXTH -> r[d] = a & 0xffff;
                    case Op.ZEXTW -> r[d] = a & 0xffff_ffffL;
                    case Op.CLZ -> r[d] = Long.numberOfLeadingZeros(a);
                    case Op.CLZW -> r[d] = Integer.numberOfLeadingZeros((int) a);
                    case Op.CTZ -> r[d] = Long.numberOfTrailingZeros(a);
                    case Op.CTZW -> r[d] = Integer.numberOfTrailingZeros((int) a);
                    case Op.BSWAP -> r[d] = Long.reverseBytes(a);
                    case Op.BSWAPW -> r[d] = Integer.reverseBytes((int) a);
                    case Op.BSWAPH -> r[d] = Arithmetic.swapBytesInHalves(a);
                    case Op.BITREV -> r[d] = Long.reverse(a);
                    case Op.BITREVW -> r[d] = Integer.reverse((int) a);
                    case Op.CMOVZ -> {
                        if (b == 0) {
                            r[d] = a;
                        }
                    }
                    case Op.CMOVNZ -> {
                        if (b != 0) {
                            r[d] = a;
                        }
                    }
                    case Op.EXTRACT -> r[d] = Arithmetic.extract(a, imm);
                    case Op.INSERT -> r[d] = Arithmetic.insert(r[d], a, imm);
                    case Op.LDB -> r[d] = memory.loadByte(a + imm);
                    case Op.LDBU -> r[d] = memory.loadByte(a + imm) & 0xffL;
                    case Op.LDH -> r[d] = memory.loadShort(a + imm);
                    case Op.LDHU -> r[d] = memory.loadShort(a + imm) & 0xffffL;
                    case Op.LDW -> r[d] = memory.loadInt(a + imm);
                    case Op.LDWU -> r[d] = memory.loadInt(a + imm) & 0xffff_ffffL;
                    case Op.LDD -> r[d] = memory.loadLong(a + imm);
                    case Op.STB -> memory.storeByte(a + imm, (byte) b);
                    case Op.STH -> memory.storeShort(a + imm, (short) b);
                    case Op.STW -> memory.storeInt(a + imm, (int) b);
                    case Op.STD -> memory.storeLong(a + imm, b);
                    case Op.LLW -> r[d] = memory.loadLinked(a + imm, 4);
                    case Op.LLD -> r[d] = memory.loadLinked(a + imm, 8);
                    case Op.SCW -> r[d] = memory.storeConditional(a + imm, b, 4);
                    case Op.SCD -> r[d] = memory.storeConditional(a + imm, b, 8);
                    case Op.FENCE -> Memory.fullFence();
                    case Op.CALL -> r[d] = architecture.call(cpu, (int) imm, a, b);
                    case Op.BEQ -> {
                        if (a == b) {
                            return imm;
                        }
                    }
                    case Op.BNE -> {
                        if (a != b) {
                            return imm;
                        }
                    }
                    case Op.BLT -> {
                        if (a < b) {
                            return imm;
                        }
                    }
                    case Op.BGE -> {
                        if (a >= b) {
                            return imm;
                        }
                    }
                    case Op.BLTU -> {
                        if (Long.compareUnsigned(a, b) < 0) {
                            return imm;
                        }
                    }
                    case Op.BGEU -> {
                        if (Long.compareUnsigned(a, b) >= 0) {
                            return imm;
                        }
                    }
                    case Op.JUMP -> {
                        return imm;
                    }
                    case Op.JUMPR -> {
                        block.noteTarget(a);
                        return a;
                    }
                    case Op.SYSCALL -> {
                        memory.unlink();
                        exit = Exit.SYSTEM_CALL;
                        return imm;
                    }
                    case Op.EXIT -> {
                        memory.unlink();
                        exit = block.exit((int) imm);
                        return block.pc() + block.places()[i];
                    }
                    case Op.EXITNZ -> {
                        if (a != 0) {
                            memory.unlink();
                            exit = block.exit((int) imm);
                            return block.pc() + block.places()[i];
                        }
                    }
                    case Op.FADDS -> {
                        long result = Floats.addS(a, b);
                        r[d] = hostFloats() && Floats.isSumS(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FSUBS -> {
                        long result = Floats.subtractS(a, b);
                        r[d] = hostFloats() && Floats.isSumS(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FMULS -> {
                        long result = Floats.multiplyS(a, b);
                        r[d] = hostFloats() && Floats.isNormalS(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FDIVS -> {
                        long result = Floats.divideS(a, b);
                        r[d] = hostFloats() && Floats.isNormalS(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FSQRTS -> {
                        long result = Floats.squareRootS(a, b);
                        r[d] = hostFloats() && Floats.isNormalS(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FADDD -> {
                        long result = Floats.addD(a, b);
                        r[d] = hostFloats() && Floats.isSumD(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FSUBD -> {
                        long result = Floats.subtractD(a, b);
                        r[d] = hostFloats() && Floats.isSumD(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FMULD -> {
                        long result = Floats.multiplyD(a, b);
                        r[d] = hostFloats() && Floats.isNormalD(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FDIVD -> {
                        long result = Floats.divideD(a, b);
                        r[d] = hostFloats() && Floats.isNormalD(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FSQRTD -> {
                        long result = Floats.squareRootD(a, b);
                        r[d] = hostFloats() && Floats.isNormalD(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FCMPS -> {
                        long result = Floats.compareS(a, b);
                        r[d] = Floats.isOrdered(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FCMPD -> {
                        long result = Floats.compareD(a, b);
                        r[d] = Floats.isOrdered(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FCVTDS -> {
                        long result = Floats.doubleFromSingle(a, b);
                        r[d] = Floats.isSumD(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FCVTSD -> {
                        long result = Floats.singleFromDouble(a, b);
                        r[d] = hostFloats() && Floats.isNarrowed(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FCVTDW -> {
                        long result = Floats.doubleFromWord(a, b);
                        r[d] = Floats.isAnything(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FCVTDL -> {
                        long result = Floats.doubleFromLong(a, b);
                        r[d] = hostFloats() && Floats.isAnything(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FTRUNCWD -> {
                        long result = Floats.wordFromDouble(a, b);
                        r[d] = hostFloats() && Floats.isInWord(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    case Op.FTRUNCLD -> {
                        long result = Floats.longFromDouble(a, b);
                        r[d] = hostFloats() && Floats.isInLong(a, b, result) ? result : architecture.call(cpu, (int) imm, a, b);
                    }
                    default -> throw new IllegalStateException("operation " + (word & 0xffff));
                }
            }
        } catch (GuestExit fault) {
            memory.unlink();
            exit = fault.reason();
            return block.pc() + block.places()[i];
        } catch (InternalError lost) {
            // How the JVM tells of a SIGBUS: the file behind a mapping has become shorter.
            memory.unlink();
            exit = new Exit.BackingFault();
            return block.pc() + block.places()[i];
        }
    }
}
