package org.nesteddune.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Reads settings that name system-call families. Stateless. */
public final class Families {

    /** The families of nested-dune, which {@code !NAME} takes from. */
    private static final Set<String> FAMILIES = Set.of("files", "futex", "ipc", "memory", "mips", "polling", "process",
            "ptrace", "riscv", "signals", "sockets", "system", "time", "x86");

    private Families() {}

    /**
     * The families of a setting, or null if it is not there.
     *
     * @param settings gets a fault for what is no family's name
     */
    public static Set<String> read(Settings settings, String key) {
        List<String> all = settings.list(key);
        if (all.isEmpty()) {
            return null;
        }
        List<String> taken = new ArrayList<>();
        Set<String> granted = new TreeSet<>();
        for (String name : all) {
            boolean not = name.startsWith("!");
            String plain = not ? name.substring(1).strip() : name;
            if (!plain.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
                settings.fault(key, "'" + name + "' is no family's name");
            } else if (not) {
                if (!FAMILIES.contains(plain)) {
                    settings.fault(key, "'" + plain + "' is none of " + String.join(", ", new TreeSet<>(FAMILIES)));
                }
                taken.add(plain);
            } else {
                granted.add(plain);
            }
        }
        if (granted.isEmpty()) {
            granted.addAll(FAMILIES);
        }
        granted.removeAll(taken);
        return granted;
    }
}
