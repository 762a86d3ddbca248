package org.nesteddune.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Foreign code ten seconds after its beginning, against qemu-user: units of work in the same time. */
final class ForeignSteady implements Benchmark {

    private static final double LEAST = 1.0;
    private static final double LEAST_FLOAT = 10;
    private static final double LEAST_MEAN = 2.5;
    private static final int WARM_SECONDS = 10;
    private static final int SECONDS = 8;

    private final ForeignMachine machine;

    ForeignSteady(ForeignMachine machine) {
        this.machine = machine;
    }

    @Override
    public String id() {
        return machine.name();
    }

    @Override
    public List<Figure> runAll(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        String qemu = machine.qemu(laboratory);
        String seconds = Integer.toString(laboratory.rounds(SECONDS));
        List<Figure> figures = new ArrayList<>();
        double logarithms = 0;
        for (String name : ForeignMachine.programs()) {
            String program = machine.program(name);
            double host = ForeignMachine.rate(laboratory.runNatively(qemu, program, "seconds", "1", seconds));
            double dune = ForeignMachine.rate(
                    laboratory.runInDune(ForeignMachine.ENGINE, Path.of("/"), program, "seconds", Integer.toString(WARM_SECONDS), seconds));
            double ratio = dune / host;
            logarithms += Math.log(ratio);
            figures.add(Figure.ratioAtLeast(machine.name() + " " + name, Figure.number(dune / 1000) + "/s",
                    Figure.number(host / 1000) + "/s", ratio, ForeignMachine.FLOAT.contains(name) ? LEAST_FLOAT : LEAST));
        }
        double mean = Math.exp(logarithms / figures.size());
        figures.add(0, Figure.ratioAtLeast(machine.name() + ", mean", "", "", mean, LEAST_MEAN));
        return figures;
    }
}
