package org.nesteddune.commands;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nesteddune.GuestSpec;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.testing.OpenDescriptors;

class ShellStreamsTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private ShellStreams open(InputStream in, OutputStream target) throws CommandException {
        ShellStreams.Builder builder = new ShellStreams.Builder()
                .output(1, false, new PrintStream(target))
                .output(2, false, new PrintStream(err));
        return (in == null ? builder.noInput() : builder.input(in)).open();
    }

    /** What a guest does: takes copies of its descriptors. */
    private static int copy(int descriptor) {
        return (int) Linux.fcntl(descriptor, Fcntl.F_DUPFD_CLOEXEC, 0);
    }

    private static long write(int descriptor, String text) {
        try (NativeBuffer buffer = new NativeBuffer(text.length() + 1)) {
            return Linux.write(descriptor, buffer.cString(text), text.length());
        }
    }

    private static String read(int descriptor, int size) {
        try (NativeBuffer buffer = new NativeBuffer(size)) {
            return new String(buffer.bytes(0, (int) Linux.read(descriptor, buffer.address(), size)), UTF_8);
        }
    }

    @Test
    void carryBothWaysAndLeaveNothingOpen() throws Exception {
        copy(-1);
        var before = OpenDescriptors.now();
        ShellStreams streams = open(new ByteArrayInputStream("input".getBytes(UTF_8)), out);
        int guestIn = copy(streams.in());
        int guestOut = copy(streams.out());
        int guestErr = copy(streams.err());
        streams.started();
        assertThat(streams.terminal()).isEqualTo(GuestSpec.Terminal.NONE);
        assertThat(read(guestIn, 100)).isEqualTo("input");
        assertThat(read(guestIn, 100)).isEmpty();
        write(guestOut, "to output");
        write(guestErr, "to errors");
        Linux.close(guestIn);
        Linux.close(guestOut);
        Linux.close(guestErr);
        streams.close();
        assertThat(out.toString(UTF_8)).isEqualTo("to output");
        assertThat(err.toString(UTF_8)).isEqualTo("to errors");
        assertThat(OpenDescriptors.now()).isEqualTo(before);
    }

    @Test
    void withoutInputTheGuestFindsItsEnd() throws Exception {
        ShellStreams streams = open(null, out);
        assertThat(read(streams.in(), 10)).isEmpty();
        streams.close();
        streams.close();
    }

    @Test
    void aReaderThatHasGoneIsABrokenPipe() throws Exception {
        ShellStreams streams = open(null, new OutputStream() {
            @Override
            public void write(int b) throws java.io.IOException {
                throw new java.io.IOException("closed");
            }
        });
        int guestOut = copy(streams.out());
        streams.started();
        long result = 0;
        for (int i = 0; i < 1000 && result >= 0; i++) {
            result = write(guestOut, "x");
            Thread.sleep(1);
        }
        assertThat(result).isEqualTo(-Errno.EPIPE);
        Linux.close(guestOut);
        streams.close();
    }

    @Test
    void aGuestThatEndsLeavesNoThreadWaitingForInput() throws Exception {
        PipedOutputStream never = new PipedOutputStream();
        ShellStreams streams = open(new PipedInputStream(never), out);
        streams.started();
        streams.close();
        for (int i = 0; i < 500 && inputThreads() > 0; i++) {
            Thread.sleep(10);
        }
        assertThat(inputThreads()).isZero();
        never.close();
    }

    private static long inputThreads() {
        return Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("dune-input")).count();
    }
}
