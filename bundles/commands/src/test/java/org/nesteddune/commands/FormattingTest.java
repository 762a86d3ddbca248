package org.nesteddune.commands;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.Guest;

class FormattingTest {

    @Test
    void statistics() {
        String text = StatisticsTable.print(new Guest.Statistics(
                List.of(new Guest.CallCount("read", 10, 1, 3_000_000, true),
                        new Guest.CallCount("io_uring_setup", 1, 1, 1_000_000, false)),
                List.of(new Guest.ExitCount("system call", 11)), "kvm", 2_500_000_000L, 1_000_000_000L, 1_000_000));
        assertThat(text).isEqualTo(String.join("\n",
                "% time     ms  us/call  calls  errors  system call",
                "  75.0  3.000    300.0     10       1  read",
                "  25.0  1.000   1000.0      1       1  io_uring_setup  (not implemented)",
                " 100.0  4.000    363.6     11       2  total",
                "",
                "exits  kind",
                "   11  system call",
                "",
                "engine kvm; wall 2.500 s, user 1.000 s, system 0.001 s",
                ""));
    }

    @Test
    void factsOfAGuest() {
        Guest.Info info = new Guest.Info(5, 1, 1000, 'S', "x86-64", "kvm", 1, 1 << 20, 4096, 1_230_000_000L, 20_000_000L, 0,
                "/bin/sleep", List.of("sleep", "1\n0"), "/", "nanosleep");
        assertThat(Info.text(info, "")).contains("state         sleeping in nanosleep\n").contains("command       sleep 1?0\n");
        assertThat(Guests.cpuTime(61_250_000_000L)).isEqualTo("1:01.25");
    }

    @Test
    void signalsAreListed() throws Exception {
        Kill kill = new Kill(null);
        TestCall call = new TestCall(kill, "-l");
        assertThat(kill.run(call)).isZero();
        assertThat(call.printed()).contains(" 9) SIGKILL").contains("64) SIGRTMIN+32")
                .satisfies(text -> assertThat(text.lines()).allMatch(line -> line.length() <= 80));
    }

    @Test
    void strategiesSaySo() throws Exception {
        Strategies strategies = new Strategies(new Installed(null));
        TestCall call = new TestCall(strategies);
        strategies.run(call);
        assertThat(call.printed()).startsWith("no clone strategy is installed");
    }

    @Test
    void hostWithEverything(@TempDir Path root) throws Exception {
        write(root, "proc/meminfo", "MemTotal:       16 kB\nMemAvailable:   4194304 kB\n");
        write(root, "proc/self/limits", String.format("%-26s%-21s%-21sUnits%n%-26s%-21s%-21sfiles%n%-26s%-21s%-21sbytes%n",
                "Limit", "Soft Limit", "Hard Limit", "Max open files", "1048576", "1048576", "Max address space",
                "unlimited", "unlimited"));
        write(root, "proc/sys/vm/max_map_count", "65530\n");
        write(root, "proc/sys/vm/overcommit_memory", "0\n");
        write(root, "sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
        write(root, "dev/kvm", "");
        HostChecks checks = HostChecks.of(root);
        assertThat(List.of(checks.memory(), checks.kvm(), checks.openFiles(), checks.addressSpace(), checks.mappings(),
                checks.overcommit(), checks.hugePages())).allMatch(finding -> finding.grade() == Finding.Grade.OK);
    }

    @Test
    void hostWithoutAnything(@TempDir Path root) throws Exception {
        HostChecks checks = HostChecks.of(root);
        assertThat(checks.kvm().line()).startsWith("FAIL  /dev/kvm: missing; enable virtualization");
        assertThat(checks.memory().grade()).isEqualTo(Finding.Grade.WARN);
        assertThat(checks.openFiles().grade()).isEqualTo(Finding.Grade.WARN);
        write(root, "proc/sys/vm/overcommit_memory", "2\n");
        write(root, "proc/sys/vm/max_map_count", "1000\n");
        assertThat(checks.overcommit().line()).startsWith("warn  overcommit: never");
        assertThat(checks.mappings().text()).contains("sysctl vm.max_map_count=262144");
    }

    private static void write(Path root, String file, String text) throws Exception {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
