package org.nesteddune.itest;

import org.junit.Test;

/** What guests may do that have become other users, natively and in dune: the same program must print the same. */
@Needs({"/dev/kvm", "gcc", Needs.ROOT})
public class UsersTest extends ProgramTest {

    @Test
    public void filesPortsAndProcesses() {
        guests.compare(program() + " users");
    }

    @Test
    public void programsThatGiveMore() {
        guests.compare(program() + " programs");
    }

    @Test
    public void threadsAndConsequences() {
        guests.compare(program() + " threads consequences");
    }

    @Test
    public void rootsOfTheirOwn() {
        guests.compare(CProgram.compile("chroot", "-pthread", "-static").toString());
    }

    private static String program() {
        return CProgram.compile("users", "-pthread").toString();
    }
}
