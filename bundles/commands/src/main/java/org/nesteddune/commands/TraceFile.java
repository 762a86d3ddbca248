package org.nesteddune.commands;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.nesteddune.Guest;

/** Where a trace goes: a file or a stream. A line is written whole and at once, so that nothing is lost by a crash. */
final class TraceFile implements Guest.TraceSink, Closeable {

    private final OutputStream target;
    private final boolean owned;
    private boolean failed;

    private TraceFile(OutputStream target, boolean owned) {
        this.target = target;
        this.owned = owned;
    }

    /** A new or emptied file. */
    static TraceFile open(Path file) throws CommandException {
        try {
            return new TraceFile(Files.newOutputStream(file), true);
        } catch (IOException e) {
            throw new CommandException(Command.FAULT, "cannot write the trace to " + file + ": " + reason(e));
        }
    }

    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such directory";
        }
        return e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
    }

    /** A stream, which is not closed. */
    static TraceFile on(PrintStream stream) {
        return new TraceFile(stream, false);
    }

    @Override
    public synchronized void line(String line) {
        if (!failed) {
            try {
                target.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                target.flush();
            } catch (IOException e) {
                // The disk is full or the reader has gone. The guest goes on without a trace.
                failed = true;
            }
        }
    }

    @Override
    public synchronized void close() {
        failed = true;
        if (owned) {
            try {
                target.close();
            } catch (IOException e) {
                // Nothing is buffered here.
            }
        }
    }
}
