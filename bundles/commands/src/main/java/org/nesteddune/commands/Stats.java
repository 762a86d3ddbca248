package org.nesteddune.commands;

import org.nesteddune.Guest;

/** {@code stats}: a guest's counters. */
final class Stats implements Command {

    private static final Options OPTIONS = Options.of("stats", "PID",
                    "Print how often and how long a guest has been in which system call, and why its virtual CPU was left.")
            .footer("System calls are counted from the first use of this command on, or from the start if the guest was "
                    + "entered with --stats.");

    private final Installed installed;

    Stats(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException {
        Guest guest = Guests.find(installed, Guests.onlyPid(call.arguments().operands()));
        Guest.Statistics statistics = guest.statistics();
        call.out().print(StatisticsTable.print(statistics));
        if (statistics.calls().isEmpty() && !guest.info().hasEnded()) {
            guest.enableStatistics();
            call.out().println("System calls are counted from now on.");
        }
        return DONE;
    }
}
