package org.nesteddune.commands;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.Profile;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;

/** {@code enter}: runs a program in dune. */
final class Enter implements Command {

    private static final Options OPTIONS = Options.of("enter", "[--] PROGRAM [ARGUMENT...] | --pid PID",
                    "Run a Linux program in dune: its code on a virtual CPU, its system calls in Java services. The program "
                            + "gets the caller's streams, environment, working directory and terminal.")
            .value("--pid", "PID", "take a process of this machine into dune instead, in the middle of whatever it does")
            .flag("--trace", "write a line for each system call to the error output")
            .value("--trace-file", "FILE", "write these lines to FILE instead")
            .flag("--stats", "write a table of system calls and exits to the error output when the program has ended")
            .value("-e,--env", "NAME=VALUE", "set a variable of the environment; may be given again")
            .flag("--clear-env", "begin with an empty environment")
            .value("--cwd", "DIR", "the working directory, as the program sees it")
            .value("--root", "DIR", "the program sees DIR as / and cannot leave it")
            .value("--engine", "NAME", "the execution engine; 'engines' lists them")
            .value("--memory", "SIZE", "the most memory that the program and its descendants may have mapped together, as 512m or 2g: what is "
                            + "private and writable, or shared without a file, touched or not; what two processes share counts twice")
            .value("--tasks", "NUMBER", "the most processes and threads that the program and its descendants may be at a time")
            .value("--profile", "NAME", "what the program and its descendants may do; 'profiles' lists them")
            .flag("-d,--detach", "in the shell: run in the background without input, print the pid; what it writes goes to the terminal")
            .flag("--version", "print the version")
            .stopAtOperand()
            .footer("On a terminal the program is a job of it, as natively: keys send signals, Ctrl-Z stops the program and "
                    + "this process, and 'fg' lets both go on; a shell has job control. Other signals that this process gets "
                    + "go to the program. When the program ends, what remains of its descendants is ended with it.\n\n"
                    + "The exit status is the program's, or 128+N if signal N ended it; 127 if there is no such program, 126 "
                    + "if it cannot be executed, 125 if dune itself failed, 2 for wrong options.\n\n"
                    + "With --pid the process keeps its streams, its terminal and its parent, and no other option counts. In the shell "
                    + "its pid is printed; 'escape PID' lets it go on natively. Otherwise this process waits for its end, "
                    + "and lets it go on natively when it gets SIGINT, SIGTERM or SIGHUP.\n\n"
                    + "In the shell it is also the variable $status, and && and || go by it. In the foreground on the "
                    + "terminal the program has the terminal itself; in a pipeline its streams are the pipeline's.");

    private final Installed installed;

