package org.nesteddune.metrics;

import java.util.List;

/** Guests, as {@code org.nesteddune:type=Guests}. */
public interface GuestsMXBean {

    /** How many run, sleep, are stopped or held. */
    int getCount();

    /** How many of these are held: what they run on is away, or somebody wants them to wait. */
    int getHeld();

    /** Guests that have begun since the bundle was started. */
    long getStarted();

    /** Guests that have ended since the bundle was started. */
    long getEnded();

    /** Threads of all guests. */
    int getThreads();

    /** Bytes of all address spaces. */
    long getVirtualBytes();

    /** Bytes that are in memory of all address spaces; what several share counts in each. */
    long getResidentBytes();

    /** Each of them. */
    List<GuestRow> getGuests();
}
