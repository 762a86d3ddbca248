package org.nesteddune.riscv;

import java.util.Map;
import org.nesteddune.arch.GenericSyscallTable;
import org.nesteddune.arch.SyscallNumbers;

/**
 * The system calls of RISC-V 64: the table of all newer architectures, without renameat, and two of its own. Source: {@code
 * arch/riscv/kernel/Makefile.syscalls}, {@code scripts/syscall.tbl} of Linux 6.18. Constants only.
 */
final class RiscvSyscallTable {

    /** The table. */
    static final SyscallNumbers NUMBERS = GenericSyscallTable.numbers(Map.of(
            163, "getrlimit",
            164, "setrlimit",
            258, "riscv_hwprobe",
            259, "riscv_flush_icache",
            447, "memfd_secret"));

    private RiscvSyscallTable() {
    }
}
