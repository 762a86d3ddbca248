package org.nesteddune.engine.software.internal;

import java.util.Arrays;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.ir.Op;

/**
 * Which registers hold an int with its sign extended, and which 0 or 1, as far as the operations of a block tell.
 * What is done with ints alone may be done with them as such: HotSpot then leaves out the extensions in between, which it does not do
 * by itself.
 */
final class Narrowness {

    private final RegisterFile file;
    private final boolean[] narrow;
    private final boolean[] booleans;
    /** Which have been made of ints, so that taking them for such costs nothing, and making longs of them did. */
    private final boolean[] ints;
    /** The register that one is the opposite of, 1 for 0 and 0 for 1, or −1. */
    private final int[] opposites;
    // The last field that 0 or 1 has been inserted into, of which register and from which; or −1.
    private int fieldOf = -1;
    private int fieldSource;
    private long field;

    /** Registers that calls may change. */
    private final boolean[] shared;

    /** What is known at one place. */
    record Facts(boolean[] narrow, boolean[] booleans, boolean[] ints) {}

    /** @param shared registers that calls may change */
    Narrowness(RegisterFile file, boolean[] shared) {
        this.file = file;
        this.shared = shared;
        narrow = new boolean[file.size() + 1];
        booleans = new boolean[file.size() + 1];
        ints = new boolean[file.size() + 1];
        opposites = new int[file.size() + 1];
        forget();
    }

    /** A block begins. */
    void forget() {
        Arrays.fill(narrow, false);
        Arrays.fill(booleans, false);
        Arrays.fill(ints, false);
        Arrays.fill(opposites, -1);
        fieldOf = -1;
    }

    /** What is known here, for {@link #recall}. */
    Facts facts() {
        return new Facts(narrow.clone(), booleans.clone(), ints.clone());
    }

    /** Knows what was known at another place, and nothing else. */
    void recall(Facts facts) {
        System.arraycopy(facts.narrow, 0, narrow, 0, narrow.length);
        System.arraycopy(facts.booleans, 0, booleans, 0, booleans.length);
        System.arraycopy(facts.ints, 0, ints, 0, ints.length);
        Arrays.fill(opposites, -1);
        fieldOf = -1;
    }

    /** The register that a field of another one has been taken from, and still holds; or −1. */
    int source(int register, long imm) {
        return register == fieldOf && imm == field ? fieldSource : -1;
    }

    boolean is(int register, long imm) {
        return register == file.size() ? imm == (int) imm : register == file.zero() || narrow[register];
    }

    boolean isBoolean(int register) {
        return booleans[register];
    }

    /** Whether a register has been made of an int. */
    boolean isInt(int register) {
        return ints[register];
    }

    /** The register, 0 or 1, that a register is the opposite of; or −1. */
    int opposite(int register) {
        return opposites[register];
    }

    /** Whether what is done bit by bit is better done with ints: both are such, and not only by chance. */
    boolean areInts(int a, int b, long imm) {
        return is(a, imm) && is(b, imm) && (ints[a] || ints[b]) || b == file.size() && imm >= 0 && imm <= Integer.MAX_VALUE && ints[a];
    }

    private boolean isBoolean(int register, long imm) {
        return register == file.size() ? imm == 0 || imm == 1 : register == file.zero() || booleans[register];
    }

    private void forgetShared() {
        for (int register = 0; register < shared.length; register++) {
            if (shared[register]) {
                narrow[register] = false;
                booleans[register] = false;
                ints[register] = false;
            }
            if (shared[register] || opposites[register] >= 0 && shared[opposites[register]]) {
                opposites[register] = -1;
            }
        }
    }

    private void noteOpposite(int op, int d, int a, int b, long imm) {
        boolean constant = b == file.size();
        boolean opposite = a != d && isBoolean(a)
                && (op == Op.SLTU && constant && imm == 1
                || op == Op.SEQ && (b == file.zero() || constant && imm == 0)
                || op == Op.XOR && constant && imm == 1);
        for (int register = 0; register < opposites.length; register++) {
            if (opposites[register] == d) {
                opposites[register] = -1;
            }
        }
        opposites[d] = opposite ? a : op == Op.MOVE && a != d && a != file.size() ? opposites[a] : -1;
    }

    /** Notes what an operation leaves in its register. */
    void note(int op, int d, int a, int b, long imm) {
        if (op == Op.INSERT && d != a && imm >>> 8 == 1 && isBoolean(a)) {
            fieldOf = d;
            fieldSource = a;
            field = imm;
        } else if (op >= Op.FADDS || op == Op.CALL || d == fieldOf || d == fieldSource) {
            fieldOf = -1;
        }
        if (op >= Op.FADDS || op == Op.CALL) {
            // Calls, which operations on floating-point numbers may be, change more than their result.
            forgetShared();
        }
        if (d >= file.size() || op >= Op.STB && op <= Op.STD || op >= Op.BEQ && op < Op.FADDS) {
            return;
        }
        noteOpposite(op, d, a, b, imm);
        ints[d] = switch (op) {
            case Op.MOVE, Op.EXTRACT -> ints[a];
            case Op.AND, Op.OR, Op.XOR, Op.NOR, Op.ANDN, Op.ORN -> areInts(a, b, imm);
            case Op.CMOVZ, Op.CMOVNZ -> ints[d] && is(a, imm);
            case Op.SEXTB, Op.SEXTH, Op.SEXTW, Op.CLZ, Op.CLZW, Op.CTZ, Op.CTZW, Op.BSWAPW, Op.BITREVW, Op.HOLDS,
                    Op.LDB, Op.LDH, Op.LDW -> true;
            default -> op >= Op.ADDW && op <= Op.REMUW;
        };
        booleans[d] = switch (op) {
            case Op.MOVE -> isBoolean(a, imm);
            case Op.AND -> isBoolean(a, imm) || isBoolean(b, imm);
            case Op.OR, Op.XOR -> isBoolean(a, imm) && isBoolean(b, imm);
            case Op.CMOVZ, Op.CMOVNZ -> booleans[d] && isBoolean(a, imm);
            case Op.EXTRACT -> imm >>> 8 == 1;
            case Op.SEQ, Op.SNE, Op.SLT, Op.SLTU, Op.HOLDS, Op.SCW, Op.SCD -> true;
            default -> false;
        };
        narrow[d] = switch (op) {
            case Op.MOVE -> is(a, imm);
            case Op.AND -> is(a, imm) && is(b, imm) || b == file.size() && imm >= 0 && imm <= Integer.MAX_VALUE;
            case Op.OR, Op.XOR, Op.NOR, Op.ANDN, Op.ORN -> is(a, imm) && is(b, imm);
            case Op.CMOVZ, Op.CMOVNZ -> narrow[d] && is(a, imm);
            case Op.EXTRACT -> imm >>> 8 < 32;
            case Op.SEQ, Op.SNE, Op.SLT, Op.SLTU, Op.HOLDS, Op.SEXTB, Op.SEXTH, Op.SEXTW, Op.ZEXTB, Op.ZEXTH, Op.CLZ, Op.CLZW, Op.CTZ,
                    Op.CTZW, Op.BSWAPW, Op.BITREVW, Op.LDB, Op.LDBU, Op.LDH, Op.LDHU, Op.LDW, Op.LLW, Op.SCW, Op.SCD -> true;
            default -> op >= Op.ADDW && op <= Op.REMUW;
        };
    }
}
