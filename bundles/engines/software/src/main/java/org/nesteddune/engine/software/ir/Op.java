package org.nesteddune.engine.software.ir;

/**
 * The operations. Each has a register {@code d} that it writes, registers {@code a} and {@code b} that it reads, and a constant
 * {@code imm}; {@code a} or {@code b} may be {@link BlockBuilder#imm} to stand for the constant. All are total: no operand makes
 * them fail, but for accesses to memory. Those whose name ends in W take the lower 32 bits of their operands and give a
 * 32-bit result with its sign extended. Constants only.
 */
public final class Op {

    /** d = a. */
    public static final int MOVE = 0;
    public static final int ADD = 1;
    public static final int SUB = 2;
    public static final int AND = 3;
    public static final int OR = 4;
    public static final int XOR = 5;
    public static final int NOR = 6;
    /** d = a and not b. */
    public static final int ANDN = 7;
    /** d = a or not b. */
    public static final int ORN = 8;
    /** Shifts by the lower 6 bits of b. */
    public static final int SHL = 9;
    public static final int SHR = 10;
    public static final int SAR = 11;
    public static final int ROTR = 12;
    public static final int MUL = 13;
    /** Upper half of the signed product. */
    public static final int MULHS = 14;
    /** Upper half of the unsigned product. */
    public static final int MULHU = 15;
    /** Quotients and remainders: by 0 the quotient is all ones and the remainder the dividend. */
    public static final int DIVS = 16;
    public static final int DIVU = 17;
    public static final int REMS = 18;
    public static final int REMU = 19;

    public static final int ADDW = 20;
    public static final int SUBW = 21;
    /** Shifts by the lower 5 bits of b. */
    public static final int SHLW = 22;
    public static final int SHRW = 23;
    public static final int SARW = 24;
    public static final int ROTRW = 25;
    public static final int MULW = 26;
    public static final int DIVSW = 27;
    public static final int DIVUW = 28;
    public static final int REMSW = 29;
    public static final int REMUW = 30;

    /** d = 1 or 0. */
    public static final int SEQ = 31;
    public static final int SNE = 32;
    public static final int SLT = 33;
    public static final int SLTU = 34;

    /** Sign extension of the lower 8, 16, 32 bits of a. */
    public static final int SEXTB = 35;
    public static final int SEXTH = 36;
    public static final int SEXTW = 37;
    public static final int ZEXTB = 38;
    public static final int ZEXTH = 39;
    public static final int ZEXTW = 40;
    /** Leading and trailing zeros; the operand's width where there is no one. */
    public static final int CLZ = 41;
    public static final int CLZW = 42;
    public static final int CTZ = 43;
    public static final int CTZW = 44;
    /** Reverses the bytes. */
    public static final int BSWAP = 45;
    public static final int BSWAPW = 46;
    /** Swaps the bytes in each 16-bit part. */
    public static final int BSWAPH = 47;
    /** Reverses the bits. */
    public static final int BITREV = 48;
    public static final int BITREVW = 49;

    /** If b is 0: d = a, else d stays. */
    public static final int CMOVZ = 50;
    /** If b is not 0: d = a, else d stays. */
    public static final int CMOVNZ = 51;
    /** d = the unsigned field of a that {@link BlockBuilder#field} names by imm. */
    public static final int EXTRACT = 52;
    /** The field of d that {@link BlockBuilder#field} names by imm becomes the lower bits of a. */
    public static final int INSERT = 53;

    /**
     * d = 1 if the constant names the order a that {@link #FCMPS} or {@link #FCMPD} has given, else 0: bit 0 is for less, bit 1 for equal, bit 2 for
     * greater, bit 3 for not ordered.
     */
    public static final int HOLDS = 54;

    /** d = memory at a + imm. */
    public static final int LDB = 55;
    public static final int LDBU = 56;
    public static final int LDH = 57;
    public static final int LDHU = 58;
    public static final int LDW = 59;
    public static final int LDWU = 60;
    public static final int LDD = 61;
    /** Memory at a + imm = b. */
    public static final int STB = 62;
    public static final int STH = 63;
    public static final int STW = 64;
    public static final int STD = 65;
    /** As the loads, and remembers address and value for the next conditional store. */
    public static final int LLW = 66;
    public static final int LLD = 67;
    /** If memory at a + imm still is as it was loaded: memory = b, d = 2; else d = 0. */
    public static final int SCW = 68;
    public static final int SCD = 69;
    /** All accesses before come before all that follow. */
    public static final int FENCE = 70;

    /** d = {@link org.nesteddune.engine.software.SoftwareArchitecture#call} of function imm with a and b. */
    public static final int CALL = 71;

    /** Leaves the block for address imm if a is as said to b. */
    public static final int BEQ = 72;
    public static final int BNE = 73;
    public static final int BLT = 74;
    public static final int BGE = 75;
    public static final int BLTU = 76;
    public static final int BGEU = 77;
    /** Leaves the block for address imm. */
    public static final int JUMP = 78;
    /** Leaves the block for the address in a. */
    public static final int JUMPR = 79;
    /** Leaves the guest for a system call; it goes on at address imm. */
    public static final int SYSCALL = 80;
    /** Leaves the guest at this instruction, with exit number imm of the block. */
    public static final int EXIT = 81;
    /** Leaves the guest at this instruction if a is not 0, with exit number imm of the block. */
    public static final int EXITNZ = 82;

    // Floating point on bit patterns, singles in the lower half with zeros above. What is given is the nearest number, ties to
    // even; where that would not be all of it (a NaN, an infinity, too small a number, an exception, another rounding mode), they are
    // the CALL of function imm. Which they are the architecture's FloatGuard says.
    public static final int FADDS = 100;
    public static final int FSUBS = 101;
    public static final int FMULS = 102;
    public static final int FDIVS = 103;
    /** √a; b is a. */
    public static final int FSQRTS = 104;
    public static final int FADDD = 105;
    public static final int FSUBD = 106;
    public static final int FMULD = 107;
    public static final int FDIVD = 108;
    public static final int FSQRTD = 109;
    /** d = −1, 0 or 1 as a is less than, equal to or greater than b; if they are not ordered, 2 or what the call gives. */
    public static final int FCMPS = 110;
    public static final int FCMPD = 111;
    /** Double from single, single from double; b is a. */
    public static final int FCVTDS = 112;
    public static final int FCVTSD = 113;
    /** Double from a 32-bit and a 64-bit integer. */
    public static final int FCVTDW = 114;
    public static final int FCVTDL = 115;
    /** Integer from double, towards zero: 32 bits with zeros above, and 64 bits. */
    public static final int FTRUNCWD = 116;
    public static final int FTRUNCLD = 117;
    // Fused, with one rounding: d = ±(a · b) ± d. The CALL must have the addend from elsewhere.
    /** a · b + d. */
    public static final int FMADDS = 118;
    /** a · b − d. */
    public static final int FMSUBS = 119;
    /** −(a · b) − d. */
    public static final int FNMADDS = 120;
    /** −(a · b) + d. */
    public static final int FNMSUBS = 121;
    public static final int FMADDD = 122;
    public static final int FMSUBD = 123;
    public static final int FNMADDD = 124;
    public static final int FNMSUBD = 125;

    private Op() {
    }
}
