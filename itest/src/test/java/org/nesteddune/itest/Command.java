package org.nesteddune.itest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One program run: its arguments and what it finds around itself. Written as a command line of words; single quotes keep
 * a word together.
 */
final class Command {

    private final List<String> words;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private byte[] input;
    private boolean pipe;

    private Command(List<String> words) {
        this.words = words;
        environment.put("PATH", Tools.PATH);
        environment.put("HOME", "/");
        environment.put("LC_ALL", "C.UTF-8");
        environment.put("TZ", "UTC");
    }

    /** A command line: words apart by spaces, single quotes around words with spaces. */
    static Command line(String line) {
        return new Command(split(line));
    }

    /** A command by its words. */
    static Command of(String... words) {
        return new Command(List.of(words));
    }

    /** Standard input from a file with these bytes. */
    Command input(String text) {
        input = text.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    /** Standard input through a pipe. */
    Command piped(String text) {
        pipe = true;
        return input(text);
    }

    /** A variable of the environment. */
    Command with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** The program's name as it was given, then its arguments. */
    List<String> words() {
        return words;
    }

    String program() {
        return words.get(0);
    }

    /** What stdin brings, or null for nothing. */
    byte[] input() {
        return input;
    }

    boolean isPiped() {
        return pipe;
    }

    Map<String, String> environment() {
        return environment;
    }

    List<String> environmentStrings() {
        return environment.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    }

    private static List<String> split(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = null;
        boolean quoted = false;
        for (char c : line.toCharArray()) {
            if (c == '\'') {
                quoted = !quoted;
                word = word == null ? new StringBuilder() : word;
            } else if (c == ' ' && !quoted) {
                if (word != null) {
                    words.add(word.toString());
                    word = null;
                }
            } else {
                word = word == null ? new StringBuilder() : word;
                word.append(c);
            }
        }
        if (quoted) {
            throw new IllegalArgumentException("open quote in: " + line);
        }
        if (word != null) {
            words.add(word.toString());
        }
        return words;
    }

    @Override
    public String toString() {
        return String.join(" ", words);
    }
}
