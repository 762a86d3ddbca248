package org.nesteddune.commands;

import java.io.FileDescriptor;
import java.io.PrintStream;
import java.util.List;

/** Runs a command as the only thing that this process does. */
final class OneShot {

    private OneShot() {
    }

    /** Parses, runs, reports what went wrong and returns the exit status. */
    static int run(Command command, String[] arguments) {
        Options options = command.options();
        String name = "dune " + options.command();
        try {
            Options.Parsed parsed = options.parse(Bytes.commandLine(arguments));
            OneShotCall call = new OneShotCall(parsed);
            if (parsed.has("--help")) {
                call.out().print(options.help().replaceFirst("Usage: ", "Usage: dune "));
                return Command.DONE;
            }
            return command.run(call);
        } catch (UsageException e) {
            complain(name + ": " + e.getMessage(), "Try '" + name + " --help'.");
            return Command.USAGE;
        } catch (CommandException e) {
            complain("dune: " + e.getMessage());
            return e.status();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Command.FAULT;
        }
    }

    private static void complain(String... lines) {
        PrintStream err = OneShotCall.stream(FileDescriptor.err);
        List.of(lines).forEach(err::println);
    }
}
