package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import java.nio.file.Path;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.LaunchException;

/**
 * Debian's own programs of a machine that the host is not: what does not depend on the machine must be as with the host's programs. The
 * judge {@code itest/judges/foreign} asks more of them.
 */
@Needs({Needs.FOREIGN + "mips64el", "bash", "seq", "sort", "sha256sum", "gawk", "gzip", "sqlite3"})
public class ForeignProgramsTest extends DuneTest {

    private GuestRunner guests;

    @Before
    public void makeRunner() {
        guests = new GuestRunner();
    }

    @After
    public void closeRunner() {
        guests.close();
    }

    private void compare(String... words) throws LaunchException {
        Command command = Command.of(words);
        Path root = ForeignRoot.of("mips64el");
        Outcome expected = guests.natively(command);
        Outcome outcome = guests.inDune(command, spec -> spec.root(root).workingDirectory("/tmp"));
        assertEquals(String.join(" ", words) + ": " + outcome.errorText() + outcome.note(),
                expected.outputText() + expected.status(), outcome.outputText() + outcome.status());
    }

    @Test
    public void pipelinesOfShells() throws LaunchException {
        compare("bash", "-c", """
                seq 1 900 | grep -v 4 | sed 's/^/x/' | tr x y | sort -r | cat | tac | cut -c2- | sort -n | tail -n 300 | tac | cat \\
                    | paste -sd' ' | tr ' ' '\\n' | uniq | nl -ba | sed 's/^ *//' | cat | tail -n 3 | sed -n 1,2p
                echo "${PIPESTATUS[@]}"
                p=(); for i in 1 2 3; do (exit $i) & p+=($!); done; for i in "${p[@]}"; do wait $i; echo $?; done
                trap 'echo usr1' USR1; kill -USR1 $$
                echo $((7 ** 20)) $((0x7fffffffffffffff + 1)); exit 7
                """);
    }

    @Test
    public void toolsForText() throws LaunchException {
        compare("sha256sum", "/dev/null");
        compare("gawk", "BEGIN { for (i = 1; i < 200; i++) s += 1 / i; printf \"%.17g %d\\n\", s, 2 ^ 70 }");
        compare("bash", "-c", "seq 3000 | gzip -9nc | gzip -dc | sha256sum; printf 0123456789abcdef | od -An -tf8 -tf4 -td8");
    }

    @Test
    public void databases() throws LaunchException {
        compare("sqlite3", ":memory:", "create table t(a, b); with recursive c(x) as (select 1 union all select x + 1 from c where x < 200)"
                + " insert into t select x, x * x * 0.5 from c; create index i on t(b); select sum(a), avg(b) from t; select 1 / 3.0;");
    }
}
