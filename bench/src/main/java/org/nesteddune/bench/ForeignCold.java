package org.nesteddune.bench;

import java.util.ArrayList;
import java.util.List;

/** Foreign programs of five seconds (qemu-user's time) from the prompt to their end. */
final class ForeignCold implements Benchmark {

    private static final double LEAST = 1.0;
    private static final double SECONDS = 5;

    private final ForeignMachine machine;

    ForeignCold(ForeignMachine machine) {
        this.machine = machine;
    }

    @Override
    public String id() {
        return machine.name() + "-cold";
    }

    @Override
    public List<Figure> runAll(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        String script = System.getProperty(PromptStart.SCRIPT);
        if (script == null) {
            throw new BenchmarkException("the property " + PromptStart.SCRIPT + " does not say where dune is");
        }
        String qemu = machine.qemu(laboratory);
        List<Figure> figures = new ArrayList<>();
        for (String name : ForeignMachine.programs()) {
            String program = machine.program(name);
            double rate = ForeignMachine.rate(laboratory.runNatively(qemu, program, "seconds", "0", "1"));
            String units = Long.toString(Math.max(1, Math.round(rate / 1000 * SECONDS)));
            long start = System.nanoTime();
            String expected = laboratory.runNatively(qemu, program, "units", units);
            long middle = System.nanoTime();
            String found = laboratory.runNatively(
                    script, "enter", "--engine=" + ForeignMachine.ENGINE, program, "units", units);
            long end = System.nanoTime();
            if (!found.equals(expected)) {
                throw new BenchmarkException(name + " gives " + found.strip() + " instead of " + expected.strip());
            }
            figures.add(Figure.ratioAtLeast(machine.name() + " " + name + ", cold", Figure.time(end - middle),
                    Figure.time(middle - start), (double) (middle - start) / (end - middle), LEAST));
        }
        return figures;
    }
}
