package org.nesteddune.bench.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.GuestFiles;
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

/** The walk along a path, and the file's status at its end. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class PathWalkBenchmark {

    private final FileStatus status = new FileStatus();
    private Path top;
    private FsContext files;

    /** Makes a small tree: usr/lib/deep/file, and a link to usr/lib. */
    @Setup(Level.Trial)
    public void grow() throws IOException {
        top = Files.createTempDirectory("dune-bench");
        Files.createDirectories(top.resolve("usr/lib/deep"));
        Files.writeString(top.resolve("usr/lib/deep/file"), "x");
        Files.createSymbolicLink(top.resolve("lib"), Path.of("usr/lib"));
        files = GuestFiles.context(top, null, 022, () -> null);
    }

    /** Deletes it. */
    @TearDown(Level.Trial)
    public void delete() throws IOException {
        files.close();
        for (String name : new String[] {"lib", "usr/lib/deep/file", "usr/lib/deep", "usr/lib", "usr", ""}) {
            Files.delete(top.resolve(name));
        }
    }

    /** No link: one openat2. */
    @Benchmark
    public long straight() {
        files.status(null, "/usr/lib/deep/file", true, status);
        return status.inode;
    }

    /** A link on the way: component by component. */
    @Benchmark
    public long throughLink() {
        files.status(null, "/lib/deep/file", true, status);
        return status.inode;
    }
}
