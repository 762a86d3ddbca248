package org.nesteddune.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Reads a configuration and collects what is wrong in it. A setting may be a text, as files have it, or of the type that it stands for, as
 * consoles and typed files make it. Settings that are not there, and empty texts, have their defaults; those that are wrong too, besides being
 * faults. For one thread.
 */
public final class Settings {

    /** What containers of configurations add to them. */
    private static final List<String> FOREIGN =
            List.of("service.", "component.", "felix.", "org.apache.karaf.", "org.apache.felix.", "osgi.", ".", "config.");

    private final Map<String, Object> values = new TreeMap<>();
    private final Source source;
    private final List<Fault> faults = new ArrayList<>();

    /**
     * @param properties a configuration's
     * @param known the settings that there are; others are faults
     */
    public Settings(Map<String, ?> properties, Set<String> known) {
        source = Source.of(properties);
        properties.forEach((key, value) -> {
            if (known.contains(key)) {
                values.put(key, value);
            } else if (FOREIGN.stream().noneMatch(key::startsWith)) {
                fault(key, "there is no such setting" + similar(key, known));
            }
        });
    }

    /** What may have been meant, as an end of the sentence; "" if nothing comes near. */
    private static String similar(String key, Set<String> known) {
        return known.stream()
                .filter(each -> distance(key, each) <= 1 + each.length() / 4)
                .min(Comparator.comparingInt(each -> distance(key, each)))
                .map(each -> "; is it '" + each + "'?")
                .orElse("");
    }

    /** How many letters are to be put in, left out or exchanged to make one word another. */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int before = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int exchanged = before + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                before = row[j];
                row[j] = Math.min(exchanged, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[other.length()];
    }

    /** Notes something wrong with a setting. */
    public void fault(String key, String message) {
        faults.add(new Fault(key, message, source.place(key)));
    }

    /** What a fault would be called that shows later. */
    public Fault laterFault(String key, String message) {
        return new Fault(key, message, source.place(key));
    }

    /** All that is wrong. */
    public List<Fault> faults() {
        return List.copyOf(faults);
    }

    /** The configuration's PID. */
    public String pid() {
        return source.pid();
    }

    /**
     * A name for what is configured: what follows the factory's PID and {@code ~} or {@code -} in the PID or the file's name.
     *
     * @param factory the factory's PID
     */
    public String instance(String factory) {
        String pid = source.pid();
        if (pid.startsWith(factory + "~")) {
            return pid.substring(factory.length() + 1);
        }
        String file = source.fileName();
        if (file != null && file.startsWith(factory) && file.length() > factory.length() + 1) {
            String rest = file.substring(factory.length() + 1);
            int dot = rest.lastIndexOf('.');
            return dot > 0 ? rest.substring(0, dot) : rest;
        }
        return pid.startsWith(factory + ".") ? pid.substring(factory.length() + 1) : pid;
    }

    /** Whether a setting is there and not empty. */
    public boolean has(String key) {
        return text(key) != null;
    }

    /** A text; null if there is none. */
    public String text(String key) {
        Object value = values.get(key);
        if (value == null) {
            return null;
        }
        String text = value instanceof Object[] || value instanceof Collection<?>
                ? String.join(" ", elements(value))
                : value.toString().strip();
        return text.isEmpty() ? null : text;
    }

    private static List<String> elements(Object value) {
        Collection<?> all = value instanceof Object[] array ? Arrays.asList(array) : (Collection<?>) value;
        return all.stream().map(String::valueOf).toList();
    }

    /** Words: an array's elements, or a text {@linkplain Words taken apart}. */
    public List<String> words(String key) {
        Object value = values.get(key);
        if (value instanceof Object[] || value instanceof Collection<?>) {
            return elements(value);
        }
        try {
            return value == null ? List.of() : Words.split(value.toString());
        } catch (IllegalArgumentException wrong) {
            fault(key, wrong.getMessage());
            return List.of();
        }
    }

    /** A list whose elements have no commas: an array's elements, or what is between the commas of a text. */
    public List<String> list(String key) {
        Object value = values.get(key);
        List<String> all = value == null ? List.of()
                : value instanceof Object[] || value instanceof Collection<?> ? elements(value)
                : Arrays.asList(value.toString().split(","));
        return all.stream().map(String::strip).filter(each -> !each.isEmpty()).toList();
    }

    /** What a text stands for; a fault if {@code parse} throws IllegalArgumentException. */
    public <T> T value(String key, T otherwise, Function<String, T> parse) {
        String text = text(key);
        if (text == null) {
            return otherwise;
        }
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException wrong) {
            fault(key, wrong.getMessage());
            return otherwise;
        }
    }

    /** What the elements of a {@link #list} stand for; a fault for each of which {@code parse} throws IllegalArgumentException. */
    public <T> List<T> values(String key, Function<String, T> parse) {
        List<T> all = new ArrayList<>();
        for (String element : list(key)) {
            try {
                all.add(parse.apply(element));
            } catch (IllegalArgumentException wrong) {
                fault(key, wrong.getMessage());
            }
        }
        return all;
    }

    /** A whole number. */
    public int number(String key, int otherwise, int least, int most) {
        return value(key, otherwise, text -> {
            try {
                int number = Integer.parseInt(text);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException wrong) {
                // It is said below.
            }
            throw new IllegalArgumentException("'" + text + "' is no number from " + least
                    + (most == Integer.MAX_VALUE ? " up" : " to " + most));
        });
    }

    /** A time in milliseconds: a number of seconds, or one with {@code ms}, {@code s}, {@code m} or {@code h} behind it. */
    public long millis(String key, long otherwise) {
        return value(key, otherwise, text -> measure(text, "time (as 500ms, 10s, 2m)", unit -> switch (unit) {
            case "ms" -> 1L;
            case "", "s" -> 1000L;
            case "m" -> 60_000L;
            case "h" -> 3_600_000L;
            default -> 0L;
        }));
    }

    /** A size in bytes: a number, or one with {@code k}, {@code m}, {@code g} or {@code t} behind it, which stand for powers of 1024. */
    public long size(String key, long otherwise) {
        long size = value(key, otherwise, text -> measure(text, "size (as 512m, 2g)", unit -> switch (unit) {
            case "" -> 1L;
            case "k" -> 1L << 10;
            case "m" -> 1L << 20;
            case "g" -> 1L << 30;
            case "t" -> 1L << 40;
            default -> 0L;
        }));
        if (size == 0) {
            fault(key, "a size of 0 leaves nothing");
            return otherwise;
        }
        return size;
    }

    private static long measure(String text, String what, Function<String, Long> units) {
        int end = 0;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        try {
            long unit = units.apply(text.substring(end).strip().toLowerCase(Locale.ROOT));
            if (end > 0 && unit > 0) {
                return Math.multiplyExact(Long.parseLong(text.substring(0, end)), unit);
            }
        } catch (ArithmeticException | NumberFormatException large) {
            throw new IllegalArgumentException("'" + text + "' is too large");
        }
        throw new IllegalArgumentException("'" + text + "' is no " + what);
    }

    /** One of an enumeration's constants, written in lower case with {@code -} for {@code _}. */
    public <E extends Enum<E>> E choice(String key, E otherwise) {
        return value(key, otherwise, text -> {
            E[] all = otherwise.getDeclaringClass().getEnumConstants();
            for (E each : all) {
                if (shown(each).equalsIgnoreCase(text)) {
                    return each;
                }
            }
            throw new IllegalArgumentException("'" + text + "' is none of "
                    + String.join(", ", Arrays.stream(all).map(Settings::shown).toList()));
        });
    }

    private static String shown(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
