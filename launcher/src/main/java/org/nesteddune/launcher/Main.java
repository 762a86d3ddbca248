package org.nesteddune.launcher;

/** Starts the framework and runs one command in it. */
public final class Main {
    private Main() {
    }

    /** Runs the command that the arguments name. */
    public static void main(String[] arguments) {
        System.err.println("nested-dune: not built yet");
        System.exit(125);
    }
}
