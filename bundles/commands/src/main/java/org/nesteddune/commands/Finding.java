package org.nesteddune.commands;

/**
 * What a check of {@code doctor} found.
 *
 * @param grade how bad it is
 * @param subject what was looked at
 * @param text what is so, and what to do about it
 */
record Finding(Grade grade, String subject, String text) {

    /** How bad a finding is. */
    enum Grade {
        OK("ok  "),
        WARN("warn"),
        FAIL("FAIL");

        private final String text;

        Grade(String text) {
            this.text = text;
        }
    }

    static Finding ok(String subject, String text) {
        return new Finding(Grade.OK, subject, text);
    }

    static Finding warn(String subject, String text) {
        return new Finding(Grade.WARN, subject, text);
    }

    static Finding fail(String subject, String text) {
        return new Finding(Grade.FAIL, subject, text);
    }

    /** The finding in one line. */
    String line() {
        return grade.text + "  " + subject + ": " + text.replace('\n', ' ');
    }
}
