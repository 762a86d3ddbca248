package org.nesteddune.itest;

import org.junit.Test;

/** Sessions, process groups, stopped processes and controlling terminals. */
@Needs({"/dev/kvm", "/dev/ptmx", "gcc"})
public class JobControlTest extends ProgramTest {

    private void compare(String part) {
        guests.compare(CProgram.compile("jobs") + " " + part);
    }

    @Test
    public void groupsAndSessions() {
        compare("groups");
    }

    @Test
    public void stopAndContinue() {
        compare("stops");
    }

    @Test
    public void orphanedGroups() {
        compare("orphans");
    }

    @Test
    public void controllingTerminals() {
        compare("terminal");
    }

    @Test
    public void theEndOfTheSessionsLeader() {
        compare("leader");
    }

    @Test
    public void orphansAtTheTerminal() {
        compare("orphan-reads");
    }
}
