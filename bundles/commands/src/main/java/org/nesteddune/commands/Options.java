package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The options of a command. A builder while a command is described; afterwards any thread may use it.
 *
 * <p>They are parsed by {@link Picocli}, which took 90 ms of a one-shot's start when measured: its classes are too old for
 * class data sharing. So it is left alone where it has nothing to do, as in the ordinary {@code enter PROGRAM
 * ARGUMENT...}, and nothing here names a class of it.
 */
final class Options {

    private static final String END = "--";

    /** One option; the value's label is null for a flag. */
    record Option(String[] names, String label, String description) {

        /** The name by which the commands ask for it: the long one, which is last. */
        String key() {
            return names[names.length - 1];
        }
    }

    private final String command;
    private final String operands;
    private final String summary;
    private final List<Option> options = new ArrayList<>();
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
        options.add(new Option(names.split(","), null, description));
        return this;
    }

    /** An option with a value, which may be given more than once. */
    Options value(String names, String label, String description) {
        options.add(new Option(names.split(","), label, description));
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

    /** How the synopsis writes what is not an option. */
    String operands() {
        return operands;
    }

    String summary() {
        return summary;
    }

    List<Option> options() {
        return options;
    }

    String footer() {
        return footer;
    }

    boolean stopsAtOperand() {
        return stopAtOperand;
    }

    boolean hasDashOperands() {
        return dashOperands;
    }

    /** @throws UsageException if there is an option that the command does not know, or a value too many or too few */
    Parsed parse(List<String> arguments) throws UsageException {
        List<String> plain = withoutOptions(arguments);
        if (plain != null) {
            return new Parsed(Map.of(), plain);
        }
        return Picocli.parse(this, arguments);
    }

    /** The operands of a command line that has nothing else; null if it must be parsed. */
    private List<String> withoutOptions(List<String> arguments) {
        if (arguments.isEmpty()) {
            return arguments;
        }
        if (arguments.get(0).equals(END)) {
            return arguments.subList(1, arguments.size());
        }
        int counts = stopAtOperand ? 1 : arguments.size();
        for (int i = 0; i < counts; i++) {
            if (arguments.get(i).startsWith("-")) {
                return null;
            }
        }
        return arguments;
    }

    /** The help text, lines of at most 80 columns, with a line's end at its own end. */
    String help() {
        return Picocli.help(this);
    }

    /** What a command line had. Immutable. */
    static final class Parsed {

        private final Map<String, List<String>> options;
        private final List<String> operands;

        Parsed(Map<String, List<String>> options, List<String> operands) {
            this.options = Map.copyOf(options);
            this.operands = List.copyOf(operands);
        }

        /** Whether an option was given; its long name with the dashes. */
        boolean has(String name) {
            return options.containsKey(name);
        }

        /** An option's value, the last one if it was given more than once; null if it was not. */
        String value(String name) {
            List<String> values = values(name);
            return values.isEmpty() ? null : values.get(values.size() - 1);
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
