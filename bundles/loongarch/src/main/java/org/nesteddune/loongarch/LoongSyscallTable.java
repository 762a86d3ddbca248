package org.nesteddune.loongarch;

import java.util.Map;
import org.nesteddune.arch.GenericSyscallTable;
import org.nesteddune.arch.SyscallNumbers;

/**
 * The system calls of LoongArch64: the table of all newer architectures without renameat, getrlimit and setrlimit, and nothing of its own.
 * Source: {@code arch/loongarch/kernel/Makefile.syscalls}. Constants only.
 */
final class LoongSyscallTable {

    /** The table. */
    static final SyscallNumbers NUMBERS = GenericSyscallTable.numbers(Map.of());

    private LoongSyscallTable() {
    }
}
