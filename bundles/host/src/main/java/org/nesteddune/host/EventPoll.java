package org.nesteddune.host;

import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Poll;

/**
 * An epoll instance of the host. {@link #await} and what reads its result belong to one thread at a time; descriptors may
 * be added from any thread.
 */
public final class EventPoll implements AutoCloseable {

    /** {@code struct epoll_event} is packed on x86-64 alone ({@code linux/eventpoll.h}): 32 bits of events, then data. */
    private static final boolean PACKED =
            System.getProperty("os.arch").equals("amd64") || System.getProperty("os.arch").equals("x86_64");

    private static final int SIZE = PACKED ? 12 : 16;
    private static final int DATA = PACKED ? 4 : 8;

    /** How many events one wait brings at most. */
    private static final int CAPACITY = 32;

    private final NativeBuffer buffer = new NativeBuffer(SIZE * CAPACITY);
    private final int descriptor;

    /**
     * Makes an instance.
     *
     * @throws HostException if the host has no descriptors or memory left
     */
    public EventPoll() {
        boolean good = false;
        try {
            descriptor = (int) HostException.check(
                    "epoll_create1", Linux.call(SyscallNumbers.SYS_epoll_create1, Poll.EPOLL_CLOEXEC));
            good = true;
        } finally {
            if (!good) {
                buffer.close();
            }
        }
    }

    /** The host descriptor of the instance, which can be watched itself. */
    public int descriptor() {
        return descriptor;
    }

    /**
     * Watches a descriptor.
     *
     * @param events {@code EPOLL*}
     * @param data comes back with its events
     * @throws HostException EPERM for a file that cannot be watched, ENOSPC or ENOMEM if there are too many
     */
    public void add(int watched, int events, long data) {
        try (NativeBuffer event = new NativeBuffer(SIZE)) {
            Memory.putInt(event.address(), events);
            Memory.putLong(event.address() + DATA, data);
            HostException.check(
                    "epoll_ctl(EPOLL_CTL_ADD)",
                    Linux.call(SyscallNumbers.SYS_epoll_ctl, descriptor, Poll.EPOLL_CTL_ADD, watched, event.address()));
        }
    }

    /**
     * Waits for events.
     *
     * @param timeout in milliseconds; −1 for ever
     * @return how many there are
     */
    public int await(int timeout) {
        long count = Linux.call(
                SyscallNumbers.SYS_epoll_pwait, descriptor, buffer.address(), CAPACITY, timeout, 0, 0);
        return count == -Errno.EINTR ? 0 : (int) HostException.check("epoll_pwait", count);
    }

    /** The events of one of those that {@link #await} found. */
    public int events(int index) {
        return Memory.getInt(buffer.address() + (long) index * SIZE);
    }

    /** The data of one of those that {@link #await} found. */
    public long data(int index) {
        return Memory.getLong(buffer.address() + (long) index * SIZE + DATA);
    }

    @Override
    public void close() {
        Linux.close(descriptor);
        buffer.close();
    }
}
