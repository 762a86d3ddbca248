package org.nesteddune.commands;

import java.util.Locale;

/** Sizes in bytes, as people write and read them. */
final class Sizes {

    private static final String UNITS = "kmgt";

    private Sizes() {
    }

    /**
     * Reads a size: a whole number and a unit k, m, g or t (powers of 1024, in either case), or none for bytes.
     *
     * @throws UsageException if it is not one, or not above 0, or too large for 63 bits
     */
    static long parse(String text) throws UsageException {
        String lower = text.toLowerCase(Locale.ROOT);
        int unit = lower.isEmpty() ? -1 : UNITS.indexOf(lower.charAt(lower.length() - 1));
        String digits = unit < 0 ? lower : lower.substring(0, lower.length() - 1);
        try {
            long number = Long.parseLong(digits);
            int shift = 10 * (unit + 1);
            if (digits.startsWith("+") || number <= 0 || number > Long.MAX_VALUE >> shift) {
                throw new NumberFormatException();
            }
            return number << shift;
        } catch (NumberFormatException e) {
            throw new UsageException("'" + text + "' is not a size; write 512m, 2g or a number of bytes");
        }
    }

    /**
     * Reads a whole number above 0.
     *
     * @param option whose value it is, for the message
     * @throws UsageException if it is none
     */
    static int count(String text, String option) throws UsageException {
        try {
            int number = Integer.parseInt(text);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException none) {
            // Said below.
        }
        throw new UsageException("'" + text + "' is not a number for " + option + "; write a whole number above 0");
    }

    /** A size in at most five characters and a unit: {@code 1.5M}, {@code 12K}, {@code 0}. */
    static String print(long bytes) {
        if (bytes < 1024) {
            return Long.toString(bytes);
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1023.5 && unit < UNITS.length() - 1) {
            value /= 1024;
            unit++;
        }
        String format = value < 9.95 ? "%.1f%c" : "%.0f%c";
        return String.format(Locale.ROOT, format, value, Character.toUpperCase(UNITS.charAt(unit)));
    }
}
