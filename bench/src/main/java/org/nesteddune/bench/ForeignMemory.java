package org.nesteddune.bench;

import java.nio.file.Path;
import org.nesteddune.Guest;
import org.nesteddune.linux.Signal;

/**
 * How much the JVM's resident memory grows by a python3 of another architecture that has worked and sleeps, less the pages that are
 * python3's own.
 */
final class ForeignMemory implements Benchmark {

    /** What the benchmarks of Debian's own programs need. */
    static final String[] PACKAGES = {"libc-bin", "base-files", "busybox-static", "python3"};

    private static final double BAR_MEBIBYTES = 150;
    private static final double MEBIBYTE = 1024;
    private static final long PATIENCE_MILLIS = 120_000;

    private static final String WORK = String.join("\n",
            "import json, re, time",
            "for i in range(30):",
            "    text = json.dumps([{'a': j, 'b': str(j), 'c': j / 7} for j in range(300)])",
            "    data = json.loads(text)",
            "    words = re.findall(r'[0-9]+7', text)",
            "    data.sort(key=lambda each: each['b'])",
            "own = 0",
            "for line in open('/proc/self/smaps'):",
            "    if line.startswith(('Private_Dirty:', 'Private_Clean:')):",
            "        own += int(line.split()[1])",
            "print(own, flush=True)",
            "time.sleep(1000)");

    private final ForeignMachine machine;

    ForeignMemory(ForeignMachine machine) {
        this.machine = machine;
    }

    @Override
    public String id() {
        return machine.name() + "-memory";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        Path root = machine.root(laboratory, PACKAGES);
        long before = IdleGuest.residentKibibytes();
        try (Capture output = new Capture()) {
            Guest guest = laboratory.start(output, ForeignMachine.ENGINE, root, "/usr/bin/python3", "-c", WORK);
            try {
                for (long waited = 0; !output.text().endsWith("\n"); waited += 50) {
                    if (waited > PATIENCE_MILLIS || guest.exit().toCompletableFuture().isDone()) {
                        throw new BenchmarkException("python3 does not come to its end: " + output.text());
                    }
                    Thread.sleep(50);
                }
                double own = ForeignMachine.rate(output.text()) / MEBIBYTE;
                double growth = (IdleGuest.residentKibibytes() - before) / MEBIBYTE;
                return Figure.valueAtMost(machine.name() + " python3's memory", Figure.number(own) + " MiB",
                        growth - own, BAR_MEBIBYTES, "MiB");
            } finally {
                guest.signal(Signal.SIGKILL);
                Laboratory.await(guest);
            }
        }
    }
}
