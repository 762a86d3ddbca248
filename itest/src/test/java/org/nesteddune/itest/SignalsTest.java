package org.nesteddune.itest;

import org.junit.Test;

/** Signals in all their particulars: the same programs natively and in dune. */
@Needs({"/dev/kvm", "gcc"})
public class SignalsTest extends ProgramTest {

    private void compare(String source, String... arguments) {
        String program = CProgram.compile(source, "-pthread", "-Wno-nonnull", "-Wno-array-bounds", "-Wno-unused-value")
                .toString();
        String[] lines = new String[arguments.length];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = program + " " + arguments[i];
        }
        guests.compare(lines);
    }

    /** Registers, vector state, alternate stacks, full stacks and frames that make no sense. */
    @Test
    public void frames() {
        compare("sigframe", "r", "c", "v", "s", "f", "b");
    }

    /** What the handler learns of the sender, errors, permission, what waits and in which order, limits. */
    @Test
    public void sending() {
        compare("sigsend", "info", "errors", "queues", "ignored", "across", "permission");
    }

    /** Which thread takes a signal. */
    @Test
    public void threads() {
        compare("sigsend", "threads", "passing");
    }

    /** Which calls end with EINTR and which go on, with a handler, with SA_RESTART, and after a stop. */
    @Test
    public void restarts() {
        compare("sigrestart", "0", "1", "2");
    }

    /** Number, code, address, error code and trap number of what the CPU reports. */
    @Test
    public void faults() {
        compare("sigfault", "memory", "files", "instructions", "floating", "alignment", "single", "deadly", "repaired");
    }

    /** Interval timers, those of timer_create and timerfd_create, sleeping, profiling, RLIMIT_CPU. */
    @Test
    public void timers() {
        compare("sigtimer", "interval", "posix", "threads", "profile", "sleeps", "descriptors", "cpulimit");
    }

    /** Default actions, the end of many threads at once, what parents learn, stops, SIGPIPE and SIGXFSZ. */
    @Test
    public void ends() {
        compare("sigdeath", "defaults", "together", "each", "ends", "children", "stopped", "death", "writes");
    }

    /** At any instruction nothing is disturbed, no queued signal is lost, pipes carry all, every child's end is noticed. */
    @Test
    public void inMasses() {
        compare("sigstress", "intact", "storm", "pipes", "children");
    }
}
