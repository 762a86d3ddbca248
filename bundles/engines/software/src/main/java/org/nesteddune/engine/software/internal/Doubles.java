package org.nesteddune.engine.software.internal;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;

/**
 * Which registers of a region are variables of the type double, because most operations on them in it are such on doubles. Patterns that
 * are moved between the processor's two kinds of registers cost time where that is part of a loop's recurrence, and a variable has one type
 * throughout. Immutable.
 */
final class Doubles {

    /** All bits of a double but its sign: the operand of what takes the absolute value. */
    static final long MAGNITUDE = Long.MAX_VALUE;

    /** The sign of a double: the operand of what changes it. */
    static final long SIGN = Long.MIN_VALUE;

    private final boolean[] doubles;

    Doubles(List<Block> blocks, RegisterFile file) {
        int[] votes = new int[file.size() + 1];
        List<int[]> moves = new ArrayList<>();
        for (Block block : blocks) {
            for (int i = 0; i < block.words().length; i++) {
                vote(block.words()[i], block.constants()[i], file.size(), votes, moves);
            }
        }
        // What is only moved is as that is which it is moved from or to.
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int[] move : moves) {
                changed |= follow(votes, move[0], move[1]) || follow(votes, move[1], move[0]);
            }
        }
        doubles = new boolean[file.size() + 1];
        for (int register = 0; register < file.size(); register++) {
            doubles[register] = votes[register] > 0 && register != file.zero();
        }
    }

    private static boolean follow(int[] votes, int register, int other) {
        if (votes[register] == 0 && votes[other] > 0) {
            votes[register] = 1;
            return true;
        }
        return false;
    }

    private static void vote(long word, long imm, int constant, int[] votes, List<int[]> moves) {
        int op = (int) word & 0xffff;
        int d = (int) (word >>> 16) & 0xffff;
        int a = (int) (word >>> 32) & 0xffff;
        int b = (int) (word >>> 48);
        switch (op) {
            case Op.FADDD, Op.FSUBD, Op.FMULD, Op.FDIVD, Op.FMADDD, Op.FMSUBD, Op.FNMADDD, Op.FNMSUBD -> {
                votes[d]++;
                votes[a]++;
                votes[b]++;
            }
            case Op.FSQRTD -> {
                votes[d]++;
                votes[a]++;
            }
            case Op.FCMPD -> {
                votes[d]--;
                votes[a]++;
                votes[b]++;
            }
            case Op.FCVTDS, Op.FCVTDW, Op.FCVTDL -> {
                votes[d]++;
                votes[a]--;
            }
            case Op.FCVTSD, Op.FTRUNCWD, Op.FTRUNCLD -> {
                votes[d]--;
                votes[a]++;
            }
            case Op.MOVE -> {
                if (a != constant) {
                    moves.add(new int[] {d, a});
                }
            }
            case Op.LDD -> votes[a]--;
            case Op.STD -> votes[a]--;
            default -> {
                if (op == Op.AND && b == constant && imm == MAGNITUDE || op == Op.XOR && b == constant && imm == SIGN) {
                    moves.add(new int[] {d, a});
                } else {
                    votes[d]--;
                    votes[a]--;
                    votes[b]--;
                }
            }
        }
    }

    /** Whether a register is a double. */
    boolean is(int register) {
        return doubles[register];
    }
}
