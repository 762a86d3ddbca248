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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Access to a guest's memory: what handlers do with pointers. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class GuestMemoryBenchmark {

    private static final int PAGE = 4096;
    private static final int SIZE = 1 << 20;

    private final byte[] page = new byte[PAGE];
    private RememberingMachine machine;
    private AddressSpace memory;
    private long address;

    /** Maps a megabyte with a path in it. */
    @Setup(Level.Trial)
    public void map() {
        machine = new RememberingMachine();
        memory = AddressSpace.create(machine, PAGE, AddressSpaceOptions.defaults());
        address = memory.map(new MapRequest(0, SIZE, Mman.PROT_READ | Mman.PROT_WRITE,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, null, 0, ""));
        byte[] path = "/usr/lib/x86_64-linux-gnu/libc.so.6\0".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        memory.write(address + PAGE, path, 0, path.length);
    }

    /** Frees it. */
    @TearDown(Level.Trial)
    public void close() {
        memory.close();
        machine.close();
    }

    /** A pointer argument, such as that of arch_prctl. */
    @Benchmark
    public long readLong() {
        return memory.readLong(address);
    }

    /** A result through a pointer. */
    @Benchmark
    public void writeLong() {
        memory.writeLong(address, 42);
    }

    /** A struct stat. */
    @Benchmark
    public void writeStat() {
        memory.write(address, page, 0, 144);
    }

    /** A page into an array. */
    @Benchmark
    public byte[] readPage() {
        memory.read(address, page, 0, PAGE);
        return page;
    }

    /** A path. */
    @Benchmark
    public String readString() {
        return memory.readString(address + PAGE, PAGE);
    }

    /** What a read or write of any size does with its buffer. */
    @Benchmark
    public long hostAddress() {
        return memory.host(address, SIZE);
    }
}
