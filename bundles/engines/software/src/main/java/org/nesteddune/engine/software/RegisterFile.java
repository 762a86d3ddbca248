package org.nesteddune.engine.software;

/**
 * How an architecture's registers lie in a vCPU's file of 64-bit words.
 *
 * <pre>
 *   0                integers          + vectors         + temporaries
 *   | integer and    | floating-point  | temporaries     |
 *   | other registers| and vector words| of one block    |
 * </pre>
 *
 * @param integers how many registers the architecture's {@link org.nesteddune.arch.RegisterSet} has
 * @param vectors words of floating-point and vector state, which {@link org.nesteddune.arch.CpuState#readVector} copies
 * @param temporaries words that are undefined at a block's beginning
 * @param zero the register that is always 0 and never written, or −1 if there is none
 * @param programCounter number of the program counter; it is current only while no code is run
 */
public record RegisterFile(int integers, int vectors, int temporaries, int programCounter, int zero) {

    /** As many words a file has at most: the interpreter names them, and one more for constants, with 10 bits. */
    public static final int MOST = 1023;

    public RegisterFile {
        if (integers <= 0 || vectors < 0 || temporaries < 0 || programCounter < 0 || programCounter >= integers) {
            throw new IllegalArgumentException("not a register file");
        }
        if (integers + vectors + temporaries > MOST) {
            throw new IllegalArgumentException("too many registers");
        }
    }

    /** The number of the first temporary. */
    public int firstTemporary() {
        return integers + vectors;
    }

    /** All words. */
    public int size() {
        return integers + vectors + temporaries;
    }
}
