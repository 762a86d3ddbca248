package org.nesteddune.engine.software.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.nesteddune.arch.Architecture;
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

    private final Map<Integer, SoftwareArchitecture> architectures = new ConcurrentHashMap<>();

    private final Map<SoftwareArchitecture, Translator> translators = new ConcurrentHashMap<>();

    /** An architecture's part has come. */
    @Reference(policy = ReferencePolicy.DYNAMIC, cardinality = ReferenceCardinality.MULTIPLE)
    public void addArchitecture(SoftwareArchitecture architecture, Map<String, Object> properties) {
        architectures.put(machine(properties), architecture);
    }

    /** An architecture's part is going away; machines that were made with it go on. */
    public void removeArchitecture(SoftwareArchitecture architecture, Map<String, Object> properties) {
        architectures.remove(machine(properties), architecture);
        Translator translator = translators.remove(architecture);
        if (translator != null) {
            translator.close();
        }
    }

    private static Integer machine(Map<String, Object> properties) {
        return properties.get(Architecture.ELF_MACHINE) instanceof Integer number ? number : 0;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String refusal(Architecture architecture) {
        if (!architectures.containsKey(architecture.elfMachine())) {
            return "no bundle is active that knows how the software engine runs " + architecture.name()
                    + " guests: start the bundle of that architecture, or use another engine";
        }
        return architecture.pageSize() % PageTable.PAGE_SIZE == 0
                ? null
                : "the software engine has pages of " + PageTable.PAGE_SIZE + " bytes or multiples of that";
    }

    @Override
    public Machine createMachine(Architecture architecture) {
        SoftwareArchitecture part = architectures.get(architecture.elfMachine());
        if (part == null) {
            throw new EngineException(refusal(architecture));
        }
        return new SoftwareMachine(part, translators.computeIfAbsent(part, Translator::new));
    }

    @Override
    public Map<String, String> describe() {
        Map<String, String> facts = new LinkedHashMap<>();
        StringBuilder machines = new StringBuilder();
        new TreeMap<>(architectures).keySet().forEach(
                machine -> machines.append(machines.length() == 0 ? "" : ", ").append(machine));
        facts.put("ELF machines", machines.length() == 0 ? "none" : machines.toString());
        translators.values().forEach(translator -> facts.putAll(translator.describe()));
        return facts;
    }
}
