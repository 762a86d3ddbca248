package org.nesteddune.engine.kvm;

import org.nesteddune.arch.CpuState;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The user state of one guest thread. While a {@link KvmProcessor} is {@link KvmProcessor#bind bound} to it, parts that are
 * dear to read may be on the vCPU only and are fetched when asked for; between {@link KvmProcessor#unbind} and the next
 * bind all of it is here.
 *
 * <p>The owner's accesses and an unbind by another thread may happen at the same time, as long as the vCPU does not run.
 */
@ConsumerType
public interface KvmState extends CpuState, AutoCloseable {

    /** Frees what is not the collector's; no processor is bound. Idempotent; never throws. */
    @Override
    void close();
}
