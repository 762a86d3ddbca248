package org.nesteddune.syscalls.process;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code capget} and {@code capset}, by the rules of {@code kernel/capability.c} and {@code security/commoncap.c}. */
final class CapabilityCalls {

    /** _LINUX_CAPABILITY_VERSION_1: one 32-bit word a set; versions 2 and 3: two. */
    private static final int VERSION_1 = 0x19980330;
    private static final int VERSION_2 = 0x20071026;
    private static final int VERSION_3 = 0x20080522;

    /** {@code struct __user_cap_header_struct} and {@code __user_cap_data_struct} of linux/capability.h. */
    private static final int HEADER_SIZE = 8;
    private static final int WORDS_SIZE = 12;

    /** The runtime in the role of init. */
    private static final int RUNTIME = 1;

    private CapabilityCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("capget", "inout:cap_header hdrp, out:cap_data? datap", CapabilityCalls::capget)
                .full("capset", "inout:cap_header hdrp, in:cap_data datap", CapabilityCalls::capset);
    }

    /** 32-bit words in a set, or 0 for an unknown version, with the preferred one written to the header. */
    private static int words(GuestMemory memory, long header) {
        return switch (memory.readInt(header)) {
            case VERSION_1 -> 1;
            case VERSION_2, VERSION_3 -> 2;
            default -> {
                memory.writeInt(header, VERSION_3);
                yield 0;
            }
        };
    }

    private static long capget(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        int words = words(memory, a.get(0));
        long data = a.get(1);
        if (words == 0) {
            return data == 0 ? 0 : -Errno.EINVAL;
        }
        int pid = memory.readInt(a.get(0) + 4);
        if (data == 0) {
            return 0;
        }
        if (pid < 0) {
            return -Errno.EINVAL;
        }
        Task other = pid == 0 ? task : task.process().table().task(pid);
        if (other == null) {
            return pid == RUNTIME ? capgetOfRuntime(memory, data, words) : -Errno.ESRCH;
        }
        Capabilities sets = other.credentials().capabilities();
        for (int i = 0; i < words; i++) {
            memory.writeInt(data + 12L * i, (int) (sets.effective() >>> 32 * i));
            memory.writeInt(data + 12L * i + 4, (int) (sets.permitted() >>> 32 * i));
            memory.writeInt(data + 12L * i + 8, (int) (sets.inheritable() >>> 32 * i));
        }
        return 0;
    }

    /** What the host says of the runtime, which is there in the role of init. */
    private static long capgetOfRuntime(GuestMemory memory, long data, int words) {
        try (NativeBuffer buffer = new NativeBuffer(HEADER_SIZE + 2 * WORDS_SIZE)) {
            Memory.putInt(buffer.address(), VERSION_3);
            Memory.putInt(buffer.address() + 4, (int) Linux.getpid());
            long sets = buffer.address() + HEADER_SIZE;
            long result = Linux.call(SyscallNumbers.SYS_capget, buffer.address(), sets);
            for (int i = 0; result == 0 && i < words * WORDS_SIZE; i += Integer.BYTES) {
                memory.writeInt(data + i, Memory.getInt(sets + i));
            }
            return result;
        }
    }

    private static long capset(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        int words = words(memory, a.get(0));
        if (words == 0) {
            return -Errno.EINVAL;
        }
        int pid = memory.readInt(a.get(0) + 4);
        if (pid != 0 && pid != task.tid()) {
            return -Errno.EPERM;
        }
        long effective = 0;
        long permitted = 0;
        long inheritable = 0;
        for (int i = 0; i < words; i++) {
            long at = a.get(1) + 12L * i;
            effective |= Integer.toUnsignedLong(memory.readInt(at)) << 32 * i;
            permitted |= Integer.toUnsignedLong(memory.readInt(at + 4)) << 32 * i;
            inheritable |= Integer.toUnsignedLong(memory.readInt(at + 8)) << 32 * i;
        }
        effective &= Capabilities.ALL;
        permitted &= Capabilities.ALL;
        inheritable &= Capabilities.ALL;
        Credentials credentials = task.credentials();
        Capabilities old = credentials.capabilities();
        boolean inheritsTooMuch = !old.has(Capabilities.CAP_SETPCAP)
                && (inheritable & ~(old.inheritable() | old.permitted())) != 0;
        boolean allowed = !inheritsTooMuch
                && (inheritable & ~(old.inheritable() | old.bounding())) == 0
                && (permitted & ~old.permitted()) == 0
                && (effective & ~permitted) == 0;
        if (!allowed) {
            return -Errno.EPERM;
        }
        long ambient = old.ambient() & permitted & inheritable;
        task.credentials(credentials.with(
                new Capabilities(effective, permitted, inheritable, old.bounding(), ambient, old.secureBits())));
        return 0;
    }
}
