package org.nesteddune.commands;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void alignsAndCuts() {
        Table table = new Table(">PID", "S", "COMMAND").row(7, 'R', "sleep 1").row(1234, 'S', "x".repeat(100));
        assertThat(table.print(30)).isEqualTo(" PID  S  COMMAND\n   7  R  sleep 1\n1234  S  " + "x".repeat(20) + "+\n");
    }

    @Test
    void wrapsBetweenWords() {
        Table table = new Table("A", "NOTE").wrapped().row("one", "aaa bbb ccc ddd").row("two", "z".repeat(12));
        assertThat(table.print(12)).isEqualTo("A    NOTE\none  aaa bbb\n     ccc ddd\ntwo  zzzzzzz\n     zzzzz\n");
    }
}
