package org.nesteddune.engine;

import java.util.Map;
import org.nesteddune.arch.Architecture;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Runs guest instructions. One OSGi service an engine; the service property {@value #NAME} names it, and where several
 * engines can run an architecture the one with the highest service ranking is taken.
 *
 * <p>Implementations are thread-safe.
 */
@ConsumerType
public interface ExecutionEngine {

    /** Service property: the engine's short name, as {@code --engine} takes it ({@code kvm}, {@code software}). */
    String NAME = "dune.engine";

    /** The engine's short name; the same as its {@value #NAME} property. */
    String name();

    /**
     * Whether this engine can run guests of an architecture here and now.
     *
     * @return {@code null} if it can, otherwise one sentence for the operator that says why not and what to do
     */
    String refusal(Architecture architecture);

    /**
     * Makes an empty machine: no memory is visible in it and it has no vCPU.
     *
     * @throws EngineException if the machine cannot be made; the message says what to do
     */
    Machine createMachine(Architecture architecture);

    /** Facts for {@code dune:engines}: ordered name to printable value. Never fails. */
    Map<String, String> describe();
}
