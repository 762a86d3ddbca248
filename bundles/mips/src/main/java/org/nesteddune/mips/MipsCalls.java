package org.nesteddune.mips;

import java.util.List;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The system calls that only MIPS has. Source: {@code arch/mips/kernel/syscall.c}, {@code mm/cache.c}. Stateless. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=" + MipsCalls.ID)
public final class MipsCalls implements SyscallFamily {

    /** The family's name. */
    static final String ID = "mips";

    // uapi/asm/sysmips.h
    private static final int MIPS_FIXADE = 7;
    private static final int FLUSH_CACHE = 3;

    private final List<Syscall> calls = new Syscall.Table()
            .full("mips_set_thread_area", "addr address", MipsCalls::setThreadArea)
            .full("cacheflush", "addr address, ulong bytes, uint cache", (task, a) -> 0)
            .errno("cachectl", "addr address, int bytes, int op", Errno.ENOSYS, "no kernel has it")
            .partial("sysmips", "int command, long arg1, long arg2", "no atomic set", MipsCalls::sysmips)
            .build();

    @Override
    public String name() {
        return ID;
    }

    @Override
    public List<Syscall> syscalls() {
        return calls;
    }

    private static long setThreadArea(Task task, SyscallArguments arguments) {
        task.cpu().set(MipsRegisters.USER_LOCAL, arguments.get(0));
        return 0;
    }

    private static long sysmips(Task task, SyscallArguments arguments) {
        return switch (arguments.getInt(0)) {
            case FLUSH_CACHE, MIPS_FIXADE -> 0;
            default -> -Errno.EINVAL;
        };
    }
}
