package org.nesteddune.itest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;

/** Runs programs in dune and natively, in the same directory with the same files, and compares what they did. */
final class GuestRunner implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 120;

    private final Dune dune = Services.get(Dune.class);
    private final WorkingDirectory directory = new WorkingDirectory();
    private final Path streams;
    private final long patienceSeconds;

    GuestRunner() {
        this(PATIENCE_SECONDS);
    }

    /** @param patienceSeconds how long a program may run in dune */
    GuestRunner(long patienceSeconds) {
        this.patienceSeconds = patienceSeconds;
        try {
            streams = Files.createTempDirectory("dune-itest-streams");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    Path directory() {
        return directory.path();
    }

    // Comparing

    /** Runs command lines in dune and natively; fails with all differences at the end. */
    void compare(String... lines) {
        List<Command> commands = new ArrayList<>();
        for (String line : lines) {
            commands.add(Command.line(line));
        }
        compare(commands.toArray(Command[]::new));
    }

    /** Runs commands in dune and natively; fails with all differences at the end. */
    void compare(Command... commands) {
        StringBuilder failures = new StringBuilder();
        int failed = 0;
        for (Command command : commands) {
            String difference;
            try {
                Outcome expected = natively(command);
                difference = inDune(command).difference(expected);
            } catch (LaunchException refused) {
                difference = "\n    not started: " + refused.getMessage();
            }
            if (!difference.isEmpty()) {
                failed++;
                failures.append("\n  ").append(command).append(difference);
            }
        }
        if (failed > 0) {
            throw new AssertionError(failed + " of " + commands.length + " commands differ:" + failures);
        }
    }

    // Natively

    /** Runs a command as an ordinary process. */
    Outcome natively(Command command) {
        directory.reset();
        Path out = streams.resolve("out");
        Path err = streams.resolve("err");
        List<String> words = new ArrayList<>(command.words());
        words.set(0, resolve(command.program()));
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(directory.path().toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(command.environment());
        try {
            if (command.input() == null) {
                builder.redirectInput(Path.of("/dev/null").toFile());
            } else if (!command.isPiped()) {
                builder.redirectInput(inputFile(command).toFile());
            }
            Process process = builder.start();
            if (command.isPiped()) {
                try (var in = process.getOutputStream()) {
                    in.write(command.input());
                } catch (IOException closedEarly) {
                    // The program ended without reading everything.
                }
            }
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " does not end natively");
            }
            return new Outcome(
                    process.exitValue(), Files.readAllBytes(out), Files.readAllBytes(err), directory.listing(), "");
        } catch (IOException failed) {
            throw new UncheckedIOException(command.toString(), failed);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static String resolve(String program) {
        String path = Tools.find(program);
        return path == null ? program : path;
    }

    private Path inputFile(Command command) throws IOException {
        return Files.write(streams.resolve("in"), command.input());
    }

    // In dune

    /** Runs a command in dune. */
    Outcome inDune(Command command) throws LaunchException {
        return inDune(command, spec -> spec);
    }

    /** Runs a command in dune with further wishes. */
    Outcome inDune(Command command, UnaryOperator<GuestSpec.Builder> wishes) throws LaunchException {
        directory.reset();
        Path out = streams.resolve("dune-out");
        Path err = streams.resolve("dune-err");
        try {
            int[] pipe = command.isPiped() ? pipe() : null;
            int in = -1;
            int outFd = -1;
            int errFd = -1;
            Guest guest;
            try {
                in = pipe != null
                        ? pipe[0]
                        : open(command.input() == null ? Path.of("/dev/null") : inputFile(command), OpenFlags.O_RDONLY);
                outFd = open(out, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC);
                errFd = open(err, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC);
                GuestSpec.Builder spec = GuestSpec.program(resolve(command.program()))
                        .arguments(command.words().subList(1, command.words().size()))
                        .environment(command.environmentStrings())
                        .workingDirectory(directory.path().toString())
                        .descriptors(in, outFd, errFd);
                guest = dune.enter(wishes.apply(spec).build());
            } catch (LaunchException refused) {
                if (pipe != null) {
                    Linux.close(pipe[1]);
                }
                throw refused;
            } finally {
                close(in);
                close(outFd);
                close(errFd);
            }
            if (pipe != null) {
                feed(pipe[1], command.input());
            }
            ExitStatus status;
            try {
                status = await(guest, command.toString(), patienceSeconds);
            } catch (AssertionError late) {
                throw new AssertionError(
                        late.getMessage() + "; it has said: " + Files.readString(out) + Files.readString(err)
                                + "; all guests: " + dune.guests().stream().map(Guest::info).toList(),
                        late);
            }
            return new Outcome(
                    status.shellStatus(),
                    Files.readAllBytes(out),
                    Files.readAllBytes(err),
                    directory.listing(),
                    status.message());
        } catch (IOException failed) {
            throw new UncheckedIOException(command.toString(), failed);
        }
    }

    /** Waits for a guest's end; one that does not end is killed, and the test fails. */
    static ExitStatus await(Guest guest, String what) {
        return await(guest, what, PATIENCE_SECONDS);
    }

    private static ExitStatus await(Guest guest, String what, long patienceSeconds) {
        try {
            return guest.exit().toCompletableFuture().get(patienceSeconds, TimeUnit.SECONDS);
        } catch (TimeoutException late) {
            String blocked = guest.info().blockedIn();
            guest.signal(Signal.SIGKILL);
            throw new AssertionError(what + " does not end in dune" + (blocked.isEmpty() ? "" : ", blocked in " + blocked));
        } catch (InterruptedException | java.util.concurrent.ExecutionException failed) {
            throw new AssertionError(what, failed);
        }
    }

    private static int open(Path path, int flags) {
        try (NativeBuffer name = NativeBuffer.ofCString(path.toString())) {
            return (int) HostException.check(
                    "open " + path, Linux.open(name.address(), flags | OpenFlags.O_CLOEXEC, 0600));
        }
    }

    private static int[] pipe() {
        try (NativeBuffer pair = new NativeBuffer(8)) {
            HostException.check("pipe2", Linux.pipe2(pair.address(), OpenFlags.O_CLOEXEC));
            return new int[] {Memory.getInt(pair.address()), Memory.getInt(pair.address() + 4)};
        }
    }

    private static void feed(int descriptor, byte[] bytes) {
        Thread feeder = new Thread(() -> {
            try (NativeBuffer buffer = new NativeBuffer(Math.max(1, bytes.length))) {
                Memory.copyTo(buffer.address(), bytes, 0, bytes.length);
                for (int done = 0; done < bytes.length; ) {
                    long written = Linux.write(descriptor, buffer.address() + done, bytes.length - done);
                    if (written < 0) {
                        break;
                    }
                    done += (int) written;
                }
            } finally {
                Linux.close(descriptor);
            }
        }, "feeder");
        feeder.setDaemon(true);
        feeder.start();
    }

    private static void close(int descriptor) {
        if (descriptor >= 0) {
            Linux.close(descriptor);
        }
    }

    @Override
    public void close() {
        directory.close();
        try {
            for (String name : List.of("in", "out", "err", "dune-out", "dune-err")) {
                Files.deleteIfExists(streams.resolve(name));
            }
            Files.delete(streams);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
