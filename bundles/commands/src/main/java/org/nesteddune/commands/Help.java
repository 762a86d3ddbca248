package org.nesteddune.commands;

import java.util.List;

/** {@code help}: the commands, or the help of one. */
final class Help implements Command {

    private static final Options OPTIONS = Options.of("help", "[COMMAND]",
            "List the commands of nested-dune, or print the help of one.");

    private final CommandSet commands;

    Help(CommandSet commands) {
        this.commands = commands;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws CommandException {
        List<String> operands = call.arguments().operands();
        if (operands.isEmpty()) {
            Table table = new Table("COMMAND", "").wrapped();
            for (String name : CommandSet.NAMES) {
                table.row(name, firstSentence(commands.create(name).options().summary()));
            }
            call.out().print(table.print());
            return DONE;
        }
        Command command = commands.create(operands.get(0));
        if (command == null) {
            throw new CommandException(FAILED, "there is no command " + Bytes.display(operands.get(0)));
        }
        call.out().print(command.options().help());
        return DONE;
    }

    private static String firstSentence(String text) {
        int end = text.indexOf(". ");
        return end < 0 ? text : text.substring(0, end + 1);
    }
}
