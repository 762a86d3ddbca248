package org.nesteddune.itest;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.OpenFlags;

/** A pseudo-terminal, and somebody who sits at it: waits for what appears and types. */
final class Terminal implements AutoCloseable {

    /** {@code asm-generic/ioctls.h}. */
    private static final long TIOCSPTLCK = 0x40045431;
    private static final long TIOCGPTN = 0x80045430L;
    private static final long TIOCSWINSZ = 0x5414;

    private static final int BUFFER = 65536;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final int master;
    private final String path;
    private final StringBuilder transcript = new StringBuilder();
    private int seen;

    Terminal() {
        master = open("/dev/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_NONBLOCK);
        try (NativeBuffer value = new NativeBuffer(8)) {
            HostException.check("ioctl(TIOCSPTLCK)", Linux.ioctl(master, TIOCSPTLCK, value.address()));
            HostException.check("ioctl(TIOCGPTN)", Linux.ioctl(master, TIOCGPTN, value.address()));
            path = "/dev/pts/" + Memory.getInt(value.address());
            Memory.putShort(value.address(), (short) 24);
            Memory.putShort(value.address() + 2, (short) 80);
            HostException.check("ioctl(TIOCSWINSZ)", Linux.ioctl(master, TIOCSWINSZ, value.address()));
        }
    }

    private static int open(String name, int flags) {
        try (NativeBuffer path = NativeBuffer.ofCString(name)) {
            return (int) HostException.check(
                    "open " + name, Linux.open(path.address(), flags | OpenFlags.O_CLOEXEC, 0));
        }
    }

    /** The path of the side that programs use. */
    String path() {
        return path;
    }

    /** Opens the side that programs use; the caller closes it. */
    int openSlave() {
        return open(path, OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
    }

    /** Waits until a text has appeared behind what was waited for before. */
    void await(String text) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        for (; ; ) {
            int at = transcript.indexOf(text, seen);
            if (at >= 0) {
                seen = at + text.length();
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("'" + text + "' does not appear; so far:\n" + transcript);
            }
            readSome();
        }
    }

    /** Types a text. */
    void type(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (NativeBuffer buffer = new NativeBuffer(bytes.length)) {
            Memory.copyTo(buffer.address(), bytes, 0, bytes.length);
            HostException.check("write", Linux.write(master, buffer.address(), bytes.length));
        }
    }

    /** Everything that appeared, the echo of what was typed included, read to the end. */
    String transcript() {
        while (readSome()) {
            // There may be more.
        }
        return transcript.toString();
    }

    private boolean readSome() {
        try (NativeBuffer buffer = new NativeBuffer(BUFFER)) {
            long length = Linux.read(master, buffer.address(), BUFFER);
            if (length <= 0) {
                Thread.sleep(2);
                return false;
            }
            transcript.append(new String(buffer.bytes(0, (int) length), StandardCharsets.UTF_8));
            return true;
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Override
    public void close() {
        Linux.close(master);
    }
}
