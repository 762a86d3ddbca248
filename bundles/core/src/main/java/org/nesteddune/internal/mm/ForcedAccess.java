package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.PROT_READ;
import static org.nesteddune.linux.Mman.PROT_WRITE;

import java.util.Objects;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.memory.GuestFault;

/**
 * Reads and writes pages whose protection forbids it, as a debugger may ({@code FOLL_FORCE} of mm/gup.c): any mapping can
 * be read, a private one written, which gives it a copy of its own. The lock of the address space is taken for writing, anew for
 * each page.
 */
final class ForcedAccess {

    private static final int VECTOR = 16;

    private final HostAddressSpace memory;
    private final Mappings mappings;

    ForcedAccess(HostAddressSpace memory) {
        this.memory = memory;
        this.mappings = memory.mappings;
    }

    /** Copies between guest memory and an array; a page that permits it is accessed as others are. */
    void transfer(long address, byte[] bytes, int offset, int length, boolean write) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        for (int done = 0; done < length; ) {
            int part = part(address + done, length - done);
            try {
                if (write) {
                    memory.write(address + done, bytes, offset + done, part);
                } else {
                    memory.read(address + done, bytes, offset + done, part);
                }
            } catch (GuestFault forbidden) {
                long stamp = memory.lock.writeLock();
                try {
                    copy(address + done, bytes, offset + done, part, write);
                } finally {
                    memory.unlock(stamp);
                }
            }
            if (write) {
                long stamp = memory.lock.writeLock();
                try {
                    mappings.codeWritten(address + done);
                } finally {
                    memory.unlock(stamp);
                }
            }
            done += part;
        }
    }

    /** How much of a range lies in one page. */
    private static int part(long address, int length) {
        return (int) Math.min(length, Linux.PAGE_SIZE - (address & Linux.PAGE_SIZE - 1));
    }

    /**
     * Copies within one page, with the lock held.
     *
     * @throws GuestFault if nothing is mapped there, or it is shared and must not be written
     */
    private void copy(long address, byte[] bytes, int offset, int length, boolean write) {
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
