package org.nesteddune.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes a line apart as a shell does, without its substitutions: words are separated by blanks; quotes of either kind keep what is between them
 * together, a backslash what is behind it, in double quotes only before a quote or a backslash. Stateless.
 */
public final class Words {

    private Words() {}

    /**
     * The words of a text.
     *
     * @throws IllegalArgumentException if a quote is not closed, or nothing is behind a backslash
     */
    public static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = null;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == '\'' && c != '\'' || quote == '"' && c != '"' && c != '\\') {
                word.append(c);
            } else if (quote != 0 && c == quote) {
                quote = 0;
            } else if (c == '\\') {
                if (++i == text.length()) {
                    throw new IllegalArgumentException("nothing follows the backslash at the end");
                }
                char next = text.charAt(i);
                word = word == null ? new StringBuilder() : word;
                if (quote == '"' && next != '"' && next != '\\') {
                    word.append(c);
                }
                word.append(next);
            } else if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
                word = word == null ? new StringBuilder() : word;
            } else if (Character.isWhitespace(c)) {
                if (word != null) {
                    words.add(word.toString());
                    word = null;
                }
            } else {
                word = word == null ? new StringBuilder() : word;
                word.append(c);
            }
        }
        if (quote != 0) {
            throw new IllegalArgumentException("a quote " + quote + " is not closed");
        }
        if (word != null) {
            words.add(word.toString());
        }
        return words;
    }
}
