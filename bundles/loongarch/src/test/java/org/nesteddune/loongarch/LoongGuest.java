package org.nesteddune.loongarch;

import java.util.Map;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.software.internal.SoftwareEngine;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.MapRequest;

/** A few instructions in an address space of their own. */
final class LoongGuest implements AutoCloseable {

    static final long CODE = 0x1_0000L;
    static final long DATA = 0x2_0000L;
    static final int SYSCALL = 0x002b_0000;

    final Machine machine;
    final AddressSpace memory;
    final Vcpu vcpu;

    LoongGuest() {
        SoftwareEngine engine = new SoftwareEngine();
        engine.addArchitecture(new LoongSoftware(), Map.of(Architecture.ELF_MACHINE, Elf.EM_LOONGARCH));
        machine = engine.createMachine(new LoongArchitecture());
        memory = AddressSpace.create(machine, 4096, AddressSpaceOptions.defaults());
        int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED;
        int rw = Mman.PROT_READ | Mman.PROT_WRITE;
        memory.map(new MapRequest(CODE, 0x1000, rw | Mman.PROT_EXEC, flags, null, 0, ""));
        memory.map(new MapRequest(DATA, 0x1000, rw, flags, null, 0, ""));
        vcpu = machine.createVcpu();
        new LoongArchitecture().start(vcpu.state(), CODE, DATA + 0x1000);
    }

    long get(int register) {
        return vcpu.state().get(register);
    }

    LoongGuest set(int register, long value) {
        vcpu.state().set(register, value);
        return this;
    }

    long pc() {
        return get(LoongRegisters.PC);
    }

    /** Runs instructions from {@link #CODE}, behind which comes a SYSCALL. */
    Exit run(int... words) {
        for (int i = 0; i < words.length; i++) {
            memory.writeInt(CODE + 4 * i, words[i]);
        }
        memory.writeInt(CODE + 4 * words.length, SYSCALL);
        // What the host has written is code from now on.
        memory.protect(CODE, 0x1000, Mman.PROT_READ | Mman.PROT_WRITE);
        memory.protect(CODE, 0x1000, Mman.PROT_READ | Mman.PROT_WRITE | Mman.PROT_EXEC);
        set(LoongRegisters.PC, CODE);
        while (true) {
            Exit exit = vcpu.run();
            // As the core does: pages are entered when they are first touched.
            if (!(exit instanceof Exit.MemoryFault fault)
                    || memory.fault(fault.address(), fault.access()) != org.nesteddune.mm.FaultOutcome.RESOLVED) {
                return exit;
            }
        }
    }

    @Override
    public void close() {
        vcpu.close();
        memory.close();
        machine.close();
    }
}
