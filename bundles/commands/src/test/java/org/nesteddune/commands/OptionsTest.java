package org.nesteddune.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {

    private static Options options() {
        return Options.of("x", "[THING...]", "Does things.")
                .flag("-v,--verbose", "say more")
                .value("-f,--file", "FILE", "where to")
                .value("--a-very-long-name", "VALUE", "a description that is longer than fits in what is left of a line of eighty");
    }

    private static Options.Parsed parse(String... arguments) throws UsageException {
        return options().parse(List.of(arguments));
    }

    @Test
    void allWaysToWriteAnOption() throws UsageException {
        for (String[] line : new String[][] {
            {"-v", "-f", "a", "b"}, {"-vf", "a", "b"}, {"-vfa", "b"}, {"--verbose", "--file=a", "b"},
            {"b", "--file", "a", "-v"}, {"-v", "-fa", "--", "b"}}) {
            Options.Parsed parsed = parse(line);
            assertThat(parsed.has("--verbose")).isTrue();
            assertThat(parsed.value("--file")).isEqualTo("a");
            assertThat(parsed.operands()).containsExactly("b");
        }
    }

    @Test
    void repeatedAndEmptyValues() throws UsageException {
        Options.Parsed parsed = parse("-f", "a", "--file=", "-f", "b c");
        assertThat(parsed.values("--file")).containsExactly("a", "", "b c");
        assertThat(parsed.value("--file")).isEqualTo("b c");
        assertThat(parsed.value("--a-very-long-name")).isNull();
        assertThat(parsed.values("--a-very-long-name")).isEmpty();
    }

    @Test
    void optionsBehindTheFirstOperandAreTheProgramsOwn() throws UsageException {
        Options.Parsed parsed = options().stopAtOperand().parse(List.of("-v", "ls", "-f", "--", "--help"));
        assertThat(parsed.has("--verbose")).isTrue();
        assertThat(parsed.operands()).containsExactly("ls", "-f", "--", "--help");
        assertThat(options().stopAtOperand().parse(List.of("--", "--help")).operands()).containsExactly("--help");
    }

    @Test
    void operandsAreTheSameWithAndWithoutAnOptionBeforeThem() throws UsageException {
        List<String> operands = List.of("ls", "", "\"quoted\"", "-v", "a=b", "@file", "'x'", "--", "${x}", "\u00ff", "--help", "-");
        List<String> line = new java.util.ArrayList<>(operands);
        assertThat(options().stopAtOperand().parse(line).operands()).isEqualTo(operands);
        line.add(0, "--");
        assertThat(options().stopAtOperand().parse(line).operands()).isEqualTo(operands);
        line.add(0, "-v");
        assertThat(options().stopAtOperand().parse(line).operands()).isEqualTo(operands);
        line.remove(1);
        assertThat(options().stopAtOperand().parse(line).operands()).isEqualTo(operands);
    }

    @Test
    void dashIsAnOperand() throws UsageException {
        assertThat(parse("-", "-v").operands()).containsExactly("-");
        assertThat(options().dashOperands().parse(List.of("-9", "-TERM", "1")).operands())
                .containsExactly("-9", "-TERM", "1");
    }

    @Test
    void mistakesAreNamed() {
        assertThatThrownBy(() -> parse("--nope")).isInstanceOf(UsageException.class).hasMessageContaining("--nope");
        assertThatThrownBy(() -> parse("-vx")).isInstanceOf(UsageException.class).hasMessageContaining("-x");
        assertThatThrownBy(() -> parse("--file")).isInstanceOf(UsageException.class).hasMessageContaining("FILE");
        assertThatThrownBy(() -> parse("-f")).isInstanceOf(UsageException.class).hasMessageContaining("FILE");
        assertThatThrownBy(() -> parse("--verbose=1")).isInstanceOf(UsageException.class);
    }

    @Test
    void helpFitsATerminal() {
        String help = options().footer("One at 100%.\n\nTwo.").help();
        assertThat(help)
                .startsWith("Usage: x [OPTION...] [THING...]")
                .contains("Does things.", "-h, --help", "-f, --file=FILE", "where to", "One at 100%.", "Two.");
        assertThat(help.lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void everyCommandsHelpFitsATerminal() {
        List<Command> commands = List.of(new Enter(null), new Ps(null), new Info(null), new Kill(null), new Wait(null), new Escape(null),
                new Trace(null), new Stats(null), new Arches(null), new Engines(null), new Families(null),
                new Strategies(null), new Syscalls(null), new Deploy(null), new Doctor(null), new Version(null),
                new Help(null));
        for (Command command : commands) {
            assertThat(command.options().help().lines()).allMatch(line -> line.length() <= 80, command.options().command());
        }
    }
}
