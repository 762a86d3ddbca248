package org.nesteddune.loongarch;

import org.nesteddune.engine.software.GuestCpu;

/**
 * What is done with whole vector registers by a call, because it is too long for operations. An element's size is told as 0 to 4 for 8 to 128
 * bits.
 */
enum VectorOp {
    // Element by element (Lanes)
    SEQ, SLE, SLEU, SLT, SLTU, ADD, SUB, SADD, SSUB, SADDU, SSUBU, ADDA, ABSD, ABSDU, AVG, AVGU, AVGR, AVGRU, MAX, MIN,
    MAXU, MINU, MUL, MUH, MUHU, MADD, MSUB, DIV, MOD, DIVU, MODU, SLL, SRL, SRA, ROTR, SRLR, SRAR, BITCLR, BITSET,
    BITREV, SIGNCOV, SAT, SATU, CLO, CLZ, PCNT, NEG,
    // With elements of twice or half the size (Widths)
    WADD, WSUB, WMUL, WMADD, ADDQ, SUBQ, EXTEND, NARROW,
    // Places of elements, and masks of them (Places)
    PACKEV, PACKOD, ILVL, ILVH, PICKEV, PICKOD, REPLVE, SHUF, SHUFB, SHUF4I, SHUF4ID, PERMI, EXTRINS, BSLL, BSRL, FRSTP,
    MSKLTZ, MSKGEZ, MSKNZ, SETANYEQZ, SETALLNEZ,
    // Floating point (VectorFloat)
    FADD, FSUB, FMUL, FDIV, FMAX, FMIN, FMAXA, FMINA, FMADD, FLOGB, FCLASS, FSQRT, FRECIP, FRSQRT, FRINT, FCMP, FTINT,
    FTINTU, FFINT, FFINTU, FNARROW, FWIDEN, FFINTSL, FTINTWD, FFINTDW, FTINTLS;

    private static final VectorOp[] ALL = values();

    private static final int OP = 18;
    private static final int SIZE = 15;
    private static final int SIZES = 7;
    private static final int IMMEDIATE = 0x7fff;

    /** The function number for {@link #execute}. */
    int call(int size, int immediate) {
        return Call.VECTOR | ordinal() << OP | size << SIZE | immediate;
    }

    private boolean isLanes() {
        return compareTo(NEG) <= 0;
    }

    private boolean isFloat() {
        return compareTo(FADD) >= 0;
    }

    /** Whether it writes the cause of the control register. */
    boolean tellsCause() {
        return isFloat() && this != FCLASS;
    }

    /**
     * Carries out an operation.
     *
     * @param aLow lower word of the first operand; the upper one is in {@link LoongRegisters#OPERAND}
     * @param bLow lower word of the second; its upper one follows there, then both of the third
     * @return the lower word of the result; the upper one goes into {@link LoongRegisters#OPERAND}
     */
    static long execute(GuestCpu cpu, int function, long aLow, long bLow) {
        VectorOp op = ALL[(function & ~Call.VECTOR) >>> OP];
        int size = function >>> SIZE & SIZES;
        int immediate = function & IMMEDIATE;
        long[] registers = cpu.registers();
        int more = LoongRegisters.OPERAND;
        long aHigh = registers[more];
        long bHigh = registers[more + 1];
        long cLow = registers[more + 2];
        long cHigh = registers[more + 3];
        if (op.isLanes()) {
            registers[more] = Lanes.half(op, size, aHigh, bHigh, cHigh);
            return Lanes.half(op, size, aLow, bLow, cLow);
        }
        if (size == 0 && op.compareTo(MSKLTZ) >= 0 && op.compareTo(SETALLNEZ) <= 0) {
            registers[more] = 0;
            return Places.bytes(op, aLow, aHigh);
        }
        long[] result = new long[2];
        if (op.isFloat()) {
            new VectorFloat(cpu, aLow, aHigh, bLow, bHigh, cLow, cHigh).execute(op, size, immediate, result);
        } else if (op.compareTo(PACKEV) >= 0) {
            Places.execute(op, size, immediate, new Vector(aLow, aHigh), new Vector(bLow, bHigh), new Vector(cLow, cHigh), result);
        } else {
            Widths.execute(op, size, immediate, new Vector(aLow, aHigh), new Vector(bLow, bHigh), new Vector(cLow, cHigh), result);
        }
        registers[more] = result[1];
        return result[0];
    }
}
