package org.nesteddune.itest;

import org.junit.Test;

/** Threads, their locks, clocks and scheduling, as C programs use them; natively they say the same. */
@Needs({"/dev/kvm", "gcc"})
public class ThreadsTest extends ProgramTest {

    private void compare(String name, String... arguments) {
        String program = CProgram.compile(name, "-pthread").toString();
        for (String argument : arguments) {
            guests.compare(program + " " + argument);
        }
    }

    @Test
    public void mutexesOfAllKinds() {
        compare("mutexes", "threads");
    }

    @Test
    public void mutexesBetweenProcesses() {
        compare("mutexes", "processes");
    }

    @Test
    public void ownersThatAreKilled() {
        compare("mutexes", "killed 100");
    }

    @Test
    public void otherLocks() {
        compare("threads", "locks", "ping");
    }

    @Test
    public void storageOfThreads() {
        compare("threads", "storage");
    }

    @Test
    public void cancellation() {
        compare("threads", "cancellation");
    }

    @Test
    public void signalsToThreads() {
        compare("threads", "signals");
    }

    @Test
    public void names() {
        compare("threads", "names");
    }

    @Test
    public void scheduling() {
        compare("scheduling", "policies");
    }

    @Test
    public void tasksBeginAfresh() {
        compare("scheduling", "afresh");
    }

    @Test
    public void clocksOfCpuTime() {
        compare("scheduling", "clocks");
    }

    @Test
    public void twoThousandThreadsLeaveNothing() {
        String program = CProgram.compile("threads", "-pthread").toString();
        guests.compare(program + " lives 100");
        Leaks before = Leaks.now();
        guests.compare(program + " lives 2000");
        Leaks.now().assertNoMoreThan(before);
    }
}