    Enter(Installed installed) {
        this.installed = installed;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException, InterruptedException {
        Options.Parsed arguments = call.arguments();
        if (arguments.has("--version")) {
            call.out().println(Version.text(null));
            return DONE;
        }
        if (arguments.value("--pid") != null) {
            return new EnterProcess(installed).run(call);
        }
        if (arguments.operands().isEmpty()) {
            throw new UsageException("no program given");
        }
        boolean detach = arguments.has("--detach");
        if (detach && !call.isShell()) {
            throw new UsageException("--detach is for the shell: a process of its own ends with its program");
        }
        if (detach && arguments.has("--stats")) {
            throw new UsageException("--stats waits for the program's end; with --detach use 'stats PID'");
        }
        GuestSpec.Builder spec = spec(arguments, call);
        String profile = arguments.value("--profile");
        if (profile != null) {
            Profile granted = installed.profile(Bytes.display(profile));
            spec.profile(granted);
            if (arguments.value("--cwd") == null && isHidden(call.workingDirectory(), granted)) {
                spec.workingDirectory("/");
            }
        }
        TraceFile trace = trace(call);
        spec.trace(trace);
        boolean running = false;
        try {
            int status = detach ? detach(call, spec, trace) : foreground(call, spec);
            running = detach;
            return status;
        } finally {
            if (trace != null && !running) {
                trace.close();
            }
        }
    }

    /** Whether a directory of the host's has another in its place for the guest. */
    private static boolean isHidden(String directory, Profile profile) {
        return profile.privateDirectories().stream()
                .map(Bytes::of)
                .anyMatch(own -> directory.equals(own) || directory.startsWith(own + "/"));
    }

    /** What the options say, checked as far as it can be without the runtime. */
    static GuestSpec.Builder spec(Options.Parsed arguments, Call call) throws UsageException, CommandException {
        List<String> operands = arguments.operands();
        GuestSpec.Builder spec = GuestSpec.programBytes(operands.get(0))
                .argv(operands)
                .environment(environment(arguments, call.environment()))
                .engine(arguments.value("--engine"))
                .statistics(arguments.has("--stats"));
        String tasks = arguments.value("--tasks");
        if (tasks != null) {
            spec.taskLimit(Sizes.count(tasks, "--tasks"));
        }
        String memory = arguments.value("--memory");
        if (memory != null) {
            spec.memoryLimit(Sizes.parse(memory));
        }
        Path root = root(arguments.value("--root"), call);
        spec.root(root);
        spec.workingDirectory(workingDirectory(arguments.value("--cwd"), root, call.workingDirectory()));
        return spec;
    }

    private static List<String> environment(Options.Parsed arguments, List<String> inherited) throws UsageException {
        Map<String, String> variables = new LinkedHashMap<>();
        if (!arguments.has("--clear-env")) {
            for (String variable : inherited) {
                variables.put(name(variable), variable);
            }
        }
        for (String variable : arguments.values("--env")) {
            if (variable.indexOf('=') < 1) {
                throw new UsageException("--env needs NAME=VALUE, not '" + Bytes.display(variable) + "'");
            }
            variables.put(name(variable), variable);
        }
        return new ArrayList<>(variables.values());
    }

    private static String name(String variable) {
        int equals = variable.indexOf('=', 1);
        return equals < 0 ? variable : variable.substring(0, equals);
    }

    private static Path root(String directory, Call call) throws CommandException {
        if (directory == null) {
            return null;
        }
        Path path = hostPath(directory, call);
        try {
            Path real = path.toRealPath();
            if (!Files.isDirectory(real)) {
                throw new CommandException(FAULT, "--root " + path + ": not a directory");
            }
            return real;
        } catch (IOException e) {
            throw new CommandException(FAULT, "--root " + path + ": no such directory");
        }
    }

    /** A path on the host, a relative one from the caller's directory. */
    static Path hostPath(String path, Call call) throws CommandException {
        try {
            return Path.of(Bytes.display(call.workingDirectory())).resolve(Bytes.display(path));
        } catch (InvalidPathException e) {
            throw new CommandException(FAULT, "the locale " + System.getProperty("sun.jnu.encoding") + " of this JVM has no "
                    + "such path: " + Bytes.display(path) + "; set LC_ALL=C.UTF-8");
        }
    }

    /**
     * The guest's working directory. Without an option it is the caller's, which inside another root is {@code /} unless
     * the root contains it. A relative one starts from there.
     */
    static String workingDirectory(String asked, Path root, String callers) {
        String start = callers;
        if (root != null) {
            String top = Bytes.of(root.toString());
            boolean inside = callers.equals(top) || callers.startsWith(top.equals("/") ? top : top + "/");
            String rest = inside && !top.equals("/") ? callers.substring(top.length()) : inside ? callers : "";
            start = rest.isEmpty() ? "/" : rest;
        }
        if (asked == null || asked.isEmpty()) {
            return start;
        }
        return asked.startsWith("/") ? asked : start.endsWith("/") ? start + asked : start + "/" + asked;
    }

    private static TraceFile trace(Call call) throws CommandException {
        String file = call.arguments().value("--trace-file");
        if (file != null) {
            return TraceFile.open(hostPath(file, call));
        }
        return call.arguments().has("--trace") ? TraceFile.on(call.err()) : null;
    }

    /** The forwarder works by being there, and the streams are closed early so that all output has come before a report. */
    @SuppressWarnings("try")
    private int foreground(Call call, GuestSpec.Builder spec) throws CommandException, InterruptedException {
        String program = Bytes.display(call.arguments().operands().get(0));
        try (GuestStreams streams = call.streams(false); TerminalState terminal = TerminalState.save(streams.in())) {
            Guest guest = start(spec, streams);
            streams.started();
            ExitStatus status;
            if (call.isShell()) {
                status = new Attendance(call, guest, streams, terminal).await();
            } else {
                try (SignalForwarder signals = SignalForwarder.to(guest).stopWithGuest(installed.dune())) {
                    status = await(guest);
                }
            }
            if (status.signal() != 0 || call.isShell()) {
                terminal.restore();
            }
            streams.close();
            report(call.err(), program, status);
            if (call.arguments().has("--stats")) {
                call.err().print(StatisticsTable.print(guest.statistics()));
            }
            return status.signal() != 0 && !call.isShell() ? SIGNALED + status.signal() : status.shellStatus();
        }
    }

    private int detach(Call call, GuestSpec.Builder spec, TraceFile trace) throws CommandException {
        GuestStreams streams = call.streams(true);
        boolean good = false;
        try {
            Guest guest = start(spec, streams);
            streams.started();
            good = true;
            guest.exit().whenComplete((status, failure) -> {
                streams.close();
                if (trace != null) {
                    trace.close();
                }
            });
            call.out().println(guest.pid());
            return DONE;
        } finally {
            if (!good) {
                streams.close();
            }
        }
    }

    private Guest start(GuestSpec.Builder spec, GuestStreams streams) throws CommandException {
        try {
            return installed.dune().enter(spec.descriptors(streams.in(), streams.out(), streams.err())
                    .terminal(streams.terminal())
                    .build());
        } catch (LaunchException e) {
            throw new CommandException(status(e.errno()), e.getMessage());
        }
    }

    /** The exit status that a shell gives when {@code execve} fails. */
    private static int status(int errno) {
        return switch (errno) {
            case 0 -> FAULT;
            case Errno.ENOENT -> NOT_FOUND;
            default -> NOT_EXECUTABLE;
        };
    }

    /** Waits for a guest's end. */
    private static ExitStatus await(Guest guest) throws CommandException {
        CompletableFuture<ExitStatus> end = guest.exit().toCompletableFuture();
        while (true) {
            try {
                return end.get();
            } catch (InterruptedException e) {
                guest.signal(Signal.SIGINT);
            } catch (ExecutionException e) {
                throw new CommandException(FAULT, "the guest was lost: " + e.getCause());
            }
        }
    }

    /** Says what a shell says of a program that a signal ended; not for those that users send and pipelines make. */
    private static void report(PrintStream err, String program, ExitStatus status) {
        int signal = status.signal();
        if (signal != 0 && signal != Signal.SIGINT && signal != Signal.SIGPIPE) {
            String message = status.message().isEmpty() ? "" : ": " + status.message();
            err.println("dune: " + program + ": killed by " + Signal.name(signal) + (status.coreDumped() ? " (core dumped)" : "")
                    + message);
        }
    }
}
