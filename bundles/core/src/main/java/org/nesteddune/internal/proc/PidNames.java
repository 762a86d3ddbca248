package org.nesteddune.internal.proc;

/** Names that are numbers. */
final class PidNames {

    private PidNames() {}

    /** The number a name stands for, without sign or leading zeros; −1 if it is none. */
    static int parse(String name) {
        int length = name.length();
        if (length == 0 || length > 10 || length > 1 && name.charAt(0) == '0') {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + c - '0';
        }
        return value > Integer.MAX_VALUE ? -1 : (int) value;
    }
}
