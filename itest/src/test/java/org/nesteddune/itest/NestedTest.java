package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import java.nio.file.Path;
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

    @Test
    @Needs({"/dev/kvm", Needs.DISTRIBUTION})
    public void theRuntimeRunsInItself() throws Exception {
        String dune = Path.of(System.getProperty("dune.itest.sources"), "../../../../dune").toRealPath().toString();
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

    private static void assertHello(Outcome outcome) {
        assertEquals(outcome.errorText() + outcome.note(), "hello\n", outcome.outputText());
        assertEquals(0, outcome.status());
    }
}
