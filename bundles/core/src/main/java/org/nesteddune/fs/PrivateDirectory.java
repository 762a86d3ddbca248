package org.nesteddune.fs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.nesteddune.host.HostIdentity;

/**
 * A directory of the host that is made for a guest and goes with it. It lies in one that only the runtime can enter; the guest comes to it
 * by a descriptor. Like {@code /tmp} all users may write in it.
 */
final class PrivateDirectory implements AutoCloseable {

    private static final int MODE = 01777;

    private final Path outer;
    private final Path directory;

    /**
     * Makes one in the JVM's directory for temporary files.
     *
     * @throws UncheckedIOException if that cannot be done
     */
    PrivateDirectory() {
        outer = HostIdentity.asProcess(() -> {
            try {
                return Files.createTempDirectory("nested-dune-private");
            } catch (IOException full) {
                throw new UncheckedIOException(full);
            }
        });
        directory = outer.resolve("own");
        boolean good = false;
        try {
            HostIdentity.asProcess(() -> {
                try {
                    Files.createDirectory(directory);
                    Files.setAttribute(directory, "unix:mode", MODE);
                    return null;
                } catch (IOException full) {
                    throw new UncheckedIOException(full);
                }
            });
            good = true;
        } finally {
            if (!good) {
                close();
            }
        }
    }

    /** The directory's path in the host. */
    String path() {
        return MountNamespace.bytes(directory);
    }

    /** Removes it with all that is in it; what cannot be removed stays. */
    @Override
    public void close() {
        HostIdentity.asProcess(() -> {
            try {
                Files.walkFileTree(outer, new Remover());
            } catch (IOException left) {
                // It stays among the temporary files.
                return false;
            }
            return true;
        });
    }

    /** Removes everything, and goes on after what cannot be removed. Does not follow links. */
    private static final class Remover extends SimpleFileVisitor<Path> {

        private static final Set<PosixFilePermission> ALL = EnumSet.copyOf(PosixFilePermissions.fromString("rwx------"));

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            if (!Files.isReadable(directory) || !Files.isWritable(directory) || !Files.isExecutable(directory)) {
                permit(directory);
            }
            return FileVisitResult.CONTINUE;
        }

        private static void permit(Path directory) {
            try {
                Files.setPosixFilePermissions(directory, ALL);
            } catch (IOException refused) {
                // Then what is in it stays.
                return;
            }
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            remove(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, IOException failure) {
            remove(directory);
            return FileVisitResult.CONTINUE;
        }

        private static void remove(Path path) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException refused) {
                return;
            }
        }
    }
}
