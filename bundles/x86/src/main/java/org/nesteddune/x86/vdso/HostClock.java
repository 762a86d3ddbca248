package org.nesteddune.x86.vdso;

import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.NativeCode;
import org.nesteddune.linux.Time;
import org.nesteddune.x86.asm.Assembler;
import org.nesteddune.x86.asm.Operand;
import org.nesteddune.x86.asm.Register;

/** Reads the host's time-stamp counter and clocks together. For one thread; to be closed. */
class HostClock implements AutoCloseable {

    /** How often a clock is read at least, and at most while no reading is narrow. */
    private static final int TRIES = 3;

    private static final int GREATEST_TRIES = 30;

    private static final long NANOS = 1_000_000_000;

    // What the emitted function writes
    private static final int BEFORE = 0;
    private static final int AFTER = 8;
    private static final int TIMESPEC = 16;
    private static final int SIZE = 32;

    private final NativeCode code = new NativeCode(emit());
    private final NativeBuffer result = new NativeBuffer(SIZE);
    private final long clockGettime;
    private long narrowest = Long.MAX_VALUE / 2;

    /** Reads the host's clocks as C programs do. */
    HostClock() {
        this(NativeCode.libraryFunction("clock_gettime"));
    }

    /** Reads clocks by any function with the signature of {@code clock_gettime}. */
    HostClock(long clockGettime) {
        this.clockGettime = clockGettime;
    }

    /** The counter now. */
    long counter() {
        return once(Time.CLOCK_MONOTONIC).counter();
    }

    /** Reads a clock, a few times: an interrupt between its beginning and its end makes a reading useless. */
    Reading read(int clock) {
        Reading best = once(clock);
        for (int i = 1; i < TRIES || (i < GREATEST_TRIES && best.width() > 2 * narrowest); i++) {
            Reading reading = once(clock);
            if (reading.width() < best.width()) {
                best = reading;
            }
            narrowest = Math.min(narrowest, best.width());
        }
        return best;
    }

    private Reading once(int clock) {
        long at = result.address();
        code.call(clockGettime, clock, at);
        long before = Memory.getLong(at + BEFORE);
        long width = Memory.getLong(at + AFTER) - before;
        long nanos = Memory.getLong(at + TIMESPEC) * NANOS + Memory.getLong(at + TIMESPEC + 8);
        return new Reading(before + width / 2, nanos, width);
    }

    @Override
    public void close() {
        code.close();
        result.close();
    }

    /** void f(int (*function)(int, struct timespec *), int clock, long *result). */
    private static byte[] emit() {
        Assembler a = new Assembler();
        a.pushq(Register.RBX);
        a.movq(Register.RBX, Register.RDX);
        a.movq(Register.RCX, Register.RDI);
        a.movl(Register.RDI, Register.RSI);
        a.leaq(Register.RSI, Operand.at(Register.RBX, TIMESPEC));
        counter(a, BEFORE);
        a.call(Register.RCX); // with the push the stack is aligned to 16, as a call wants it
        counter(a, AFTER);
        a.popq(Register.RBX);
        a.ret();
        return a.toBytes();
    }

    private static void counter(Assembler a, int offset) {
        a.lfence();
        a.rdtsc();
        a.shlq(Register.RDX, 32);
        a.orq(Register.RAX, Register.RDX);
        a.movq(Operand.at(Register.RBX, offset), Register.RAX);
    }
}
