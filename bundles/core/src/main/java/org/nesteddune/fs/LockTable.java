package org.nesteddune.fs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nesteddune.linux.Fcntl;

/**
 * Which POSIX record locks the guests of a dune have and wait for. Whether a lock is granted is the host's decision; but to
 * the host they are all one process, so who holds what, and whether waiting could ever end, is known here alone.
 * Thread-safe.
 */
public final class LockTable {

    /** A file of the host. */
    record FileId(long device, long inode) {}

    /**
     * A lock, held or wanted.
     *
     * @param owner the descriptor table that it belongs to
     * @param pid the process that took it
     * @param type F_RDLCK or F_WRLCK
     * @param start of the range
     * @param end of the range, its last byte
     */
    record Lock(RecordLocks owner, int pid, int type, long start, long end) {

        private boolean overlaps(long from, long to) {
            return start <= to && from <= end;
        }

        private boolean conflicts(Lock other) {
            return owner != other.owner
                    && overlaps(other.start, other.end)
                    && (type == Fcntl.F_WRLCK || other.type == Fcntl.F_WRLCK);
        }
    }

    /** Somebody who waits for a lock. */
    private record Wish(FileId file, Lock lock) {}

    private final Map<FileId, List<Lock>> held = new HashMap<>();
    private final Map<Object, Wish> wishes = new IdentityHashMap<>();

    /** Notes that the host has granted a lock, or with F_UNLCK taken one away. */
    synchronized void set(FileId file, Lock lock) {
        List<Lock> before = held.getOrDefault(file, List.of());
        List<Lock> after = new ArrayList<>(before.size() + 2);
        for (Lock each : before) {
            if (each.owner != lock.owner || !each.overlaps(lock.start, lock.end)) {
                after.add(each);
                continue;
            }
            if (each.start < lock.start) {
                after.add(new Lock(each.owner, each.pid, each.type, each.start, lock.start - 1));
            }
            if (each.end > lock.end) {
                after.add(new Lock(each.owner, each.pid, each.type, lock.end + 1, each.end));
            }
        }
        if (lock.type != Fcntl.F_UNLCK) {
            after.add(lock);
        }
        if (after.isEmpty()) {
            held.remove(file);
        } else {
            held.put(file, after);
        }
    }

    /** Forgets all locks of an owner on a file. */
    synchronized void remove(FileId file, RecordLocks owner) {
        List<Lock> all = held.get(file);
        if (all != null) {
            all.removeIf(each -> each.owner == owner);
            if (all.isEmpty()) {
                held.remove(file);
            }
        }
    }

    /** A guest's lock that stands in the way of another, or null. */
    synchronized Lock conflict(FileId file, Lock wanted) {
        for (Lock each : held.getOrDefault(file, List.of())) {
            if (each.conflicts(wanted)) {
                return each;
            }
        }
        return null;
    }

    /**
     * Starts to wait for a lock.
     *
     * @param waiter who waits, for one lock at a time
     * @return false if the wait would never end: those in the way wait for this owner, directly or not (EDEADLK)
     */
    synchronized boolean await(Object waiter, FileId file, Lock wanted) {
        if (leadsTo(wanted.owner, file, wanted, new HashSet<>())) {
            return false;
        }
        wishes.put(waiter, new Wish(file, wanted));
        return true;
    }

    /** Stops waiting. */
    synchronized void done(Object waiter) {
        wishes.remove(waiter);
    }

    /** Whether one of those in the way of a lock waits for the owner. */
    private boolean leadsTo(RecordLocks owner, FileId file, Lock wanted, Set<RecordLocks> seen) {
        for (Lock each : held.getOrDefault(file, List.of())) {
            if (!each.conflicts(wanted)) {
                continue;
            }
            if (each.owner == owner) {
                return true;
            }
            if (!seen.add(each.owner)) {
                continue;
            }
            for (Wish wish : wishes.values()) {
                if (wish.lock.owner == each.owner && leadsTo(owner, wish.file, wish.lock, seen)) {
                    return true;
                }
            }
        }
        return false;
    }
}
