package org.nesteddune.commands;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.GuestSpec;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;

/**
 * A guest's streams in a shell session: the terminal's own descriptors where the stream is the terminal this process runs
 * on, host pipes with a pumping thread where it is a pipeline, a file or a remote session, {@code /dev/null} where there
 * is nothing to read.
 */
final class ShellStreams implements GuestStreams {

    private final int[] descriptors = {0, 1, 2};
    /** Descriptors that were opened for the guest and are closed once it has its copies. */
    private final List<Integer> guestEnds = new ArrayList<>();
    private final List<OutputPump> outputs = new ArrayList<>();
    private InputPump input;
    private GuestSpec.Terminal terminal;

    private ShellStreams() {
    }

    /** Collects what the streams are connected to. */
    static final class Builder {

        private final PrintStream[] targets = new PrintStream[3];
        private final boolean[] direct = new boolean[3];
        private InputStream source;
        private GuestSpec.Terminal terminal = GuestSpec.Terminal.NONE;

        /** What the guest has to do with the terminal of this process; nothing unless this is called. */
        Builder terminal(GuestSpec.Terminal value) {
            terminal = value;
            return this;
        }

        /** The guest reads from the terminal itself. */
        Builder terminalInput() {
            direct[0] = true;
            return this;
        }

        /** The guest finds the end of its input at once. */
        Builder noInput() {
            direct[0] = false;
            source = null;
            return this;
        }

        /** The guest reads what a Java stream has. */
        Builder input(InputStream stream) {
            source = stream;
            return this;
        }

        /** The guest writes to the terminal itself, or to a Java stream. */
        Builder output(int descriptor, boolean terminal, PrintStream stream) {
            direct[descriptor] = terminal;
            targets[descriptor] = stream;
            return this;
        }

        /** Opens what is needed. */
        ShellStreams open() throws CommandException {
            ShellStreams streams = new ShellStreams();
            boolean good = false;
            try {
                streams.connect(this);
                good = true;
                return streams;
            } finally {
                if (!good) {
                    streams.close();
                }
            }
        }
    }

    private void connect(Builder builder) throws CommandException {
        terminal = builder.terminal;
        if (!builder.direct[0]) {
            if (builder.source == null) {
                descriptors[0] = devNull();
                guestEnds.add(descriptors[0]);
            } else {
                int[] pipe = pipe();
                descriptors[0] = pipe[0];
                guestEnds.add(pipe[0]);
                input = new InputPump(builder.source, pipe[1]);
            }
        }
        for (int i = 1; i <= 2; i++) {
            builder.targets[i].flush();
            if (!builder.direct[i]) {
                int[] pipe = pipe();
                descriptors[i] = pipe[1];
                guestEnds.add(pipe[1]);
                outputs.add(new OutputPump(pipe[0], builder.targets[i]));
            }
        }
    }

    private static int[] pipe() throws CommandException {
        try (NativeBuffer pair = new NativeBuffer(8)) {
            check("pipe", Linux.pipe2(pair.address(), OpenFlags.O_CLOEXEC));
            return new int[] {Memory.getInt(pair.address()), Memory.getInt(pair.address() + 4)};
        }
    }

    private static int devNull() throws CommandException {
        try (NativeBuffer path = new NativeBuffer(16)) {
            long fd = Linux.openat(
                    Fcntl.AT_FDCWD, path.cString("/dev/null"), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0);
            return (int) check("/dev/null", fd);
        }
    }

    private static long check(String what, long result) throws CommandException {
        if (result < 0) {
            throw new CommandException(Command.FAULT, what + ": " + Errno.text((int) -result));
        }
        return result;
    }

    @Override
    public int in() {
        return descriptors[0];
    }

    @Override
    public int out() {
        return descriptors[1];
    }

    @Override
    public int err() {
        return descriptors[2];
    }

    @Override
    public GuestSpec.Terminal terminal() {
        return terminal;
    }

    @Override
    public void started() {
        closeGuestEnds();
        outputs.forEach(Pump::start);
        if (input != null) {
            input.start();
        }
    }

    private void closeGuestEnds() {
        guestEnds.forEach(Linux::close);
        guestEnds.clear();
    }

    @Override
    public void close() {
        closeGuestEnds();
        if (input != null) {
            input.close();
        }
        outputs.forEach(OutputPump::close);
    }
}
