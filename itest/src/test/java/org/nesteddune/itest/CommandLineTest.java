package org.nesteddune.itest;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.Test;
import org.nesteddune.host.Linux;

/** {@code ./dune enter} as a job of a shell of the host: the user must not see that there is a JVM between them and the program. */
@Needs({"/dev/kvm", "/dev/ptmx", "bash", "setsid", "cat", Needs.DISTRIBUTION})
public class CommandLineTest extends DuneTest {

    private static final String PROMPT = "ready> ";

    private static void session(BiConsumer<Terminal, Runnable> user) throws Exception {
        try (Terminal terminal = new Terminal()) {
            // Held open, so that the terminal does not hang up when the shell ends.
            int slave = terminal.openSlave();
            File side = new File(terminal.path());
            ProcessBuilder builder = new ProcessBuilder(List.of(Tools.find("setsid"), "--ctty", Tools.find("bash"), "--norc",
                            "--noprofile", "--noediting", "-i"))
                    .redirectInput(side)
                    .redirectOutput(side)
                    .redirectError(side);
            builder.environment().put("DUNE_NO_BUILD", "1");
            builder.environment().put("PS1", PROMPT);
            builder.environment().put("DUNE", Path.of(System.getProperty("dune.itest.sources"), "../../../../dune")
                    .toRealPath().toString());
            Process process = builder.start();
            try {
                terminal.await(PROMPT);
                user.accept(terminal, () -> terminal.await(PROMPT));
                terminal.type("exit\n");
                process.waitFor(60, TimeUnit.SECONDS);
            } finally {
                // The hang-up ends whatever the shell may have left behind.
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                Linux.close(slave);
            }
        }
    }

    @Test
    public void theProgramStopsAndGoesOnAsAJob() throws Exception {
        session((terminal, prompt) -> {
            terminal.type("\"$DUNE\" enter cat\n");
            terminal.type("one\n");
            terminal.await("one\r\none\r\n");
            terminal.type("\u001a");
            terminal.await("Stopped");
            prompt.run();
            terminal.type("fg\n");
            terminal.await("cat\r\n");
            terminal.type("two\n");
            terminal.await("two\r\ntwo\r\n");
            terminal.type("\u001a");
            terminal.await("Stopped");
            prompt.run();
            // Reads from the background, so it stops at once.
            terminal.type("bg; until jobs -s | grep cat; do sleep 0.1; done\n");
            terminal.await("Stopped");
            prompt.run();
            terminal.type("fg\n");
            terminal.await("cat\r\n");
            terminal.type("three\n");
            terminal.await("three\r\nthree\r\n");
            terminal.type("\u0004");
            prompt.run();
            terminal.type("echo \"status <$?>\"\n");
            terminal.await("status <0>");
        });
    }

    @Test
    public void keysEndIt() throws Exception {
        session((terminal, prompt) -> {
            terminal.type("\"$DUNE\" enter cat\n");
            terminal.type("one\n");
            terminal.await("one\r\none\r\n");
            terminal.type("\u0003");
            prompt.run();
            terminal.type("echo \"status <$?>\"\n");
            terminal.await("status <130>");
        });
    }

    @Test
    public void itEndsByTheSignalThatEndedTheProgram() throws Exception {
        session((terminal, prompt) -> {
            terminal.type("\"$DUNE\" enter sh -c 'kill -KILL $$'\n");
            terminal.await("Killed");
            prompt.run();
            terminal.type("\"$DUNE\" enter sh -c 'kill -USR1 $$'; echo \"status <$?>\"\n");
            terminal.await("User defined signal 1");
            terminal.await("status <138>");
        });
    }

    @Test
    public void ignoredSignalsStayIgnored() throws Exception {
        session((terminal, prompt) -> {
            terminal.type("(trap '' INT HUP; \"$DUNE\" enter sh -c 'kill -INT $$; kill -HUP $$; echo \"<$((6*7))>\"')\n");
            terminal.await("<42>");
        });
    }

    @Test
    public void aShellInDuneHasJobsOfItsOwn() throws Exception {
        session((terminal, prompt) -> {
            terminal.type("PS1='outside> '\n");
            terminal.await("\noutside> ");
            terminal.type("PS1='inside> ' \"$DUNE\" enter bash --norc --noediting -i\n");
            terminal.await("\ninside> ");
            terminal.type("cat\n");
            terminal.type("one\n");
            terminal.await("one\r\none\r\n");
            terminal.type("\u001a");
            terminal.await("Stopped");
            terminal.await("\ninside> ");
            terminal.type("suspend\n");
            terminal.await("Stopped");
            terminal.await("\noutside> ");
            terminal.type("fg\n");
            terminal.await("inside> ");
            terminal.type("fg\n");
            terminal.await("cat\r\n");
            terminal.type("two\n");
            terminal.await("two\r\ntwo\r\n");
            terminal.type("\u0003");
            terminal.await("\ninside> ");
            terminal.type("exit\n");
            terminal.await("outside> ");
        });
    }
}
