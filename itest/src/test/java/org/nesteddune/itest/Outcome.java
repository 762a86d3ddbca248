package org.nesteddune.itest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a program did.
 *
 * @param status exit code, or 128 + the signal that ended it
 * @param files what the working directory held afterwards, one line a file
 * @param note what the runtime had to say, or ""
 */
record Outcome(int status, byte[] output, byte[] errors, String files, String note) {

    String outputText() {
        return new String(output, StandardCharsets.UTF_8);
    }

    String errorText() {
        return new String(errors, StandardCharsets.UTF_8);
    }

    /** How this outcome differs from the one that was expected; "" if it does not. */
    String difference(Outcome expected) {
        StringBuilder text = new StringBuilder();
        if (status != expected.status) {
            text.append("\n    status ").append(status).append(" instead of ").append(expected.status);
        }
        compare(text, "stdout", output, expected.output);
        compare(text, "stderr", errors, expected.errors);
        compare(text, "files", files.getBytes(StandardCharsets.UTF_8), expected.files.getBytes(StandardCharsets.UTF_8));
        if (!text.isEmpty() && !note.isEmpty()) {
            text.append("\n    ").append(note);
        }
        return text.toString();
    }

    private static void compare(StringBuilder text, String what, byte[] is, byte[] expected) {
        int at = Arrays.mismatch(is, expected);
        if (at >= 0) {
            text.append("\n    ").append(what).append(" differs at byte ").append(at).append(" (")
                    .append(is.length).append(" instead of ").append(expected.length).append(" bytes):\n      is:        ")
                    .append(excerpt(is, at)).append("\n      should be: ").append(excerpt(expected, at));
        }
    }

    private static String excerpt(byte[] bytes, int at) {
        int from = Math.max(0, at - 60);
        int to = Math.min(bytes.length, at + 160);
        return new String(bytes, from, to - from, StandardCharsets.UTF_8).replace("\n", "\\n");
    }
}
