/** Native processes made of guests, from outside: an ELF file made here, ptrace(2), process_vm_writev(2) and passed descriptors. */
package org.nesteddune.migration;
