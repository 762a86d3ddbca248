package org.nesteddune.bench.jmh;

import java.lang.reflect.Method;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.internal.dispatch.DispatchTable;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallFamily;
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
import org.openjdk.jmh.annotations.Warmup;

/** From a system call's number to its handler, with calls that differ, so that the JVM cannot foresee the handler. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class DispatchBenchmark {

    private static final int CALLS = 400;

    private final SyscallArguments arguments = new SyscallArguments();
    private DispatchTable table;
    private int number;

    /** A table of a few hundred calls. */
    @Setup(Level.Trial)
    public void build() throws ReflectiveOperationException {
        String[] names = new String[CALLS];
        Syscall.Table rows = new Syscall.Table();
        for (int i = 0; i < CALLS; i++) {
            names[i] = "call" + i;
            switch (i % 4) {
                case 0 -> rows.full(names[i], "", (task, args) -> args.get(0));
                case 1 -> rows.full(names[i], "", (task, args) -> args.get(1));
                case 2 -> rows.full(names[i], "", (task, args) -> args.get(2));
                default -> rows.full(names[i], "", (task, args) -> args.number());
            }
        }
        List<Syscall> calls = rows.build();
        SyscallFamily family = new SyscallFamily() {
            @Override
            public String name() {
                return "bench";
            }

            @Override
            public List<Syscall> syscalls() {
                return calls;
            }
        };
        // Only the runtime makes tables: what is measured is its own, not a copy.
        Method of = DispatchTable.class.getDeclaredMethod("of", SyscallNumbers.class, Collection.class);
        of.setAccessible(true);
        table = (DispatchTable) of.invoke(null, new SyscallNumbers(0, names), List.of(family));
    }

    /** One call. */
    @Benchmark
    public long dispatch() {
        number = number * 13 + 7 & 255;
        arguments.number(number);
        DispatchTable.Entry entry = table.entry(number);
        return entry.syscall().handler().handle(null, arguments);
    }
}
