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
import org.nesteddune.syscall.SyscallHandler;
import org.osgi.service.component.annotations.Component;

/** The system calls that only MIPS has. Source: {@code arch/mips/kernel/syscall.c}, {@code mm/cache.c}. Stateless. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=" + MipsCalls.ID)
public final class MipsCalls implements SyscallFamily {

    /** The family's name. */
    static final String ID = "mips";

    // uapi/asm/sysmips.h
    private static final int MIPS_FIXADE = 7;
    static final int FLUSH_CACHE = 3;
    private static final int MIPS_ATOMIC_SET = 2001;

    /** Bits of MIPS_FIXADE: repair what is not aligned, and tell the system's log of it. */
    private static final int FIXADE = 1;

    private static final int FIXADE_BITS = 3;

    private final List<Syscall> calls = new Syscall.Table()
            .full("mips_set_thread_area", "addr address", MipsCalls::setThreadArea)
            .full("sysm_pipe", "-> fd", MipsCalls::pipe)
            .full("cacheflush", "addr address, ulong bytes, uint cache", (task, a) -> 0)
            .errno("cachectl", "addr address, int bytes, int op", Errno.ENOSYS, "no kernel has it")
            .full("sysmips", "int command, long arg1, long arg2", MipsCalls::sysmips)
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
        switch (arguments.getInt(0)) {
            case MIPS_ATOMIC_SET -> {
                return atomicSet(task, arguments.get(1), arguments.getInt(2));
            }
            case MIPS_FIXADE -> {
                long bits = arguments.get(1);
                if ((bits & ~FIXADE_BITS) != 0) {
                    return -Errno.EINVAL;
                }
                task.cpu().set(MipsRegisters.STRICT, ~bits & FIXADE);
                return 0;
            }
            case FLUSH_CACHE -> {
                return 0; // the decoder has seen to it
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }

    /** The result is what was there, be it a number like an error's or not. */
    private static long atomicSet(Task task, long address, int value) {
        if ((address & Integer.BYTES - 1) != 0 || task.architecture().addressFault(address) != null) {
            return -Errno.EINVAL;
        }
        int old;
        do {
            old = task.memory().readInt(address);
        } while (task.memory().compareAndExchangeInt(address, old, value) != old);
        task.cpu().set(MipsRegisters.V0, old);
        task.cpu().set(MipsRegisters.A3, 0);
        return SyscallHandler.NO_RESULT;
    }
}
