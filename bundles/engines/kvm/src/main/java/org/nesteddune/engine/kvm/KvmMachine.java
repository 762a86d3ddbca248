package org.nesteddune.engine.kvm;

import org.osgi.annotation.versioning.ConsumerType;

/** An architecture's side of one machine. The same rules hold as for {@link org.nesteddune.engine.Machine}. */
@ConsumerType
public interface KvmMachine extends AutoCloseable {

    /** See {@link org.nesteddune.engine.Machine#map}. */
    void map(long guest, long host, long length, int protection, boolean large);

    /** Whether memory at a host address has been mapped before, by this guest or one of those that were cleared. */
    boolean covers(long host);

    /** See {@link org.nesteddune.engine.Machine#unmap}. */
    void unmap(long guest, long length);

    /** See {@link org.nesteddune.engine.Machine#isMapped}. */
    boolean isMapped(long guest, int protection);

    /** See {@link org.nesteddune.engine.Machine#hardwareCapabilities}. */
    long[] hardwareCapabilities();

    /** The state of a new guest thread, with everything as the architecture's kernel starts a program. Any thread. */
    KvmState createState();

    /**
     * Furnishes a new vCPU, so that it can run user code, while others may run. The vCPU stays the engine's to close, also when this throws.
     *
     * @throws org.nesteddune.engine.EngineException if that fails
     */
    KvmProcessor createProcessor(KvmVcpu vcpu);

    /**
     * Takes everything away that a guest has made visible, so that another one can begin; vCPUs, slots and what else is
     * dear stay. No vCPU runs or has a state bound to it. When this returns no vCPU can reach memory of the guest before,
     * whether or not that is still mapped in the host.
     *
     * @return false if the machine should rather not be used again, because it has grown large
     * @throws org.nesteddune.engine.EngineException if KVM refuses
     */
    boolean clear();

    /** Frees what is not KVM's own; called when the virtual machine is gone. Idempotent; never throws. */
    @Override
    void close();
}
