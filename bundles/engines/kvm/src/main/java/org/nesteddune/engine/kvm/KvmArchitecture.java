package org.nesteddune.engine.kvm;

import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What an architecture adds to the KVM engine. One OSGi service an architecture, with the property {@link
 * org.nesteddune.arch.Architecture#ELF_MACHINE}. Thread-safe.
 */
@ConsumerType
public interface KvmArchitecture {

    /**
     * Whether a host runs this architecture's guests natively.
     *
     * @param hostArchitecture the {@code os.arch} of the JVM, {@code amd64}
     */
    boolean runsOn(String hostArchitecture);

    /**
     * Whether this host's KVM has what is needed; asked only where {@link #runsOn} holds.
     *
     * @return null if so, otherwise one sentence that says what is missing and what to do
     */
    String refusal(Kvm kvm);

    /**
     * Furnishes a new virtual machine. The machine stays the engine's to close, also when this throws.
     *
     * @throws org.nesteddune.engine.EngineException if that fails
     */
    KvmMachine createMachine(KvmVm vm);

    /** Facts for the operator: ordered name to printable value. */
    Map<String, String> describe(Kvm kvm);
}
