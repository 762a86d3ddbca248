/**
 * How KVM runs x86-64 user programs: the part of the KVM engine that belongs to this architecture.
 *
 * <p>A guest is 64-bit user code at CPL 3 under page tables that mirror the host's mappings. Behind it stands no kernel
 * but two dozen bytes of code that {@link org.nesteddune.x86.kvm.SupervisorCode} emits: SYSCALL and exceptions lead to an
 * {@code out} instruction, which ends KVM_RUN, and every way back begins at an IRETQ whose frame the host has written.
 * VMX and SVM run that code at CPL 0, kvm-pvm runs the SYSCALL part of it at CPL 3; it is written to work in both cases.
 */
package org.nesteddune.x86.kvm;
