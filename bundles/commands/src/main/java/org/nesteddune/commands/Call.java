package org.nesteddune.commands;

import java.io.PrintStream;
import java.util.List;

/** One invocation of a command. */
interface Call {

    /** The parsed arguments; their strings are byte strings, see {@link Bytes}. */
    Options.Parsed arguments();

    /** Where results go. */
    PrintStream out();

    /** Where messages go. */
    PrintStream err();

    /** The caller's environment, {@code NAME=value} byte strings. */
    List<String> environment();

    /** The caller's working directory, an absolute path as a byte string. */
    String workingDirectory();

    /**
     * The streams that a guest of this caller gets.
     *
     * @param background whether the guest runs on when the command has ended, and so gets no input
     * @throws CommandException if the host has no descriptors left
     */
    GuestStreams streams(boolean background) throws CommandException;

    /** The job of a shell that the command is, or null if there are none. */
    default ShellJob job() {
        return null;
    }

    /** Whether the caller lives on after the command, so that guests may be left in the background. */
    boolean isShell();
}
