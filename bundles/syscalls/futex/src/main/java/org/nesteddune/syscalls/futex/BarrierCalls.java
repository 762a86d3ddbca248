package org.nesteddune.syscalls.futex;

import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.ProcessSettings;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * What orders the memory accesses of threads.
 *
 * <p>Guest threads are threads of this host process, so the host's barriers are the guest's: where a vCPU runs, the
 * interrupt that makes the barrier takes it out of the guest and back in, which also serialises its instructions
 * (SYNC_CORE).
 */
final class BarrierCalls {

    // Commands of membarrier(2), linux/membarrier.h
    private static final int QUERY = 0;
    private static final int GLOBAL = 1;
    private static final int GLOBAL_EXPEDITED = 1 << 1;
    private static final int REGISTER_GLOBAL_EXPEDITED = 1 << 2;
    private static final int PRIVATE_EXPEDITED = 1 << 3;
    private static final int REGISTER_PRIVATE_EXPEDITED = 1 << 4;
    private static final int PRIVATE_EXPEDITED_SYNC_CORE = 1 << 5;
    private static final int REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 1 << 6;
    private static final int GET_REGISTRATIONS = 1 << 9;

    private static final int COMMANDS = GLOBAL
            | GLOBAL_EXPEDITED
            | REGISTER_GLOBAL_EXPEDITED
            | PRIVATE_EXPEDITED
            | REGISTER_PRIVATE_EXPEDITED
            | PRIVATE_EXPEDITED_SYNC_CORE
            | REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;

    private BarrierCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.partial(
                        "membarrier",
                        "enum:membarrier cmd, uint flags, int cpu_id",
                        "no RSEQ commands, as a kernel without CONFIG_RSEQ; MEMBARRIER_CMD_QUERY says so",
                        BarrierCalls::membarrier)
                .errno("rseq", "addr rseq, uint len, int flags, uint sig", Errno.ENOSYS,
                        "the host does not tell when it has preempted or moved a vCPU, so a sequence could not be "
                                + "restarted nor cpu_id be kept true; as a kernel without CONFIG_RSEQ");
    }

    private static long membarrier(Task task, SyscallArguments a) {
        int command = a.getInt(0);
        if (a.getInt(1) != 0) {
            return -Errno.EINVAL;
        }
        ProcessSettings settings = task.process().settings();
        switch (command) {
            case QUERY -> {
                long host = Linux.call(SyscallNumbers.SYS_membarrier, QUERY, 0, 0);
                return host < 0 ? host : host & COMMANDS | GET_REGISTRATIONS;
            }
            case REGISTER_GLOBAL_EXPEDITED, REGISTER_PRIVATE_EXPEDITED, REGISTER_PRIVATE_EXPEDITED_SYNC_CORE -> {
                long result = Linux.call(SyscallNumbers.SYS_membarrier, command, 0, 0);
                if (result == 0) {
                    settings.registerMembarrier(command);
                }
                return result;
            }
            case PRIVATE_EXPEDITED, PRIVATE_EXPEDITED_SYNC_CORE -> {
                // The registration of a command is the next bit.
                return (settings.membarriers() & command << 1) == 0
                        ? -Errno.EPERM
                        : Linux.call(SyscallNumbers.SYS_membarrier, command, 0, 0);
            }
            case GLOBAL, GLOBAL_EXPEDITED -> {
                return Linux.call(SyscallNumbers.SYS_membarrier, command, 0, 0);
            }
            case GET_REGISTRATIONS -> {
                return settings.membarriers();
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }
}
