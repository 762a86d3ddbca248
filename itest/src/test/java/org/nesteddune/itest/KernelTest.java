package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import org.junit.Test;
import org.nesteddune.LaunchException;
import org.nesteddune.linux.Signal;

/** Programs of our own that ask the kernel what others seldom ask. */
@Needs({"/dev/kvm", "gcc"})
public class KernelTest extends ProgramTest {

    @Test
    public void identityAndLimits() {
        guests.compare(CProgram.compile("identity").toString());
    }

    @Test
    public void faultsReachTheirHandlers() {
        guests.compare(CProgram.compile("signals") + " faults");
    }

    @Test
    public void signalMasksAndQueues() {
        guests.compare(CProgram.compile("signals") + " masks");
    }

    @Test
    public void alternateStacks() {
        guests.compare(CProgram.compile("signals") + " stacks");
    }

    @Test
    public void timers() {
        guests.compare(CProgram.compile("signals") + " timers");
    }

    @Test
    public void deadlySignals() {
        String program = CProgram.compile("signals") + " die ";
        int[] deadly = {
            Signal.SIGHUP, Signal.SIGINT, Signal.SIGKILL, Signal.SIGPIPE, Signal.SIGTERM, Signal.SIGUSR1,
            Signal.SIGALRM, Signal.SIGXCPU, Signal.NSIG
        };
        for (int signal : deadly) {
            guests.compare(program + signal);
        }
        guests.compare(program + Signal.SIGCHLD, program + Signal.SIGWINCH);
    }

    @Test
    public void wildAccessIsNamed() throws LaunchException {
        Outcome outcome = guests.inDune(Command.line(CProgram.compile("limits") + " wild"));
        assertEquals(128 + Signal.SIGSEGV, outcome.status());
        assertTrue(outcome.note(), outcome.note().contains("0xdeadbee0"));
    }

    @Test
    public void endlessRecursion() {
        guests.compare(CProgram.compile("limits") + " recurse");
    }

    @Test
    public void behindTheEndOfAMappedFile() {
        String program = CProgram.compile("limits").toString();
        guests.compare(program + " past-end", program + " shrink");
    }

    @Test
    public void cpuLimit() {
        guests.compare(CProgram.compile("limits") + " cpu");
    }

    @Test
    public void memoryCap() throws LaunchException {
        Command command = Command.line(CProgram.compile("limits") + " memory");
        Outcome outcome = guests.inDune(command, spec -> spec.memoryLimit(256L << 20));
        assertEquals(outcome.note(), 0, outcome.status());
        assertEquals("refused: Cannot allocate memory\n", outcome.outputText());
    }

    @Test
    public void memoryCapOfAllProcessesTogether() throws LaunchException {
        Command command = Command.line(CProgram.compile("limits") + " family");
        Outcome outcome = guests.inDune(command, spec -> spec.memoryLimit(256L << 20));
        assertEquals(outcome.note(), 0, outcome.status());
        assertEquals("2 had room\nagain: 1\nfork: Cannot allocate memory\n", outcome.outputText());
    }

    @Test
    public void memoryPolicies() {
        guests.compare(CProgram.compile("placement").toString());
    }

    @Test
    public void pidfds() {
        guests.compare(CProgram.compile("handles", "-pthread") + " pidfd");
    }

    @Test
    public void signalFiles() {
        guests.compare(CProgram.compile("handles", "-pthread") + " signalfd");
    }
}
