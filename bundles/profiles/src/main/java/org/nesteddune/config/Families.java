package org.nesteddune.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.nesteddune.syscall.FamilyNames;

/** Reads settings that name system-call families. Stateless. */
public final class Families {

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
                if (!FamilyNames.all().contains(plain)) {
                    settings.fault(key, "'" + plain + "' is none of " + String.join(", ", FamilyNames.all()));
                }
                taken.add(plain);
            } else {
                granted.add(plain);
            }
        }
        if (granted.isEmpty()) {
            // !NAME takes from all that there are, whether installed or not.
            granted.addAll(FamilyNames.all());
        }
        granted.removeAll(taken);
        return granted;
    }
}
