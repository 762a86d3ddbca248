package org.nesteddune.arch;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** An architecture's system-call numbers and their canonical names (those of the kernel's {@code sys_…} functions). */
public final class SyscallNumbers {

    private final int first;
    private final String[] names;
    private final Map<String, Integer> numbers = new HashMap<>();

    /**
     * @param first the number of the first name (0; 5000 for MIPS n64)
     * @param names the names in numeric order, null where a number is not in use
     */
    public SyscallNumbers(int first, String... names) {
        this.first = first;
        this.names = names.clone();
        for (int i = 0; i < names.length; i++) {
            if (names[i] != null) {
                numbers.put(names[i], first + i);
            }
        }
    }

    /** The least number. */
    public int first() {
        return first;
    }

    /** One more than the greatest number. */
    public int end() {
        return first + names.length;
    }

    /** The canonical name of a number, or null. */
    public String name(int number) {
        int index = number - first;
        return index >= 0 && index < names.length ? names[index] : null;
    }

    /** The number of a canonical name, or −1. */
    public int number(String name) {
        return numbers.getOrDefault(name, -1);
    }

    /** How many numbers are in use. */
    public long count() {
        return Arrays.stream(names).filter(n -> n != null).count();
    }
}
