package org.nesteddune.bench;

import java.util.List;

/** One thing that is measured. */
interface Benchmark {

    /** The word that chooses it on the command line. */
    String id();

    /**
     * Measures.
     *
     * @throws BenchmarkException if that is not possible here; the message says why
     */
    default Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        throw new BenchmarkException(id() + " has more than one figure");
    }

    /** Measures what has more than one figure; the first one is what it is about. */
    default List<Figure> runAll(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        return List.of(run(laboratory));
    }
}
