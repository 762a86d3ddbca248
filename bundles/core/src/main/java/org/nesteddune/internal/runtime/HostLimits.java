package org.nesteddune.internal.runtime;

import org.nesteddune.fs.DescriptorReserve;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Limits;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Resource;

/**
 * The resource limits of the host's process, which guests inherit as they were at first. All guests' open files count
 * together in the host; in a process of the runtime's own that limit is therefore raised as far as the host permits, until
 * this is closed. In an application's process it is left alone, because other children would inherit it.
 */
final class HostLimits implements AutoCloseable {

    /** {@code struct rlimit64}: soft and hard limit. */
    private static final int RLIMIT = 16;

    private final long[] soft = new long[Resource.RLIM_NLIMITS];
    private final long[] hard = new long[Resource.RLIM_NLIMITS];
    private final long guestSoft;
    private final long guestHard;
    private boolean raised;

    /**
     * Reads the limits.
     *
     * @param raise whether to raise the one on open files
     */
    HostLimits(boolean raise) {
        try (NativeBuffer pair = new NativeBuffer(RLIMIT)) {
            for (int resource = 0; resource < soft.length; resource++) {
                boolean known = Linux.prlimit64(0, resource, 0, pair.address()) == 0;
                soft[resource] = known ? Memory.getLong(pair.address()) : Limits.INFINITY;
                hard[resource] = known ? Memory.getLong(pair.address() + 8) : Limits.INFINITY;
            }
        }
        if (raise) {
            long own = hard[Resource.RLIMIT_NOFILE];
            long greatest = mostOpenFiles();
            long wanted = Long.compareUnsigned(own, greatest) > 0 ? own : greatest;
            // Only the privileged can raise the hard limit.
            raised = set(wanted, wanted) || set(own, own);
        }
        // Asked after raising it: all guests share the descriptors of the host's process.
        long most = DescriptorReserve.forOneProcess();
        guestSoft = least(soft[Resource.RLIMIT_NOFILE], most);
        guestHard = least(hard[Resource.RLIMIT_NOFILE], most);
    }

    private static long least(long unsigned, long most) {
        return Long.compareUnsigned(unsigned, most) < 0 ? unsigned : most;
    }

    private static boolean set(long softLimit, long hardLimit) {
        try (NativeBuffer pair = new NativeBuffer(RLIMIT)) {
            Memory.putLong(pair.address(), softLimit);
            Memory.putLong(pair.address() + 8, hardLimit);
            return Linux.prlimit64(0, Resource.RLIMIT_NOFILE, pair.address(), 0) == 0;
        }
    }

    /** fs.nr_open, beyond which no limit on open files can be set; 0 if it cannot be read. */
    private static long mostOpenFiles() {
        try (NativeBuffer path = NativeBuffer.ofCString("/proc/sys/fs/nr_open");
                NativeBuffer text = new NativeBuffer(32)) {
            int file = (int) Linux.open(path.address(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0);
            if (file < 0) {
                return 0;
            }
            long length = Linux.read(file, text.address(), text.size() - 1);
            Linux.close(file);
            return Errno.isError(length) ? 0 : Long.parseUnsignedLong(text.string(0).trim());
        } catch (NumberFormatException unlikely) {
            return 0;
        }
    }

    /** What a first guest inherits. */
    Limits forGuest() {
        Limits limits = new Limits(soft, hard);
        limits.set(Resource.RLIMIT_NOFILE, guestSoft, guestHard);
        return limits;
    }

    @Override
    public void close() {
        if (raised) {
            raised = false;
            set(soft[Resource.RLIMIT_NOFILE], hard[Resource.RLIMIT_NOFILE]);
        }
    }
}
