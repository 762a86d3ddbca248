package org.nesteddune.internal.mm;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.StampedLock;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.GuardedAccess;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.SharedPlace;

/**
 * Checked access to guest memory.
 *
 * <p>Memory that needs no file and permits the access is read and written by plain instructions while the lock is held
 * for reading, so that it cannot go away: such an access cannot fault. All other memory may fault whatever is checked
 * beforehand (another process may truncate the file at any time), so it is reached only by {@code process_vm_readv} and
 * {@code process_vm_writev} on this very process, which the kernel checks page by page.
 *
 * <p>An access below a stack lets it grow first, as the kernel's own accesses do.
 */
abstract class GuestAccess extends AddressSpace {

    final StampedLock lock = new StampedLock();
    final Mappings mappings;
    private final ScratchPool scratch = new ScratchPool();
    private final int pid = (int) Linux.getpid();

    GuestAccess(Mappings mappings) {
        this.mappings = mappings;
    }

    /** Grows a stack down to an address if one can, with the lock not held. */
    abstract boolean growTo(long address);

    /**
     * Host address of guest memory that can be accessed by plain instructions.
     *
     * @param right PROT_READ or PROT_WRITE
     * @return 0 if it must be done by the kernel, or not at all
     */
    private long plain(long address, long length, int right) {
        Area area = mappings.tree.at(address);
        if (area == null || length > area.end - address || !area.isPlain()) {
            return 0;
        }
        if (right == Mman.PROT_WRITE && (area.protection & Mman.PROT_WRITE) == 0) {
            return 0;
        }
        return address + mappings.window.delta(address);
    }

