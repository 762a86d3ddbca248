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
 * @param peakResident the most memory in bytes that one of the processes had resident
 */
public record Usage(
        long user,
        long system,
        long minorFaults,
        long majorFaults,
        long blocksIn,
        long blocksOut,
        long voluntarySwitches,
        long involuntarySwitches,
        long peakResident) {

    /** Nothing. */
    public static final Usage NONE = new Usage(0, 0, 0, 0, 0, 0, 0, 0, 0);

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
                involuntarySwitches + other.involuntarySwitches,
                Math.max(peakResident, other.peakResident));
    }

    /** The same with what a process had resident taken into account. */
    public Usage withPeak(long resident) {
        return new Usage(
                user,
                system,
                minorFaults,
                majorFaults,
                blocksIn,
                blocksOut,
                voluntarySwitches,
                involuntarySwitches,
                Math.max(peakResident, resident));
    }

    /** The CPU time of it. */
    public CpuTimes times() {
        return new CpuTimes(user, system);
    }
}
