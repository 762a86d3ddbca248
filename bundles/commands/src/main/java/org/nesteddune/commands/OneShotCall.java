package org.nesteddune.commands;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.nesteddune.GuestSpec;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Limits;

/** A command that is all its process does: streams, environment and directory are the process's own. */
final class OneShotCall implements Call {

    private final Options.Parsed arguments;
    private final PrintStream out;
    private final PrintStream err;

    OneShotCall(Options.Parsed arguments) {
        this.arguments = arguments;
        this.out = stream(FileDescriptor.out);
        this.err = stream(FileDescriptor.err);
    }

    /** UTF-8, whatever the locale: paths and names come out as they went in. */
    static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    @Override
    public Options.Parsed arguments() {
        return arguments;
    }

    @Override
    public PrintStream out() {
        return out;
    }

    @Override
    public PrintStream err() {
        return err;
    }

    @Override
    public List<String> environment() {
        return Bytes.environment();
    }

    @Override
    public String workingDirectory() {
        try (NativeBuffer path = new NativeBuffer(64); NativeBuffer target = new NativeBuffer(Limits.PATH_MAX)) {
            long length = Linux.readlinkat(
                    Fcntl.AT_FDCWD, path.cString("/proc/self/cwd"), target.address(), Limits.PATH_MAX);
            if (length > 0) {
                return new String(target.bytes(0, (int) length), StandardCharsets.ISO_8859_1);
            }
        }
        return Bytes.of(System.getProperty("user.dir"));
    }

    @Override
    public GuestStreams streams(boolean background) {
        return new ProcessStreams();
    }

    @Override
    public boolean isShell() {
        return false;
    }

    /** The process's own descriptors. */
    private static final class ProcessStreams implements GuestStreams {

        @Override
        public int in() {
            return 0;
        }

        @Override
        public int out() {
            return 1;
        }

        @Override
        public int err() {
            return 2;
        }

        @Override
        public GuestSpec.Terminal terminal() {
            return GuestSpec.Terminal.FOREGROUND;
        }

        @Override
        public void started() {
            // The guest has duplicates.
        }

        @Override
        public void close() {
            // Not ours to close.
        }
    }
}
