package org.nesteddune.arch;

/**
 * An architecture's vDSO: an ELF shared object, and the read-only data pages ("vvar") that lie directly before it.
 *
 * @param image the ELF image, its length a multiple of the page size; the array is not modified. It addresses the data relative to
 *     itself
 * @param data what is mapped before the image, or null for nothing
 * @param signalReturn offset in the image of the {@code rt_sigreturn} trampoline, or −1 where handlers bring their own
 */
public record Vdso(byte[] image, VdsoData data, int signalReturn) {

    /** Bytes of the data pages. */
    public int dataLength() {
        return data == null ? 0 : data.length();
    }
}
