package org.nesteddune.internal.task;

import org.nesteddune.Guest;
import org.nesteddune.internal.mm.ResidentCount;
import org.nesteddune.kernel.Process.CpuTimes;
import org.nesteddune.kernel.Usage;

/**
 * What a process has used: what all its tasks have, those that have ended among them, and the most memory that it had resident.
 * Guarded by the process's monitor, which the caller holds: a task counts once however it ends meanwhile, and no memory is
 * looked at that another program or the end takes away.
 */
final class ProcessAccount {

    /** How many times its own cost lies between two samples of the peak for those who ask for a single thread. */
    private static final int SAMPLES_APART = 20;

    private final GuestProcess process;
    private final ResidentCount peak = new ResidentCount(SAMPLES_APART);
    private Usage endedUsage = Usage.NONE;
    private long endedCalls;
    private long endedExits;

    ProcessAccount(GuestProcess process) {
        this.process = process;
    }

    /** A task has ended, and leaves the group before the monitor is given back. */
    void taskEnded(GuestTask task) {
        endedUsage = endedUsage.plus(task.hostThread().usage());
        endedCalls += task.activity().calls();
        endedExits += task.activity().exits();
    }

    Guest.Activity activity() {
        long calls = endedCalls;
        long exits = endedExits;
        for (GuestTask task : process.threadGroup().tasks()) {
            calls += task.activity().calls();
            exits += task.activity().exits();
        }
        return new Guest.Activity(calls, exits);
    }

    CpuTimes cpuTimes() {
        long user = endedUsage.user();
        long system = endedUsage.system();
        for (GuestTask task : process.threadGroup().tasks()) {
            CpuTimes times = task.cpuTimes();
            user += times.user();
            system += times.system();
        }
        return new CpuTimes(user, system);
    }

    Usage usage() {
        Usage sum = endedUsage;
        for (GuestTask task : process.threadGroup().tasks()) {
            sum = sum.plus(task.hostThread().usage());
        }
        if (!process.threadGroup().tasks().isEmpty()) {
            peak.anew(0, this::samplePeak);
        }
        return sum.withPeak(process.settings().peakResident(0));
    }

    long peakResident() {
        // A count must not take more than a small part of the time since the last one.
        if (!process.threadGroup().tasks().isEmpty()) {
            peak.get(0, this::samplePeak);
        }
        return process.settings().peakResident(0);
    }

    private long samplePeak() {
        return process.settings().peakResident(process.memory().peakResidentSize());
    }

    /**
     * The memory is about to go: what it was at most counts for the process, unless it is another's and stays. Called without the
     * monitor by the task whose doing that is.
     */
    void notePeak() {
        if (!process.image().mm().isShared()) {
            samplePeak();
        }
    }
}
