package org.nesteddune.engine.software.internal;

import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.engine.software.ir.Block;

/**
 * Makes JVM classes of hot blocks, on a thread of its own that ends when there is nothing to do. Each region is a hidden class, which the
 * JVM unloads when nobody has the region any more. A region that cannot be translated stays interpreted, which is counted.
 *
 * <p>Thread-safe.
 */
final class Translator implements AutoCloseable {

    /** System property: after how many runs a block is translated; 0 for never. */
    private static final String THRESHOLD = "dune.software.threshold";

    /** System property, for tests: the guest waits for its translations, which have the grade of this name in lower case. */
    private static final String PATIENT = "dune.software.patient";

    private static final int DEFAULT_THRESHOLD = 6_000;
    private static final int IDLE_SECONDS = 2;
    private static final int FEW_BYTES = 2000;

    /** Calls that make HotSpot compile a region, see the distribution's {@code jvm.options}. */
    private static final int CALLS = 700;
    /** Calls that are measured together. */
    private static final int PROBES = 16;
    /** Nanoseconds that a compiled call for nothing takes at most; one that HotSpot interprets takes several times as long. */
    private static final long FAST = 25;
    /** Nanoseconds between two measurements, and for all of them. */
    private static final long PAUSE = 300_000;
    private static final long LONGEST_REHEARSAL = 100_000_000;

    private final RegionWriter writer;
    private final int threshold = Integer.getInteger(THRESHOLD, DEFAULT_THRESHOLD);
    private final Grade first = Grade.valueOf(System.getProperty(PATIENT, Grade.COMPACT.name()).toUpperCase(Locale.ROOT));
    private final boolean patient = System.getProperty(PATIENT) != null;
    private final ThreadPoolExecutor thread;
    /** Of the thread. */
    private final List<Rehearsal> rehearsals = new ArrayList<>();
    private final AtomicLong regions = new AtomicLong();
    private final AtomicLong instructions = new AtomicLong();
    private final AtomicLong nanoseconds = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    Translator(SoftwareArchitecture architecture) {
        writer = new RegionWriter(architecture.registers(), architecture.callRegisters(), architecture.floatGuard());
        thread = new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread made = new Thread(task, "dune-translator");
            made.setDaemon(true);
            return made;
        });
        thread.allowCoreThreadTimeOut(true);
    }

    /** After how many runs a block is hot. */
    int threshold() {
        return threshold;
    }

    /** What a block that has become hot is worth. */
    Grade first() {
        return first;
    }

    /** How many bytes a region's method may have, about; a compact one then has less, and is compiled soon. */
    int bytes(Grade grade) {
        return grade == Grade.LARGE ? writer.mostBytes() : FEW_BYTES;
    }

    /**
     * Translates blocks soon.
     *
     * @param grade how much work they are worth
     */
    void request(List<Block> blocks, CodeCache code, Grade grade) {
        blocks.forEach(Block::forgetRuns);
        blocks.get(0).stopCounting();
        if (patient) {
            translate(blocks, code, grade);
            return;
        }
        try {
            thread.execute(() -> {
                translate(blocks, code, grade);
                finishRehearsals();
            });
        } catch (java.util.concurrent.RejectedExecutionException closed) {
            refused.incrementAndGet();
        }
    }

    private void translate(List<Block> blocks, CodeCache code, Grade grade) {
        long start = System.nanoTime();
        try {
            Region region = make(blocks, code.table(), grade);
            if (patient) {
                install(region, code);
            } else {
                call(region, CALLS);
                rehearsals.add(new Rehearsal(region, code, System.nanoTime() + LONGEST_REHEARSAL));
            }
            long count = region.blocks().stream().mapToLong(Block::instructions).sum();
            regions.incrementAndGet();
            instructions.addAndGet(count);
            code.countTranslation(count, System.nanoTime() - start);
        } catch (RuntimeException | LinkageError | ReflectiveOperationException failed) {
            refused.incrementAndGet();
            if (patient) {
                throw new IllegalStateException("the region at 0x" + Long.toHexString(blocks.get(0).pc()), failed);
            }
        } finally {
            nanoseconds.addAndGet(System.nanoTime() - start);
        }
    }

    /** A region that HotSpot has not yet compiled; until then it would be slower than the interpreter. */
    private record Rehearsal(Region region, CodeCache code, long end) {

        /** Whether HotSpot has compiled it, or it takes too long: only the speed of calls that do nothing tells. */
        boolean isDone() {
            long start = System.nanoTime();
            call(region, PROBES);
            long now = System.nanoTime();
            return now - start < PROBES * FAST || now > end;
        }
    }

    /** Installs the regions that HotSpot has compiled; all of them, unless there is something to translate. Only on the thread. */
    private void finishRehearsals() {
        while (!rehearsals.isEmpty()) {
            rehearsals.removeIf(rehearsal -> {
                boolean done = rehearsal.isDone();
                if (done) {
                    install(rehearsal.region, rehearsal.code);
                }
                return done;
            });
            if (!thread.getQueue().isEmpty()) {
                return;
            }
            LockSupport.parkNanos(PAUSE);
        }
    }

    private static void install(Region region, CodeCache code) {
        code.install(region);
        region.forgetRuns();
    }

    /** HotSpot is told to compile this soon. */
    private static void call(Region region, int times) {
        for (int i = 0; i < times; i++) {
            region.run(null, null, null);
        }
    }

    /** Translates blocks now. */
    Region make(List<Block> blocks, PageTable table, Grade grade) throws ReflectiveOperationException {
        RegionWriter.Code code = writer.write(blocks, table, grade);
        MethodHandles.Lookup lookup = MethodHandles.lookup().defineHiddenClass(code.bytes(), true);
        return (Region) lookup.lookupClass()
                .getDeclaredConstructor(List.class, Exit[].class, Grade.class)
                .newInstance(code.blocks(), code.exits(), grade);
    }

    Map<String, String> describe() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("regions translated", regions.toString());
        facts.put("instructions translated", instructions.toString());
        facts.put("time in translation", nanoseconds.get() / 1_000_000 + " ms");
        facts.put("regions refused", refused.toString());
        return facts;
    }

    @Override
    public void close() {
        thread.shutdown();
    }
}
