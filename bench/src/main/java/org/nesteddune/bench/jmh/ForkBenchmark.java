package org.nesteddune.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.MapRequest;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What an address space costs: made and freed, and forked and freed by how much was written and how much is mapped. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class ForkBenchmark {

    private static final int PAGE = 4096;
    private static final int RW = Mman.PROT_READ | Mman.PROT_WRITE;
    private static final int ANONYMOUS = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;

    /** Pages that were written, half of them in large pages where there are many. */
    @Param({"50", "1000", "20000"})
    public int written;

    /** Mappings beside those, of 16 pages that nobody has touched. */
    @Param({"5", "100"})
    public int mappings;

    private AddressSpace parent;

    /** Makes the parent. */
    @Setup(Level.Trial)
    public void map() {
        parent = AddressSpace.create(new RememberingMachine(), PAGE, AddressSpaceOptions.defaults());
        for (int half = 0; half < 2; half++) {
            long address = parent.map(new MapRequest(0, (long) written / 2 * PAGE, RW, ANONYMOUS, null, 0, ""));
            if (half == 1) {
                parent.advise(address, (long) written / 2 * PAGE, Mman.MADV_NOHUGEPAGE);
            }
            for (int i = 0; i < written / 2; i++) {
                parent.writeLong(address + (long) i * PAGE, i);
            }
        }
        for (int i = 0; i < mappings; i++) {
            // Every other one is of another kind, so that they do not become one.
            int flags = i % 2 == 0 ? ANONYMOUS : Mman.MAP_SHARED | Mman.MAP_ANONYMOUS;
            parent.map(new MapRequest(0, 16L * PAGE, Mman.PROT_READ, flags, null, 0, ""));
        }
    }

    /** Frees it. */
    @TearDown(Level.Trial)
    public void close() {
        parent.close();
    }

    /** A child that does nothing. */
    @Benchmark
    public void fork() {
        parent.fork(new RememberingMachine(), null).close();
    }

    /** An address space for a program, still empty. */
    @Benchmark
    public void create() {
        AddressSpace.create(new RememberingMachine(), PAGE, AddressSpaceOptions.defaults()).close();
    }
}
