package org.nesteddune.examples.batch;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.nesteddune.LaunchException;

/** Runs programs in dune and collects what they write. An OSGi service; thread-safe. */
public interface Batch {

    /**
     * What is to be done.
     *
     * @param command program and arguments
     * @param environment variables
     * @param directory working directory, as the program sees it
     * @param root the host directory that is {@code /} for the program, or null for the host's own
     * @param input what it reads
     * @param memory the most memory in bytes that it may have
     * @param tasks the most processes and threads that it may be
     */
    record Work(
            List<String> command,
            Map<String, String> environment,
            String directory,
            Path root,
            String input,
            long memory,
            int tasks) {

        /** A command alone. */
        public static Work of(String... command) {
            return new Work(List.of(command), Map.of(), "/", null, "", Long.MAX_VALUE, Integer.MAX_VALUE);
        }
    }

    /**
     * How it went.
     *
     * @param status exit code, or 128 + the signal that ended it
     */
    record Result(int status, String output, String errors) {}

    /**
     * Something that runs.
     *
     * @param result completes when it has ended and all that it wrote is there
     */
    record Job(int pid, CompletionStage<Result> result) {}

    /**
     * Starts something.
     *
     * @throws LaunchException if the program cannot be started
     */
    Job start(Work work) throws LaunchException;

    /** What runs at the moment, as {@code pid command}. */
    List<String> list();

    /** Asks something that was started here to end (SIGTERM); whether it runs. */
    boolean cancel(int pid);

    /** What has happened to guests, whoever started them, as {@code STARTED pid}, {@code EXITED pid status}. */
    List<String> journal();
}
