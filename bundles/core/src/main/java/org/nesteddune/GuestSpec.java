package org.nesteddune;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * What is to be started and how. Immutable; made by a {@link Builder}. Program, arguments and environment are byte
 * strings in ISO-8859-1 chars where they come from or go to the guest; {@link Builder} methods that take ordinary
 * strings encode them as UTF-8.
 */
public final class GuestSpec {

    /** What a guest has to do with the terminal that this JVM was started on, its controlling terminal. */
    public enum Terminal {

        /** Nothing: the guest has no controlling terminal, even if its descriptors are terminals. */
        NONE,

        /** It is a background job: it may write, but is stopped (SIGTTIN) when it reads. */
        BACKGROUND,

        /** It is the foreground job: it may read, and the terminal's keys are for it. */
        FOREGROUND
    }

    /**
     * Whose rights a guest has.
     *
     * @param uid real, effective and saved user id
     * @param gid real, effective and saved group id
     * @param groups supplementary groups
     */
    public record User(int uid, int gid, List<Integer> groups) {

        public User {
            groups = List.copyOf(groups);
        }
    }

    private final String program;
    private final List<String> arguments;
    private final List<String> environment;
    private final String workingDirectory;
    private final Path root;
    private final User user;
    private final Profile profile;
    private final String engine;
    private final long memoryLimit;
    private final int taskLimit;
    private final int[] descriptors;
    private final InputStream input;
    private final OutputStream output;
    private final OutputStream error;
    private final Terminal terminal;
    private final boolean statistics;
    private final Guest.TraceSink trace;

    private GuestSpec(Builder b) {
        program = b.program;
        arguments = List.copyOf(b.arguments);
        environment = List.copyOf(b.environment);
        workingDirectory = b.workingDirectory;
        root = b.root;
        engine = b.engine;
        memoryLimit = b.memoryLimit;
        taskLimit = b.taskLimit;
        user = b.user;
        profile = b.profile;
        descriptors = b.descriptors.clone();
        input = b.input;
        output = b.output;
        error = b.error;
        terminal = b.terminal;
        statistics = b.statistics;
        trace = b.trace;
    }

    /** Starts a description of a guest that runs a program, a path or a name to be looked up in the guest's PATH. */
    public static Builder program(String program) {
        return new Builder(program, GuestSpec::utf8);
    }

    /**
     * The same, where all strings that the builder is given are byte strings already: one char from 0 to 255 a byte.
     * For callers who pass on arguments and an environment that they were given themselves.
     */
    public static Builder programBytes(String program) {
        return new Builder(program, UnaryOperator.identity());
    }

    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** Path or name of the program. */
    public String program() {
        return program;
    }

    /** argv, the program's own name first. */
    public List<String> arguments() {
        return arguments;
    }

    /** {@code NAME=value} strings. */
    public List<String> environment() {
        return environment;
    }

    /** Absolute guest path, or null for the root directory. */
    public String workingDirectory() {
        return workingDirectory;
    }

    /** The host directory that the guest sees as {@code /}, or null for the host's own. */
    public Path root() {
        return root;
    }

    /** Name of the engine, or null for the best. */
    public String engine() {
        return engine;
    }

    /** Greatest number of bytes of memory of the guest and its descendants together, or {@link Long#MAX_VALUE}. */
    public long memoryLimit() {
        return memoryLimit;
    }

    /** Greatest number of processes and threads that the guest and its descendants are at a time. */
    public int taskLimit() {
        return taskLimit;
    }

    /**
     * Host descriptors that become the guest's 0, 1 and 2, −1 for a closed one. They are duplicated: the caller keeps
     * its own.
     */
    public int[] descriptors() {
        return descriptors.clone();
    }

    /** What the guest reads as its standard input, or null if that is a {@linkplain #descriptors descriptor}. */
    public InputStream input() {
        return input;
    }

    /** Where the guest's standard output goes, or null if that is a {@linkplain #descriptors descriptor}. */
    public OutputStream output() {
        return output;
    }

    /** Where the guest's standard error goes, or null if that is a {@linkplain #descriptors descriptor}. */
    public OutputStream error() {
        return error;
    }

    /** What the guest and its descendants may do, or null for all that their user may. */
    public Profile profile() {
        return profile;
    }

    /** Whose rights the guest has, or null for those of this JVM's process. */
    public User user() {
        return user;
    }

    /** What the guest has to do with this JVM's terminal. */
    public Terminal terminal() {
        return terminal;
    }

    /** Whether calls are counted from the start. */
    public boolean statistics() {
        return statistics;
    }

