package org.nesteddune.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ProcessTreeTest {

    private static final ProcessTree TREE = new ProcessTree(
            new ProcessTree.Row(0, Map.of("pid", "17", "command", "dune enter sh")),
            List.of(new ProcessTree.Row(0, Map.of("pid", "2", "command", "sh", "ppid", "0")),
                    new ProcessTree.Row(1, Map.of("pid", "3", "command", "sleep 1", "ppid", "2"))),
            Set.of("a", "b"));

    @Test
    void whatIsPrintedIsRead() {
        ProcessTree read = ProcessTree.parse(TREE.print());
        assertThat(read.inner()).containsExactlyInAnyOrder("a", "b");
        assertThat(read.runtime().cells()).containsEntry("pid", "17").containsEntry("command", "dune enter sh").containsEntry("rss", "-");
        assertThat(read.rows()).extracting(row -> row.depth() + " " + row.cells().get("pid") + " " + row.cells().get("command"))
                .containsExactly("0 2 sh", "1 3 sleep 1");
        assertThat(read.withRuntime()).extracting(row -> row.depth() + " " + row.cells().get("pid"))
                .containsExactly("0 17", "1 17/2", "2 17/3");
    }

    @Test
    void whatIsNoListingIsRefused() {
        String good = TREE.print();
        for (String bad : List.of("", "x\n", good.replaceFirst("ps 1", "ps 9"), good.replace("0\t17", "x\t17"), good.replace("0\t17", "-1\t17"),
                good.replace("0\t17", "99999999999\t17"), good.replace("\n1\t3", "\n1\t2\t3"), good.substring(0, good.indexOf("0\t17")))) {
            assertThatThrownBy(() -> ProcessTree.parse(bad)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void whatComesBehindTheLastWholeLineIsLeftOut() {
        assertThat(ProcessTree.parse(TREE.print() + "1\t4\tcut").rows()).hasSize(2);
    }

    @Test
    void anotherRuntimesTextIsNoControlSequence() {
        assertThat(ProcessTree.parse(TREE.print().replace("sleep 1", "\u001b[2J\u009b1m")).rows().get(1).cells())
                .containsEntry("command", "?[2J?1m");
    }

    @Test
    void aRuntimeAnswersWhoeverAsks() throws Exception {
        String name = ListingSocket.PREFIX + UUID.randomUUID();
        String text = "line\n".repeat(50_000);
        try (ListingSocket socket = ListingSocket.listen(name)) {
            assertThatThrownBy(() -> ListingSocket.listen(name)).isInstanceOf(IOException.class);
            Thread thread = new Thread(() -> {
                boolean asked;
                do {
                    asked = socket.answer(() -> text);
                } while (asked);
            });
            thread.start();
            assertThat(ListingSocket.ask(name, 5)).isEqualTo(text);
            assertThat(ListingSocket.ask(name, 5)).isEqualTo(text);
            socket.shut();
            thread.join(10_000);
            assertThat(thread.isAlive()).isFalse();
        }
        assertThatThrownBy(() -> ListingSocket.ask(name, 5)).isInstanceOf(IOException.class);
    }
}
