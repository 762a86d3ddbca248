package org.nesteddune.arch;

/**
 * An architecture's vDSO: an ELF shared object, and the read-only data pages ("vvar") that lie directly before it.
 *
 * @param image the ELF image, its length a multiple of the page size; the array is not modified
 * @param dataDescriptor a host descriptor of the data pages' shared memory, owned by the architecture
 * @param dataLength bytes of the data pages, a multiple of the page size; the image addresses them relative to itself
 * @param signalReturn offset in the image of the {@code rt_sigreturn} trampoline, or −1 where handlers bring their own
 */
public record Vdso(byte[] image, int dataDescriptor, int dataLength, int signalReturn) {}
