package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.PROT_READ;
import static org.nesteddune.linux.Mman.PROT_WRITE;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.memory.GuestFault;

/**
 * Reads and writes pages whose protection forbids it, as a debugger may ({@code FOLL_FORCE} of mm/gup.c): any mapping can
 * be read, a private one written, which gives it a copy of its own. Needs the lock of the address space for writing.
 */
final class ForcedAccess {

    private static final int VECTOR = 16;

    private final Mappings mappings;

    ForcedAccess(Mappings mappings) {
        this.mappings = mappings;
    }

    /** How much of a range lies in one page. */
    static int part(long address, int length) {
        return (int) Math.min(length, Linux.PAGE_SIZE - (address & Linux.PAGE_SIZE - 1));
    }

    /**
     * Copies within one page.
     *
     * @throws GuestFault if nothing is mapped there, or it is shared and must not be written
     */
    void copy(long address, byte[] bytes, int offset, int length, boolean write) {
        Area area = mappings.tree.at(address);
        if (area == null || area.is(Area.GUARD) || write && area.isShared()) {
            throw new GuestFault(address);
        }
        long page = address & -Linux.PAGE_SIZE;
        long host = mappings.window.host(page, Linux.PAGE_SIZE);
        int own = Mappings.hostProtection(area.protection);
        int needed = own | PROT_READ | (write ? PROT_WRITE : 0);
        if (needed != own && Linux.mprotect(host, Linux.PAGE_SIZE, needed) != 0) {
            throw new GuestFault(address);
        }
        try (NativeBuffer buffer = new NativeBuffer(2 * VECTOR + length)) {
            long local = buffer.address();
            long data = local + 2 * VECTOR;
            Memory.putLong(local, data);
            Memory.putLong(local + 8, length);
            Memory.putLong(local + VECTOR, host + (address - page));
            Memory.putLong(local + VECTOR + 8, length);
            int self = (int) Linux.getpid();
            // By the kernel: behind the end of a file there is no page, whatever the mapping says.
            long done;
            if (write) {
                Memory.copyTo(data, bytes, offset, length);
                done = Linux.process_vm_writev(self, local, 1, local + VECTOR, 1);
            } else {
                done = Linux.process_vm_readv(self, local, 1, local + VECTOR, 1);
                Memory.copyFrom(data, bytes, offset, length);
            }
            if (done != length) {
                throw new GuestFault(address);
            }
        } finally {
            if (needed != own) {
                Linux.mprotect(host, Linux.PAGE_SIZE, own);
            }
        }
    }
}