    /** Where trace lines go from the start, or null. */
    public Guest.TraceSink trace() {
        return trace;
    }

    /** See {@link GuestSpec}. */
    public static final class Builder {

        private final UnaryOperator<String> encoding;
        private final String program;
        private List<String> arguments;
        private List<String> environment = List.of();
        private String workingDirectory;
        private Path root;
        private String engine;
        private long memoryLimit = Long.MAX_VALUE;
        private int taskLimit = Integer.MAX_VALUE;
        private int[] descriptors = {0, 1, 2};
        private User user;
        private Profile profile;
        private InputStream input;
        private OutputStream output;
        private OutputStream error;
        private Terminal terminal = Terminal.NONE;
        private boolean statistics;
        private Guest.TraceSink trace;

        private Builder(String program, UnaryOperator<String> encoding) {
            this.encoding = encoding;
            this.program = encoding.apply(Objects.requireNonNull(program, "program"));
            this.arguments = List.of(this.program);
        }

        /** The arguments behind argv[0], which stays the program. */
        public Builder arguments(List<String> values) {
            List<String> all = new ArrayList<>();
            all.add(program);
            values.forEach(value -> all.add(encoding.apply(value)));
            arguments = all;
            return this;
        }

        /** The whole argv. */
        public Builder argv(List<String> values) {
            arguments = values.stream().map(encoding).toList();
            return this;
        }

        /** {@code NAME=value} strings. */
        public Builder environment(List<String> values) {
            environment = values.stream().map(encoding).toList();
            return this;
        }

        /** Absolute guest path. */
        public Builder workingDirectory(String path) {
            workingDirectory = path == null ? null : encoding.apply(path);
            return this;
        }

        /** Host directory that becomes the guest's root. */
        public Builder root(Path directory) {
            root = directory;
            return this;
        }

        /** Name of the engine to use. */
        public Builder engine(String name) {
            engine = name;
            return this;
        }

        /** Cap on the memory of the guest and its descendants together, in bytes, as {@link org.nesteddune.mm.MemoryBudget} counts it. */
        public Builder memoryLimit(long bytes) {
            if (bytes <= 0) {
                throw new IllegalArgumentException("the memory limit must be greater than 0");
            }
            memoryLimit = bytes;
            return this;
        }

        /** Cap on the number of processes and threads, as a control group's pids.max: beyond it a clone gets EAGAIN. */
        public Builder taskLimit(int tasks) {
            if (tasks <= 0) {
                throw new IllegalArgumentException("the limit of tasks must be greater than 0");
            }
            taskLimit = tasks;
            return this;
        }

        /** Host descriptors for the guest's 0, 1 and 2; −1 leaves one closed. */
        public Builder descriptors(int in, int out, int err) {
            descriptors = new int[] {in, out, err};
            return this;
        }

        /**
         * What the guest reads as its standard input, through a pipe; in place of a descriptor. A thread of the runtime's reads it
         * until its end or the guest's, and does not close it.
         */
        public Builder input(InputStream stream) {
            input = stream;
            return this;
        }

        /**
         * Where the guest's standard output goes, through a pipe; in place of a descriptor. A thread of the runtime's writes and
         * flushes it, and does not close it. {@link Guest#exit} completes when all is written, or five seconds after the guest's end
         * if a process that it has left behind keeps the pipe open.
         */
        public Builder output(OutputStream stream) {
            output = stream;
            return this;
        }

        /** Where the guest's standard error goes; see {@link #output}. */
        public Builder error(OutputStream stream) {
            error = stream;
            return this;
        }

        /** What the guest and its descendants may do; null for all that their user may. */
        public Builder profile(Profile value) {
            profile = value;
            return this;
        }

        /** Whose rights the guest has; this takes a JVM that may become that user. Null for those of the JVM's process. */
        public Builder user(User value) {
            user = value;
            return this;
        }

        /**
         * What the guest has to do with this JVM's terminal; nothing unless this is called. Without effect where the JVM has
         * none. The signals of the keys come to the JVM: see {@link Guest#signalForeground}.
         */
        public Builder terminal(Terminal value) {
            terminal = Objects.requireNonNull(value, "value");
            return this;
        }

        /** Count calls and exits from the start. */
        public Builder statistics(boolean on) {
            statistics = on;
            return this;
        }

        /** Where trace lines go. */
        public Builder trace(Guest.TraceSink sink) {
            trace = sink;
            return this;
        }

        public GuestSpec build() {
            return new GuestSpec(this);
        }
    }
}
