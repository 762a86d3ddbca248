package org.nesteddune.supervisor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.osgi.service.log.Logger;

/** Where what a guest writes goes. */
final class Output implements AutoCloseable {

    /** A line that is longer is logged in pieces. */
    private static final int LONGEST = 8192;

    private final OutputStream out;
    private final OutputStream err;

    private Output(OutputStream out, OutputStream err) {
        this.out = out;
        this.err = err;
    }

    /**
     * Opens a target.
     *
     * @throws IOException if the file cannot be opened
     */
    static Output open(Definition.Log where, Logger log) throws IOException {
        String target = where.target();
        if (target.equals("framework")) {
            return new Output(new Lines(line -> log.info("{}", line)), new Lines(line -> log.warn("{}", line)));
        }
        if (target.equals("none")) {
            return new Output(OutputStream.nullOutputStream(), OutputStream.nullOutputStream());
        }
        Path path = Path.of(target.substring("file:".length()));
        OutputStream file = new RotatingFile(
                path, where.size(), where.files(), refused -> log.warn("{} is not begun anew and grows on: {}", path, refused.toString()));
        return new Output(file, file);
    }

    OutputStream out() {
        return out;
    }

    OutputStream err() {
        return err;
    }

    @Override
    public void close() {
        try {
            out.close();
            err.close();
        } catch (IOException full) {
            // The guest has ended and cannot be told.
        }
    }

    /** Makes lines of what is written. For one thread at a time. */
    private static final class Lines extends OutputStream {

        private final Consumer<String> log;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        Lines(Consumer<String> log) {
            this.log = log;
        }

        @Override
        public synchronized void write(int b) {
            if (b == '\n') {
                end();
            } else {
                line.write(b);
                if (line.size() == LONGEST) {
                    end();
                }
            }
        }

        private void end() {
            log.accept(line.toString(StandardCharsets.UTF_8));
            line.reset();
        }

        @Override
        public synchronized void close() {
            if (line.size() > 0) {
                end();
            }
        }
    }
}
