package org.nesteddune.commands;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A call that keeps what is printed. */
final class TestCall implements Call {

    private final Options.Parsed arguments;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);

    TestCall(Command command, String... arguments) throws UsageException {
        this.arguments = command.options().parse(List.of(arguments));
    }

    String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Override
    public Options.Parsed arguments() {
        return arguments;
    }

    @Override
    public PrintStream out() {
        return print;
    }

    @Override
    public PrintStream err() {
        return print;
    }

    @Override
    public List<String> environment() {
        return List.of("PATH=/bin", "HOME=/root");
    }

    @Override
    public String workingDirectory() {
        return "/home/me";
    }

    @Override
    public GuestStreams streams(boolean background) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isShell() {
        return false;
    }
}
