package org.nesteddune.internal.mm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;

/**
 * The machine of an address space through all changes of its engine. While there is none, nothing is visible in it; in a new
 * one pages become visible as they are touched. Thread-safe.
 */
public final class ReplaceableMachine implements Machine {

    private final long[] capabilities;
    private final Map<String, Long> earlierExits = new LinkedHashMap<>(); // guarded by this
    private volatile ExecutionEngine engine;
    private volatile Machine machine;
    private Supplier<Machine> maker; // guarded by this
    private boolean closed;

    /**
     * An empty machine of an engine.
     *
     * @throws EngineException if the engine cannot make one
     */
    public ReplaceableMachine(ExecutionEngine engine, Architecture architecture) {
        this.machine = engine.createMachine(architecture);
        this.engine = engine;
        this.capabilities = machine.hardwareCapabilities();
    }

    /** Whether an engine has made it, or is to make it, that a condition holds for. */
    public boolean isOf(Predicate<ExecutionEngine> condition) {
        ExecutionEngine present = engine;
        return present != null && condition.test(present);
    }

    /** Closes what the engine has made; all vCPUs are closed. */
    public synchronized void detach() {
        Machine old = giveUp();
        if (old != null) {
            for (ExitCount each : old.exitCounts()) {
                earlierExits.merge(each.kind(), each.count(), Long::sum);
            }
            old.close();
        }
    }

    /**
     * Goes on in a machine of another engine, or of the same one in another version. It is made with its first vCPU, so that a guest
     * that waits costs nothing.
     */
    public synchronized void attach(ExecutionEngine other, Architecture architecture) {
        if (!closed) {
            detach();
            engine = other;
            maker = () -> other.createMachine(architecture);
        }
    }

    private synchronized Machine made() {
        if (machine == null) {
            if (maker == null) {
                throw new EngineException("the engine is away: start its bundle, and that of the guest's architecture");
            }
            machine = maker.get();
            maker = null;
        }
        return machine;
    }

    @Override
    public void map(long guest, long host, long length, int protection, boolean large) {
        Machine current = machine;
        if (current != null) {
            current.map(guest, host, length, protection, large);
        }
    }

    @Override
    public void changesElsewhere(long guest, long length) {
        Machine current = machine;
        if (current != null) {
            current.changesElsewhere(guest, length);
        }
    }

    @Override
    public void unmap(long guest, long length) {
        Machine current = machine;
        if (current != null) {
            current.unmap(guest, length);
        }
    }

    @Override
    public boolean isMapped(long guest, int protection) {
        Machine current = machine;
        return current != null && current.isMapped(guest, protection);
    }

    @Override
    public Vcpu createVcpu() {
        Machine current = machine;
        return (current == null ? made() : current).createVcpu();
    }

    /** Of the machine that the program began in, which is what it was told. */
    @Override
    public long[] hardwareCapabilities() {
        return capabilities.clone();
    }

    @Override
    public synchronized List<ExitCount> exitCounts() {
        Map<String, Long> sums = new LinkedHashMap<>(earlierExits);
        if (machine != null) {
            machine.exitCounts().forEach(each -> sums.merge(each.kind(), each.count(), Long::sum));
        }
        List<ExitCount> counts = new ArrayList<>();
        sums.forEach((kind, count) -> counts.add(new ExitCount(kind, count)));
        return counts;
    }

    /** In the present machine; what an earlier one knew is gone with its translations. */
    @Override
    public List<HotSpot> hotSpots() {
        Machine current = machine;
        return current == null ? List.of() : current.hotSpots();
    }

    @Override
    public synchronized void close() {
        closed = true;
        Machine old = giveUp();
        if (old != null) {
            old.close();
        }
    }

    /** The machine that was there, or null; there is none from now on. */
    private Machine giveUp() {
        Machine old = machine;
        machine = null;
        maker = null;
        engine = null;
        return old;
    }
}
