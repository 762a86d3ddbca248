package org.nesteddune.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** The way from Java to the host's kernel. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HostCallBenchmark {

    /** The least system call: all but its own work is JNA's and the kernel's entry. */
    @Benchmark
    public long systemCall() {
        return Linux.getpid();
    }

    /** A piece of native memory, as calls off the hot paths take one. */
    @Benchmark
    public long nativeBuffer() {
        try (NativeBuffer buffer = new NativeBuffer(256)) {
            return buffer.address();
        }
    }
}
