package org.nesteddune.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RotatingFileTest {

    @TempDir
    Path folder;

    private final List<IOException> complaints = new ArrayList<>();
    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("log");
    }

    private void write(long most, int kept, String... blocks) throws IOException {
        try (RotatingFile out = new RotatingFile(file, most, kept, complaints::add)) {
            for (String block : blocks) {
                out.write(block.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private String text(int number) throws IOException {
        return Files.readString(number == 0 ? file : folder.resolve("log." + number));
    }

    private long files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.count();
        }
    }

    @Test
    void withoutALimitItGrows() throws IOException {
        write(Long.MAX_VALUE, 5, "one\n", "two\n".repeat(1000));
        write(Long.MAX_VALUE, 5, "three\n");
        assertThat(text(0)).startsWith("one\ntwo\n").endsWith("two\nthree\n");
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void linesStayWholeAndTheOldestGo() throws IOException {
        write(8, 2, "1111\n2222\n3333\n", "4444\n", "55\n66\n77\n");
        assertThat(text(0)).isEqualTo("66\n77\n");
        assertThat(text(1)).isEqualTo("4444\n55\n");
        assertThat(text(2)).isEqualTo("3333\n");
        assertThat(files()).isEqualTo(3);
        assertThat(complaints).isEmpty();
    }

    @Test
    void whatWasThereCounts() throws IOException {
        Files.writeString(file, "123456\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        write(8, 1, "7\n");
        assertThat(text(0)).isEqualTo("7\n");
        assertThat(text(1)).isEqualTo("123456\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-r-----");
    }

    @Test
    void noneIsKept() throws IOException {
        write(4, 0, "111\n", "222\n", "333\n");
        assertThat(text(0)).isEqualTo("333\n");
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void aLineInPiecesStaysInOneFileUnlessItHasNoEnd() throws IOException {
        write(4, 1, "11", "11", "11", "\n", "2\n");
        assertThat(text(0)).isEqualTo("2\n");
        assertThat(text(1)).isEqualTo("111111\n");
        Files.delete(folder.resolve("log.1"));
        Files.delete(file);
        write(4, 9, "x".repeat(6), "y".repeat(6), "z".repeat(6), "z");
        assertThat(text(1)).isEqualTo("xxxxxxyyyyyy");
        assertThat(text(0)).isEqualTo("zzzzzzz");
    }

    @Test
    void whatCannotBeRenamedGrowsOn() throws IOException {
        Files.createDirectories(folder.resolve("log.1/full"));
        write(4, 1, "111\n", "222\n", "333\n");
        assertThat(text(0)).isEqualTo("111\n222\n333\n");
        assertThat(complaints).hasSize(2);
    }

    @Test
    void whatCannotBeOpenedIsSaid() {
        file = folder.resolve("none/log");
        assertThatThrownBy(() -> write(4, 1, "")).isInstanceOf(IOException.class);
    }
}
