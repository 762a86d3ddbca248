package org.nesteddune.bench;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.nesteddune.Dune;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.engine.ExitCost;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The command {@code bench}: measures, prints a table, and ends with 1 if a bar is missed. */
@Component(service = ToIntFunction.class, property = "dune.command=bench")
public final class BenchCommand implements ToIntFunction<String[]> {

    private static final int USAGE = 2;
    private static final String FORMAT = "%-28s %10s %10s %6s %9s %8s  %s%n";

    private static final List<Benchmark> ALL = all();

    private static List<Benchmark> all() {
        List<Benchmark> all = new ArrayList<>(List.of(
                new RoundTrip(), new MeterCost(), new Compute("loop"), new Compute("float"), new CachedRead(), new FirstTouch(),
                new IdleGuest(), new PromptStart(), new WarmStart()));
        all.addAll(TaskWork.all());
        all.addAll(List.of(new ForkParts(), new Make(), new Redis(), new HotUpdate(), new EscapeHold(10, 40), new EscapeHold(100, 150),
                new EnterHold(10, 40), new EnterHold(100, 150), new Nesting()));
        for (ForeignMachine machine : List.of(ForeignMachine.MIPS, ForeignMachine.LOONGARCH)) {
            all.addAll(List.of(new ForeignSteady(machine), new ForeignCold(machine), new ForeignTrue(machine),
                    new ForeignMemory(machine)));
        }
        return List.copyOf(all);
    }

    private final Dune dune;
    private final ExitCost exitCost;
    private final ExecutionEngine engine;
    private final Architecture architecture;

    @Activate
    public BenchCommand(
            @Reference Dune dune,
            @Reference ExitCost exitCost,
            @Reference(target = "(dune.engine=kvm)") ExecutionEngine engine,
            @Reference(target = "(dune.architecture=x86-64)") Architecture architecture) {
        this.dune = dune;
        this.exitCost = exitCost;
        this.engine = engine;
        this.architecture = architecture;
    }

    @Override
    public int applyAsInt(String[] arguments) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        boolean quick = false;
        List<Benchmark> chosen = new ArrayList<>();
        for (String argument : arguments) {
            Benchmark named = ALL.stream().filter(b -> b.id().equals(argument)).findFirst().orElse(null);
            if (argument.equals("--quick")) {
                quick = true;
            } else if (named != null) {
                chosen.add(named);
            } else {
                out.println("Usage: bench/run [--quick] [NAME...]   all of: "
                        + String.join(" ", ALL.stream().map(Benchmark::id).toList()) + ", jmh");
                return argument.equals("--help") ? 0 : USAGE;
            }
        }
        try (Laboratory laboratory = new Laboratory(dune, exitCost, engine, architecture, quick)) {
            return run(laboratory, chosen.isEmpty() ? ALL : chosen, out);
        } catch (IOException failed) {
            out.println("cannot make a directory for temporary files: " + failed.getMessage());
            return 1;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return 1;
        }
    }

    private static int run(Laboratory laboratory, List<Benchmark> benchmarks, PrintStream out)
            throws InterruptedException {
        int missed = 0;
        out.printf(FORMAT, "", "in dune", "baseline", "ratio", "floor", "bar", "");
        for (Benchmark benchmark : benchmarks) {
            try {
                for (Figure figure : benchmark.runAll(laboratory)) {
                    out.printf(FORMAT, figure.name(), figure.measured(), figure.baseline(), figure.ratioText(),
                            figure.floor(), figure.barText(), figure.verdict());
                    missed += figure.passes() ? 0 : 1;
                }
            } catch (BenchmarkException | RuntimeException failed) {
                out.println(benchmark.id() + ": not measured: " + failed.getMessage());
                missed++;
            }
        }
        return missed == 0 ? 0 : 1;
    }
}
