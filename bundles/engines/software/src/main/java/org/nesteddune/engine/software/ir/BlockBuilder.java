package org.nesteddune.engine.software.ir;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.RegisterFile;

/**
 * Takes the operations of a block. A decoder calls {@link #at} before each instruction, then adds what that does, and ends with
 * {@link #jump}, {@link #jumpRegister}, {@link #syscall} or {@link #exit}. Used by one thread at a time; can be used again.
 */
public final class BlockBuilder {

    /** As many instructions a block has at most, unless the last needs one more. */
    private static final int MOST_INSTRUCTIONS = 64;

    private final RegisterFile file;
    private long pc;
    private int place;
    private int instructions;
    private int most = MOST_INSTRUCTIONS;
    private int count;
    private int temporaries;
    private long[] words = new long[64];
    private long[] constants = new long[64];
    private int[] places = new int[64];
    private final List<Exit> exits = new ArrayList<>();
    private boolean ended;

    /** @param file the registers that operations may name */
    public BlockBuilder(RegisterFile file) {
        this.file = file;
    }

    /** Begins a block. */
    public void begin(long address) {
        pc = address;
        place = 0;
        instructions = 0;
        count = 0;
        temporaries = 0;
        exits.clear();
        ended = false;
    }

    /** Limits the blocks that are begun from now on to one instruction each, with its delay slot; or not so any more. */
    public void single(boolean only) {
        most = only ? 1 : MOST_INSTRUCTIONS;
    }

    /** The register number that stands for an operation's constant. */
    public int imm() {
        return file.size();
    }

    /** A temporary, the next of a block's; they are not used again within the instruction and the one after it. */
    public int temporary() {
        return file.firstTemporary() + temporaries++ % file.temporaries();
    }

    /**
     * An instruction begins: what is added from now on belongs to it. For an instruction in a delay slot the address is the
     * branch's, because that is where a fault is reported and where the guest goes on afterwards.
     */
    public void at(long address) {
        place = (int) (address - pc);
        instructions++;
    }

    /** Whether the block should end. */
    public boolean isFull() {
        return instructions >= most;
    }

    /** Whether the block has its end. */
    public boolean isEnded() {
        return ended;
    }

    /** The number of a bit field for {@link Op#EXTRACT} and {@link Op#INSERT}. */
    public static long field(int position, int size) {
        return position | (long) size << 8;
    }

    /** Adds an operation. */
    public void add(int op, int d, int a, int b, long constant) {
        if (ended) {
            throw new IllegalStateException("the block has ended");
        }
        if (count == words.length) {
            words = Arrays.copyOf(words, 2 * count);
            constants = Arrays.copyOf(constants, 2 * count);
            places = Arrays.copyOf(places, 2 * count);
        }
        words[count] = op | (long) d << 16 | (long) a << 32 | (long) b << 48;
        constants[count] = constant;
        places[count] = place;
        count++;
    }

    /** Adds an operation on registers. */
    public void add(int op, int d, int a, int b) {
        add(op, d, a, b, 0);
    }

    /** Adds an operation on a register and a constant. */
    public void addConstant(int op, int d, int a, long constant) {
        add(op, d, a, imm(), constant);
    }

    /** Adds an operation on one register. */
    public void addUnary(int op, int d, int a) {
        add(op, d, a, a, 0);
    }

    /** d = a constant. */
    public void load(int d, long constant) {
        add(Op.MOVE, d, imm(), imm(), constant);
    }

    /** A conditional branch. */
    public void branch(int op, int a, int b, long target) {
        add(op, imm(), a, b, target);
    }

    /** Ends the block: it goes on at an address. */
    public void jump(long target) {
        add(Op.JUMP, imm(), imm(), imm(), target);
        ended = true;
    }

    /** Ends the block: it goes on where a register says. */
    public void jumpRegister(int a) {
        add(Op.JUMPR, imm(), a, a, 0);
        ended = true;
    }

    /** Ends the block with a system call. */
    public void syscall(long next) {
        add(Op.SYSCALL, imm(), imm(), imm(), next);
        ended = true;
    }

    /** Ends the block with an exit at the current instruction. */
    public void exit(Exit exit) {
        add(Op.EXIT, imm(), imm(), imm(), number(exit));
        ended = true;
    }

    /** An exit at the current instruction if a register is not 0. */
    public void exitIf(int a, Exit exit) {
        add(Op.EXITNZ, imm(), a, a, number(exit));
    }

    private int number(Exit exit) {
        int number = exits.indexOf(exit);
        if (number < 0) {
            number = exits.size();
            exits.add(exit);
        }
        return number;
    }

    /** The block. */
    public Block build() {
        if (!ended) {
            throw new IllegalStateException("the block has no end");
        }
        return new Block(
                pc,
                instructions,
                Arrays.copyOf(words, count),
                Arrays.copyOf(constants, count),
                Arrays.copyOf(places, count),
                exits.toArray(Exit[]::new));
    }
}
