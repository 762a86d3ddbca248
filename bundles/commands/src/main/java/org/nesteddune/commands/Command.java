package org.nesteddune.commands;

/** One command, the same for the shell and for the command line. Stateless, safe for any thread. */
interface Command {

    /** Carried out. */
    int DONE = 0;

    /** What was asked for did not work out; for {@code enter} the program's own status stands in its place. */
    int FAILED = 1;

    /** Wrong options or arguments, as for most commands of a Unix system. */
    int USAGE = 2;

    /** nested-dune itself could not do it (as env(1) has it). */
    int FAULT = 125;

    /** The program was found and cannot be executed (as sh(1) has it). */
    int NOT_EXECUTABLE = 126;

    /** The program was not found (as sh(1) has it). */
    int NOT_FOUND = 127;

    /**
     * Added to the number of the signal that ended what a one-shot ran: this process is to end by the same signal, as whoever
     * waits for it expects.
     */
    int SIGNALED = 256;

    /** Options and help text. */
    Options options();

    /**
     * Carries the command out.
     *
     * @param call what the caller passed, already parsed
     * @return the exit status
     * @throws UsageException if the arguments make no sense
     * @throws CommandException with one sentence for the user and the exit status
     * @throws InterruptedException if the user interrupted it
     */
    int run(Call call) throws UsageException, CommandException, InterruptedException;
}
