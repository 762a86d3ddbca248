package org.nesteddune.supervisor;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A file that is appended to, and begun anew before a line that would make it longer than it may be. What there was before is kept
 * beside it as {@code NAME.1}, the latest, to {@code NAME.n}. A line that is itself longer goes on to twice that length. Where files cannot be renamed the present
 * one grows on. Thread-safe.
 */
final class RotatingFile extends OutputStream {

    /** How many earlier ones stay where nothing else is said, and how many may at most. */
    static final int KEPT = 5;

    static final int MOST_KEPT = 1000;

    private final Path path;
    private final long most;
    private final int kept;
    private final Consumer<IOException> complaints;
    private OutputStream out;
    private long size;
    private boolean inLine;

    /**
     * Opens it.
     *
     * @param most bytes that it may have; {@link Long#MAX_VALUE} for no limit
     * @param kept how many earlier ones stay
     * @param complaints told why the file has not been begun anew
     * @throws IOException if the file cannot be opened
     */
    RotatingFile(Path path, long most, int kept, Consumer<IOException> complaints) throws IOException {
        this.path = path;
        this.most = most;
        this.kept = kept;
        this.complaints = complaints;
        open();
        size = Files.size(path);
    }

    private void open() throws IOException {
        out = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Override
    public synchronized void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    /** In as few writes as there are files, so that what one guest writes at once stays together. */
    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        int end = offset + length;
        int written = offset;
        for (int from = offset; from < end; ) {
            int next = lineEnd(bytes, from, end);
            boolean full = size > 0 && next - from > most - size;
            if (full && (!inLine || size / 2 >= most)) {
                out.write(bytes, written, from - written);
                written = from;
                rotate();
            }
            size += next - from;
            inLine = bytes[next - 1] != '\n';
            from = next;
        }
        out.write(bytes, written, end - written);
    }

    private static int lineEnd(byte[] bytes, int from, int end) {
        for (int i = from; i < end; i++) {
            if (bytes[i] == '\n') {
                return i + 1;
            }
        }
        return end;
    }

    private void rotate() throws IOException {
        size = 0;
        out.close();
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
            if (kept == 0) {
                Files.delete(path);
            } else {
                for (int i = kept - 1; i >= 1; i--) {
                    move(earlier(i), earlier(i + 1));
                }
                move(path, earlier(1));
            }
            open();
            Files.setPosixFilePermissions(path, permissions);
        } catch (IOException refused) {
            complaints.accept(refused);
            open();
        }
    }

    private Path earlier(int number) {
        return path.resolveSibling(path.getFileName() + "." + number);
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException none) {
            // There have not been so many yet.
        }
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }
}
