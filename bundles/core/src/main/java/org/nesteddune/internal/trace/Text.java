package org.nesteddune.internal.trace;

import org.nesteddune.arch.SignalSet;
import org.nesteddune.linux.Signal;

/** How strings, numbers and sets of signals are written. Stateless. */
final class Text {

    /** Bytes of a string that are written before it is cut. */
    static final int LIMIT = 32;

    private Text() {
    }

    /** An address, or NULL. */
    static String address(long value) {
        return value == 0 ? "NULL" : "0x" + Long.toHexString(value);
    }

    static String hex(long value) {
        return value == 0 ? "0" : "0x" + Long.toHexString(value);
    }

    /** An octal number with its leading 0. */
    static String octal(long value) {
        return value == 0 ? "0" : "0" + Long.toOctalString(value);
    }

    /** Bytes in C's notation between quotes, with {@code ...} behind if there are more than those given. */
    static void quote(StringBuilder out, byte[] bytes, int length, boolean more) {
        out.append('"');
        for (int i = 0; i < length; i++) {
            int next = i + 1 < length ? bytes[i + 1] & 0xff : 0;
            escape(out, bytes[i] & 0xff, next);
        }
        out.append('"');
        if (more) {
            out.append("...");
        }
    }

    /** A byte string (one char a byte) in C's notation between quotes, cut at a length. */
    static void quote(StringBuilder out, String text, int limit) {
        int length = Math.min(text.length(), limit);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) text.charAt(i);
        }
        quote(out, bytes, length, text.length() > limit);
    }

    private static void escape(StringBuilder out, int c, int next) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\t' -> out.append("\\t");
            case '\r' -> out.append("\\r");
            case '\f' -> out.append("\\f");
            case 0x0b -> out.append("\\v");
            default -> {
                if (c >= 0x20 && c < 0x7f) {
                    out.append((char) c);
                } else {
                    // A digit behind it would be read as part of a short octal number.
                    boolean digit = next >= '0' && next <= '9';
                    String octal = Integer.toOctalString(c);
                    out.append('\\').append(digit ? "000".substring(octal.length()) : "").append(octal);
                }
            }
        }
    }

    /** A signal's name, or the number. */
    static String signal(int number) {
        return number >= 1 && number <= SignalSet.LAST ? Signal.name(number) : Integer.toString(number);
    }

    /** A signal set: {@code [INT TERM]}; with more than half of all signals in it, those that are not: {@code ~[CHLD]}. */
    static String signals(SignalSet set) {
        // Of the signals that all architectures have: whether there are more depends on who is traced.
        boolean most = Long.bitCount(set.low()) > Signal.NSIG / 2;
        SignalSet shown = !most ? set : set.high() == 0 ? new SignalSet(~set.low(), 0) : set.not();
        StringBuilder text = new StringBuilder(most ? "~[" : "[");
        for (int signal = 1; signal <= SignalSet.LAST; signal++) {
            if (shown.has(signal)) {
                if (text.charAt(text.length() - 1) != '[') {
                    text.append(' ');
                }
                text.append(Signal.name(signal).substring(3));
            }
        }
        return text.append(']').toString();
    }
}
