package org.nesteddune.internal.runtime;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.linux.Prctl;

/** The capabilities of the runtime's own process, which bound what its guests can do. */
final class HostCapabilities {

    /** _LINUX_CAPABILITY_VERSION_3 of linux/capability.h: two words a set. */
    private static final int VERSION = 0x20080522;

    private static final int HEADER_SIZE = 8;
    private static final int WORDS_SIZE = 12;

    private HostCapabilities() {}

    /** What the process has; what a user without any has, if the host does not say. */
    static Capabilities read(int effectiveUid) {
        try (NativeBuffer buffer = new NativeBuffer(HEADER_SIZE + 2 * WORDS_SIZE)) {
            long data = buffer.address() + HEADER_SIZE;
            Memory.putInt(buffer.address(), VERSION);
            if (Linux.call(SyscallNumbers.SYS_capget, buffer.address(), data) != 0) {
                return Capabilities.ofUser(effectiveUid);
            }
            long bits = Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_GET_SECUREBITS, 0, 0, 0, 0);
            return new Capabilities(
                    set(data),
                    set(data + 4),
                    set(data + 8),
                    ask(Prctl.PR_CAPBSET_READ, -1),
                    ask(Prctl.PR_CAP_AMBIENT, Prctl.PR_CAP_AMBIENT_IS_SET),
                    bits < 0 ? 0 : (int) bits);
        }
    }

    private static long set(long address) {
        return Integer.toUnsignedLong(Memory.getInt(address))
                | Integer.toUnsignedLong(Memory.getInt(address + WORDS_SIZE)) << 32;
    }

    /** Asks about one capability after the other; {@code action} is the second argument, or −1 if there is none. */
    private static long ask(int option, int action) {
        long set = 0;
        for (int capability = 0; capability <= Capabilities.LAST; capability++) {
            long answer = action < 0
                    ? Linux.call(SyscallNumbers.SYS_prctl, option, capability, 0, 0, 0)
                    : Linux.call(SyscallNumbers.SYS_prctl, option, action, capability, 0, 0);
            if (answer == 1) {
                set |= 1L << capability;
            }
        }
        return set;
    }
}
