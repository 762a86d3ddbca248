package org.nesteddune.internal.dispatch;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;

/**
 * One architecture's system calls by number: immutable, made anew when a family comes or goes. A number without an
 * entry gets ENOSYS.
 */
public final class DispatchTable {

    /**
     * A served call.
     *
     * @param syscall the family's row
     * @param family the family's name
     */
    public record Entry(Syscall syscall, String family) {}

    private final SyscallNumbers numbers;
    private final Entry[] entries;

    private DispatchTable(SyscallNumbers numbers, Entry[] entries) {
        this.numbers = numbers;
        this.entries = entries;
    }

    /**
     * Makes a table.
     *
     * @param families in ascending order of service ranking: where two bring the same call, the later one serves it
     */
    static DispatchTable of(SyscallNumbers numbers, Collection<SyscallFamily> families) {
        Map<String, Entry> byName = new HashMap<>();
        for (SyscallFamily family : families) {
            for (Syscall syscall : family.syscalls()) {
                byName.put(syscall.name(), new Entry(syscall, family.name()));
            }
        }
        Entry[] entries = new Entry[numbers.end() - numbers.first()];
        for (int i = 0; i < entries.length; i++) {
            String name = numbers.name(numbers.first() + i);
            entries[i] = name == null ? null : byName.get(name);
        }
        return new DispatchTable(numbers, entries);
    }

    /** The entry of a number, or null. */
    public Entry entry(int number) {
        int index = number - numbers.first();
        return index >= 0 && index < entries.length ? entries[index] : null;
    }

    /** The numbers and names behind the table. */
    public SyscallNumbers numbers() {
        return numbers;
    }

    /** The canonical name of a number; {@code syscall_N} for a number that has none. */
    public String name(int number) {
        String name = numbers.name(number);
        return name == null ? "syscall_" + number : name;
    }
}
