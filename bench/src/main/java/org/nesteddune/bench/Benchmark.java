package org.nesteddune.bench;

/** One thing that is measured. */
interface Benchmark {

    /** The word that chooses it on the command line. */
    String id();

    /**
     * Measures.
     *
     * @throws BenchmarkException if that is not possible here; the message says why
     */
    Figure run(Laboratory laboratory) throws BenchmarkException, InterruptedException;
}
