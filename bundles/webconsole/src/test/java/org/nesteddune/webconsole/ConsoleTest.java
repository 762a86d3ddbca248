package org.nesteddune.webconsole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.felix.utils.json.JSONParser;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the page asks for and what its buttons do. */
class ConsoleTest {

    private final FakeGuest guest = new FakeGuest();
    private final Viewers viewers = new Viewers();
    private final Answers answers = new Answers(guest, viewers);
    private final Actions actions = new Actions(guest, viewers);

    @AfterEach
    void close() {
        viewers.close();
    }

    private Map<String, Object> ask(String name, Map<String, String> parameters) throws IOException, Refusal {
        StringWriter out = new StringWriter();
        answers.write(name, parameters::get, out);
        return new JSONParser(out.toString()).getParsed();
    }

    private Map<String, Object> act(String name, Map<String, String> parameters) throws IOException, Refusal {
        StringWriter out = new StringWriter();
        actions.perform(name, parameters::get, "somebody", out);
        return new JSONParser(out.toString()).getParsed();
    }

    @Test
    void guestsWithWhatTheyDo() throws Exception {
        guest.command = new String[] {"/bin/x", "</script>\"\\\n\u0001\u2028", "ä"};
        Map<String, Object> said = ask("guests.json", Map.of());
        assertThat(said).containsKey("millis");
        assertThat((List<?>) said.get("guests")).hasSize(1);
        Map<?, ?> row = (Map<?, ?>) ((List<?>) said.get("guests")).get(0);
        assertThat(row.get("pid")).isEqualTo(7L);
        assertThat(row.get("state")).isEqualTo("S");
        assertThat(row.get("waits")).isEqualTo("read");
        assertThat(row.get("uid")).isEqualTo(0xffff_fffeL);
        assertThat(row.get("virtual")).isEqualTo(1L << 40);
        assertThat(row.get("cpu")).isEqualTo(2L);
        assertThat(row.get("calls")).isEqualTo(10L);
        assertThat(row.get("exits")).isEqualTo(12L);
        assertThat((List<?>) row.get("command")).isEqualTo(List.of(guest.command));
    }

    @Test
    void mappingsOfAGuest() throws Exception {
        Map<?, ?> row = (Map<?, ?>) ((List<?>) ask("map.json", Map.of("pid", "7")).get("mappings")).get(0);
        assertThat(row.get("start")).isEqualTo("7fff00000000");
        assertThat(row.get("end")).isEqualTo("7fff00003000");
        assertThat(row.get("permissions")).isEqualTo("rw-p");
        assertThat(row.get("size")).isEqualTo(12288L);
        assertThat(row.get("resident")).isEqualTo(8192L);
        assertThat(row.get("name")).isEqualTo("[stack]");
    }

    @Test
    void whatIsNotThereIsSaidSo() {
        assertThatThrownBy(() -> ask("hold", Map.of("pid", "7"))).isInstanceOf(Refusal.class).hasMessage("there is no hold");
        assertThatThrownBy(() -> ask("map.json", Map.of("pid", "8"))).hasMessage("there is no guest 8");
        assertThatThrownBy(() -> ask("map.json", Map.of("pid", "x"))).hasMessage("'x' is not a pid");
        assertThatThrownBy(() -> ask("map.json", Map.of())).hasMessage("'null' is not a pid");
        assertThatThrownBy(() -> ask("trace.json", Map.of("viewer", "x"))).hasMessage("this trace has ended");
        assertThatThrownBy(() -> act("guests.json", Map.of())).hasMessage("there is no guests.json");
    }

    @Test
    void buttons() throws Exception {
        act("signal", Map.of("pid", "7", "signal", "TERM"));
        act("signal", Map.of("pid", "7", "signal", "SIGUSR1"));
        act("hold", Map.of("pid", "7"));
        act("release", Map.of("pid", "7"));
        assertThat(guest.done)
                .containsExactly("signal 15", "signal 10", "hold in the web console, by somebody", "release");
        for (String wrong : List.of("", "0", "-9", "NONE", "1000")) {
            assertThatThrownBy(() -> act("signal", Map.of("pid", "7", "signal", wrong)))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("there is no signal '" + wrong + "'");
        }
        assertThatThrownBy(() -> act("signal", Map.of("pid", "7"))).isInstanceOf(Refusal.class);
        guest.holds = false;
        assertThatThrownBy(() -> act("hold", Map.of("pid", "7"))).hasMessageStartingWith("guest 7 is not held");
    }

    @Test
    void aTraceIsKeptUntilItIsAskedForAndNotLonger() throws Exception {
        String viewer = (String) act("watch", Map.of("pid", "7")).get("viewer");
        for (int i = 0; i < Viewer.LINES + 3; i++) {
            guest.viewers.get(0).line("line " + i);
        }
        guest.viewers.get(0).line("x".repeat(Viewer.LENGTH + 1));
        Map<String, Object> said = ask("trace.json", Map.of("viewer", viewer));
        assertThat(said.get("dropped")).isEqualTo(4L);
        List<?> lines = (List<?>) said.get("lines");
        assertThat(lines).hasSize(Viewer.LINES);
        assertThat(lines.get(0)).isEqualTo("line 4");
        assertThat(lines.get(lines.size() - 1)).isEqualTo("x".repeat(Viewer.LENGTH) + "...");
        said = ask("trace.json", Map.of("viewer", viewer));
        assertThat(said.get("dropped")).isEqualTo(0L);
        assertThat((List<?>) said.get("lines")).isEmpty();
        act("unwatch", Map.of("viewer", viewer));
        act("unwatch", Map.of("viewer", viewer));
        assertThat(guest.viewers).isEmpty();
        assertThatThrownBy(() -> ask("trace.json", Map.of("viewer", viewer))).hasMessage("this trace has ended");
    }

    @Test
    void viewersAreLimitedAndEndWithTheirOwner() throws Exception {
        for (int i = 0; i < Viewers.MOST; i++) {
            act("watch", Map.of("pid", "7"));
        }
        assertThatThrownBy(() -> act("watch", Map.of("pid", "7"))).isInstanceOf(Refusal.class);
        assertThat(guest.viewers).hasSize(Viewers.MOST);
        viewers.close();
        assertThat(guest.viewers).isEmpty();
        assertThatThrownBy(() -> act("watch", Map.of("pid", "7"))).isInstanceOf(Refusal.class);
    }

    @Test
    void whoDoesNotAskIsForgotten() throws Exception {
        try (Viewers impatient = new Viewers(TimeUnit.MILLISECONDS.toNanos(20))) {
            impatient.open(guest);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (impatient.size() > 0) {
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.sleep(5);
            }
            assertThat(guest.viewers).isEmpty();
            // And the next one is watched over again.
            impatient.open(guest);
            while (impatient.size() > 0) {
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.sleep(5);
            }
        }
    }
}
