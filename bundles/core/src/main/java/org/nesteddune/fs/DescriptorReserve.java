package org.nesteddune.fs;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.syscall.ErrnoException;

/**
 * Keeps a quarter of the host process's descriptors for the runtime: machines, vCPUs, and the JVM's own files. All guests
 * together have the rest; beyond it they get ENFILE, as where a system's table of files is full. A new descriptor is the
 * lowest that is free, so its number says how many are in use at least. Immutable.
 */
public final class DescriptorReserve {

    private static final long GUESTS = hostLimit() / 4 * 3;

    private DescriptorReserve() {}

    private static long hostLimit() {
        try (NativeBuffer limit = new NativeBuffer(16)) {
            boolean known = Linux.prlimit64(0, Resource.RLIMIT_NOFILE, 0, limit.address()) == 0;
            long soft = known ? Memory.getLong(limit.address()) : 0;
            return soft <= 0 ? Long.MAX_VALUE : soft;
        }
    }

    /** Greatest number of descriptors that one guest process should be allowed (RLIMIT_NOFILE): two thirds of what all have. */
    public static long forOneProcess() {
        return GUESTS / 3 * 2;
    }

    /** Whether a descriptor that has just been opened for a guest may be kept. */
    static boolean allows(int descriptor) {
        return descriptor < GUESTS;
    }

    /**
     * Looks whether a descriptor that has just been opened for a guest may be kept.
     *
     * @throws ErrnoException ENFILE if not; the descriptor stays the caller's
     */
    static void check(int descriptor) {
        if (!allows(descriptor)) {
            throw new ErrnoException(Errno.ENFILE);
        }
    }

    /** As {@link #check}, but what may not be kept is closed; gives the descriptor. */
    public static int checkOrClose(int descriptor) {
        if (!allows(descriptor)) {
            Linux.close(descriptor);
            throw new ErrnoException(Errno.ENFILE);
        }
        return descriptor;
    }
}
