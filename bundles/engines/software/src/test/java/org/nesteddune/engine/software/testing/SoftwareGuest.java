package org.nesteddune.engine.software.testing;

import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntUnaryOperator;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.internal.SoftwareEngine;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.FaultOutcome;
import org.nesteddune.mm.MapRequest;

/** A few instructions in an address space of their own, with a page for code and one for data. For one thread. */
public class SoftwareGuest implements AutoCloseable {

    /** The page of code. */
    public static final long CODE = 0x1_0000L;

    /** The page of data; its end is the first stack pointer. */
    public static final long DATA = 0x2_0000L;

    private static final int PAGE = 0x1000;
    private static final int READ_WRITE = Mman.PROT_READ | Mman.PROT_WRITE;

    public final Machine machine;
    public final AddressSpace memory;
    public final Vcpu vcpu;

    private final Architecture architecture;
    private final int systemCall;

    /** @param systemCall the instruction of a system call */
    protected SoftwareGuest(Architecture architecture, SoftwareArchitecture software, int systemCall) {
        this.architecture = architecture;
        this.systemCall = systemCall;
        SoftwareEngine engine = new SoftwareEngine();
        engine.addArchitecture(software, Map.of(Architecture.ELF_MACHINE, architecture.elfMachine()));
        machine = engine.createMachine(architecture);
        memory = AddressSpace.create(machine, PAGE, AddressSpaceOptions.defaults());
        map(CODE, PAGE, READ_WRITE | Mman.PROT_EXEC);
        map(DATA, PAGE, READ_WRITE);
        vcpu = machine.createVcpu();
        architecture.start(vcpu.state(), CODE, DATA + PAGE);
    }

    /** Its architecture. */
    public final Architecture architecture() {
        return architecture;
    }

    /** Maps anonymous memory at an address. */
    public final void map(long address, long length, int protection) {
        memory.map(new MapRequest(
                address, length, protection, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED, null, 0, ""));
    }

    /** An integer register. */
    public final long get(int register) {
        return vcpu.state().get(register);
    }

    /** Sets an integer register. */
    public final SoftwareGuest set(int register, long value) {
        vcpu.state().set(register, value);
        return this;
    }

    /** The program counter. */
    public final long pc() {
        return get(architecture.registers().programCounter());
    }

    /** Runs instructions from {@link #CODE}, behind which comes a system call. */
    public final Exit run(int... words) {
        for (int i = 0; i < words.length; i++) {
            memory.writeInt(CODE + 4 * i, words[i]);
        }
        memory.writeInt(CODE + 4 * words.length, systemCall);
        // What the host has written is code from now on.
        memory.protect(CODE, PAGE, READ_WRITE);
        memory.protect(CODE, PAGE, READ_WRITE | Mman.PROT_EXEC);
        return go(CODE);
    }

    /** Runs what is at an address. */
    public final Exit go(long address) {
        set(architecture.registers().programCounter(), address);
        return go();
    }

    /** Goes on; pages are entered when they are first touched, as the core does it. */
    public final Exit go() {
        while (true) {
            Exit exit = vcpu.run();
            if (!(exit instanceof Exit.MemoryFault fault)
                    || memory.fault(fault.address(), fault.access()) != FaultOutcome.RESOLVED) {
                return exit;
            }
        }
    }

    /**
     * Runs words that stand there by chance, with registers 1 to 31 holding numbers or places in the page of data, while it is
     * kicked again and again.
     *
     * @param shape makes of a random word what is to be run, so that what is rare in random words comes often enough
     * @return the first exit that says that the engine has failed, or null
     */
    public final Exit.Failed runAnything(Random random, int rounds, IntUnaryOperator shape) throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        Thread kicker = new Thread(() -> {
            while (!done.get()) {
                vcpu.kick();
                LockSupport.parkNanos(2_000_000);
            }
        });
        kicker.start();
        try {
            for (int round = 0; round < rounds; round++) {
                int[] words = random.ints(1 + random.nextInt(12)).map(shape).toArray();
                for (int register = 1; register < 32; register++) {
                    set(register, random.nextBoolean() ? DATA + random.nextInt(PAGE) : random.nextLong());
                }
                if (run(words) instanceof Exit.Failed failed) {
                    return failed;
                }
            }
            return null;
        } finally {
            done.set(true);
            kicker.join();
        }
    }

    @Override
    public final void close() {
        vcpu.close();
        memory.close();
        machine.close();
    }
}
