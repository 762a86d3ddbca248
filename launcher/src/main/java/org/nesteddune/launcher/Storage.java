package org.nesteddune.launcher;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The framework's private directory, made for one run and gone with it, so that any number of runs can stand side by side.
 * Safe for any thread.
 */
final class Storage implements AutoCloseable {
    private final Path directory;
    private final Thread hook = new Thread(this::delete, "dune-storage");

    private Storage(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes a directory that only this user may enter: in memory for a short run, where the hundred small files of a
     * framework cost half the time, otherwise below the one for temporary files.
     */
    static Storage create(boolean shortLived) throws LaunchException {
        Path memory = Path.of("/dev/shm");
        Path parent = shortLived && Files.isWritable(memory) ? memory : Path.of(System.getProperty("java.io.tmpdir"));
        // Not Files.createTempDirectory: its secure random numbers cost more time than the rest of this class.
        String stem = "nested-dune-" + ProcessHandle.current().pid() + "-";
        for (long number = System.nanoTime();; number++) {
            Path directory = parent.resolve(stem + Long.toHexString(number));
            try {
                Files.createDirectory(directory,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
                continue;
            } catch (IOException e) {
                throw new LaunchException("cannot make a directory for temporary files in " + parent + ": " + e, e);
            }
            Storage storage = new Storage(directory);
            Runtime.getRuntime().addShutdownHook(storage.hook);
            return storage;
        }
    }

    Path directory() {
        return directory;
    }

    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is on its way out, and the hook finds nothing to delete.
        }
    }

    private void delete() {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            System.err.println("nested-dune: cannot delete " + directory + ": " + e);
        }
    }
}
