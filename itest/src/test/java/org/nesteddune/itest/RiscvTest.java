package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import java.nio.file.Path;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.LaunchException;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** Programs of RISC-V, whose bundle is not in the distribution: it is installed for each test. */
public class RiscvTest extends ForeignMachineTest {

    private static final String MACHINE = "riscv64";

    private Bundle bundle;

    @Before
    public void install() throws BundleException {
        bundle = Services.context().installBundle(Bundles.jar("org.nesteddune.riscv").toUri().toString());
        bundle.start();
    }

    @After
    public void uninstall() throws BundleException {
        bundle.uninstall();
    }

    @Test
    public void hello() throws LaunchException {
        greets(MACHINE);
    }

    @Test
    public void faultsAreExact() throws Exception {
        printsWhatIsExpected(MACHINE, "faults", 3);
    }

    @Test
    public void codeChangesAndThreadsCount() throws Exception {
        printsWhatIsExpected(MACHINE, "code", 0);
    }

    @Test
    public void randomCodeEndsOnlyItself() throws LaunchException {
        randomCode(MACHINE);
    }

    /** Whatever is wrong in its headers, a program is refused or ends, and the runtime goes on. */
    @Test
    public void corruptFilesAreRefused() throws Exception {
        corruptFiles(MACHINE);
    }

    /** Debian's own programs, which give what those of the host give. */
    @Test
    @Needs({Needs.FOREIGN + MACHINE, "bash", "seq", "sort", "sha256sum", "gawk", "gzip", "busybox"})
    public void programsOfDebian() throws LaunchException {
        compare("bash", "-c", """
                seq 1 900 | grep -v 4 | sed 's/^/x/' | sort -r | tac | cut -c2- | tail -n 300 | paste -sd' ' | tr ' ' '\\n' | sha256sum
                p=(); for i in 1 2 3; do (exit $i) & p+=($!); done; for i in "${p[@]}"; do wait $i; echo $?; done
                trap 'echo usr1' USR1; kill -USR1 $$
                echo $((7 ** 20)) $((0x7fffffffffffffff + 1)); exit 7
                """);
        compare("gawk", "BEGIN { for (i = 1; i < 200; i++) s += 1 / i; printf \"%.17g %d\\n\", s, 2 ^ 70 }");
        compare("bash", "-c", "seq 3000 | gzip -9nc | gzip -dc | sha256sum; printf 0123456789abcdef | od -An -tf8 -tf4 -td8");
        compare("busybox", "sh", "-c", "echo $((6 * 7)); ls /nowhere 2>&1; seq 9 | busybox tac");
    }

    private void compare(String... words) throws LaunchException {
        Command command = Command.of(words);
        Path root = ForeignRoot.of(MACHINE);
        Outcome expected = guests.natively(command);
        Outcome outcome = guests.inDune(command, spec -> spec.root(root).workingDirectory("/tmp"));
        assertEquals(String.join(" ", words) + ": " + outcome.errorText() + outcome.note(),
                expected.outputText() + expected.status(), outcome.outputText() + outcome.status());
    }
}
