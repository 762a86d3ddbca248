package org.nesteddune.syscall;

/**
 * Number and arguments of the system call that a guest thread is in. One instance a thread, overwritten by its next
 * call. Not thread-safe.
 */
public final class SyscallArguments {

    /** The greatest number of arguments of a Linux system call. */
    public static final int COUNT = 6;

    private final long[] values = new long[COUNT];
    private int number;

    /** The architecture's number of the call. */
    public int number() {
        return number;
    }

    /** Sets the number; the dispatcher's business. */
    public void number(int value) {
        number = value;
    }

    /** Argument 0 to 5, all 64 bits. */
    public long get(int index) {
        return values[index];
    }

    /** Argument 0 to 5 as a C {@code int}: the lower 32 bits. */
    public int getInt(int index) {
        return (int) values[index];
    }

    /** Sets an argument; the dispatcher's business. */
    public void set(int index, long value) {
        values[index] = value;
    }
}
