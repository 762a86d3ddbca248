package org.nesteddune.syscalls.system;

import java.nio.charset.StandardCharsets;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.Random;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** What a program may learn about the machine, and random bytes. */
final class InformationCalls {

    /** {@code struct new_utsname}: six fields of 65 bytes, of which the fifth is the machine. */
    private static final int FIELD = 65;
    private static final int UTSNAME_SIZE = 6 * FIELD;
    private static final int MACHINE = 4 * FIELD;

    /** Bytes in {@code struct sysinfo} on 64-bit machines. */
    private static final int SYSINFO_SIZE = 112;

    private static final int RANDOM_FLAGS = Random.GRND_NONBLOCK | Random.GRND_RANDOM | Random.GRND_INSECURE;

    private InformationCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("uname", "out:utsname buf", InformationCalls::uname)
                .full("sysinfo", "out:sysinfo info", InformationCalls::sysinfo)
                .full("getrandom", "outbuf:count buf, size count, flags:random flags -> long",
                        InformationCalls::getrandom);
    }

    private static long uname(Task task, SyscallArguments a) {
        long host = task.scratch();
        long result = Linux.uname(host);
        if (result < 0) {
            return result;
        }
        byte[] machine = task.architecture().unameMachine().getBytes(StandardCharsets.US_ASCII);
        Memory.fill(host + MACHINE, FIELD, (byte) 0);
        Memory.copyTo(host + MACHINE, machine, 0, Math.min(machine.length, FIELD - 1));
        task.memory().writeFrom(a.get(0), host, UTSNAME_SIZE);
        return 0;
    }

    private static long sysinfo(Task task, SyscallArguments a) {
        return Linux.sysinfo(task.memory().host(a.get(0), SYSINFO_SIZE));
    }

    private static long getrandom(Task task, SyscallArguments a) {
        int flags = a.getInt(2);
        int both = Random.GRND_RANDOM | Random.GRND_INSECURE;
        if ((flags & ~RANDOM_FLAGS) != 0 || (flags & both) == both) {
            return -Errno.EINVAL;
        }
        long length = a.get(1);
        if (Long.compareUnsigned(length, Limits.MAX_RW_COUNT) > 0) {
            length = Limits.MAX_RW_COUNT;
        }
        long host = length == 0 ? 0 : task.memory().host(a.get(0), length);
        return task.blockingCall(SyscallNumbers.SYS_getrandom, host, length, flags, 0, 0, 0);
    }
}
