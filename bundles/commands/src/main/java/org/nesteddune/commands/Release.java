package org.nesteddune.commands;

import org.nesteddune.Guest;

/** {@code release}: lets guests go on that {@code hold} keeps from running. */
final class Release implements Command {

    private static final Options OPTIONS =
            Options.of("release", "PID...", "Let guests go on that 'hold' keeps from running. The others stay as they are.");

    private final Installed installed;

    Release(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException {
        Guests.all(installed, call.arguments().operands()).forEach(Guest::release);
        return DONE;
    }
}
