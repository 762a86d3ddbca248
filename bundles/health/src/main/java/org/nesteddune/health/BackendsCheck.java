package org.nesteddune.health;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.ExecutionEngine;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * Says whether engines and architectures are there, and fit each other: critical if no program can run, a warning for each architecture
 * whose programs cannot. Asks anew each time. Thread-safe.
 */
@Component(
        service = HealthCheck.class,
        property = {"hc.name=nested-dune: engines and architectures", "hc.tags=nested-dune"})
public final class BackendsCheck implements HealthCheck {

    private final List<Architecture> architectures = new CopyOnWriteArrayList<>();
    private final List<ExecutionEngine> engines = new CopyOnWriteArrayList<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addArchitecture(Architecture architecture) {
        architectures.add(architecture);
    }

    void removeArchitecture(Architecture architecture) {
        architectures.remove(architecture);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addEngine(ExecutionEngine engine) {
        engines.add(engine);
    }

    void removeEngine(ExecutionEngine engine) {
        engines.remove(engine);
    }

    @Override
    public Result execute() {
        FormattingResultLog log = new FormattingResultLog();
        if (engines.isEmpty()) {
            log.critical("No execution engine is there.");
        }
        boolean any = false;
        for (Architecture architecture : architectures) {
            any |= runs(architecture, log);
        }
        if (!any) {
            log.critical("No program can run: {}", architectures.isEmpty()
                    ? "no architecture is there."
                    : "no engine runs an architecture that is there.");
        }
        return new Result(log);
    }

    private boolean runs(Architecture architecture, FormattingResultLog log) {
        StringBuilder refusals = new StringBuilder();
        for (ExecutionEngine engine : engines) {
            String refusal = engine.refusal(architecture);
            if (refusal == null) {
                log.info("{} runs on the engine {}.", architecture.name(), engine.name());
                return true;
            }
            refusals.append(' ').append(engine.name()).append(": ").append(refusal);
        }
        log.warn("{} runs on no engine.{}", architecture.name(), refusals);
        return false;
    }
}
