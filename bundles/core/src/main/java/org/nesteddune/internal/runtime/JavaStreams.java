package org.nesteddune.internal.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.nesteddune.GuestSpec;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;

/**
 * A guest's standard streams where they are Java's: a pipe each, and a thread that carries what goes through it. For those that are
 * host descriptors nothing is done.
 */
final class JavaStreams implements AutoCloseable {

    /** Bytes at a time: what a pipe holds. */
    private static final int SIZE = 65536;

    /** How long a guest's last output may take to be passed on after its end; a descendant may still hold the pipe. */
    private static final long PATIENCE_SECONDS = 5;

    private final int[] descriptors;
    private final List<Integer> guestEnds = new ArrayList<>();
    private final List<Integer> ownEnds = new ArrayList<>();
    private final List<Thread> outputs = new ArrayList<>();
    private final List<CompletableFuture<Void>> drained = new ArrayList<>();
    private Thread input;

    private JavaStreams(int[] descriptors) {
        this.descriptors = descriptors;
    }

    /**
     * Opens what a guest needs.
     *
     * @throws LoadException EMFILE and its like if there are no pipes
     */
    static JavaStreams of(GuestSpec spec) throws LoadException {
        JavaStreams streams = new JavaStreams(spec.descriptors());
        boolean good = false;
        try {
            if (spec.input() != null) {
                int[] pipe = streams.pipe(0, 1);
                streams.input = streams.thread("dune-input", () -> pumpIn(spec.input(), pipe[1]));
            }
            streams.output(1, spec.output());
            streams.output(2, spec.error());
            good = true;
            return streams;
        } finally {
            if (!good) {
                streams.close();
            }
        }
    }

    private void output(int descriptor, OutputStream target) throws LoadException {
        if (target != null) {
            int[] pipe = pipe(descriptor, 0);
            CompletableFuture<Void> done = new CompletableFuture<>();
            drained.add(done);
            outputs.add(thread("dune-output", () -> {
                try {
                    pumpOut(pipe[0], target);
                } finally {
                    done.complete(null);
                }
            }));
        }
    }

    private int[] pipe(int descriptor, int ownEnd) throws LoadException {
        try (NativeBuffer pair = new NativeBuffer(8)) {
            long result = Linux.pipe2(pair.address(), OpenFlags.O_CLOEXEC);
            if (result < 0) {
                throw new LoadException((int) -result, "a pipe for the guest's streams: " + Errno.text((int) -result));
            }
            int[] pipe = {Memory.getInt(pair.address()), Memory.getInt(pair.address() + 4)};
            descriptors[descriptor] = pipe[1 - ownEnd];
            guestEnds.add(pipe[1 - ownEnd]);
            ownEnds.add(pipe[ownEnd]);
            return pipe;
        }
    }

    private Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Host descriptors for the guest's 0, 1 and 2. */
    int[] descriptors() {
        return descriptors;
    }

    /** The guest has its own copies of the descriptors and runs. */
    void started() {
        guestEnds.forEach(Linux::close);
        guestEnds.clear();
        ownEnds.clear();
        outputs.forEach(Thread::start);
        if (input != null) {
            input.start();
        }
    }

    /** The guest's end, once what it has written is passed on. */
    CompletableFuture<ExitStatus> exit(CompletableFuture<ExitStatus> end) {
        if (drained.isEmpty() && input == null) {
            return end;
        }
        return end.thenCompose(status -> {
            if (input != null) {
                input.interrupt();
            }
            return CompletableFuture.allOf(drained.toArray(CompletableFuture[]::new))
                    .completeOnTimeout(null, PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .thenApply(all -> status);
        });
    }

    private static void pumpIn(InputStream source, int descriptor) {
        try (NativeBuffer buffer = new NativeBuffer(SIZE)) {
            byte[] bytes = new byte[SIZE];
            for (int count = source.read(bytes); count >= 0; count = source.read(bytes)) {
                Memory.copyTo(buffer.address(), bytes, 0, count);
                for (long done = 0; done < count; ) {
                    long written = Linux.write(descriptor, buffer.address() + done, count - done);
                    if (written < 0) {
                        return;
                    }
                    done += written;
                }
                if (Thread.currentThread().isInterrupted()) {
                    return;
                }
            }
        } catch (IOException closed) {
            // The guest finds the end of its input.
        } finally {
            Linux.close(descriptor);
        }
    }

    private static void pumpOut(int descriptor, OutputStream target) {
        try (NativeBuffer buffer = new NativeBuffer(SIZE)) {
            while (true) {
                long count = Linux.read(descriptor, buffer.address(), SIZE);
                if (count <= 0) {
                    return;
                }
                target.write(buffer.bytes(0, (int) count));
                target.flush();
            }
        } catch (IOException closed) {
            // A reader that has gone: the guest gets EPIPE from now on, as it would in any pipeline.
        } finally {
            Linux.close(descriptor);
        }
    }

    /** Gives back what was opened for a guest that did not start. */
    @Override
    public void close() {
        guestEnds.forEach(Linux::close);
        guestEnds.clear();
        ownEnds.forEach(Linux::close);
        ownEnds.clear();
    }
}
