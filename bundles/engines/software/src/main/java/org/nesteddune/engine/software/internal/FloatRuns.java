package org.nesteddune.engine.software.internal;

import java.util.BitSet;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.ir.Block;
import org.nesteddune.engine.software.ir.Op;

/**
 * The parts of a block whose floating-point results are tested together. A run begins with an instruction and holds nothing but loads
 * and arithmetic, so that it can be left at any place as if it had not begun: the registers it has written get back what they held, and it is
 * done once more with each result tested by itself. Immutable.
 */
final class FloatRuns {

    /**
     * A run.
     *
     * @param first its first operation
     * @param end the operation behind its last one
     * @param written the registers it writes, without temporaries
     */
    record Run(int first, int end, int[] written) {}

    private final Run[] runs;
    private final long[] words;
    private final int firstTemporary;

    FloatRuns(Block block, RegisterFile file) {
        words = block.words();
        firstTemporary = file.firstTemporary();
        runs = new Run[words.length];
        int i = 0;
        while (i < runs.length) {
            int end = i;
            boolean floats = false;
            while (end < runs.length && !hasEffect(op(words[end]))) {
                floats |= op(words[end]) >= Op.FADDS;
                end++;
            }
            int first = floats ? firstInstruction(block, i, end) : -1;
            if (first >= 0) {
                runs[first] = new Run(first, end, written(block, file, first, end));
            }
            i = end + 1;
        }
    }

    /** The first operation of the first instruction that has floating-point operations, if it has no effect before; else −1. */
    private static int firstInstruction(Block block, int from, int end) {
        int[] places = block.places();
        int first = -1;
        for (int i = from; i < end; i++) {
            if (i == 0 || places[i] != places[i - 1]) {
                first = i;
            }
            if (op(block.words()[i]) >= Op.FADDS && first >= 0) {
                return first;
            }
        }
        return -1;
    }

    private static int[] written(Block block, RegisterFile file, int first, int end) {
        BitSet written = new BitSet();
        for (int i = first; i < end; i++) {
            int d = (int) (block.words()[i] >>> 16) & 0xffff;
            if (d < file.firstTemporary()) {
                written.set(d);
            }
        }
        return written.stream().toArray();
    }

    private static int op(long word) {
        return (int) word & 0xffff;
    }

    /** Whether an operation changes more than a register, or leads elsewhere. */
    private static boolean hasEffect(int op) {
        return op >= Op.STB && op < Op.FADDS;
    }

    /**
     * Whether an operation of a run is a comparison whose result nothing asks for but the operation behind it.
     */
    boolean isJoined(int i, Run run) {
        int op = op(words[i]);
        int order = (int) (words[i] >>> 16) & 0xffff;
        if (op != Op.FCMPS && op != Op.FCMPD || order < firstTemporary || i + 1 >= run.end()
                || op(words[i + 1]) != Op.HOLDS || !reads(words[i + 1], order)) {
            return false;
        }
        for (int next = i + 2; next < words.length; next++) {
            if (reads(words[next], order)) {
                return false;
            }
            if (((int) (words[next] >>> 16) & 0xffff) == order) {
                return true;
            }
        }
        return true;
    }

    private static boolean reads(long word, int register) {
        return ((int) (word >>> 32) & 0xffff) == register || (int) (word >>> 48) == register;
    }

    /** Whether a run ends where the block is left, and not with a store, of which there are many where there are some. */
    boolean endsByBranch(Run run) {
        return run.end() == words.length || op(words[run.end()]) >= Op.BEQ;
    }

    /** The run that begins with an operation, or null. */
    Run beginningAt(int i) {
        return runs[i];
    }

    /**
     * Whether a sum that is no number, or infinite, makes a later result of the run so, which is looked at instead: where it is an operand of
     * a sum or product.
     */
    boolean shows(Run run, int i) {
        int format = op(words[i]) >= Op.FADDD ? Op.FADDD : Op.FADDS;
        int d = (int) (words[i] >>> 16) & 0xffff;
        for (int next = i + 1; next < run.end(); next++) {
            long word = words[next];
            int each = op(word);
            if (reads(word, d) && each >= format && each <= format + Op.FMULS - Op.FADDS) {
                return true;
            }
            if (((int) (word >>> 16) & 0xffff) == d) {
                return false;
            }
        }
        return false;
    }
}
