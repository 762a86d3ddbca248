package org.nesteddune.engine.software.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.ArchitectureParts;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Runs guests of any architecture that has a {@link SoftwareArchitecture} service. Thread-safe. */
@Component(service = ExecutionEngine.class,
        property = {ExecutionEngine.NAME + "=" + SoftwareEngine.NAME, "service.ranking:Integer=0"})
public final class SoftwareEngine implements ExecutionEngine {

    /** The engine's name. */
    static final String NAME = "software";

    private final ArchitectureParts<SoftwareArchitecture> architectures = new ArchitectureParts<>();

    private final Map<SoftwareArchitecture, Translator> translators = new LinkedHashMap<>(); // guarded by itself

    /** An architecture's part has come. */
    @Reference(policy = ReferencePolicy.DYNAMIC, cardinality = ReferenceCardinality.MULTIPLE)
    public void addArchitecture(SoftwareArchitecture architecture, Map<String, Object> properties) {
        architectures.add(architecture, properties);
    }

    /** An architecture's part is going away; machines that were made with it go on. */
    public void removeArchitecture(SoftwareArchitecture architecture) {
        Translator translator;
        synchronized (translators) {
            architectures.remove(architecture);
            translator = translators.remove(architecture);
        }
        if (translator != null) {
            translator.close();
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String refusal(Architecture architecture) {
        if (architectures.of(architecture) == null) {
            return "no bundle is active that knows how the software engine runs " + architecture.name()
                    + " guests: start the bundle of that architecture, or use another engine";
        }
        return architecture.pageSize() % PageTable.PAGE_SIZE == 0
                ? null
                : "the software engine has pages of " + PageTable.PAGE_SIZE + " bytes or multiples of that";
    }

    @Override
    public Machine createMachine(Architecture architecture) {
        SoftwareArchitecture part = architectures.of(architecture);
        if (part == null) {
            throw new EngineException(refusal(architecture));
        }
        return new SoftwareMachine(part, translator(part));
    }

    /** Made with an architecture's first machine, and never once its part has gone, since nobody would close it. */
    private Translator translator(SoftwareArchitecture part) {
        synchronized (translators) {
            if (!architectures.contains(part)) {
                throw new EngineException("the software engine's part of the architecture is going away");
            }
            return translators.computeIfAbsent(part, Translator::new);
        }
    }

    @Override
    public Map<String, String> describe() {
        Map<String, String> facts = new LinkedHashMap<>();
        String machines = architectures.machines().stream().map(String::valueOf).collect(Collectors.joining(", "));
        facts.put("ELF machines", machines.isEmpty() ? "none" : machines);
        synchronized (translators) {
            translators.values().forEach(translator -> facts.putAll(translator.describe()));
        }
        return facts;
    }
}
