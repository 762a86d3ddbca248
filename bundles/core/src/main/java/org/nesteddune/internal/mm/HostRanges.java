package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.MAP_ANONYMOUS;
import static org.nesteddune.linux.Mman.MAP_FIXED_NOREPLACE;
import static org.nesteddune.linux.Mman.MAP_NORESERVE;
import static org.nesteddune.linux.Mman.MAP_PRIVATE;
import static org.nesteddune.linux.Mman.PROT_NONE;

import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;

/** Takes ranges of the host process's addresses by mapping nothing there, and gives them back. Thread-safe. */
final class HostRanges {

    /** Flags of a mapping that only keeps others out. */
    static final int RESERVATION = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

    /** A reservation from this size on is only made if {@link #HOST_ROOM} is still left to the host process then. */
    private static final long GREAT = 64L << 30;

    /** What the host process keeps for its own needs and for other guests. */
    private static final long HOST_ROOM = 4L << 40;

    private HostRanges() {}

    /**
     * Reserves host addresses.
     *
     * @param alignment a power of two; the result is a multiple of it plus the residue
     * @return the first, or a negative error number
     */
    static long reserve(long size, long alignment, long residue) {
        long raw = reserveUnaligned(size + alignment);
        if (raw < 0) {
            return raw;
        }
        long host = raw + (residue - raw & alignment - 1);
        giveBack(raw, host);
        giveBack(host + size, raw + size + alignment);
        return host;
    }

    /**
     * Reserves host addresses, if enough are left for others then.
     *
     * @return the first; or a negative error number
     */
    private static long reserveUnaligned(long size) {
        if (size >= GREAT) {
            // One call for both saves two; it fails where only their sum is not free in one piece.
            long both = Linux.mmap(0, HOST_ROOM + size, PROT_NONE, RESERVATION, -1, 0);
            if (both >= 0) {
                Linux.munmap(both, HOST_ROOM);
                return both + HOST_ROOM;
            }
        }
        long raw = Linux.mmap(0, size, PROT_NONE, RESERVATION, -1, 0);
        if (raw >= 0 && !leavesRoom(size)) {
            Linux.munmap(raw, size);
            return -Errno.ENOMEM;
        }
        return raw;
    }

    /** Frees what was reserved; an empty range is none. */
    static void giveBack(long start, long end) {
        if (start < end) {
            Linux.munmap(start, end - start);
        }
    }

    /** Reserves exactly this host range if nothing is mapped in it and the host process has enough left. */
    static boolean reserveAt(long host, long size) {
        if (host < Window.LOWEST || !fill(host, size)) {
            return false;
        }
        if (!leavesRoom(size)) {
            Linux.munmap(host, size);
            return false;
        }
        return true;
    }

    /** Puts a reservation where nothing is mapped. */
    static boolean fill(long host, long size) {
        long result = Linux.mmap(host, size, PROT_NONE, RESERVATION | MAP_FIXED_NOREPLACE, -1, 0);
        if (result >= 0 && result != host) {
            // Kernels before 4.17 take the flag for nothing and the address for a hint.
            Linux.munmap(result, size);
            return false;
        }
        return result == host;
    }

    /** Whether the host process has enough free addresses after a reservation, for its own needs and other guests. */
    private static boolean leavesRoom(long size) {
        if (size < GREAT) {
            return true;
        }
        long probe = Linux.mmap(0, HOST_ROOM, PROT_NONE, RESERVATION, -1, 0);
        if (Errno.isError(probe)) {
            return false;
        }
        Linux.munmap(probe, HOST_ROOM);
        return true;
    }
}
