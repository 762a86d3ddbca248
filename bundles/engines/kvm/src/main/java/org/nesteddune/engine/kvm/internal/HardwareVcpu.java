package org.nesteddune.engine.kvm.internal;

import org.nesteddune.engine.kvm.KvmProcessor;
import org.nesteddune.engine.kvm.KvmVcpu;

/**
 * A vCPU of KVM's, which lives as long as its machine, for KVM frees none before. It runs one guest thread after the other.
 */
final class HardwareVcpu {

    final KvmVcpu vcpu;
    final KvmProcessor processor;
    final ExitCounters counters = new ExitCounters();

    /** The guest thread whose state is bound to it, or null. Changed under the pool's lock. */
    EngineVcpu owner;
    /** {@link System#nanoTime} of the time when its owner came to run on it, made odd; 0 before that. */
    volatile long since;
    /** {@link Thread#getId} of the thread that ran it last, or 0. Its owner's, and with the pool's lock of any. */
    long runner;
    /** Whether it has run since somebody last looked for one that is little used. A hint, hence not synchronised. */
    boolean used;

    HardwareVcpu(KvmVcpu vcpu, KvmProcessor processor) {
        this.vcpu = vcpu;
        this.processor = processor;
    }

    void close() {
        processor.close();
        vcpu.close();
    }
}
