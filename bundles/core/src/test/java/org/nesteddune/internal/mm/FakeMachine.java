package org.nesteddune.internal.mm;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;

/** A machine that only remembers which pages it was given. */
class FakeMachine implements Machine {

    static final long PAGE = 4096;

    /** What is entered for one page. */
    record Entry(long host, int protection, boolean large) {}

    private final TreeMap<Long, Entry> pages = new TreeMap<>();

    @Override
    public synchronized void map(long guest, long host, long length, int protection, boolean large) {
        if (((guest | host | length) & PAGE - 1) != 0 || length <= 0) {
            throw new AssertionError("map of " + Long.toHexString(guest) + " + " + Long.toHexString(length));
        }
        for (long at = 0; at < length; at += PAGE) {
            pages.put(guest + at, new Entry(host + at, protection, large));
        }
    }

    @Override
    public synchronized void unmap(long guest, long length) {
        if (((guest | length) & PAGE - 1) != 0 || length <= 0) {
            throw new AssertionError("unmap of " + Long.toHexString(guest) + " + " + Long.toHexString(length));
        }
        pages.subMap(guest, guest + length).clear();
    }

    @Override
    public synchronized boolean isMapped(long guest, int protection) {
        Entry entry = pages.get(guest & -PAGE);
        return entry != null && (entry.protection() & protection) == protection;
    }

    synchronized Entry at(long guest) {
        return pages.get(guest & -PAGE);
    }

    synchronized Map<Long, Entry> pages() {
        return new TreeMap<>(pages);
    }

    @Override
    public Vcpu createVcpu() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long[] hardwareCapabilities() {
        return new long[2];
    }

    @Override
    public List<ExitCount> exitCounts() {
        return List.of();
    }

    @Override
    public void close() {}
}
