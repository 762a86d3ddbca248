package org.nesteddune.engine.kvm;

import org.nesteddune.host.Memory;

/**
 * {@code struct kvm_run}, which a vCPU shares with its process. The same on every architecture up to the synchronised
 * registers. Source: {@code include/uapi/linux/kvm.h}; offsets in bytes.
 *
 * <pre>
 *   0  request_interrupt_window   1  immediate_exit
 *   8  exit_reason (u32)         12  ready_for_interrupt_injection, if_flag, flags
 *  16  cr8                       24  apic_base
 *  32  union by exit reason: io { direction, size, port (u16), count (u32), data_offset (u64) }
 *                            mmio { phys_addr, data[8], len (u32), is_write }
 *                            fail_entry { reason (u64), cpu (u32) }
 *                            internal { suberror (u32), ndata (u32), data[16] }
 *                            memory_fault { flags, gpa, size }
 * 288  kvm_valid_regs           296  kvm_dirty_regs
 * 304  s.regs: the architecture's struct kvm_sync_regs, at most 2048 bytes
 * </pre>
 */
public final class KvmRunLayout {

    public static final int IMMEDIATE_EXIT = 1;
    public static final int EXIT_REASON = 8;
    public static final int READY_FOR_INTERRUPT_INJECTION = 12;
    public static final int IO_DIRECTION = 32;
    public static final int IO_SIZE = 33;
    public static final int IO_PORT = 34;
    public static final int IO_COUNT = 36;
    public static final int IO_DATA_OFFSET = 40;
    public static final int MMIO_PHYS_ADDR = 32;
    public static final int MMIO_LEN = 48;
    public static final int MMIO_IS_WRITE = 52;
    public static final int FAIL_ENTRY_REASON = 32;
    public static final int FAIL_ENTRY_CPU = 40;
    public static final int INTERNAL_SUBERROR = 32;
    public static final int INTERNAL_NDATA = 36;
    public static final int INTERNAL_DATA = 40;
    public static final int MEMORY_FAULT_FLAGS = 32;
    public static final int MEMORY_FAULT_GPA = 40;
    public static final int MEMORY_FAULT_SIZE = 48;
    public static final int KVM_VALID_REGS = 288;
    public static final int KVM_DIRTY_REGS = 296;
    public static final int SYNC_REGS = 304;

    /** Value of {@link #IO_DIRECTION} for a write. */
    public static final int KVM_EXIT_IO_OUT = 1;

    private KvmRunLayout() {
    }

    /** The exit reason of the last KVM_RUN. */
    public static int exitReason(long run) {
        return Memory.getInt(run + EXIT_REASON);
    }

    /** One line about the last exit, with what belongs to its reason. */
    public static String describeExit(long run) {
        int reason = exitReason(run);
        String name = KvmExitReason.name(reason);
        return switch (reason) {
            case KvmExitReason.KVM_EXIT_IO -> String.format("%s: %s port 0x%x, %d times %d byte", name,
                    Memory.getByte(run + IO_DIRECTION) == KVM_EXIT_IO_OUT ? "write to" : "read of",
                    Memory.getShort(run + IO_PORT) & 0xffff, Memory.getInt(run + IO_COUNT),
                    Memory.getByte(run + IO_SIZE));
            case KvmExitReason.KVM_EXIT_MMIO -> String.format("%s: %s guest-physical 0x%x, %d bytes", name,
                    Memory.getByte(run + MMIO_IS_WRITE) != 0 ? "write to" : "read of",
                    Memory.getLong(run + MMIO_PHYS_ADDR), Memory.getInt(run + MMIO_LEN));
            case KvmExitReason.KVM_EXIT_FAIL_ENTRY -> String.format("%s: hardware reason 0x%x on host CPU %d", name,
                    Memory.getLong(run + FAIL_ENTRY_REASON), Memory.getInt(run + FAIL_ENTRY_CPU));
            case KvmExitReason.KVM_EXIT_MEMORY_FAULT -> String.format("%s: guest-physical 0x%x, %d bytes, flags 0x%x",
                    name, Memory.getLong(run + MEMORY_FAULT_GPA), Memory.getLong(run + MEMORY_FAULT_SIZE),
                    Memory.getLong(run + MEMORY_FAULT_FLAGS));
            case KvmExitReason.KVM_EXIT_INTERNAL_ERROR -> internalError(run, name);
            default -> name;
        };
    }

    private static String internalError(long run, String name) {
        StringBuilder text = new StringBuilder(name).append(": suberror ")
                .append(Memory.getInt(run + INTERNAL_SUBERROR)).append(", data");
        int count = Math.min(Memory.getInt(run + INTERNAL_NDATA), 16);
        for (int i = 0; i < count; i++) {
            text.append(" 0x").append(Long.toHexString(Memory.getLong(run + INTERNAL_DATA + 8L * i)));
        }
        return text.toString();
    }
}
