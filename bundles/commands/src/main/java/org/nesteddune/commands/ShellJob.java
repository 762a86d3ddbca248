package org.nesteddune.commands;

/** The job of an OSGi shell that a command is part of. */
interface ShellJob {

    /** What the shell's user has made of a job. */
    enum State {
        /** The shell waits for it, and it has the terminal. */
        FOREGROUND,
        /** It runs beside the shell. */
        BACKGROUND,
        /** It stands still, and the shell goes on. */
        SUSPENDED
    }

    State state();

    /** Tells the shell that the job stands still: it goes on with its user. */
    void suspend();
}
