package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.Test;
import org.nesteddune.Profile;

/** Guests that use KVM, and the runtime as a guest of itself. */
@Needs({"/dev/kvm", "gcc"})
public class NestedTest extends DuneTest {

    /** How long a runtime may take that runs in another. */
    private static final long PATIENCE_SECONDS = 300;

    @Test
    public void aProgramHasMachinesOfItsOwn() {
        String program = CProgram.compile("kvm", "-pthread").toString();
        try (GuestRunner runner = new GuestRunner()) {
            runner.compare(Command.of(program));
            Leaks before = Leaks.now();
            runner.compare(Command.of(program), Command.of(program));
            Leaks.now().assertNoMoreThan(before);
        }
    }

    @Test
    public void aProfileSaysWhoHasThem() throws Exception {
        String program = CProgram.compile("kvm", "-pthread").toString();
        try (GuestRunner runner = new GuestRunner()) {
            Outcome natively = runner.natively(Command.of(program));
            Outcome granted = runner.inDune(Command.of(program),
                    spec -> spec.profile(Profile.named("with").device("/dev/kvm").build()));
            assertEquals("", granted.difference(natively));
            Outcome refused = runner.inDune(Command.of(program), spec -> spec.profile(Profile.named("without").build()));
            assertEquals("/dev/kvm: Operation not permitted\n", refused.outputText());
            Outcome path = runner.inDune(Command.of("/bin/sh", "-c", "exec 3<>/dev/kvm && echo open"),
                    spec -> spec.profile(Profile.named("with").path("/usr", Profile.Access.READ).path("/lib", Profile.Access.READ)
                            .path("/lib64", Profile.Access.READ).path("/bin", Profile.Access.READ).path("/etc", Profile.Access.READ)
                            .path(runner.directory().toString(), Profile.Access.READ).device("/dev/kvm").build()));
            assertEquals("open\n", path.outputText());
        }
    }

    /** A program that nobody here wrote. SeaBIOS writes to a port what it does, to its end; then it restarts, and QEMU ends. */
    @Test
    @Needs({"/dev/kvm", Needs.FOREIGN + ForeignRoot.OF_QEMU})
    public void debiansQemuBootsToTheLastLineOfItsFirmware() throws Exception {
        Path root = ForeignRoot.of(ForeignRoot.OF_QEMU);
        Path share = root.resolve("usr/share");
        Command qemu = Command.line(root.resolve("lib64/ld-linux-x86-64.so.2") + " --library-path " + root.resolve("usr/lib/x86_64-linux-gnu")
                + " " + root.resolve("usr/bin/qemu-system-x86_64") + " -accel kvm -L " + share.resolve("qemu") + " -L " + share.resolve("seabios")
                + " -m 64 -nodefaults -no-user-config -display none -chardev stdio,id=bios -device isa-debugcon,iobase=0x402,chardev=bios"
                + " -boot reboot-timeout=100 -no-reboot");
        try (GuestRunner runner = new GuestRunner(PATIENCE_SECONDS)) {
            Outcome natively = runner.natively(qemu);
            assertTrue(natively.outputText() + natively.errorText(), natively.outputText().contains("No bootable device."));
            assertEquals("", runner.inDune(qemu).difference(natively));
        }
    }

    @Test
    @Needs({"/dev/kvm", Needs.DISTRIBUTION})
    public void theRuntimeRunsInItself() throws Exception {
        String dune = script();
        Command hello = Command.of(dune, "enter", "/bin/echo", "hello").with("DUNE_NO_BUILD", "1");
        try (GuestRunner runner = new GuestRunner(PATIENCE_SECONDS)) {
            assertHello(runner.inDune(hello));
            Leaks before = Leaks.now();
            assertHello(runner.inDune(hello));
            Leaks.now().assertNoMoreThan(before);
            assertHello(runner.inDune(
                    Command.of(dune, "enter", dune, "enter", "/bin/echo", "hello").with("DUNE_NO_BUILD", "1")));
        }
    }

    /** {@code ps} asks every runtime, and those ask the runtimes that are their guests. */
    @Test
    @Needs({"/dev/kvm", Needs.DISTRIBUTION})
    public void aTreeShowsWhatRunsInARuntimeThatIsAGuest() throws Exception {
        String dune = script();
        Process outer = process(dune, "enter", dune, "enter", "/bin/sleep", "1000").start();
        try {
            String pid = Long.toString(outer.pid());
            Pattern runtime = Pattern.compile("^ *" + pid + " .* dune enter \\S*/dune enter /bin/sleep 1000$", Pattern.MULTILINE);
            Pattern jvm = Pattern.compile("^ *" + pid + "/(\\d+) +[RS] +kvm .* [1-9]\\d*   +\\S*java .*$", Pattern.MULTILINE);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            String tree;
            boolean complete;
            do {
                Thread.sleep(1000);
                Process ps = process(dune, "ps", "--tree", "--wide").redirectErrorStream(true).start();
                tree = new String(ps.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertEquals(tree, 0, ps.waitFor());
                Matcher middle = jvm.matcher(tree);
                complete = runtime.matcher(tree).find() && middle.find() && Pattern.compile(
                        "^ *" + pid + "/" + middle.group(1) + "/\\d+ +S +kvm .* -  +/bin/sleep 1000$", Pattern.MULTILINE).matcher(tree).find();
            } while (!complete && System.nanoTime() < end);
            assertTrue(tree, complete);
        } finally {
            outer.destroy();
            assertTrue("it does not end", outer.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
    }

    private static ProcessBuilder process(String... command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("DUNE_NO_BUILD", "1");
        return builder;
    }

    /** A machine within a machine: a program with machines of its own, in a runtime that is a guest. */
    @Test
    @Needs({"/dev/kvm", "gcc", Needs.DISTRIBUTION})
    public void aProgramHasMachinesOfItsOwnInTheRuntimeThatIsAGuest() throws Exception {
        String program = CProgram.compile("kvm", "-pthread").toString();
        try (GuestRunner runner = new GuestRunner(PATIENCE_SECONDS)) {
            Outcome natively = runner.natively(Command.of(program));
            Outcome nested = runner.inDune(Command.of(script(), "enter", program).with("DUNE_NO_BUILD", "1"));
            assertEquals("", nested.difference(natively));
        }
    }

    /** The engine that needs no KVM, within KVM. */
    @Test
    @Needs({"/dev/kvm", Needs.DISTRIBUTION})
    public void programsOfOtherMachinesRunInTheRuntimeThatIsAGuest() throws Exception {
        try (GuestRunner runner = new GuestRunner(PATIENCE_SECONDS)) {
            Path threads = ForeignMachineTest.program("mips64el", "threads");
            Outcome outcome = runner.inDune(Command.of(script(), "enter", "--engine", "software", threads.toString())
                    .with("DUNE_NO_BUILD", "1"));
            assertEquals(outcome.errorText() + outcome.note(), Files.readString(threads.resolveSibling("threads.expected")),
                    outcome.outputText());
            assertEquals(0, outcome.status());
        }
    }

    private static String script() throws IOException {
        return Path.of(System.getProperty("dune.itest.sources"), "../../../../dune").toRealPath().toString();
    }

    private static void assertHello(Outcome outcome) {
        assertEquals(outcome.errorText() + outcome.note(), "hello\n", outcome.outputText());
        assertEquals(0, outcome.status());
    }
}
