package org.nesteddune.kernel;

/**
 * What a process has been told about itself and the rest of the kernel rarely asks for. A new process starts with
 * {@link #ProcessSettings()}, a fork with {@link #copy()}. Each value by itself is safe for any thread.
 */
public final class ProcessSettings {

    /** What {@link #dumpable} is after a gain of privileges: SUID_DUMP_DISABLE, the default of fs.suid_dumpable. */
    public static final int SUID_DUMPABLE = 0;

    private volatile int dumpable = 1;
    private volatile int coreFilter = 0x33;
    private volatile boolean childSubreaper;
    private volatile boolean hugePagesDisabled;
    private volatile int membarriers;
    private volatile long peakResident;

    /** A copy for a fork; being a subreaper is not inherited. */
    public ProcessSettings copy() {
        ProcessSettings copy = new ProcessSettings();
        copy.dumpable = dumpable;
        copy.coreFilter = coreFilter;
        copy.hugePagesDisabled = hugePagesDisabled;
        copy.membarriers = membarriers;
        return copy;
    }

    /** Forgets what does not survive an {@code execve}. */
    public synchronized void resetForExec() {
        dumpable = 1;
        membarriers = 0;
    }

    /** 1 if the process may dump core (PR_SET_DUMPABLE), else 0. */
    public int dumpable() {
        return dumpable;
    }

    public void dumpable(int value) {
        dumpable = value;
    }

    /** What mappings go into a core file, the bits of {@code /proc/PID/coredump_filter} (core(5)). */
    public int coreFilter() {
        return coreFilter;
    }

    public void coreFilter(int value) {
        coreFilter = value;
    }

    /** Whether orphaned descendants become this process's children (PR_SET_CHILD_SUBREAPER). */
    public boolean childSubreaper() {
        return childSubreaper;
    }

    public void childSubreaper(boolean value) {
        childSubreaper = value;
    }

    /** PR_SET_THP_DISABLE. */
    public boolean hugePagesDisabled() {
        return hugePagesDisabled;
    }

    public void hugePagesDisabled(boolean value) {
        hugePagesDisabled = value;
    }

    /** Membarrier commands that the process has registered for, a set of MEMBARRIER_CMD_* bits. */
    public int membarriers() {
        return membarriers;
    }

    public synchronized void registerMembarrier(int command) {
        membarriers |= command;
    }

    /** The greatest resident size in bytes of the programs it has run before; takes one more in. */
    public synchronized long peakResident(long sample) {
        peakResident = Math.max(peakResident, sample);
        return peakResident;
    }
}
