package org.nesteddune.commands;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Parses command lines and prints help by the library of that name. The model of a command is made without annotations,
 * which would add the time of reflection, and anew each time, so any thread may use this.
 */
final class Picocli {

    private static final int WIDTH = 80;

    /** The operands' place in the model. */
    private static final String ALL = "0..*";

    private Picocli() {
    }

    /** See {@link Options#parse}. */
    static Options.Parsed parse(Options options, List<String> arguments) throws UsageException {
        try {
            ParseResult result = new CommandLine(spec(options)).parseArgs(arguments.toArray(String[]::new));
            Map<String, List<String>> found = new HashMap<>();
            for (Options.Option option : options.options()) {
                if (result.hasMatchedOption(option.key())) {
                    found.put(option.key(), result.matchedOption(option.key()).originalStringValues());
                }
            }
            return new Options.Parsed(found, result.hasMatchedPositional(0)
                    ? result.matchedPositional(0).originalStringValues() : List.of());
        } catch (ParameterException mistake) {
            throw new UsageException(Bytes.display(mistake.getMessage()));
        }
    }

    /** See {@link Options#help}. */
    static String help(Options options) {
        return new CommandLine(spec(options)).getUsageMessage(Ansi.OFF);
    }

    private static CommandSpec spec(Options options) {
        CommandSpec spec = CommandSpec.create().name(options.command()).interpolateVariables(false);
        spec.usageMessage()
                .width(WIDTH)
                .sortOptions(false)
                .customSynopsis(options.command() + " [OPTION...]" + (options.operands().isEmpty() ? "" : " " + options.operands()))
                .description("%n" + escaped(options.summary()) + "%n");
        if (!options.footer().isEmpty()) {
            spec.usageMessage().footer("%n" + escaped(options.footer()).replace("\n\n", "%n%n"));
        }
        spec.parser()
                .expandAtFiles(false)
                .posixClusteredShortOptionsAllowed(true)
                .overwrittenOptionsAllowed(true)
                .toggleBooleanFlags(false)
                .stopAtPositional(options.stopsAtOperand())
                .unmatchedOptionsArePositionalParams(options.hasDashOperands());
        options.options().forEach(option -> spec.addOption(model(option)));
        return spec.addPositional(PositionalParamSpec.builder()
                .index(ALL)
                .arity(ALL)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("OPERAND")
                .hidden(true)
                .build());
    }

    private static OptionSpec model(Options.Option option) {
        OptionSpec.Builder model = OptionSpec.builder(option.names()).description(escaped(option.description()));
        if (option.label() == null) {
            return model.type(boolean.class).usageHelp(option.key().equals("--help")).build();
        }
        return model.type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .paramLabel(option.label())
                .hideParamSyntax(true)
                .build();
    }

    /** Descriptions are format strings to picocli. */
    private static String escaped(String text) {
        return text.replace("%", "%%");
    }
}
