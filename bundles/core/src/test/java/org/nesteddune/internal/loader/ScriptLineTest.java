package org.nesteddune.internal.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScriptLineTest {

    private static ScriptLine parse(String text) throws LoadException {
        return ScriptLine.parse("script", text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void theRestOfTheLineIsOneArgument() throws LoadException {
        ScriptLine line = parse("#! \t/usr/bin/env  python3 -u \nbody");

        assertThat(line).isEqualTo(new ScriptLine("/usr/bin/env", "python3 -u"));
        assertThat(line.arguments("./script", List.of("script", "a", "b")))
                .containsExactly("/usr/bin/env", "python3 -u", "./script", "a", "b");
    }

    @Test
    void anArgumentIsNotNeeded() throws LoadException {
        assertThat(parse("#!/bin/sh")).isEqualTo(new ScriptLine("/bin/sh", null));
        assertThat(parse("#!/bin/sh   \n").argument()).isNull();
    }

    @Test
    void anInterpreterIsNeeded() {
        assertThatThrownBy(() -> parse("#!\n")).isInstanceOf(LoadException.class);
        assertThatThrownBy(() -> parse("#!   ")).isInstanceOf(LoadException.class);
    }

    @Test
    void anInterpreterThatIsCutOffIsRefused() {
        assertThatThrownBy(() -> parse("#!/" + "x".repeat(253))).isInstanceOf(LoadException.class);
    }
}
