/**
 * The x86-64 architecture: system-call numbers, calling convention, structures, signal frames and the few system calls
 * that only x86 has. {@link org.nesteddune.x86.X86Registers} is what the KVM part and the rest agree on.
 */
package org.nesteddune.x86;
