package org.nesteddune.syscall;

import java.util.Set;
import java.util.TreeSet;

/** The names of nested-dune's own families, also of those that are not installed at the moment. */
public final class FamilyNames {

    /** The families of general calls: a program that misses one of them misses what it may count on. */
    public static final Set<String> GENERAL = Set.of(
            "files", "futex", "ipc", "memory", "polling", "process", "ptrace", "signals", "sockets", "system", "time");

    /** The families of calls that one architecture alone has; they come with its bundle. */
    public static final Set<String> OF_ARCHITECTURES = Set.of("mips", "riscv", "x86");

    private FamilyNames() {}

    /** All names, in ascending order; the caller's own. */
    public static Set<String> all() {
        Set<String> all = new TreeSet<>(GENERAL);
        all.addAll(OF_ARCHITECTURES);
        return all;
    }
}
