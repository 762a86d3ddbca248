package org.nesteddune.internal.task;

import static org.nesteddune.host.SyscallNumbers.SYS_accept4;
import static org.nesteddune.host.SyscallNumbers.SYS_connect;
import static org.nesteddune.host.SyscallNumbers.SYS_copy_file_range;
import static org.nesteddune.host.SyscallNumbers.SYS_fcntl;
import static org.nesteddune.host.SyscallNumbers.SYS_flock;
import static org.nesteddune.host.SyscallNumbers.SYS_ioctl;
import static org.nesteddune.host.SyscallNumbers.SYS_openat2;
import static org.nesteddune.host.SyscallNumbers.SYS_pread64;
import static org.nesteddune.host.SyscallNumbers.SYS_preadv2;
import static org.nesteddune.host.SyscallNumbers.SYS_pwrite64;
import static org.nesteddune.host.SyscallNumbers.SYS_pwritev2;
import static org.nesteddune.host.SyscallNumbers.SYS_read;
import static org.nesteddune.host.SyscallNumbers.SYS_readv;
import static org.nesteddune.host.SyscallNumbers.SYS_recvfrom;
import static org.nesteddune.host.SyscallNumbers.SYS_recvmsg;
import static org.nesteddune.host.SyscallNumbers.SYS_sendfile;
import static org.nesteddune.host.SyscallNumbers.SYS_sendmsg;
import static org.nesteddune.host.SyscallNumbers.SYS_sendto;
import static org.nesteddune.host.SyscallNumbers.SYS_splice;
import static org.nesteddune.host.SyscallNumbers.SYS_tee;
import static org.nesteddune.host.SyscallNumbers.SYS_vmsplice;
import static org.nesteddune.host.SyscallNumbers.SYS_write;
import static org.nesteddune.host.SyscallNumbers.SYS_writev;

import java.util.BitSet;

/** Host calls that wait only if there is nothing to be done at once, in which case a signal does not interrupt them. Stateless. */
final class TransferCalls {

    private static final BitSet ALL = new BitSet();

    static {
        int[] numbers = {
            SYS_read, SYS_readv, SYS_pread64, SYS_preadv2, SYS_write, SYS_writev, SYS_pwrite64, SYS_pwritev2, SYS_openat2,
            SYS_recvfrom, SYS_recvmsg, SYS_sendto, SYS_sendmsg, SYS_accept4, SYS_connect, SYS_fcntl, SYS_flock, SYS_ioctl,
            SYS_sendfile, SYS_splice, SYS_tee, SYS_vmsplice, SYS_copy_file_range,
        };
        for (int number : numbers) {
            ALL.set(number);
        }
    }

    private TransferCalls() {}

    static boolean contains(long number) {
        return ALL.get((int) number);
    }
}
