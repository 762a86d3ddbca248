package org.nesteddune.commands;

import java.io.PrintStream;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;

/** Carries what a guest writes into a pipe to a Java stream. Ends when the last writer has closed the pipe. */
final class OutputPump extends Pump {

    /** How long a guest's last output may take to be passed on after its end, in milliseconds. */
    private static final long PATIENCE = 5000;

    private final PrintStream target;

    OutputPump(int descriptor, PrintStream target) {
        super("dune-output", descriptor);
        this.target = target;
    }

    @Override
    void pump(int fd, NativeBuffer buffer) {
        while (true) {
            long count = Linux.read(fd, buffer.address(), SIZE);
            if (count <= 0) {
                return;
            }
            byte[] bytes = buffer.bytes(0, (int) count);
            target.write(bytes, 0, bytes.length);
            // A reader that has gone: the guest gets EPIPE from now on, as it would in any pipeline.
            if (target.checkError()) {
                return;
            }
        }
    }

    /** Waits until everything has been passed on. */
    void close() {
        Thread thread = end();
        if (thread != null) {
            try {
                thread.join(PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
