package org.nesteddune.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BytesTest {

    @Test
    void utf8GoesThereAndBack() {
        assertThat(Bytes.of("Dü\u20ac")).isEqualTo("D\u00c3\u00bc\u00e2\u0082\u00ac");
        assertThat(Bytes.display(Bytes.of("Dü\u20ac"))).isEqualTo("Dü\u20ac");
    }

    @Test
    void splitsAtNuls() {
        assertThat(Bytes.split("a\0\0b c\0\377\0rest".getBytes(StandardCharsets.ISO_8859_1)))
                .containsExactly("a", "", "b c", "\377");
    }

    @Test
    void argumentsThatAreNotThisProcesssOwnAreEncoded() {
        assertThat(Bytes.commandLine(new String[] {"no such", "argument\u00e9"}))
                .containsExactly("no such", "argument\u00c3\u00a9");
        assertThat(Bytes.commandLine(new String[0])).isEmpty();
    }

    @Test
    void theEnvironmentIsThatOfTheProcess() {
        assertThat(Bytes.environment()).contains("PATH=" + Bytes.of(System.getenv("PATH")));
    }
}
