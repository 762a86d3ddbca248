package org.nesteddune.x86;

import java.util.List;
import org.nesteddune.arch.CpuState;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Prctl;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.service.component.annotations.Component;

/** The system calls that only x86 has. Source: {@code arch/x86/kernel}. Stateless, safe for any thread. */
@Component(service = SyscallFamily.class, property = SyscallFamily.NAME + "=" + X86Calls.ID)
public final class X86Calls implements SyscallFamily {

    /** The family's name. */
    static final String ID = "x86";

    /** The first address that is no user's: TASK_SIZE_MAX of {@code asm/page_64.h} with four levels of tables. */
    private static final long TASK_SIZE_MAX = (1L << 47) - 4096;

    // uapi/asm/prctl.h, since Linux 6.4: linear address masking
    private static final int ARCH_GET_UNTAG_MASK = 0x4001;
    private static final int ARCH_ENABLE_TAGGED_ADDR = 0x4002;
    private static final int ARCH_GET_MAX_TAG_BITS = 0x4003;
    private static final int ARCH_FORCE_TAGGED_SVA = 0x4004;

    /** XFEATURE_MAX of {@code asm/fpu/types.h}: no state component has this number or a greater one. */
    private static final long XFEATURE_MAX = 20;

    /** IO_BITMAP_BITS of {@code asm/processor.h}: how many ports there are. */
    private static final long PORTS = 65536;

    private static final int MAX_PRIVILEGE_LEVEL = 3;

    private final List<Syscall> calls = new Syscall.Table()
            .partial("arch_prctl", "enum:archprctl option, addr address",
                    "no state that must be asked for (AMX), no tagged addresses, no shadow stacks", X86Calls::archPrctl)
            .errno("modify_ldt", "int function, addr pointer, ulong bytes", Errno.ENOSYS,
                    "guests have no segments of their own, as on a kernel without CONFIG_MODIFY_LDT_SYSCALL")
            .full("iopl", "uint level", X86Calls::iopl)
            .full("ioperm", "ulong from, ulong count, int on", X86Calls::ioperm)
            .errno("map_shadow_stack", "addr address, ulong size, hex flags", Errno.EOPNOTSUPP,
                    "guests have no shadow stacks, as on a CPU without them")
            .build();

    @Override
    public String name() {
        return ID;
    }

    @Override
    public List<Syscall> syscalls() {
        return calls;
    }

    private static long archPrctl(Task task, SyscallArguments arguments) {
        CpuState cpu = task.cpu();
        long argument = arguments.get(1);
        switch (arguments.getInt(0)) {
            case Prctl.ARCH_SET_FS:
                return setBase(cpu, X86Registers.FS_BASE, argument);
            case Prctl.ARCH_SET_GS:
                return setBase(cpu, X86Registers.GS_BASE, argument);
            case Prctl.ARCH_GET_FS:
                return put(task, argument, cpu.get(X86Registers.FS_BASE));
            case Prctl.ARCH_GET_GS:
                return put(task, argument, cpu.get(X86Registers.GS_BASE));
            case Prctl.ARCH_GET_CPUID:
                return 1;
            case Prctl.ARCH_SET_CPUID:
                return -Errno.ENODEV; // CPUID cannot be made to fault
            case Prctl.ARCH_GET_XCOMP_SUPP:
            case Prctl.ARCH_GET_XCOMP_PERM:
            case Prctl.ARCH_GET_XCOMP_GUEST_PERM:
                return put(task, argument, XStateLayout.host().components(cpu.vectorSize()));
            case Prctl.ARCH_REQ_XCOMP_PERM:
            case Prctl.ARCH_REQ_XCOMP_GUEST_PERM:
                return Long.compareUnsigned(argument, XFEATURE_MAX) >= 0 ? -Errno.EINVAL : -Errno.EOPNOTSUPP;
            case Prctl.ARCH_MAP_VDSO_64:
                return -Errno.EEXIST; // every guest has it from the start
            case ARCH_GET_UNTAG_MASK:
                return put(task, argument, -1);
            case ARCH_ENABLE_TAGGED_ADDR:
                return -Errno.ENODEV;
            case ARCH_GET_MAX_TAG_BITS:
                return put(task, argument, 0);
            case ARCH_FORCE_TAGGED_SVA:
                return 0;
            default:
                return -Errno.EINVAL;
        }
    }

    private static long setBase(CpuState cpu, int register, long base) {
        if (Long.compareUnsigned(base, TASK_SIZE_MAX) >= 0) {
            return -Errno.EPERM;
        }
        cpu.set(register, base);
        return 0;
    }

    private static long put(Task task, long address, long value) {
        task.memory().writeLong(address, value);
        return 0;
    }

    /** Guests have no I/O ports whoever they are. */
    private static long iopl(Task task, SyscallArguments arguments) {
        int level = arguments.getInt(0);
        if (Integer.compareUnsigned(level, MAX_PRIVILEGE_LEVEL) > 0) {
            return -Errno.EINVAL;
        }
        return level == 0 ? 0 : -Errno.EPERM;
    }

    private static long ioperm(Task task, SyscallArguments arguments) {
        long from = arguments.get(0);
        long end = from + arguments.get(1);
        if (Long.compareUnsigned(end, from) <= 0 || Long.compareUnsigned(end, PORTS) > 0) {
            return -Errno.EINVAL;
        }
        return arguments.getInt(2) == 0 ? 0 : -Errno.EPERM;
    }
}
