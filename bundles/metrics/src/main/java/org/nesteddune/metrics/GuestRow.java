package org.nesteddune.metrics;

import org.nesteddune.Guest;

/** A guest, as a management client sees it. Immutable. */
public final class GuestRow {

    private final Guest.Info info;

    GuestRow(Guest.Info info) {
        this.info = info;
    }

    public int getPid() {
        return info.pid();
    }

    public int getParentPid() {
        return info.parentPid();
    }

    public int getUid() {
        return info.uid();
    }

    /** As {@code ps} writes it; H is held. */
    public String getState() {
        return String.valueOf(info.state());
    }

    public String getArchitecture() {
        return info.architecture();
    }

    public String getEngine() {
        return info.engine();
    }

    public int getThreads() {
        return info.threads();
    }

    public long getVirtualBytes() {
        return info.virtualBytes();
    }

    public long getResidentBytes() {
        return info.residentBytes();
    }

    public long getUserNanos() {
        return info.userNanos();
    }

    public long getSystemNanos() {
        return info.systemNanos();
    }

    public String getExecutable() {
        return info.executable();
    }

    public String getCommand() {
        return String.join(" ", info.command());
    }
}
