package org.nesteddune.itest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The directory that programs under test start in, always the same path with the same content, so that what they print
 * and leave behind can be compared.
 */
final class WorkingDirectory implements AutoCloseable {

    /** The time of all files in it, seconds since the epoch. */
    private static final FileTime TIME = FileTime.fromMillis(1_600_000_000_000L);

    private final Path path;

    WorkingDirectory() {
        try {
            path = Files.createTempDirectory("dune-itest");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    Path path() {
        return path;
    }

    /** Empties the directory and fills it with the usual files. */
    void reset() {
        try {
            delete(false);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
            StringBuilder words = new StringBuilder();
            for (int i = 0; i < 500; i++) {
                words.append("line ").append(i * 7919 % 500).append(" the quick brown fox ").append(i % 17).append('\n');
            }
            write("words.txt", words.toString());
            write("numbers.txt", "3\n1\n2\n10\n-5\n2\n");
            write("table.csv", "name,age\nanna,31\nbert,27\ncarl,45\n");
            write("a b.txt", "space in the name\n");
            write("empty", "");
            byte[] noise = new byte[300_000];
            new Random(42).nextBytes(noise);
            Arrays.fill(noise, 100_000, 200_000, (byte) 'x');
            Files.write(path.resolve("noise.bin"), noise);
            Files.createDirectories(path.resolve("tree/deep/deeper"));
            write("tree/one.txt", "one\n");
            write("tree/deep/two.txt", "two\n");
            write("tree/deep/deeper/three.sh", "echo three\n");
            Files.setPosixFilePermissions(
                    path.resolve("tree/deep/deeper/three.sh"), PosixFilePermissions.fromString("rwxr-x---"));
            Files.createSymbolicLink(path.resolve("tree/link"), Path.of("deep/two.txt"));
            Files.createSymbolicLink(path.resolve("tree/dangling"), Path.of("nowhere"));
            try (Stream<Path> all = Files.walk(path)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.getFileAttributeView(each, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS).setTimes(TIME, null, null);
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void write(String name, String content) throws IOException {
        Path file = path.resolve(name);
        Files.writeString(file, content, StandardCharsets.UTF_8);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    /** One line for each file: name, type and permissions, link target or size and a hash of the content. */
    String listing() {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted().toList()) {
                text.append(path.relativize(each)).append(' ');
                if (Files.isSymbolicLink(each)) {
                    text.append("-> ").append(Files.readSymbolicLink(each));
                } else {
                    text.append(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(each, LinkOption.NOFOLLOW_LINKS)));
                    if (Files.isRegularFile(each)) {
                        byte[] content = Files.readAllBytes(each);
                        text.append(' ').append(content.length).append(' ').append(Arrays.hashCode(content));
                    }
                }
                text.append('\n');
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return text.toString();
    }

    private void delete(boolean itself) throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                if (itself || !each.equals(path)) {
                    Files.delete(each);
                }
            }
        }
    }

    @Override
    public void close() {
        try {
            delete(true);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
