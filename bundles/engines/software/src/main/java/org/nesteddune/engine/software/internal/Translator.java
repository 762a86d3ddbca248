package org.nesteddune.engine.software.internal;

import java.lang.invoke.MethodHandles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

    private final RegionWriter writer;
    private final int threshold = Integer.getInteger(THRESHOLD, DEFAULT_THRESHOLD);
    private final Grade first = Grade.valueOf(System.getProperty(PATIENT, Grade.COMPACT.name()).toUpperCase(Locale.ROOT));
    private final boolean patient = System.getProperty(PATIENT) != null;
    private final ThreadPoolExecutor thread;
    private final Rehearsals rehearsals = new Rehearsals();
    /** The thread while it waits for HotSpot. */
    private volatile Thread waiting;
    /** Large regions that have been asked for and not been made. */
    private final AtomicInteger requestedLarge = new AtomicInteger();
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
        int large = grade == Grade.LARGE ? 1 : 0;
        requestedLarge.addAndGet(large);
        try {
            thread.execute(() -> {
                try {
                    translate(blocks, code, grade);
                } finally {
                    requestedLarge.addAndGet(-large);
                }
                attend();
            });
            LockSupport.unpark(waiting);
        } catch (RejectedExecutionException closed) {
            requestedLarge.addAndGet(-large);
            refused.incrementAndGet();
        }
    }

    /** Whether HotSpot has time for another large region. */
    boolean hasRoom() {
        return patient || requestedLarge.get() == 0 && rehearsals.hasRoom();
    }

    private void translate(List<Block> blocks, CodeCache code, Grade grade) {
        long start = System.nanoTime();
        try {
            Region region = make(blocks, code.table(), grade);
            if (patient) {
                code.install(region);
            } else {
                rehearsals.add(region, code);
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

    /** Looks after what HotSpot compiles, until there is something to translate. Only on the thread. */
    private void attend() {
        waiting = Thread.currentThread();
        long pause = rehearsals.look();
        while (pause > 0 && thread.getQueue().isEmpty() && !thread.isShutdown()) {
            LockSupport.parkNanos(pause);
            pause = rehearsals.look();
        }
        waiting = null;
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
        LockSupport.unpark(waiting);
    }
}
