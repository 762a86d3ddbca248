package org.nesteddune.bench.jmh;

import java.util.List;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;

/** A machine without an engine: whatever is mapped counts as entered. */
final class RememberingMachine implements Machine {

    @Override
    public void map(long guest, long host, long length, int protection, boolean large) {
        // There is no engine to tell.
    }

    @Override
    public void unmap(long guest, long length) {
        // There is no engine to tell.
    }

    @Override
    public boolean isMapped(long guest, int protection) {
        return true;
    }

    @Override
    public Vcpu createVcpu() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long[] hardwareCapabilities() {
        return new long[2];
    }

    @Override
    public List<ExitCount> exitCounts() {
        return List.of();
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
