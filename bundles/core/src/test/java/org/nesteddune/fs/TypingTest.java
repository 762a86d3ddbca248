package org.nesteddune.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nesteddune.linux.Signal;

class TypingTest {

    private static final int COOKED = TerminalSettings.ISIG | TerminalSettings.ICANON | TerminalSettings.IEXTEN;

    private final Typing typing = new Typing();

    /** ^C, ^\, ^Z, ^S, ^Q, ^V as every terminal starts with. */
    private static TerminalSettings settings(int input, int local) {
        byte[] characters = new byte[19];
        characters[TerminalSettings.VINTR] = 3;
        characters[TerminalSettings.VQUIT] = 28;
        characters[TerminalSettings.VSUSP] = 26;
        characters[TerminalSettings.VSTART] = 17;
        characters[TerminalSettings.VSTOP] = 19;
        characters[TerminalSettings.VLNEXT] = 22;
        return new TerminalSettings(input, local, characters);
    }

    private List<Integer> type(TerminalSettings settings, String text) {
        List<Integer> signals = new ArrayList<>();
        for (String rest = text; !rest.isEmpty(); ) {
            byte[] bytes = rest.getBytes(StandardCharsets.ISO_8859_1);
            int key = typing.find(settings, bytes, bytes.length);
            int count = key < 0 ? bytes.length : key + 1;
            int signal = typing.typed(settings, bytes, count);
            assertThat(signal != 0).isEqualTo(key >= 0);
            if (signal != 0) {
                signals.add(signal);
            }
            rest = rest.substring(count);
        }
        return signals;
    }

    @Test
    void keysMeanSignals() {
        assertThat(type(settings(0, COOKED), "make\3x\34\32\n"))
                .containsExactly(Signal.SIGINT, Signal.SIGQUIT, Signal.SIGTSTP);
        assertThat(type(settings(0, 0), "\3\34\32")).isEmpty();
        assertThat(type(settings(0, COOKED | TerminalSettings.EXTPROC), "\3")).isEmpty();
    }

    @Test
    void aQuotedKeyMeansItself() {
        TerminalSettings cooked = settings(0, COOKED);
        assertThat(type(cooked, "\26\3\3")).containsExactly(Signal.SIGINT);
        assertThat(type(cooked, "\26")).isEmpty();
        assertThat(type(cooked, "\3")).as("quoted by an earlier write").isEmpty();
        assertThat(type(cooked, "\26\26\3")).containsExactly(Signal.SIGINT);
        assertThat(type(settings(0, TerminalSettings.ISIG | TerminalSettings.ICANON), "\26\3"))
                .as("without IEXTEN nothing quotes")
                .containsExactly(Signal.SIGINT);
        assertThat(type(cooked, "\26")).isEmpty();
        assertThat(type(settings(0, TerminalSettings.ISIG), "\3"))
                .as("leaving canonical mode forgets the quote")
                .containsExactly(Signal.SIGINT);
    }

    @Test
    void aDisabledKeyMeansNothing() {
        TerminalSettings settings = settings(0, COOKED);
        settings.characters()[TerminalSettings.VINTR] = 0;
        assertThat(type(settings, "\0\3")).isEmpty();
    }

    @Test
    void inputIsMappedBefore() {
        assertThat(type(settings(TerminalSettings.ISTRIP, COOKED), "\203")).containsExactly(Signal.SIGINT);
        assertThat(type(settings(0, COOKED), "\203")).isEmpty();
        TerminalSettings lower = settings(TerminalSettings.IUCLC, COOKED);
        lower.characters()[TerminalSettings.VINTR] = 'q';
        assertThat(type(lower, "Q")).containsExactly(Signal.SIGINT);
    }

    @Test
    void flowControlGoesFirst() {
        TerminalSettings settings = settings(TerminalSettings.IXON, COOKED);
        settings.characters()[TerminalSettings.VSUSP] = 19;
        assertThat(type(settings, "\23")).isEmpty();
        assertThat(type(new TerminalSettings(0, COOKED, settings.characters()), "\23")).containsExactly(Signal.SIGTSTP);
    }
}
