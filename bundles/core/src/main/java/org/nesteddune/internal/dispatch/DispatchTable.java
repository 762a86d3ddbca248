package org.nesteddune.internal.dispatch;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
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

    /** What no profile takes away, as seccomp's strict mode does not. */
    private static final Set<String> ALWAYS = Set.of("exit", "exit_group", "rt_sigreturn", "restart_syscall");

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

    /** The same with entries that refuse what belongs to other families; ends of threads and of signal handlers are never refused. */
    DispatchTable limitedTo(Set<String> families) {
        Entry[] limited = entries.clone();
        for (int i = 0; i < limited.length; i++) {
            Entry entry = limited[i];
            if (entry != null && !families.contains(entry.family()) && !ALWAYS.contains(entry.syscall().name())) {
                limited[i] = refused(entry);
            }
        }
        return new DispatchTable(numbers, limited);
    }

    private static Entry refused(Entry entry) {
        Syscall row = entry.syscall();
        String what = "the call " + row.name() + " of the family " + entry.family();
        return new Entry(
                new Syscall(row.name(), row.signature(), row.support(), row.note(), (task, arguments) -> {
                    throw task.process().confinement().refuse(task.process(), what);
                }),
                entry.family());
    }

    /** The entry of a number, or null. */
    public Entry entry(int number) {
        int index = number - numbers.first();
        if (index >= 0 && index < entries.length) {
            return entries[index];
        }
        return number == DuneCall.NUMBER ? DuneCall.ENTRY : null;
    }

    /** The numbers and names behind the table. */
    public SyscallNumbers numbers() {
        return numbers;
    }

    /** The canonical name of a number; {@code syscall_N} for a number that has none. */
    public String name(int number) {
        String name = numbers.name(number);
        if (name == null) {
            return number == DuneCall.NUMBER ? DuneCall.NAME : "syscall_" + number;
        }
        return name;
    }
}
