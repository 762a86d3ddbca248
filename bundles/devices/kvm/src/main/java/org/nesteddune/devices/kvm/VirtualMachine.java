package org.nesteddune.devices.kvm;

import java.util.HashMap;
import java.util.Map;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.syscall.ErrnoException;

/**
 * A virtual machine of a guest's: whose memory it shows, and which slots it has. It lives as long as a descriptor of it or of its vCPUs is
 * open. Thread-safe.
 *
 * <p>All slots lie in the window of the address space that the machine was made in. Within it the host's KVM follows every change, since
 * it follows the JVM's mappings, and what is not mapped there is reserved. Before the window goes the slots go; so what comes to lie in its
 * place later, another guest's memory or the JVM's, is never in a slot.
 */
final class VirtualMachine {

    private static final long KVM_SET_USER_MEMORY_REGION = 0x4020ae46L;

    /** Bytes in {@code struct kvm_userspace_memory_region}: slot, flags, then three 64-bit fields; the size is the second of these. */
    static final int REGION = 32;

    static final int REGION_SIZE = 16;

    private final AddressSpace memory;
    private final Runnable ending = this::removeSlots;
    private final int handle;
    private final Map<Integer, Long> slots = new HashMap<>(); // pages by number; guarded by this
    private int users; // guarded by this
    private boolean gone; // guarded by this

    /**
     * @param descriptor the machine's in the host, which stays the caller's
     * @throws ErrnoException if the host has no further descriptor
     */
    VirtualMachine(AddressSpace memory, int descriptor) {
        this.memory = memory;
        handle = (int) ErrnoException.check(Linux.fcntl(descriptor, Fcntl.F_DUPFD_CLOEXEC, 3));
        memory.beforeClose(ending);
    }

    /** Whether it is usable with a memory. */
    synchronized boolean belongsTo(AddressSpace other) {
        return !gone && other == memory;
    }

    /** One user more; each is undone by {@link #release}. */
    synchronized void retain() {
        users++;
    }

    /** One user less; with the last the machine goes, unless the host has it in a message, in which nobody can use it any more. */
    void release() {
        synchronized (this) {
            if (--users > 0 || gone) {
                return;
            }
            gone = true;
            Linux.close(handle);
        }
        memory.forget(ending);
    }

    /** The machine's descriptor, for those who use it. */
    int handle() {
        return handle;
    }

    /**
     * Sets a slot.
     *
     * @param region host memory of the caller's with a {@code struct kvm_userspace_memory_region} of host addresses
     */
    synchronized long setSlot(long region) {
        if (gone) {
            return -Errno.EIO;
        }
        long result = Linux.ioctl(handle, KVM_SET_USER_MEMORY_REGION, region);
        if (result == 0) {
            int slot = Memory.getInt(region);
            long size = Memory.getLong(region + REGION_SIZE);
            if (size == 0) {
                slots.remove(slot);
            } else {
                slots.put(slot, size / Linux.PAGE_SIZE);
            }
        }
        return result;
    }

    /** Does something while the size of a slot stays as it is. */
    interface SlotAction {

        /** @param pages of the slot; 0 if there is none */
        long apply(long pages);
    }

    synchronized long withSlot(int slot, SlotAction action) {
        return action.apply(slots.getOrDefault(slot, 0L));
    }

    private synchronized void removeSlots() {
        if (gone) {
            return;
        }
        try (NativeBuffer region = new NativeBuffer(REGION)) {
            region.clear();
            for (int slot : slots.keySet()) {
                Memory.putInt(region.address(), slot);
                Linux.ioctl(handle, KVM_SET_USER_MEMORY_REGION, region.address());
            }
        }
        slots.clear();
    }
}
