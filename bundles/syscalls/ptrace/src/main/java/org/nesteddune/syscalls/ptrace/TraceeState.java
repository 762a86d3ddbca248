package org.nesteddune.syscalls.ptrace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Tracing;
import org.nesteddune.kernel.Tracing.CallPoint;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ptrace;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.SyscallArguments;

/** Memory, registers and signals of a tracee that stands in a stop. */
final class TraceeState {

    /** {@code struct ptrace_syscall_info}: up to the union; with the numbers and arguments of a call; with its result. */
    private static final int CALL_INFO = 24;
    private static final int CALL_ENTRY = 80;
    private static final int CALL_EXIT = 33;

    /** __AUDIT_ARCH_64BIT and __AUDIT_ARCH_LE of {@code linux/audit.h}. */
    private static final int AUDIT_ARCH = 0x80000000 | 0x40000000;

    private TraceeState() {}

    static long request(Task task, Task target, SyscallArguments a) {
        GuestMemory memory = task.memory();
        TracedCpu registers = target.architecture().tracedCpu();
        CpuState cpu = target.cpu();
        long address = a.get(2);
        long data = a.get(3);
        switch (a.getInt(0)) {
            case Ptrace.PTRACE_PEEKTEXT, Ptrace.PTRACE_PEEKDATA -> {
                byte[] word = new byte[Long.BYTES];
                try {
                    target.memory().readForced(address, word, 0, word.length);
                } catch (GuestFault unmapped) {
                    return -Errno.EIO;
                }
                memory.write(data, word, 0, word.length);
                return 0;
            }
            case Ptrace.PTRACE_POKETEXT, Ptrace.PTRACE_POKEDATA -> {
                byte[] word = buffer(Long.BYTES).putLong(data).array();
                try {
                    target.memory().writeForced(address, word, 0, word.length);
                } catch (GuestFault impossible) {
                    return -Errno.EIO;
                }
                return 0;
            }
            case Ptrace.PTRACE_PEEKUSR -> {
                memory.writeLong(data, registers.readUser(cpu, address));
                return 0;
            }
            case Ptrace.PTRACE_POKEUSR -> {
                return changed(target, registers.writeUser(cpu, address, data));
            }
            case Ptrace.PTRACE_GETREGS -> {
                byte[] set = registers.readSet(cpu, Elf.NT_PRSTATUS);
                return get(memory, data, Arrays.copyOf(set, Math.min(set.length, registers.generalSize())));
            }
            case Ptrace.PTRACE_SETREGS -> {
                return set(memory, data, target, Elf.NT_PRSTATUS);
            }
            case Ptrace.PTRACE_GETFPREGS -> {
                return get(memory, data, registers.readSet(cpu, Elf.NT_FPREGSET));
            }
            case Ptrace.PTRACE_SETFPREGS -> {
                return set(memory, data, target, Elf.NT_FPREGSET);
            }
            case Ptrace.PTRACE_GETREGSET, Ptrace.PTRACE_SETREGSET -> {
                return registerSet(memory, target, a);
            }
            case Ptrace.PTRACE_GETSIGINFO -> {
                SignalInfo info = target.tracing().signalInfo();
                if (info == null) {
                    return -Errno.EINVAL;
                }
                task.architecture().abi().writeSignalInfo(memory, data, info);
                return 0;
            }
            case Ptrace.PTRACE_SETSIGINFO -> {
                return setSignalInfo(task, target.tracing(), data);
            }
            case Ptrace.PTRACE_GETSIGMASK -> {
                if (address != task.architecture().abi().signalSetSize()) {
                    return -Errno.EINVAL;
                }
                task.architecture().abi().writeSignalSet(memory, data, target.signalMask());
                return 0;
            }
            case Ptrace.PTRACE_SETSIGMASK -> {
                if (address != task.architecture().abi().signalSetSize()) {
                    return -Errno.EINVAL;
                }
                target.signalMask(task.architecture().abi().readSignalSet(memory, data));
                return 0;
            }
            case Ptrace.PTRACE_GET_SYSCALL_INFO -> {
                return callInfo(memory, target, address, data);
            }
            default -> {
                return -Errno.EIO;
            }
        }
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    // Registers

    private static long changed(Task target, long result) {
        if (result == 0) {
            target.tracing().registersChanged();
        }
        return result;
    }

    private static long get(GuestMemory memory, long address, byte[] set) {
        if (set == null) {
            return -Errno.EIO;
        }
        memory.write(address, set, 0, set.length);
        return 0;
    }

    private static long set(GuestMemory memory, long address, Task target, int type) {
        TracedCpu registers = target.architecture().tracedCpu();
        byte[] set = registers.readSet(target.cpu(), type);
        if (set == null) {
            return -Errno.EIO;
        }
        if (type == Elf.NT_PRSTATUS && set.length > registers.generalSize()) {
            set = Arrays.copyOf(set, registers.generalSize());
        }
        memory.read(address, set, 0, set.length);
        return changed(target, registers.writeSet(target.cpu(), type, set));
    }

    /** By a {@code struct iovec}, whose length becomes that of what was copied. */
    private static long registerSet(GuestMemory memory, Task target, SyscallArguments a) {
        TracedCpu registers = target.architecture().tracedCpu();
        long vector = a.get(3);
        long address = memory.readLong(vector);
        long length = memory.readLong(vector + 8);
        byte[] set = registers.readSet(target.cpu(), a.getInt(2));
        if (set == null || length % Long.BYTES != 0) {
            return -Errno.EINVAL;
        }
        int size = (int) (Long.compareUnsigned(length, set.length) < 0 ? length : set.length);
        long result = 0;
        if (a.getInt(0) == Ptrace.PTRACE_GETREGSET) {
            memory.write(address, set, 0, size);
        } else {
            byte[] part = new byte[size];
            memory.read(address, part, 0, size);
            result = changed(target, registers.writeSet(target.cpu(), a.getInt(2), part));
        }
        if (result == 0) {
            memory.writeLong(vector + 8, size);
        }
        return result;
    }

    // Signals and calls

    private static long setSignalInfo(Task task, Tracing tracing, long address) {
        int signal = task.memory().readInt(address);
        if (tracing.signalInfo() == null) {
            return -Errno.EINVAL;
        }
        GuestAbi abi = task.architecture().abi();
        tracing.signalInfo(abi.readSignalInfo(task.memory(), address, abi.signalFromGuest(signal)));
        return 0;
    }

    private static long callInfo(GuestMemory memory, Task target, long size, long address) {
        Architecture architecture = target.architecture();
        CpuState cpu = target.cpu();
        CallPoint point = target.tracing().callPoint();
        ByteBuffer info = buffer(CALL_ENTRY);
        info.putInt(switch (point) {
            case ENTRY -> Ptrace.PTRACE_SYSCALL_INFO_ENTRY;
            case EXIT -> Ptrace.PTRACE_SYSCALL_INFO_EXIT;
            default -> Ptrace.PTRACE_SYSCALL_INFO_NONE;
        });
        info.putInt(AUDIT_ARCH | architecture.elfMachine());
        info.putLong(cpu.get(architecture.registers().programCounter()));
        info.putLong(cpu.get(architecture.registers().stackPointer()));
        int length = CALL_INFO;
        if (point == CallPoint.ENTRY) {
            info.putLong(architecture.syscallNumber(cpu));
            for (int i = 0; i < SyscallArguments.COUNT; i++) {
                info.putLong(architecture.syscallArgument(cpu, i));
            }
            length = CALL_ENTRY;
        } else if (point == CallPoint.EXIT) {
            long result = architecture.tracedCpu().syscallResult(cpu);
            info.putLong(result).put((byte) (Errno.isError(result) ? 1 : 0));
            length = CALL_EXIT;
        }
        memory.write(address, info.array(), 0, (int) (Long.compareUnsigned(size, length) < 0 ? size : length));
        return length;
    }
}
