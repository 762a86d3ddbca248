package org.nesteddune.commands;

/** {@code strategies}: how guests make processes and threads. */
final class Strategies implements Command {

    private static final Options OPTIONS = Options.of("strategies", "",
            "List the clone strategies that are installed: the ways in which fork, vfork and clone make a process or thread.");

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) {
        call.out().println("no clone strategy is installed: a guest is one process with one thread,");
        call.out().println("and fork, vfork, clone and clone3 get ENOSYS");
        return DONE;
    }
}
