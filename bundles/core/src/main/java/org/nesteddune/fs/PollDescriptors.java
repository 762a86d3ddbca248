package org.nesteddune.fs;

import java.util.HashMap;
import java.util.Map;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.syscall.ErrnoException;

/**
 * Under which host descriptors one description is entered in epoll instances. To the kernel an entry is a description and
 * a descriptor's number; where a guest enters one description under several numbers, the host needs several, too.
 * Thread-safe.
 */
final class PollDescriptors {

    /** A host descriptor, and in how many instances it may be entered. */
    private static final class Entry {
        final int host;
        int users;

        Entry(int host) {
            this.host = host;
        }
    }

    private final int own;
    private final Map<Integer, Entry> entries = new HashMap<>();

    /** @param own the description's host descriptor, which stands for one of the numbers */
    PollDescriptors(int own) {
        this.own = own;
    }

    /** The host descriptor for a guest's number; counts as one more instance. */
    synchronized int enter(int number) {
        Entry entry = entries.get(number);
        if (entry == null) {
            boolean free = entries.values().stream().noneMatch(each -> each.host == own);
            entry = new Entry(free
                    ? own
                    : (int) ErrnoException.check(Linux.fcntl(own, Fcntl.F_DUPFD_CLOEXEC, 3)));
            entries.put(number, entry);
        }
        entry.users++;
        return entry.host;
    }

    /** The host descriptor for a guest's number; −1 if it was never entered. */
    synchronized int find(int number) {
        Entry entry = entries.get(number);
        return entry == null ? -1 : entry.host;
    }

    /** An instance does not have the number any more, or has not taken it. */
    synchronized void leave(int number) {
        Entry entry = entries.get(number);
        if (entry != null && --entry.users == 0) {
            entries.remove(number);
            if (entry.host != own) {
                Linux.close(entry.host);
            }
        }
    }

    /** Closes all but the description's own: with it, the host forgets every entry. */
    synchronized void close() {
        for (Entry entry : entries.values()) {
            if (entry.host != own) {
                Linux.close(entry.host);
            }
        }
        entries.clear();
    }
}
