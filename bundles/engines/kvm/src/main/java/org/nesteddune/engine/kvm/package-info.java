/**
 * What the KVM engine and an architecture's KVM part know of each other.
 *
 * <p>The engine owns everything that is the same on each machine with a {@code /dev/kvm}: the device, virtual machines,
 * memory slots, the {@code KVM_RUN} loop, kicks and statistics. A {@link org.nesteddune.engine.kvm.KvmArchitecture}
 * service adds what a kernel's {@code arch/} folder would know: page tables, the supervisor code that turns system calls
 * and exceptions into exits, and where the registers are.
 */
@Export
@Version("1.0.0")
package org.nesteddune.engine.kvm;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
