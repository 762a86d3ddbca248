package org.nesteddune.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileTest {
    @TempDir
    private Path home;

    @BeforeEach
    void makeDirectory() throws IOException {
        Files.createDirectories(home.resolve("etc"));
    }

    private Profile read(String name) throws LaunchException {
        return Profile.read(new Distribution(home), name);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(home.resolve("etc").resolve(name + ".bundles"), text);
    }

    @Test
    void readsBundlesLevelsAndSettings() throws Exception {
        write("a", "# comment\n\n one.jar \nlevel 3\ntwo.jar\nname = a, \\\n  b\ninclude b\nlast.jar\n");
        write("b", "three.jar\nlevel 5\nfour.jar\n");
        Profile profile = read("a");
        assertThat(profile.name()).isEqualTo("a");
        assertThat(profile.bundles()).extracting(Profile.Entry::toString).containsExactly(
            "Entry[file=one.jar, level=1]", "Entry[file=two.jar, level=3]", "Entry[file=three.jar, level=3]",
            "Entry[file=four.jar, level=5]", "Entry[file=last.jar, level=3]");
        assertThat(profile.settings()).containsExactly(new Profile.Setting("name", "a, b"));
        assertThat(profile.highestLevel()).isEqualTo(5);
    }

    @Test
    void keepsTheReserveApart() throws Exception {
        write("a", "one.jar\nlevel 3\nreserve b\nlast.jar\n");
        write("b", "two.jar\ninclude c\n");
        write("c", "three.jar\n");
        Profile profile = read("a");
        assertThat(profile.bundles()).extracting(Profile.Entry::file).containsExactly("one.jar", "last.jar");
        assertThat(profile.reserve()).extracting(Profile.Entry::toString)
            .containsExactly("Entry[file=two.jar, level=3]", "Entry[file=three.jar, level=3]");
    }

    @Test
    void refusesWhatMakesNoSense() throws Exception {
        write("loop", "include loop\n");
        assertThatThrownBy(() -> read("loop")).isInstanceOf(LaunchException.class).hasMessageContaining("includes itself");
        write("level", "level high\n");
        assertThatThrownBy(() -> read("level")).hasMessageContaining("high is no start level");
        assertThatThrownBy(() -> read("none")).hasMessageContaining("none.bundles");
    }
}
