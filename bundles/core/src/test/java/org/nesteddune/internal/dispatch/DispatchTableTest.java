package org.nesteddune.internal.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;

class DispatchTableTest {

    private static final SyscallNumbers NUMBERS = new SyscallNumbers(5000, "read", null, "write");

    private static SyscallFamily family(String name, String... calls) {
        Syscall.Table table = new Syscall.Table();
        for (String call : calls) {
            table.full(call, "", (task, arguments) -> 0);
        }
        List<Syscall> rows = table.build();
        return new SyscallFamily() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public List<Syscall> syscalls() {
                return rows;
            }
        };
    }

    @Test
    void findsCallsByTheArchitecturesNumber() {
        DispatchTable table = DispatchTable.of(NUMBERS, List.of(family("files", "read", "write", "elsewhere")));

        assertThat(table.entry(5000).syscall().name()).isEqualTo("read");
        assertThat(table.entry(5002).family()).isEqualTo("files");
        assertThat(table.entry(5001)).isNull();
    }

    @Test
    void numbersOutsideTheTableAreUnserved() {
        DispatchTable table = DispatchTable.of(NUMBERS, List.of());

        assertThat(table.entry(0)).isNull();
        assertThat(table.entry(-1)).isNull();
        assertThat(table.entry(Integer.MAX_VALUE)).isNull();
        assertThat(table.entry(Integer.MIN_VALUE)).isNull();
        assertThat(table.name(1)).isEqualTo("syscall_1");
    }

    @Test
    void theLaterFamilyServesACallThatTwoBring() {
        DispatchTable table = DispatchTable.of(NUMBERS, List.of(family("old", "read"), family("patched", "read")));

        assertThat(table.entry(5000).family()).isEqualTo("patched");
    }
}
