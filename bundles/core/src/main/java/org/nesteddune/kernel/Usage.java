package org.nesteddune.kernel;

import org.nesteddune.kernel.Process.CpuTimes;

/**
 * What tasks have used up ({@code struct rusage} of getrusage(2), as far as Linux keeps it).
 *
 * @param user nanoseconds in user mode
 * @param system nanoseconds in the kernel's
 * @param minorFaults page faults that needed no input
 * @param majorFaults page faults that did
 * @param blocksIn input from disks, in units of 512 bytes
 * @param blocksOut output to disks
 * @param voluntarySwitches how often the CPU was given up to wait
 * @param involuntarySwitches how often it was taken away
 */
public record Usage(
        long user,
        long system,
        long minorFaults,
        long majorFaults,
        long blocksIn,
        long blocksOut,
        long voluntarySwitches,
        long involuntarySwitches) {

    /** Nothing. */
    public static final Usage NONE = new Usage(0, 0, 0, 0, 0, 0, 0, 0);

    /** Both together. */
    public Usage plus(Usage other) {
        return new Usage(
                user + other.user,
                system + other.system,
                minorFaults + other.minorFaults,
                majorFaults + other.majorFaults,
                blocksIn + other.blocksIn,
                blocksOut + other.blocksOut,
                voluntarySwitches + other.voluntarySwitches,
                involuntarySwitches + other.involuntarySwitches);
    }

    /** The CPU time of it. */
    public CpuTimes times() {
        return new CpuTimes(user, system);
    }
}
