package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import java.io.File;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Signal;

/** Interactive programs on a terminal. */
@Needs({"/dev/kvm", "/dev/ptmx"})
public class TerminalTest extends DuneTest {

    private static final List<String> ENVIRONMENT =
            List.of("PATH=" + Tools.PATH, "HOME=/nonexistent", "TERM=dumb", "LC_ALL=C.UTF-8");

    private static String natively(List<String> words, Consumer<Terminal> user) throws Exception {
        try (Terminal terminal = new Terminal()) {
            // Held open, so that the terminal does not hang up when the program ends.
            int slave = terminal.openSlave();
            try {
                File side = new File(terminal.path());
                ProcessBuilder builder = new ProcessBuilder(words)
                        .redirectInput(side)
                        .redirectOutput(side)
                        .redirectError(side)
                        .directory(new File("/"));
                builder.environment().clear();
                for (String variable : ENVIRONMENT) {
                    builder.environment().put(variable.substring(0, variable.indexOf('=')),
                            variable.substring(variable.indexOf('=') + 1));
                }
                Process process = builder.start();
                try {
                    user.accept(terminal);
                    process.waitFor(60, TimeUnit.SECONDS);
                    return terminal.transcript() + "status " + process.exitValue();
                } finally {
                    process.destroyForcibly();
                }
            } finally {
                Linux.close(slave);
            }
        }
    }

    private static String inDune(List<String> words, Consumer<Terminal> user) throws Exception {
        try (Terminal terminal = new Terminal()) {
            int slave = terminal.openSlave();
            try {
                Guest guest = Services.get(Dune.class)
                        .enter(GuestSpec.program(words.get(0))
                                .arguments(words.subList(1, words.size()))
                                .environment(ENVIRONMENT)
                                .workingDirectory("/")
                                .descriptors(slave, slave, slave)
                                .build());
                try {
                    user.accept(terminal);
                    int status = GuestRunner.await(guest, words.toString()).shellStatus();
                    return terminal.transcript() + "status " + status;
                } finally {
                    guest.signal(Signal.SIGKILL);
                }
            } finally {
                Linux.close(slave);
            }
        }
    }

    private static void compare(List<String> words, Consumer<Terminal> user) throws Exception {
        assertEquals(natively(words, user), inDune(words, user));
    }

    @Test
    @Needs("/usr/bin/python3")
    public void python() throws Exception {
        compare(List.of("/usr/bin/python3", "-q"), terminal -> {
            terminal.await(">>> ");
            terminal.type("6 * 7\n");
            terminal.await("42");
            terminal.await(">>> ");
            terminal.type("import os, sys; os.get_terminal_size(), sys.stdin.isatty()\n");
            terminal.await("True");
            terminal.await(">>> ");
            terminal.type("exit(5)\n");
        });
    }

    @Test
    @Needs("cat")
    public void endOfFileFromTheKeyboard() throws Exception {
        compare(List.of(Tools.find("cat")), terminal -> {
            terminal.type("hello\n");
            terminal.await("hello\r\nhello\r\n");
            terminal.type("\u0004");
        });
    }

    @Test
    @Needs("dash")
    public void shell() throws Exception {
        String prompt = System.getProperty("user.name").equals("root") ? "# " : "$ ";
        compare(List.of(Tools.find("dash"), "-i"), terminal -> {
            terminal.await(prompt);
            terminal.type("echo $((6*7))\n");
            terminal.await("42");
            terminal.await(prompt);
            terminal.type("exit 3\n");
        });
    }
}
