package org.nesteddune.commands;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Job;
import org.apache.felix.service.command.Process;
import org.nesteddune.GuestSpec;

/** A command in a session of the Gogo shell. */
final class GogoCall implements Call {

    private static final String TERMINAL = ".terminal";

    private final CommandSession session;
    private final Process process;
    private Options.Parsed arguments;

    /** @param process the pipeline's part that the command is, or null if there is no pipeline */
    GogoCall(CommandSession session, Process process) {
        this.session = session;
        this.process = process;
    }

    GogoCall with(Options.Parsed parsed) {
        arguments = parsed;
        return this;
    }

    @Override
    public Options.Parsed arguments() {
        return arguments;
    }

    @Override
    public PrintStream out() {
        return process == null ? session.getConsole() : process.out();
    }

    @Override
    public PrintStream err() {
        return process == null ? session.getConsole() : process.err();
    }

    @Override
    public List<String> environment() {
        return Bytes.environment();
    }

    @Override
    public String workingDirectory() {
        return Bytes.of(session.currentDir().toAbsolutePath().normalize().toString());
    }

    @Override
    public boolean isShell() {
        return true;
    }

    @Override
    public GuestStreams streams(boolean background) throws CommandException {
        boolean behind = background || process != null && process.job().status() == Job.Status.Background;
        boolean console = SystemTerminal.isIt(session.get(TERMINAL));
        InputStream in = process == null ? session.getKeyboard() : process.in();
        ShellStreams.Builder streams = new ShellStreams.Builder();
        if (console) {
            streams.terminal(behind ? GuestSpec.Terminal.BACKGROUND : GuestSpec.Terminal.FOREGROUND);
        }
        if (behind) {
            streams.noInput();
        } else if (console && isTerminal(0)) {
            streams.terminalInput();
        } else {
            streams.input(in);
        }
        // A background guest outlives the pipeline's streams, but not the session's.
        streams.output(1, console && isTerminal(1), behind ? session.getConsole() : out());
        streams.output(2, console && isTerminal(2), behind ? session.getConsole() : err());
        return streams.open();
    }

    @Override
    public ShellJob job() {
        Job job = process == null ? null : process.job();
        return job == null ? null : new GogoJob(job);
    }

    /** A job of the Gogo shell, which has {@code jobs}, {@code fg} and {@code bg} for it. */
    private record GogoJob(Job job) implements ShellJob {

        @Override
        public State state() {
            return switch (job.status()) {
                case Suspended -> State.SUSPENDED;
                case Background -> State.BACKGROUND;
                default -> State.FOREGROUND;
            };
        }

        @Override
        public void suspend() {
            job.suspend();
        }
    }

    /** Whether a stream of the pipeline is still the session's own. */
    private boolean isTerminal(int descriptor) {
        return process == null || process.isTty(descriptor);
    }
}
