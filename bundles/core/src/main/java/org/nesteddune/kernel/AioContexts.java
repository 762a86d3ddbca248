package org.nesteddune.kernel;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * The contexts of asynchronous I/O of an address space ({@code ioctx_table} of {@code mm_struct}), each with the results that
 * nobody has fetched yet. Thread-safe.
 */
public final class AioContexts {

    /** Requests that all contexts together may have been made for: the default of {@code fs.aio-max-nr}. */
    private static final int LIMIT = 0x10000;

    private Map<Long, Context> contexts; // null until there is one
    private int requests;

    /** A result: what {@code struct io_event} holds, but for res2, which is 0. */
    public record Event(long data, long request, long result) {}

    /** One context. Thread-safe. */
    public static final class Context {

        private final int asked;
        private final int capacity;
        private final Deque<Event> events = new ArrayDeque<>();
        private final WaitQueue arrivals = new WaitQueue();
        private int reserved;
        private boolean destroyed;

        private Context(int asked, int capacity) {
            this.asked = asked;
            this.capacity = capacity;
        }

        /** How many results it can hold. */
        public int capacity() {
            return capacity;
        }

        /** Takes a place for the result of a request; false if there is none. */
        public synchronized boolean reserve() {
            if (destroyed || events.size() + reserved >= capacity) {
                return false;
            }
            reserved++;
            return true;
        }

        /** Gives a place back without a result. */
        public synchronized void giveBack() {
            reserved--;
        }

        /** A request with a place is done. */
        public void complete(Event event) {
            synchronized (this) {
                reserved--;
                events.add(event);
            }
            arrivals.wakeAll();
        }

        /** The oldest result, which is no longer here then; null if there is none. */
        public synchronized Event take() {
            return events.poll();
        }

        /** Puts a result back that could not be handed over. */
        public synchronized void putBack(Event event) {
            events.addFirst(event);
        }

        /** Whether it is gone, and nothing will come any more. */
        public synchronized boolean isDestroyed() {
            return destroyed;
        }

        /** Where those wait who want results. */
        public WaitQueue arrivals() {
            return arrivals;
        }

        private void destroy() {
            synchronized (this) {
                destroyed = true;
            }
            arrivals.wakeAll();
        }
    }

    /** EAGAIN if there are too many already for a new context for so many requests. */
    public synchronized void checkRoom(int asked) {
        if (asked > LIMIT - requests) {
            throw new ErrnoException(Errno.EAGAIN);
        }
    }

    /**
     * Makes a context.
     *
     * @param id its address
     * @param asked the requests that it is made for, 1 or more
     * @param capacity the results that it can hold, at least as many
     */
    public synchronized void add(long id, int asked, int capacity) {
        checkRoom(asked);
        if (contexts == null) {
            contexts = new HashMap<>();
        }
        contexts.put(id, new Context(asked, capacity));
        requests += asked;
    }

    /** Whether there is no context. */
    public synchronized boolean isEmpty() {
        return contexts == null || contexts.isEmpty();
    }

    /** The context; EINVAL if there is none. */
    public synchronized Context get(long id) {
        Context context = contexts == null ? null : contexts.get(id);
        if (context == null) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return context;
    }

    /** Takes a context away; EINVAL if there is none. Who waits for its results waits no longer. */
    public synchronized void remove(long id) {
        Context context = get(id);
        contexts.remove(id);
        requests -= context.asked;
        context.destroy();
    }
}
