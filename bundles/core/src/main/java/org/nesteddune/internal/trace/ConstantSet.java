package org.nesteddune.internal.trace;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;

/**
 * Named values of one kind, and how a number is written with them: as one name, or as names joined by {@code |}.
 * Immutable. The names and values are those of the classes in {@link org.nesteddune.linux}, so that they are written
 * down once.
 */
final class ConstantSet {

    private static final long INT = 0xffffffffL;

    private final List<Constant> constants;
    /** Bits that hold one number rather than a flag each ({@code O_ACCMODE}); 0 for none. */
    private final long field;
    /** Whether values have 64 bits rather than 32. */
    private final boolean wide;

    private record Constant(String name, long value) {}

    private ConstantSet(List<Constant> constants, long field, boolean wide) {
        this.constants = List.copyOf(constants);
        this.field = field;
        this.wide = wide;
    }

    /** A set of 32-bit values from a class's constants: those with one of the names; {@code *} at an end is any end. */
    static ConstantSet of(Class<?> owner, String... patterns) {
        List<Constant> found = new ArrayList<>();
        for (Field declared : owner.getFields()) {
            boolean number = declared.getType() == int.class || declared.getType() == long.class;
            if (number && Modifier.isStatic(declared.getModifiers()) && matches(declared.getName(), patterns)) {
                try {
                    long value = declared.getLong(null);
                    found.add(new Constant(declared.getName(), declared.getType() == int.class ? value & INT : value));
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        return new ConstantSet(found, 0, false);
    }

    private static boolean matches(String name, String... patterns) {
        for (String pattern : patterns) {
            boolean open = pattern.endsWith("*");
            if (open ? name.startsWith(pattern.substring(0, pattern.length() - 1)) : name.equals(pattern)) {
                return true;
            }
        }
        return false;
    }

    /** The same without some names, which are masks or mean something else. */
    ConstantSet without(String... patterns) {
        return new ConstantSet(
                constants.stream().filter(c -> !matches(c.name, patterns)).toList(), field, wide);
    }

    /** The same with one more value, which comes first. */
    ConstantSet with(String name, long value) {
        List<Constant> all = new ArrayList<>();
        all.add(new Constant(name, value));
        all.addAll(constants);
        return new ConstantSet(all, field, wide);
    }

    /** The same where some of the bits are one number. */
    ConstantSet withField(long mask) {
        return new ConstantSet(constants, mask, wide);
    }

    /** The same for 64-bit values. */
    ConstantSet wide() {
        return new ConstantSet(constants, field, true);
    }

    private long cut(long value) {
        return wide ? value : value & INT;
    }

    /** The first name of exactly this value, or null. */
    String name(long value) {
        for (Constant constant : constants) {
            if (cut(constant.value) == cut(value)) {
                return constant.name;
            }
        }
        return null;
    }

    /** One value: its name, or the number. */
    String one(long value) {
        String name = name(value);
        if (name != null) {
            return name;
        }
        long number = wide ? value : (int) value;
        return number >= -4096 && number < 1024 ? Long.toString(number) : "0x" + Long.toHexString(cut(value));
    }

    /**
     * Flags: the names joined by {@code |}, those of several bits before those of one, and what has no name in
     * hexadecimal.
     */
    String flags(long flags) {
        long rest = cut(flags);
        StringBuilder text = new StringBuilder();
        if (field != 0) {
            String name = nameInField(rest & field);
            if (name != null) {
                text.append(name);
                rest &= ~field;
            }
        }
        while (rest != 0) {
            Constant best = null;
            for (Constant constant : constants) {
                long value = cut(constant.value);
                boolean fits = value != 0 && (value & ~rest) == 0 && (value & field) == 0;
                if (fits && (best == null || better(value, cut(best.value)))) {
                    best = constant;
                }
            }
            if (best == null) {
                break;
            }
            append(text, best.name);
            rest &= ~cut(best.value);
        }
        if (rest != 0) {
            append(text, "0x" + Long.toHexString(rest));
        }
        if (text.length() == 0) {
            String zero = name(0);
            return zero == null ? "0" : zero;
        }
        return text.toString();
    }

    /** Names of several bits win; among equals the lower one, so that the order is that of the bits. */
    private static boolean better(long value, long than) {
        int bits = Long.bitCount(value);
        int thanBits = Long.bitCount(than);
        return bits != thanBits ? bits > thanBits : Long.compareUnsigned(value, than) < 0;
    }

    private String nameInField(long value) {
        for (Constant constant : constants) {
            if (cut(constant.value) == value && (cut(constant.value) & ~field) == 0) {
                return constant.name;
            }
        }
        return null;
    }

    private static void append(StringBuilder text, String name) {
        if (text.length() > 0) {
            text.append('|');
        }
        text.append(name);
    }
}
