package org.nesteddune.itest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.Test;

/** How processes end, and what they leave. */
@Needs({"/dev/kvm", "gcc"})
public class EndingsTest extends ProgramTest {

    @Test
    @Needs(Needs.ROOT)
    public void coreFiles() throws IOException {
        // Elsewhere the host's dumps go to a program of its own, and there is nothing to compare with.
        if (Files.readString(Path.of("/proc/sys/kernel/core_pattern")).strip().equals("core")
                && Files.readString(Path.of("/proc/sys/kernel/core_uses_pid")).strip().equals("0")) {
            guests.compare(CProgram.compile("coredump", "-pthread").toString());
        }
    }

    @Test
    public void killedWhileTheChildHasTheMemory() {
        guests.compare(CProgram.compile("endings") + " vfork");
    }

    @Test
    public void usageOfChildren() {
        guests.compare(CProgram.compile("endings") + " usage");
    }
}
