package org.nesteddune.launcher;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.ToIntFunction;

/**
 * The entry point of {@code ./dune}: {@code Main COMMAND [ARGUMENT...]}. Ends the JVM with the command's status, or with
 * {@value #FAULT} when nested-dune itself could not do what was asked.
 */
public final class Main {
    /** The exit status for faults of nested-dune itself, as in env(1) and docker-run(1). */
    static final int FAULT = 125;

    /** A command's result above this asks to end by the signal with the number that is left. */
    private static final int SIGNALED = 256;

    /** The command that needs only what its guest needs. All others are about the whole distribution. */
    private static final String ENTER = "enter";

    /** What shells add to a signal's number. */
    private static final int BY_SIGNAL = 128;

    private static final String USAGE = String.join(System.lineSeparator(),
        "Usage: dune COMMAND [ARGUMENT...]",
        "",
        "  enter [OPTION...] [--] PROGRAM [ARGUMENT...]   run a Linux program in dune",
        "  ps [OPTION...]                                 what runs in dune, in all runtimes of this user",
        "  shell [LINE]                                   the Felix Gogo shell, or one line of it",
        "  doctor                                         check Java, /dev/kvm and limits",
        "  arches, engines, families, strategies          what is installed",
        "  syscalls [OPTION...] [NAME...]                 which system calls are served",
        "  version                                        what this is",
        "  help [COMMAND]                                 this text, or the help of a command",
        "");

    private static final String SHELL_USAGE = String.join(System.lineSeparator(),
        "Usage: dune shell [LINE]",
        "",
        "Opens the Felix Gogo shell in the framework, or runs one line of it and ends",
        "with its status. Commands of nested-dune have the scope dune; 'dune:help' lists",
        "them, and each has --help.",
        "");

    private Main() {
    }

    /** Runs the command that the first argument names. Does not return. */
    public static void main(String[] arguments) {
        int status;
        try {
            status = run(arguments);
        } catch (LaunchException e) {
            System.err.println("nested-dune: " + e.getMessage());
            status = FAULT;
        } catch (Throwable e) {
            System.err.println("nested-dune: unexpected " + e);
            e.printStackTrace();
            status = FAULT;
        }
        System.out.flush();
        System.err.flush();
        // Everything native ends with the process. Waiting for the framework's own threads would only cost time.
        Runtime.getRuntime().halt(status);
    }

    /** Runs a command and returns its exit status. */
    static int run(String... arguments) throws LaunchException {
        String command = arguments.length == 0 ? "help" : arguments[0];
        String[] rest = arguments.length == 0 ? arguments : Arrays.copyOfRange(arguments, 1, arguments.length);
        switch (command) {
            case "help":
            case "--help":
            case "-h":
                if (rest.length > 0 && !rest[0].startsWith("-") && !rest[0].equals("help")) {
                    return run(rest[0], "--help");
                }
                System.out.print(USAGE);
                return arguments.length == 0 ? FAULT : 0;
            case "version":
            case "--version":
                System.out.println("nested-dune " + version() + " on Java " + System.getProperty("java.version"));
                return 0;
            case "shell":
                if (rest.length == 1 && (rest[0].equals("--help") || rest[0].equals("-h"))) {
                    System.out.print(SHELL_USAGE);
                    return 0;
                }
                return Shell.run(Distribution.locate(), rest);
            default:
                return oneShot(command, rest);
        }
    }

    private static int oneShot(String command, String[] arguments) throws LaunchException {
        Distribution distribution = Distribution.locate();
        ToIntFunction<String[]> function;
        int status;
        try (RunningFramework framework = RunningFramework.start(distribution, Profile.read(distribution, "enter"))) {
            if (!command.equals(ENTER)) {
                framework.reserve().getAsBoolean();
            }
            function = framework.command(command);
            status = function.applyAsInt(arguments);
        }
        return status > SIGNALED ? endBySignal(function, status - SIGNALED) : status;
    }

    /** Ends as the program has ended that the command ran; the status if that does not work. */
    private static int endBySignal(ToIntFunction<String[]> function, int signal) {
        System.out.flush();
        System.err.flush();
        if (function instanceof IntConsumer ending) {
            ending.accept(signal);
        }
        return BY_SIGNAL + signal;
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(unpacked)" : version;
    }
}
