package org.nesteddune.commands;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** {@code help}: the commands, or the help of one. */
final class Help implements Command {

    private static final Options OPTIONS = Options.of("help", "[COMMAND]",
            "List the commands of nested-dune, or print the help of one.");

    private final Map<String, Supplier<Command>> commands;

    Help(Map<String, Supplier<Command>> commands) {
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
            commands.forEach((name, command) -> table.row(name, firstSentence(command.get().options().summary())));
            call.out().print(table.print());
            return DONE;
        }
        Supplier<Command> command = commands.get(operands.get(0));
        if (command == null) {
            throw new CommandException(FAILED, "there is no command " + Bytes.display(operands.get(0)));
        }
        call.out().print(command.get().options().help());
        return DONE;
    }

    private static String firstSentence(String text) {
        int end = text.indexOf(". ");
        return end < 0 ? text : text.substring(0, end + 1);
    }
}
