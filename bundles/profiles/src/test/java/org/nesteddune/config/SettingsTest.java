package org.nesteddune.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    private static final Set<String> KNOWN = Set.of("program", "size", "time", "number", "words", "list", "choice");

    private enum Choice {
        ONE,
        AND_TWO
    }

    private static Settings settings(String key, Object value) {
        return new Settings(Map.of(key, value, "service.pid", "the.pid"), KNOWN);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "a b  c|a,b,c",
        "'a b' c|a b,c",
        "\"a 'b'\" c|a 'b',c",
        "a\\ b \\\"|a b,\"",
        "\"a\\\"b\\n\"|a\"b\\n",
        "x'y z'w|xy zw",
        "'' a|,a",
    })
    void words(String text, String expected) {
        assertThat(Words.split(text)).containsExactly(expected.split(",", -1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"'open", "a \"open", "end\\"})
    void wordsThatDoNotEnd(String text) {
        assertThatThrownBy(() -> Words.split(text)).isInstanceOf(IllegalArgumentException.class);
        Settings settings = settings("words", text);
        assertThat(settings.words("words")).isEmpty();
        assertThat(settings.faults()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4k, 4096", "512m, 536870912", "2G, 2147483648", "1 t, 1099511627776"})
    void sizes(String text, long bytes) {
        assertThat(settings("size", text).size("size", 7)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "m", "4x", "99999999999g", "99999999999999999999", "1.5g"})
    void whatIsNoSize(String text) {
        Settings settings = settings("size", text);
        assertThat(settings.size("size", 7)).isEqualTo(7);
        assertThat(settings.faults()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"5, 5000", "20ms, 20", "3 s, 3000", "2m, 120000", "1h, 3600000", "0, 0"})
    void times(String text, long millis) {
        assertThat(settings("time", text).millis("time", 7)).isEqualTo(millis);
    }

    @Test
    void valuesOfOtherTypes() {
        assertThat(settings("number", 5).number("number", 1, 0, 10)).isEqualTo(5);
        assertThat(settings("words", new String[] {"a b", "c"}).words("words")).containsExactly("a b", "c");
        assertThat(settings("list", List.of("a", "b")).list("list")).containsExactly("a", "b");
        assertThat(settings("list", " a, b ,,c ").list("list")).containsExactly("a", "b", "c");
        assertThat(settings("choice", "and-two").choice("choice", Choice.ONE)).isEqualTo(Choice.AND_TWO);
        assertThat(settings("program", " ").has("program")).isFalse();
    }

    @Test
    void faultsSayWhatAndWhere() {
        Settings settings = settings("choice", "three");
        assertThat(settings.choice("choice", Choice.ONE)).isEqualTo(Choice.ONE);
        assertThat(settings.faults()).extracting(Fault::toString)
                .containsExactly("the.pid: choice: 'three' is none of one, and-two");
        assertThat(settings("programs", "x").faults()).extracting(Fault::message)
                .containsExactly("there is no such setting; is it 'program'?");
        assertThat(settings("zzzzzzzz", "x").faults()).extracting(Fault::message).containsExactly("there is no such setting");
        assertThat(settings("felix.fileinstall.x", "x").faults()).isEmpty();
    }

    @Test
    void linesOfFiles(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("fac.tory-name.cfg");
        Files.writeString(file, "# size = 1\nwords = a \\\nsize = 2\n  size : many\n");
        Settings settings = new Settings(
                Map.of("size", "many", Source.FILE_NAME, file.toUri().toString(), "service.pid", "fac.tory.uuid"), KNOWN);
        settings.size("size", 1);
        assertThat(settings.faults().get(0).place()).isEqualTo(file + ":4");
        assertThat(settings.instance("fac.tory")).isEqualTo("name");
        assertThat(settings.laterFault("program", "x").place()).isEqualTo(file.toString());
    }

    @Test
    void families() {
        assertThat(Families.read(settings("list", "files, time"), "list")).containsExactlyInAnyOrder("files", "time");
        assertThat(Families.read(settings("list", "!ipc"), "list")).contains("files").doesNotContain("ipc");
        assertThat(Families.read(settings("list", ""), "list")).isNull();
        Settings wrong = settings("list", "!nonsense, a b");
        Families.read(wrong, "list");
        assertThat(wrong.faults()).hasSize(2);
    }
}
