package org.nesteddune.riscv;

import java.util.List;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/**
 * The system calls that only RISC-V has. Source: {@code arch/riscv/kernel/sys_hwprobe.c}, {@code sys_riscv.c}, {@code
 * uapi/asm/hwprobe.h}. Stateless.
 */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=" + RiscvCalls.ID)
public final class RiscvCalls implements SyscallFamily {

    /** The family's name. */
    static final String ID = "riscv";

    // uapi/asm/hwprobe.h
    private static final int KEY_MVENDORID = 0;
    private static final int KEY_BASE_BEHAVIOR = 3;
    private static final long BASE_BEHAVIOR_IMA = 1;
    private static final int KEY_IMA_EXT_0 = 4;
    private static final long IMA_FD = 1;
    private static final long IMA_C = 1 << 1;
    private static final int KEY_CPUPERF_0 = 5;
    private static final int KEY_HIGHEST_VIRT_ADDRESS = 7;
    private static final int KEY_TIME_CSR_FREQ = 8;
    private static final int KEY_MISALIGNED_SCALAR_PERF = 9;
    private static final int KEY_MISALIGNED_VECTOR_PERF = 10;
    /** What is not aligned takes the engine's long way. */
    private static final long MISALIGNED_SLOW = 2;
    private static final long MISALIGNED_VECTOR_UNSUPPORTED = 4;
    private static final int WHICH_CPUS = 1;

    private static final long HIGHEST_ADDRESS = (1L << 47) - 1;
    private static final int PAIR = 16;

    /** {@code SYS_RISCV_FLUSH_ICACHE_LOCAL}: only this thread. */
    private static final long FLUSH_LOCAL = 1;

    private final List<Syscall> calls = new Syscall.Table()
            .full(
                    "riscv_hwprobe",
                    "inout:riscv_hwprobe[pair_count] pairs, size pair_count, size cpusetsize, inout:cpu_set? cpus, uint flags",
                    RiscvCalls::probe)
            .full("riscv_flush_icache", "addr start, addr end, hex flags", RiscvCalls::flush)
            .build();

    @Override
    public String name() {
        return ID;
    }

    @Override
    public List<Syscall> syscalls() {
        return calls;
    }

    /** The instruction itself has made the engine look at the range anew ({@link IntegerDecoder}). */
    private static long flush(Task task, SyscallArguments arguments) {
        return (arguments.get(2) & ~FLUSH_LOCAL) != 0 ? -Errno.EINVAL : 0;
    }

    private static long probe(Task task, SyscallArguments arguments) {
        GuestMemory memory = task.memory();
        long pairs = arguments.get(0);
        long count = arguments.get(1);
        long size = arguments.get(2);
        long cpus = arguments.get(3);
        int flags = arguments.getInt(4);
        if (flags == WHICH_CPUS) {
            return which(memory, pairs, count, size, cpus);
        }
        if (flags != 0) {
            return -Errno.EINVAL;
        }
        if ((size != 0 || cpus != 0) && !anyOnline(memory, cpus, size)) {
            return -Errno.EINVAL;
        }
        for (long at = pairs, left = count; left != 0; left--, at += PAIR) {
            long key = memory.readLong(at);
            memory.writeLong(at + 8, isKnown(key) ? value(key) : 0);
            memory.writeLong(at, isKnown(key) ? key : -1);
        }
        return 0;
    }

    /** All processors are alike: those that are asked about stay in the set, or none. */
    private static long which(GuestMemory memory, long pairs, long count, long size, long cpus) {
        if (size == 0 || cpus == 0) {
            return -Errno.EINVAL;
        }
        long bytes = Long.compareUnsigned(size, maskSize()) > 0 ? maskSize() : size;
        boolean none = true;
        for (int i = 0; i < bytes; i++) {
            none &= memory.readByte(cpus + i) == 0;
        }
        boolean match = true;
        for (long at = pairs, left = count; left != 0; left--, at += PAIR) {
            long key = memory.readLong(at);
            long wanted = memory.readLong(at + 8);
            if (!isKnown(key)) {
                memory.writeLong(at, -1);
                memory.writeLong(at + 8, 0);
                match = false;
            } else if (key == KEY_BASE_BEHAVIOR || key == KEY_IMA_EXT_0 || key == KEY_CPUPERF_0) {
                match &= (value(key) & wanted) == wanted;
            } else {
                match &= value(key) == wanted;
            }
        }
        for (int i = 0; i < bytes; i++) {
            int asked = none ? 0xff : memory.readByte(cpus + i);
            memory.writeByte(cpus + i, (byte) (match ? asked & online(i) : 0));
        }
        return 0;
    }

    private static boolean anyOnline(GuestMemory memory, long cpus, long size) {
        long bytes = Long.compareUnsigned(size, maskSize()) > 0 ? maskSize() : size;
        boolean any = false;
        for (int i = 0; i < bytes; i++) {
            any |= (memory.readByte(cpus + i) & online(i)) != 0;
        }
        return any;
    }

    /** Bytes of a mask with all processors. */
    private static long maskSize() {
        return (Runtime.getRuntime().availableProcessors() + 63L) / 64 * 8;
    }

    private static int online(int index) {
        int rest = Runtime.getRuntime().availableProcessors() - 8 * index;
        return rest >= 8 ? 0xff : rest <= 0 ? 0 : (1 << rest) - 1;
    }

    private static boolean isKnown(long key) {
        return key >= KEY_MVENDORID && key <= KEY_MISALIGNED_VECTOR_PERF;
    }

    private static long value(long key) {
        return switch ((int) key) {
            case KEY_BASE_BEHAVIOR -> BASE_BEHAVIOR_IMA;
            case KEY_IMA_EXT_0 -> IMA_FD | IMA_C;
            case KEY_CPUPERF_0, KEY_MISALIGNED_SCALAR_PERF -> MISALIGNED_SLOW;
            case KEY_HIGHEST_VIRT_ADDRESS -> HIGHEST_ADDRESS;
            case KEY_TIME_CSR_FREQ -> RiscvSoftware.COUNTER_FREQUENCY;
            case KEY_MISALIGNED_VECTOR_PERF -> MISALIGNED_VECTOR_UNSUPPORTED;
            default -> 0; // the vendor's numbers, and the size of a block of Zicboz, which is not there
        };
    }
}
