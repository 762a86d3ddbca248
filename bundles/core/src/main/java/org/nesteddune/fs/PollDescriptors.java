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

    /** By a host descriptor of the description in the upper half and a guest's number in the lower one. */
    private final Map<Long, Entry> entries = new HashMap<>();

    private static long key(int own, int number) {
        return (long) own << Integer.SIZE | number;
    }

    private static int own(long key) {
        return (int) (key >>> Integer.SIZE);
    }

    /**
     * The host descriptor for a guest's number; counts as one more instance.
     *
     * @param own the host descriptor by which the caller polls the description; it stands for one of the numbers
     */
    synchronized int enter(int own, int number) {
        Entry entry = entries.get(key(own, number));
        if (entry == null) {
            boolean free = entries.values().stream().noneMatch(each -> each.host == own);
            entry = new Entry(free ? own : copy(own));
            entries.put(key(own, number), entry);
        }
        entry.users++;
        return entry.host;
    }

    private static int copy(int own) {
        int copy = (int) ErrnoException.check(Linux.fcntl(own, Fcntl.F_DUPFD_CLOEXEC, 3));
        return DescriptorReserve.checkOrClose(copy);
    }

    /** The host descriptor for a guest's number; −1 if it was never entered. */
    synchronized int find(int own, int number) {
        Entry entry = entries.get(key(own, number));
        return entry == null ? -1 : entry.host;
    }

    /** An instance does not have the number any more, or has not taken it. */
    synchronized void leave(int own, int number) {
        Entry entry = entries.get(key(own, number));
        if (entry != null && --entry.users == 0) {
            entries.remove(key(own, number));
            if (entry.host != own) {
                Linux.close(entry.host);
            }
        }
    }

    /** Closes all that stands for a host descriptor of the description, but not this itself. */
    synchronized void forget(int own) {
        entries.entrySet().removeIf(each -> own(each.getKey()) == own && isClosed(each.getValue(), own));
    }

    private static boolean isClosed(Entry entry, int own) {
        if (entry.host != own) {
            Linux.close(entry.host);
        }
        return true;
    }

    /** Closes all but the description's own: with these, the host forgets every entry. */
    synchronized void close() {
        entries.forEach((key, entry) -> isClosed(entry, own(key)));
        entries.clear();
    }
}
