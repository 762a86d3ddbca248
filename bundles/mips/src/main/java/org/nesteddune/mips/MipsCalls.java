package org.nesteddune.mips;

import java.util.List;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;
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
            .full("sysm_pipe", "-> fd", MipsCalls::pipe)
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

    /** The first descriptor is the result, the second goes into v1. */
    private static long pipe(Task task, SyscallArguments arguments) {
        long scratch = task.scratch();
        ErrnoException.check(Linux.pipe2(scratch, OpenFlags.O_CLOEXEC));
        int readEnd = Memory.getInt(scratch);
        int writeEnd = Memory.getInt(scratch + Integer.BYTES);
        OpenFile reader;
        try {
            reader = HostFile.adopt(readEnd, null);
        } catch (ErrnoException failed) {
            Linux.close(writeEnd);
            throw failed;
        }
        OpenFile writer;
        try {
            writer = HostFile.adopt(writeEnd, null);
        } catch (ErrnoException failed) {
            reader.release();
            throw failed;
        }
        long limit = task.process().limits().openFiles();
        int first = task.descriptors().add(reader, 0, limit, false);
        if (first < 0) {
            writer.release();
            return first;
        }
        int second = task.descriptors().add(writer, 0, limit, false);
        if (second < 0) {
            task.descriptors().close(first);
            return second;
        }
        task.cpu().set(MipsRegisters.V1, second);
        return first;
    }

    private static long sysmips(Task task, SyscallArguments arguments) {
        return switch (arguments.getInt(0)) {
            case FLUSH_CACHE, MIPS_FIXADE -> 0;
            default -> -Errno.EINVAL;
        };
    }
}
