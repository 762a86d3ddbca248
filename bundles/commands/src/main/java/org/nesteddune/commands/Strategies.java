package org.nesteddune.commands;

import org.nesteddune.clone.CloneStrategy;

/** {@code strategies}: how guests make processes and threads. */
final class Strategies implements Command {

    private static final Options OPTIONS = Options.of("strategies", "",
                    "List the clone strategies that are installed: the ways in which fork, vfork and clone make a process or thread.")
            .footer("The flags and the stack of a call decide which strategy takes it; of two that take it, the one with the "
                    + "higher RANK does. 'enter --trace' shows the choice behind each call.");

    private final Installed installed;

    Strategies(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) {
        Table table = new Table("NAME", ">RANK", "WHAT IT MAKES").wrapped();
        for (Installed.Part<CloneStrategy> part : installed.strategies()) {
            table.row(part.service().name(), part.ranking(), part.service().description());
        }
        call.out().print(table.isEmpty()
                ? "no clone strategy is installed: fork, vfork, clone and clone3 get ENOSYS\n"
                : table.print());
        return DONE;
    }
}
