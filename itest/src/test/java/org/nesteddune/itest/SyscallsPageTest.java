package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.Test;
import org.nesteddune.arch.Architecture;
import org.nesteddune.syscall.SyscallFamily;
import org.nesteddune.syscall.SyscallOverview;

/** The page of system calls says what the families' tables say. */
public class SyscallsPageTest extends DuneTest {

    private static final String COMMAND =
            "mvn -q -pl itest -am verify -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dit.test=SyscallsPageTest -Dregenerate=true";

    @Test
    public void thePageIsUpToDate() throws IOException {
        String page = SyscallOverview.page(Services.all(Architecture.class), Services.all(SyscallFamily.class), COMMAND);
        Path file = Path.of(System.getProperty("dune.itest.docs")).resolve("SYSCALLS.md").normalize();
        if (Boolean.getBoolean("dune.itest.regenerate")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, page);
        }
        String committed = Files.exists(file) ? Files.readString(file) : "";
        assertEquals("docs/SYSCALLS.md is stale; write it anew with: " + COMMAND, page, committed);
    }
}
