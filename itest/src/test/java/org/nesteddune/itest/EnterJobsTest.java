package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;

/** Native processes in dune: signals, their children, and their place among jobs. */
@Needs({"/dev/kvm", "gcc", "/usr/bin/python3"})
public class EnterJobsTest extends DuneTest {

    /** What wakes the native process because the guest asks it for its children, does not reach who has left. */
    @Test
    public void aShellComesAndGoesWhileItWaits() throws Exception {
        try (NativeProgram parent = NativeProgram.start("/bin/bash", "-c", "sleep 1000 & echo \"child $!\"; wait $!; echo $?")) {
            parent.await("child ");
            int child = Integer.parseInt(parent.text().lines().filter(line -> line.startsWith("child ")).findAny().orElseThrow().substring(6));
            for (int i = 0; i < 8; i++) {
                Guest guest = parent.enter();
                AppliancesTest.eventually("wait4", () -> guest.info().blockedIn());
                guest.escape();
            }
            parent.enter();
            ProcessHandle.of(child).orElseThrow().destroy();
            parent.assertEnds("child " + child + "\n" + (128 + Signal.SIGTERM) + "\n", 0);
        }
    }

    /** Whoever is told to stop and then to go on, goes on; whether or not the first has been done before the second comes. */
    @Test
    public void itGoesOnHoweverSoonItIsTold() throws Exception {
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "100")) {
            Guest guest = sleeping.enter();
            String both = "kill -TSTP " + sleeping.pid() + "; %s kill -CONT " + sleeping.pid();
            for (int i = 0; i < 40; i++) {
                String between = i % 4 == 0 ? "" : "n=0; while [ $n -lt " + i * 50 + " ]; do n=$((n+1)); done;";
                assertEquals(0, new ProcessBuilder("/bin/sh", "-c", both.formatted(between)).start().waitFor());
                AppliancesTest.eventually("S", () -> "" + guest.info().state());
                AppliancesTest.eventually("S\n", () -> state(sleeping));
            }
            sleeping.signal("TERM");
            sleeping.assertEnds("Terminated\n", 128 + Signal.SIGTERM);
        }
    }

    @Test
    public void signalsReachTheGuestAndTheParentLearnsOfItsEnd() throws Exception {
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "100")) {
            Guest guest = sleeping.enter();
            sleeping.signal("TERM");
            sleeping.assertEnds("Terminated\n", 128 + Signal.SIGTERM);
            assertEquals(Signal.SIGTERM, Journeys.end(guest).signal());
        }
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "100")) {
            Guest guest = sleeping.enter();
            sleeping.signal("KILL");
            assertEquals(Signal.SIGKILL, Journeys.end(guest).signal());
            sleeping.assertEnds("Killed\n", 128 + Signal.SIGKILL);
        }
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "100")) {
            Guest guest = sleeping.enter();
            guest.signal(Signal.SIGSEGV);
            sleeping.assertEnds("Segmentation fault\n", 128 + Signal.SIGSEGV);
        }
        String script = "import signal, sys, time\n"
                + "signal.signal(signal.SIGUSR1, lambda *ignored: sys.exit(5))\n"
                + "print('ready', flush=True)\n"
                + "time.sleep(100)\n";
        try (NativeProgram python = NativeProgram.start("/usr/bin/python3", "-c", script)) {
            python.await("ready\n");
            Guest guest = python.enter();
            python.signal("USR1");
            assertEquals(ExitStatus.exited(5), Journeys.end(guest));
            python.assertEnds("ready\n", 5);
        }
    }

    /** Children stay native, and their parent waits for them as before; new ones are guests. */
    @Test
    public void aShellWaitsForItsChildren() throws Exception {
        String script = """
                (read go <"$0"; exit 3) & first=$!
                (read go <"$1"; exit 4) & second=$!
                echo ready
                wait $first; echo first $?
                wait $second; echo second $?
                (exit 5); echo guest $?
                echo $(echo substituted | cat)
                wait
                """;
        for (String shell : new String[] {"/bin/bash", "/bin/sh"}) {
            Path directory = Files.createTempDirectory("dune-itest-children");
            String[] pipes = {directory.resolve("first").toString(), directory.resolve("second").toString()};
            assertEquals(0, new ProcessBuilder("/usr/bin/mkfifo", pipes[0], pipes[1]).start().waitFor());
            try (NativeProgram parent = NativeProgram.start(shell, "-c", script, pipes[0], pipes[1])) {
                parent.await("ready\n");
                Guest guest = parent.enter();
                Files.writeString(Path.of(pipes[0]), "go\n");
                parent.await("first 3\n");
                assertFalse(guest.exit().toCompletableFuture().isDone());
                guest.escape();
                parent.enter();
                Files.writeString(Path.of(pipes[1]), "go\n");
                parent.assertEnds("ready\nfirst 3\nsecond 4\nguest 5\nsubstituted\n", 0);
            } finally {
                Files.delete(Path.of(pipes[0]));
                Files.delete(Path.of(pipes[1]));
                Files.delete(directory);
            }
        }
    }

    /** Children that it has made natively get its signals; others of the host do not. */
    @Test
    public void itSignalsItsNativeChildren() throws Exception {
        String script = """
                import ctypes, os, signal, subprocess, time
                inside = lambda: ctypes.CDLL(None).syscall(0x64756e65, 0) == 1
                alone = subprocess.Popen(['/bin/sleep', '100'])
                leader = subprocess.Popen(['/bin/sh', '-c', 'sleep 100 & wait'], preexec_fn=lambda: os.setpgid(0, 0))
                print('ready', flush=True)
                while not inside(): time.sleep(0.001)
                os.kill(alone.pid, 0)
                os.kill(alone.pid, signal.SIGSTOP)
                pid, status = os.waitpid(alone.pid, os.WUNTRACED)
                assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGSTOP
                os.kill(alone.pid, signal.SIGCONT)
                pid, status = os.waitpid(alone.pid, os.WCONTINUED)
                assert os.WIFCONTINUED(status)
                alone.terminate()
                assert alone.wait() == -signal.SIGTERM
                os.killpg(leader.pid, signal.SIGKILL)
                assert leader.wait() == -signal.SIGKILL
                for nobody in alone.pid, -leader.pid, os.getppid():
                    try: os.kill(nobody, 0)
                    except ProcessLookupError: print('nobody')
                guest = subprocess.Popen(['/bin/sleep', '100'])
                guest.kill()
                assert guest.wait() == -signal.SIGKILL
                print('good', flush=True)
                """;
        try (NativeProgram parent = NativeProgram.start("/usr/bin/python3", "-c", script)) {
            parent.await("ready\n");
            parent.enter();
            parent.assertEnds("ready\nnobody\nnobody\nnobody\ngood\n", 0);
        }
    }

    /** The native parent sees that its child stops and goes on. */
    @Test
    public void itStopsAndGoesOnNativelyToo() throws Exception {
        try (NativeProgram sleeping = NativeProgram.start("/bin/sleep", "100")) {
            Guest guest = sleeping.enter();
            for (int i = 0; i < 3; i++) {
                sleeping.signal("TSTP");
                AppliancesTest.eventually("T", () -> "" + guest.info().state());
                AppliancesTest.eventually("T\n", () -> state(sleeping));
                sleeping.signal("CONT");
                AppliancesTest.eventually("S", () -> "" + guest.info().state());
                AppliancesTest.eventually("S\n", () -> state(sleeping));
                guest.signal(Signal.SIGSTOP);
                AppliancesTest.eventually("T\n", () -> state(sleeping));
                guest.signal(Signal.SIGCONT);
                AppliancesTest.eventually("S\n", () -> state(sleeping));
            }
            guest.signal(Signal.SIGSTOP);
            AppliancesTest.eventually("T\n", () -> state(sleeping));
            guest.signal(Signal.SIGKILL);
            sleeping.assertEnds("Killed\n", 128 + Signal.SIGKILL);
        }
    }

    /** T when it is stopped, also for whoever traces it; else S. */
    static String state(NativeProgram program) {
        String status;
        try {
            status = Files.readString(Path.of("/proc/" + program.pid() + "/status"));
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
        return status.contains("State:\tT") || status.contains("State:\tt") ? "T\n" : "S\n";
    }

    /** Natively its jobs would go on, and no terminal would be theirs in dune. */
    @Test
    public void whoLeadsTheSessionOfATerminalStays() throws Exception {
        String script = "import os, pty, time\nleader, end = pty.fork()\n"
                + "if not leader:\n    print('up', flush=True)\n    time.sleep(30)\n"
                + "os.read(end, 100)\nprint('leader', leader, 'ready', flush=True)\nos.waitpid(leader, 0)";
        try (NativeProgram parent = NativeProgram.start("/usr/bin/python3", "-c", script)) {
            int leader = Integer.parseInt(parent.await("ready\n").replaceAll("(?s).*leader (\\d+) ready.*", "$1"));
            EscapeException refusal = assertThrows(EscapeException.class, () -> Services.get(Dune.class).enter(leader));
            assertTrue(refusal.getMessage(), refusal.getMessage().contains("it leads the session of its terminal"));
        }
    }
}
