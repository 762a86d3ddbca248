package org.nesteddune.bench;

import java.util.List;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.MapRequest;

/**
 * What a fork's time is spent on besides exits: making a machine and a vCPU, copying an address space, and giving both back. The
 * parent is like a small static program: a few mappings, {@value #WRITTEN} written pages.
 */
final class ForkParts implements Benchmark {

    private static final int ROUNDS = 200;
    private static final int WARM_UP = 100;
    private static final int WRITTEN = 40;
    private static final int MAPPINGS = 6;
    private static final int PAGE = 4096;

    @Override
    public String id() {
        return "fork-parts";
    }

    @Override
    public List<Figure> runAll(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        ExecutionEngine engine = laboratory.engine();
        Architecture architecture = laboratory.architecture();
        Samples machine = new Samples();
        Samples vcpu = new Samples();
        Samples copy = new Samples();
        Samples memoryEnd = new Samples();
        Samples machineEnd = new Samples();
        try (Machine own = engine.createMachine(architecture);
                AddressSpace parent = AddressSpace.create(own, architecture.pageSize(), null, Long.MAX_VALUE)) {
            populate(parent);
            int rounds = laboratory.rounds(ROUNDS);
            for (int round = -WARM_UP; round < rounds; round++) {
                long t0 = System.nanoTime();
                Machine childMachine = engine.createMachine(architecture);
                long t1 = System.nanoTime();
                AddressSpace child = parent.fork(childMachine, null);
                long t2 = System.nanoTime();
                Vcpu childVcpu = childMachine.createVcpu();
                long t3 = System.nanoTime();
                childVcpu.close();
                long t4 = System.nanoTime();
                child.close();
                long t5 = System.nanoTime();
                childMachine.close();
                long t6 = System.nanoTime();
                if (round >= 0) {
                    machine.add(t1 - t0);
                    copy.add(t2 - t1);
                    vcpu.add(t3 - t2);
                    memoryEnd.add(t5 - t4);
                    machineEnd.add(t6 - t5);
                }
            }
        }
        return List.of(
                Figure.part("fork: machine", machine.median()),
                Figure.part("fork: memory, " + WRITTEN + " pages", copy.median()),
                Figure.part("fork: vCPU", vcpu.median()),
                Figure.part("end: memory", memoryEnd.median()),
                Figure.part("end: machine", machineEnd.median()));
    }

    private static void populate(AddressSpace memory) {
        int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
        int written = WRITTEN / MAPPINGS + 1;
        for (int i = 0; i < MAPPINGS; i++) {
            // Different rights, so that the mappings stay apart.
            int protection = Mman.PROT_READ | Mman.PROT_WRITE | (i % 2 == 0 ? 0 : Mman.PROT_EXEC);
            long at = memory.map(new MapRequest(0, 64 * PAGE, protection, flags, null, 0, ""));
            for (int page = 0; page < written; page++) {
                memory.writeLong(at + (long) page * PAGE, page);
            }
        }
    }
}
