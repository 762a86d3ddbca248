package org.nesteddune.engine.software.internal;

import org.nesteddune.engine.software.FloatGuard;
import org.nesteddune.engine.software.GuestCpu;
import org.nesteddune.engine.software.InstructionFetch;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.ir.BlockBuilder;

/** An architecture without instructions: tests build blocks themselves. Register 0 is 0, 8 the program counter. */
final class TestArchitecture implements SoftwareArchitecture {

    static final RegisterFile FILE = new RegisterFile(9, 2, 4, 8, 0);

    /** What a block at an address is made of. */
    interface Decoding {
        void decode(long pc, InstructionFetch code, BlockBuilder block);
    }

    private final Decoding decoding;

    TestArchitecture(Decoding decoding) {
        this.decoding = decoding;
    }

    @Override
    public RegisterFile registers() {
        return FILE;
    }

    @Override
    public void decode(long pc, InstructionFetch code, BlockBuilder block) {
        decoding.decode(pc, code, block);
    }

    /** Function 0 is a + 2b, and counts in register 9; function 1 reads the 8 bytes at a. */
    @Override
    public long call(GuestCpu cpu, int function, long a, long b) {
        if (function == 1) {
            return cpu.load(a, 8);
        }
        cpu.registers()[9]++;
        return a + 2 * b;
    }

    @Override
    public int[] callRegisters() {
        return new int[] {9, 10};
    }

    @Override
    public FloatGuard floatGuard() {
        return new FloatGuard(10, 1, 0);
    }

    @Override
    public long[] hardwareCapabilities() {
        return new long[] {1, 2};
    }

    @Override
    public int[] commonPage() {
        return new int[] {0x04030201};
    }
}
