package org.nesteddune.itest;

import org.junit.Test;

/** Guests that trace guests; natively they say the same. */
@Needs({"/dev/kvm", "gcc"})
public class TracingTest extends ProgramTest {

    private void compare(String part) {
        guests.compare(CProgram.compile("tracing", "-pthread") + " " + part);
    }

    @Test
    public void callByCall() {
        compare("calls");
    }

    @Test
    public void callsMemoryAndSignalsChanged() {
        compare("changes");
    }

    @Test
    public void breakpointsAndSteps() {
        compare("breakpoint");
    }

    @Test
    public void childrenThreadsAndProgramsFollowed() {
        compare("follow");
    }

    @Test
    public void attachedInterruptedAndDetached() {
        compare("attach");
    }

    @Test
    public void theEndsOfTracersAndTracees() {
        compare("ends");
    }

    @Test
    public void memoryOfAnotherProcess() {
        compare("memory");
    }
}
