package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The options of a command, parsed in the way of GNU's getopt_long: {@code --name}, {@code --name=value}, {@code --name
 * value}, {@code -n}, {@code -nvalue}, {@code -n value}, {@code --} for their end. Long names may not be shortened. A
 * builder while a command is described, immutable in effect afterwards.
 */
final class Options {

    private static final int WIDTH = 80;
    private static final int COLUMN = 26;

    /** One option; the value's label is null for a flag. */
    private record Option(String shortName, String name, String label, String description) {}

    private final String command;
    private final String operands;
    private final String summary;
    private final List<Option> options = new ArrayList<>();
    private final Map<String, Option> byName = new HashMap<>();
    private String footer = "";
    private boolean stopAtOperand;
    private boolean dashOperands;

    private Options(String command, String operands, String summary) {
        this.command = command;
        this.operands = operands;
        this.summary = summary;
    }

    /**
     * Starts a description; {@code --help} is there already.
     *
     * @param command the command's name
     * @param operands how the synopsis writes what is not an option, {@code "PID..."}
     * @param summary one or more sentences
     */
    static Options of(String command, String operands, String summary) {
        return new Options(command, operands, summary).flag("-h,--help", "print this help");
    }

    /** An option without a value; {@code names} is {@code "-d,--detach"} or {@code "--detach"}. */
    Options flag(String names, String description) {
        return add(names, null, description);
    }

    /** An option with a value. */
    Options value(String names, String label, String description) {
        return add(names, label, description);
    }

    private Options add(String names, String label, String description) {
        int comma = names.indexOf(',');
        String name = names.substring(comma + 1);
        Option option = new Option(comma < 0 ? null : names.substring(0, comma), name, label, description);
        options.add(option);
        byName.put(name, option);
        if (option.shortName != null) {
            byName.put(option.shortName, option);
        }
        return this;
    }

    /** Text for the end of the help, paragraphs parted by empty lines. */
    Options footer(String text) {
        footer = text;
        return this;
    }

    /** The first operand ends the options, so that what comes behind it may look like one. */
    Options stopAtOperand() {
        stopAtOperand = true;
        return this;
    }

    /** An unknown argument with one dash is an operand ({@code kill -9}). */
    Options dashOperands() {
        dashOperands = true;
        return this;
    }

    String command() {
        return command;
    }

    String summary() {
        return summary;
    }

    /** @throws UsageException if there is an option that the command does not know, or a value too many or too few */
    Parsed parse(List<String> arguments) throws UsageException {
        Map<String, List<String>> found = new LinkedHashMap<>();
        List<String> rest = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("--")) {
                rest.addAll(arguments.subList(i + 1, arguments.size()));
                break;
            }
            if (argument.length() < 2 || argument.charAt(0) != '-') {
                if (stopAtOperand) {
                    rest.addAll(arguments.subList(i, arguments.size()));
                    break;
                }
                rest.add(argument);
            } else if (argument.startsWith("--")) {
                i = longOption(arguments, i, found);
            } else if (dashOperands && !byName.containsKey(argument)) {
                rest.add(argument);
            } else {
                i = shortOptions(arguments, i, found);
            }
        }
        return new Parsed(found, rest);
    }

    private int longOption(List<String> arguments, int at, Map<String, List<String>> found) throws UsageException {
        String argument = arguments.get(at);
        int equals = argument.indexOf('=');
        String name = equals < 0 ? argument : argument.substring(0, equals);
        Option option = known(name);
        if (option.label == null) {
            if (equals >= 0) {
                throw new UsageException("option " + name + " takes no value");
            }
            put(found, option, "");
            return at;
        }
        if (equals >= 0) {
            put(found, option, argument.substring(equals + 1));
            return at;
        }
        put(found, option, next(arguments, at, option, name));
        return at + 1;
    }

    private int shortOptions(List<String> arguments, int at, Map<String, List<String>> found) throws UsageException {
        String argument = arguments.get(at);
        for (int i = 1; i < argument.length(); i++) {
            String name = "-" + argument.charAt(i);
            Option option = known(name);
            if (option.label == null) {
                put(found, option, "");
            } else if (i + 1 < argument.length()) {
                put(found, option, argument.substring(i + 1));
                return at;
            } else {
                put(found, option, next(arguments, at, option, name));
                return at + 1;
            }
        }
        return at;
    }

    private Option known(String name) throws UsageException {
        Option option = byName.get(name);
        if (option == null) {
            throw new UsageException("there is no option " + Bytes.display(name));
        }
        return option;
    }

    private static String next(List<String> arguments, int at, Option option, String name) throws UsageException {
        if (at + 1 >= arguments.size()) {
            throw new UsageException("option " + name + " needs a value " + option.label);
        }
        return arguments.get(at + 1);
    }

    private static void put(Map<String, List<String>> found, Option option, String value) {
        found.computeIfAbsent(option.name, key -> new ArrayList<>()).add(value);
    }

    /** The help text, lines of at most 80 columns, with a line's end at its own end. */
    String help() {
        StringBuilder text = new StringBuilder("Usage: ").append(command).append(" [OPTION...]");
        if (!operands.isEmpty()) {
            text.append(' ').append(operands);
        }
        text.append("\n\n");
        wrap(text, summary, 0);
        text.append('\n');
        for (Option option : options) {
            String names = (option.shortName == null ? "    " : option.shortName + ", ") + option.name
                    + (option.label == null ? "" : "=" + option.label);
            text.append("  ").append(names);
            if (names.length() + 2 >= COLUMN - 1) {
                text.append('\n').append(" ".repeat(COLUMN));
            } else {
                text.append(" ".repeat(COLUMN - 2 - names.length()));
            }
            wrap(text, option.description, COLUMN);
        }
        if (!footer.isEmpty()) {
            for (String paragraph : footer.split("\n\n")) {
                text.append('\n');
                wrap(text, paragraph, 0);
            }
        }
        return text.toString();
    }

    /** Appends words; the cursor is at the indent already. */
    private static void wrap(StringBuilder text, String words, int indent) {
        int column = indent;
        boolean first = true;
        for (String word : words.split("\\s+")) {
            if (!first && column + 1 + word.length() > WIDTH) {
                text.append('\n').append(" ".repeat(indent));
                column = indent;
                first = true;
            }
            if (!first) {
                text.append(' ');
                column++;
            }
            text.append(word);
            column += word.length();
            first = false;
        }
        text.append('\n');
    }

    /** What a command line had. Immutable. */
    static final class Parsed {

        private final Map<String, List<String>> options;
        private final List<String> operands;

        Parsed(Map<String, List<String>> options, List<String> operands) {
            this.options = options;
            this.operands = List.copyOf(operands);
        }

        /** Whether an option was given; its long name with the dashes. */
        boolean has(String name) {
            return options.containsKey(name);
        }

        /** An option's value, the last one if it was given more than once; null if it was not. */
        String value(String name) {
            List<String> values = options.get(name);
            return values == null ? null : values.get(values.size() - 1);
        }

        /** All values of an option. */
        List<String> values(String name) {
            return options.getOrDefault(name, List.of());
        }

        /** What is not an option. */
        List<String> operands() {
            return operands;
        }
    }
}
