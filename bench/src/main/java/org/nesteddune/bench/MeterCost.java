package org.nesteddune.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;

/** A system call that does nothing while the bundle of metrics counts it, against one that nobody counts, in turn in the same JVM. */
final class MeterCost implements Benchmark {

    private static final String BUNDLE = "bundles/metrics/target";
    private static final double BAR = 1.10;
    private static final int CALLS = 40_000;
    private static final int ROUNDS = 15;
    private static final int WARM_UP = 3;

    @Override
    public String id() {
        return "meter";
    }

    @Override
    public Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        BundleContext context = FrameworkUtil.getBundle(laboratory.architecture().getClass()).getBundleContext();
        Bundle metrics = null;
        try {
            metrics = context.installBundle(jar().toUri().toString());
            Bundle counting = metrics;
            Samples.alternate(WARM_UP, () -> counted(laboratory, counting), () -> call(laboratory));
            Samples[] series = Samples.alternate(
                    laboratory.rounds(ROUNDS), () -> counted(laboratory, counting), () -> call(laboratory));
            double counted = series[0].least();
            double bare = series[1].least();
            return Figure.ratioAtMost("system call, counted", Figure.time(counted), Figure.time(bare), counted / bare, BAR);
        } catch (BundleException failed) {
            throw new BenchmarkException(failed.getMessage(), failed);
        } finally {
            uninstall(metrics);
        }
    }

    private static double counted(Laboratory laboratory, Bundle metrics) throws BenchmarkException, InterruptedException {
        try {
            metrics.start();
            double nanos = call(laboratory);
            metrics.stop();
            return nanos;
        } catch (BundleException failed) {
            throw new BenchmarkException(failed.getMessage(), failed);
        }
    }

    private static double call(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        return laboratory.guestNumber("syscalls", Integer.toString(CALLS));
    }

    private static Path jar() throws BenchmarkException {
        Path directory = Path.of(System.getProperty("dune.bench.project", ".")).resolve(BUNDLE);
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(directory, "*.jar")) {
            for (Path jar : jars) {
                return jar;
            }
            throw new BenchmarkException("no jar in " + directory);
        } catch (IOException failed) {
            throw new BenchmarkException("the bundle of metrics is not built: " + failed.getMessage(), failed);
        }
    }

    private static void uninstall(Bundle bundle) {
        if (bundle != null) {
            try {
                bundle.uninstall();
            } catch (BundleException left) {
                System.err.println("cannot uninstall " + bundle + ": " + left.getMessage());
            }
        }
    }
}