    @Override
    public byte readByte(long address) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 1, Mman.PROT_READ);
            if (host != 0) {
                return Memory.getByte(host);
            }
        } finally {
            lock.unlockRead(stamp);
        }
        return (byte) readSlowly(address, 1);
    }

    @Override
    public short readShort(long address) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 2, Mman.PROT_READ);
            if (host != 0) {
                return Memory.getShort(host);
            }
        } finally {
            lock.unlockRead(stamp);
        }
        return (short) readSlowly(address, 2);
    }

    @Override
    public int readInt(long address) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 4, Mman.PROT_READ);
            if (host != 0) {
                return Memory.getInt(host);
            }
        } finally {
            lock.unlockRead(stamp);
        }
        return (int) readSlowly(address, 4);
    }

    @Override
    public long readLong(long address) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 8, Mman.PROT_READ);
            if (host != 0) {
                return Memory.getLong(host);
            }
        } finally {
            lock.unlockRead(stamp);
        }
        return readSlowly(address, 8);
    }

    @Override
    public void writeByte(long address, byte value) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 1, Mman.PROT_WRITE);
            if (host != 0) {
                Memory.putByte(host, value);
                return;
            }
        } finally {
            lock.unlockRead(stamp);
        }
        writeSlowly(address, value, 1);
    }

    @Override
    public void writeShort(long address, short value) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 2, Mman.PROT_WRITE);
            if (host != 0) {
                Memory.putShort(host, value);
                return;
            }
        } finally {
            lock.unlockRead(stamp);
        }
        writeSlowly(address, value, 2);
    }

    @Override
    public void writeInt(long address, int value) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 4, Mman.PROT_WRITE);
            if (host != 0) {
                Memory.putInt(host, value);
                return;
            }
        } finally {
            lock.unlockRead(stamp);
        }
        writeSlowly(address, value, 4);
    }

    @Override
    public void writeLong(long address, long value) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 8, Mman.PROT_WRITE);
            if (host != 0) {
                Memory.putLong(host, value);
                return;
            }
        } finally {
            lock.unlockRead(stamp);
        }
        writeSlowly(address, value, 8);
    }

    private long readSlowly(long address, int size) {
        NativeBuffer buffer = scratch.take();
        try {
            long data = buffer.address() + ScratchPool.DATA;
            Memory.putLong(data, 0);
            transfer(buffer, address, data, size, false);
            return Memory.getLong(data);
        } finally {
            scratch.give(buffer);
        }
    }

    private void writeSlowly(long address, long value, int size) {
        NativeBuffer buffer = scratch.take();
        try {
            long data = buffer.address() + ScratchPool.DATA;
            Memory.putLong(data, value);
            transfer(buffer, address, data, size, true);
        } finally {
            scratch.give(buffer);
        }
    }

    @Override
    public void readTo(long address, long host, long length) {
        copy(address, host, length, false);
    }

    @Override
    public void writeFrom(long address, long host, long length) {
        copy(address, host, length, true);
    }

    /** Copies between guest memory and memory of ours. */
    private void copy(long address, long ours, long length, boolean write) {
        checkRange(address, length);
        int right = write ? Mman.PROT_WRITE : Mman.PROT_READ;
        long done = 0;
        while (done < length) {
            long part = copyPlainly(address + done, ours + done, length - done, right);
            if (part == 0) {
                part = partAlike(address + done, length - done);
                NativeBuffer buffer = scratch.take();
                try {
                    transfer(buffer, address + done, ours + done, part, write);
                } finally {
                    scratch.give(buffer);
                }
            }
            done += part;
        }
    }

    /** Copies up to the end of an area if plain instructions can; the number of bytes copied. */
    private long copyPlainly(long address, long ours, long length, int right) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 1, right);
            if (host == 0) {
                return 0;
            }
            long part = Math.min(length, mappings.tree.at(address).end - address);
            if (right == Mman.PROT_WRITE) {
                Memory.copy(ours, host, part);
            } else {
                Memory.copy(host, ours, part);
            }
            return part;
        } finally {
            lock.unlockRead(stamp);
        }
    }

    /** How much of a range lies up to the end of the area at its start. */
    private long partAlike(long address, long length) {
        long stamp = lock.readLock();
        try {
            Area area = mappings.tree.at(address);
            return area == null ? Math.min(length, 1) : Math.min(length, area.end - address);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public void read(long address, byte[] target, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, target.length);
        checkRange(address, length);
        int done = 0;
        while (done < length) {
            int part = readPlainly(address + done, target, offset + done, length - done);
            if (part == 0) {
                part = (int) Math.min(partAlike(address + done, length - done), ScratchPool.DATA_SIZE);
                NativeBuffer buffer = scratch.take();
                try {
                    long data = buffer.address() + ScratchPool.DATA;
                    transfer(buffer, address + done, data, part, false);
                    Memory.copyFrom(data, target, offset + done, part);
                } finally {
                    scratch.give(buffer);
                }
            }
            done += part;
        }
    }

    private int readPlainly(long address, byte[] target, int offset, int length) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 1, Mman.PROT_READ);
            if (host == 0) {
                return 0;
            }
            int part = (int) Math.min(length, mappings.tree.at(address).end - address);
            Memory.copyFrom(host, target, offset, part);
            return part;
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public void write(long address, byte[] source, int offset, int length) {
        java.util.Objects.checkFromIndexSize(offset, length, source.length);
        checkRange(address, length);
        int done = 0;
        while (done < length) {
            int part = writePlainly(address + done, source, offset + done, length - done);
            if (part == 0) {
                part = (int) Math.min(partAlike(address + done, length - done), ScratchPool.DATA_SIZE);
                NativeBuffer buffer = scratch.take();
                try {
                    long data = buffer.address() + ScratchPool.DATA;
                    Memory.copyTo(data, source, offset + done, part);
                    transfer(buffer, address + done, data, part, true);
                } finally {
                    scratch.give(buffer);
                }
            }
            done += part;
        }
    }

    private int writePlainly(long address, byte[] source, int offset, int length) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 1, Mman.PROT_WRITE);
            if (host == 0) {
                return 0;
            }
            int part = (int) Math.min(length, mappings.tree.at(address).end - address);
            Memory.copyTo(host, source, offset, part);
            return part;
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public void clear(long address, long length) {
        checkRange(address, length);
        long done = 0;
        while (done < length) {
            long part = clearPlainly(address + done, length - done);
            if (part == 0) {
                part = Math.min(partAlike(address + done, length - done), ScratchPool.DATA_SIZE);
                NativeBuffer buffer = scratch.take();
                try {
                    long data = buffer.address() + ScratchPool.DATA;
                    Memory.fill(data, part, (byte) 0);
                    transfer(buffer, address + done, data, part, true);
                } finally {
                    scratch.give(buffer);
                }
            }
            done += part;
        }
    }

    private long clearPlainly(long address, long length) {
        long stamp = lock.readLock();
        try {
            long host = plain(address, 1, Mman.PROT_WRITE);
            if (host == 0) {
                return 0;
            }
            long part = Math.min(length, mappings.tree.at(address).end - address);
            Memory.fill(host, part, (byte) 0);
            return part;
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public String readString(long address, int limit) {
        NativeBuffer buffer = scratch.take();
        try {
            long data = buffer.address() + ScratchPool.DATA;
            StringBuilder text = null;
            int done = 0;
            while (done < limit) {
                long here = address + done;
                // Never beyond a page: what follows the NUL may be missing.
                int part = (int) Math.min(limit - done, mappings.page - (here & mappings.page - 1));
                part = Math.min(part, ScratchPool.DATA_SIZE);
                copy(here, data, part, false);
                int length = Memory.stringLength(data, part);
                byte[] bytes = new byte[length];
                Memory.copyFrom(data, bytes, 0, length);
                String piece = new String(bytes, StandardCharsets.ISO_8859_1);
                if (length < part) {
                    return text == null ? piece : text.append(piece).toString();
                }
                text = (text == null ? new StringBuilder() : text).append(piece);
                done += part;
            }
            return null;
        } finally {
            scratch.give(buffer);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>In a file mapping the word could lose its page between any check and the access; there it is done by
     * {@link GuardedAccess}. On hosts that do not have that, the kernel reads and writes the word, and a change that
     * another processor makes in between is lost.
     */
    @Override
    public int compareAndExchangeInt(long address, int expected, int value) {
        if ((address & 3) != 0) {
            throw new GuestFault(address);
        }
        if (mappings.stacks.mayGrowTo(address)) {
            growTo(address);
        }
        long stamp = lock.readLock();
        try {
            long host = plain(address, 4, Mman.PROT_WRITE);
            if (host != 0) {
                for (; ; ) {
                    int found = Memory.getIntVolatile(host);
                    if (found != expected || Memory.compareAndSetInt(host, expected, value)) {
                        return found;
                    }
                }
            }
            if (GuardedAccess.isSupported()) {
                return exchangeGuarded(address, expected, value);
            }
        } finally {
            lock.unlockRead(stamp);
        }
        int found = (int) readSlowly(address, 4);
        writeSlowly(address, found == expected ? value : found, 4);
        return found;
    }

    /** Under the lock, so that the mapping stays; its page may go. */
    private int exchangeGuarded(long address, int expected, int value) {
        Area area = mappings.tree.at(address);
        if (area == null || (area.protection & Mman.PROT_WRITE) == 0 || area.is(Area.GUARD)) {
            throw new GuestFault(address);
        }
        long found = GuardedAccess.compareAndExchangeInt(
                address + mappings.window.delta(address), expected, value);
        if (found < 0) {
            throw new GuestFault(address);
        }
        return (int) found;
    }

    @Override
    public SharedPlace sharedPlace(long address) {
        Area area;
        long stamp = lock.readLock();
        try {
            area = mappings.tree.at(address);
            if (area == null || !area.isShared()) {
                return null;
            }
            if (area.shared != null) {
                return new SharedPlace(new AnonymousIdentity(area.shared), area.offset + (address - area.start));
            }
            area.file.retain();
        } finally {
            lock.unlockRead(stamp);
        }
        try {
            FileStatus status = new FileStatus();
            if (area.file.status(status) != 0) {
                return null;
            }
            return new SharedPlace(new FileIdentity(status.device, status.inode), area.offset + (address - area.start));
        } finally {
            area.file.release();
        }
    }

    /** Shared anonymous memory; its id tells it apart only from what the same program and its children have made. */
    private record AnonymousIdentity(Area.SharedMemory memory) {

        @Override
        public boolean equals(Object other) {
            return other instanceof AnonymousIdentity same && same.memory == memory;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(memory);
        }
    }

    /** A file, whoever has opened it and however often. */
    private record FileIdentity(long device, long inode) {}

    @Override
    public long host(long address, long length) {
        if (mappings.stacks.mayGrowTo(address)) {
            growTo(address);
        }
        long host = mappings.window.host(address, length);
        if (host != -1) {
            return host;
        }
        if (length == 0 && address >= 0 && address < mappings.window.highest()) {
            // Nothing will be accessed, so any user address that is never mapped does; NULL keeps its meaning.
            return address == 0 ? 0 : 1;
        }
        throw new GuestFault(address);
    }

    private void checkRange(long address, long length) {
        if (length < 0 || address < 0 || length > mappings.window.highest() - address) {
            if (length != 0) {
                throw new GuestFault(address);
            }
        }
    }

    /** Lets the kernel copy; faults with the address of the first byte that it could not. */
    private void transfer(NativeBuffer buffer, long address, long ours, long length, boolean write) {
        long done = 0;
        boolean grown = false;
        while (done < length) {
            long moved = transferOnce(buffer, address + done, ours + done, length - done, write);
            if (moved > 0) {
                done += moved;
            } else if (!grown && mappings.stacks.mayGrowTo(address + done) && growTo(address + done)) {
                grown = true;
            } else {
                throw new GuestFault(address + done);
            }
        }
    }

    private long transferOnce(NativeBuffer buffer, long address, long ours, long length, boolean write) {
        long local = buffer.address();
        long remote = local + 16;
        // The lock keeps the window: after it is closed its host addresses are no longer the guest's.
        long stamp = lock.readLock();
        try {
            Area area = mappings.tree.at(address);
            if (area == null || area.is(Area.GUARD)) {
                return -Errno.EFAULT;
            }
            long part = Math.min(length, area.end - address);
            long host = mappings.window.host(address, part);
            if (host == -1) {
                return -Errno.EFAULT;
            }
            Memory.putLong(local, ours);
            Memory.putLong(local + 8, part);
            Memory.putLong(remote, host);
            Memory.putLong(remote + 8, part);
            return write
                    ? Linux.process_vm_writev(pid, local, 1, remote, 1)
                    : Linux.process_vm_readv(pid, local, 1, remote, 1);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    void closeAccess() {
        scratch.close();
    }
}
