package org.nesteddune.engine.kvm.internal;

import org.nesteddune.engine.kvm.KvmProcessor;
import org.nesteddune.engine.kvm.KvmVcpu;

/** What makes up a vCPU and outlives its user, for KVM frees a vCPU only with its machine. */
record VcpuParts(KvmVcpu vcpu, KvmProcessor processor, ExitCounters counters) {

    void close() {
        processor.close();
        vcpu.close();
    }
}
