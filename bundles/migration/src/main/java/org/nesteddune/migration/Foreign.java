package org.nesteddune.migration;

import java.util.Arrays;
import java.util.List;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;

/** Another process's memory and descriptors. Stateless. */
final class Foreign {

    private Foreign() {}

    /** A further descriptor of what another process has open; the caller closes it. */
    static int descriptor(int pid, int number) throws EscapeException {
        int process = (int) check("pidfd_open", Linux.call(SyscallNumbers.SYS_pidfd_open, pid, 0));
        try {
            return (int) check("pidfd_getfd", Linux.call(SyscallNumbers.SYS_pidfd_getfd, process, number, 0));
        } finally {
            Linux.close(process);
        }
    }

    private static long check(String call, long result) throws EscapeException {
        if (Errno.isError(result)) {
            throw new EscapeException("descriptors cannot be taken: " + call + ": " + Errno.text((int) -result));
        }
        return result;
    }

    /** The first of some ranges with certain bytes in it; −1 if none has. */
    static long find(int pid, List<NativeMap> ranges, byte[] wanted) throws EscapeException {
        for (NativeMap range : ranges) {
            byte[] content = MemoryCopy.read(pid, range.start(), (int) Math.min(range.length(), 1 << 20));
            for (int i = 0; i + wanted.length <= content.length; i++) {
                if (Arrays.equals(content, i, i + wanted.length, wanted, 0, wanted.length)) {
                    return range.start() + i;
                }
            }
        }
        return -1;
    }
}
