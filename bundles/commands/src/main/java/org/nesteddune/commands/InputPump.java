package org.nesteddune.commands;

import java.io.IOException;
import java.io.InputStream;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;

/** Carries what a Java stream has to a guest that reads from a pipe. Ends with the stream, or when nobody reads. */
final class InputPump extends Pump {

    private final InputStream source;

    InputPump(InputStream source, int descriptor) {
        super("dune-input", descriptor);
        this.source = source;
    }

    @Override
    void pump(int fd, NativeBuffer buffer) {
        byte[] bytes = new byte[SIZE];
        try {
            while (true) {
                int count = source.read(bytes, 0, bytes.length);
                if (count < 0 || Thread.currentThread().isInterrupted()) {
                    return;
                }
                Memory.copyTo(buffer.address(), bytes, 0, count);
                for (long done = 0; done < count; ) {
                    long written = Linux.write(fd, buffer.address() + done, count - done);
                    if (written < 0) {
                        return;
                    }
                    done += written;
                }
            }
        } catch (IOException e) {
            // The stream was closed, or the read interrupted because the guest has ended.
        }
    }

    /** Ends a read that is under way; what it had not passed on is lost, as with any pipeline. */
    void close() {
        Thread thread = end();
        if (thread != null) {
            thread.interrupt();
        }
    }
}
