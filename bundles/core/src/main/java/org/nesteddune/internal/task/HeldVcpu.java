package org.nesteddune.internal.task;

import java.util.List;
import org.nesteddune.arch.CpuSnapshot;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.RegisterSet;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Vcpu;

/**
 * Stands for the vCPU of a task whose architecture or engine is away: it has the state, and runs nothing. Registers are kept by
 * name, since those who come back may number them otherwise.
 */
final class HeldVcpu implements Vcpu {

    private final CpuSnapshot state;
    private final RegisterSet registers;

    private HeldVcpu(CpuSnapshot state, RegisterSet registers) {
        this.state = state;
        this.registers = registers;
    }

    /** Takes a vCPU's state, which must not run. */
    static HeldVcpu of(Vcpu vcpu, RegisterSet registers) {
        return new HeldVcpu(CpuSnapshot.of(vcpu.state(), registers), registers);
    }

    /** Puts the state into another vCPU. */
    void restore(Vcpu vcpu, RegisterSet target) {
        CpuState cpu = vcpu.state();
        if (target.names().equals(registers.names())) {
            state.restore(cpu);
            return;
        }
        List<String> names = target.names();
        CpuSnapshot renumbered = CpuSnapshot.of(cpu, target);
        for (int i = 0; i < names.size(); i++) {
            int old = registers.names().indexOf(names.get(i));
            if (old >= 0) {
                renumbered.set(i, state.get(old));
            }
        }
        byte[] vector = new byte[state.vectorSize()];
        state.readVector(vector);
        renumbered.writeVector(vector);
        renumbered.restore(cpu);
    }

    @Override
    public CpuState state() {
        return state;
    }

    @Override
    public Exit run() {
        return Exit.INTERRUPTED;
    }

    @Override
    public void kick() {}

    @Override
    public void close() {}
}
