package org.nesteddune.fs;

import java.util.concurrent.ConcurrentHashMap;

/** Which process group of each guest session is in the foreground of its terminal. Thread-safe. */
final class Terminals {

    private final ConcurrentHashMap<Integer, Integer> groups = new ConcurrentHashMap<>();

    /** The foreground group; the session leader's own until another is chosen. */
    int foreground(int session) {
        return groups.getOrDefault(session, session);
    }

    void foreground(int session, int group) {
        groups.put(session, group);
    }
}
