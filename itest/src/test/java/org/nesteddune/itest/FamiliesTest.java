package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import java.util.Set;
import java.util.TreeSet;
import org.junit.Test;
import org.nesteddune.syscall.FamilyNames;
import org.nesteddune.syscall.SyscallFamily;

/** The families that the distribution's bundles bring. */
public class FamiliesTest extends DuneTest {

    @Test
    public void everyFamilyIsThere() {
        Set<String> names = new TreeSet<>();
        Services.all(SyscallFamily.class).forEach(family -> names.add(family.name()));
        assertEquals(
                Set.of("files", "futex", "ipc", "memory", "mips", "polling", "process", "ptrace", "signals", "sockets",
                        "system", "time", "x86"),
                names);
        // What profiles and 'doctor' know of those that are not installed, too.
        names.add("riscv");
        assertEquals(FamilyNames.all(), names);
    }
}
