package org.nesteddune.commands;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The options of a command, described for picocli without annotations, because those cost a one-shot's start the time of
 * reflection. A builder while a command is described; afterwards each parse works on a model of its own, so any thread
 * may use it.
 */
final class Options {

    private static final int WIDTH = 80;

    /** The operands' place in the model. */
    private static final String ALL = "0..*";

    private final CommandSpec spec;
    private final String summary;

    private Options(String command, String operands, String summary) {
        this.summary = summary;
        spec = CommandSpec.create().name(command);
        spec.usageMessage()
                .width(WIDTH)
                .sortOptions(false)
                .customSynopsis(command + " [OPTION...]" + (operands.isEmpty() ? "" : " " + operands))
                .description("%n" + escaped(summary) + "%n");
        spec.addPositional(PositionalParamSpec.builder()
                .index(ALL)
                .arity(ALL)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("OPERAND")
                .hidden(true)
                .build());
        spec.parser()
                .expandAtFiles(false)
                .posixClusteredShortOptionsAllowed(true)
                .overwrittenOptionsAllowed(true)
                .toggleBooleanFlags(false);
        spec.interpolateVariables(false);
    }

    /**
     * Starts a description; {@code --help} is there already.
     *
     * @param command the command's name
     * @param operands how the synopsis writes what is not an option, {@code "PID..."}
     * @param summary one or more sentences
     */
    static Options of(String command, String operands, String summary) {
        return new Options(command, operands, summary).add(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("print this help"));
    }

    /** An option without a value; {@code names} is {@code "-d,--detach"} or {@code "--detach"}. */
    Options flag(String names, String description) {
        return add(OptionSpec.builder(names.split(",")).type(boolean.class).description(escaped(description)));
    }

    /** An option with a value, which may be given more than once. */
    Options value(String names, String label, String description) {
        return add(OptionSpec.builder(names.split(","))
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .paramLabel(label)
                .hideParamSyntax(true)
                .description(escaped(description)));
    }

    private Options add(OptionSpec.Builder option) {
        spec.addOption(option.build());
        return this;
    }

    /** Descriptions are format strings to picocli. */
    private static String escaped(String text) {
        return text.replace("%", "%%");
    }

    /** Text for the end of the help, paragraphs parted by empty lines. */
    Options footer(String text) {
        spec.usageMessage().footer("%n" + escaped(text).replace("\n\n", "%n%n"));
        return this;
    }

    /** The first operand ends the options, so that what comes behind it may look like one. */
    Options stopAtOperand() {
        spec.parser().stopAtPositional(true);
        return this;
    }

    /** An unknown argument with one dash is an operand ({@code kill -9}). */
    Options dashOperands() {
        spec.parser().unmatchedOptionsArePositionalParams(true);
        return this;
    }

    String command() {
        return spec.name();
    }

    String summary() {
        return summary;
    }

    /** @throws UsageException if there is an option that the command does not know, or a value too many or too few */
    Parsed parse(List<String> arguments) throws UsageException {
        synchronized (spec) {
            try {
                return new Parsed(new CommandLine(spec).parseArgs(arguments.toArray(String[]::new)));
            } catch (ParameterException mistake) {
                throw new UsageException(Bytes.display(mistake.getMessage()));
            }
        }
    }

    /** The help text, lines of at most 80 columns, with a line's end at its own end. */
    String help() {
        synchronized (spec) {
            return new CommandLine(spec).getUsageMessage(Ansi.OFF);
        }
    }

    /** What a command line had. Immutable. */
    static final class Parsed {

        private final ParseResult result;

        Parsed(ParseResult result) {
            this.result = result;
        }

        /** Whether an option was given; its long name with the dashes. */
        boolean has(String name) {
            return result.hasMatchedOption(name);
        }

        /** An option's value, the last one if it was given more than once; null if it was not. */
        String value(String name) {
            List<String> values = values(name);
            return values.isEmpty() ? null : values.get(values.size() - 1);
        }

        /** All values of an option. */
        List<String> values(String name) {
            return result.hasMatchedOption(name) ? result.matchedOption(name).originalStringValues() : List.of();
        }

        /** What is not an option. */
        List<String> operands() {
            return result.hasMatchedPositional(0) ? result.matchedPositional(0).originalStringValues() : List.of();
        }
    }
}
