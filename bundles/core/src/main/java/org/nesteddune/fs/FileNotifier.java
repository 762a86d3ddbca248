package org.nesteddune.fs;

import java.util.HashMap;
import java.util.Map;
import org.nesteddune.host.EventPoll;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Poll;

/**
 * Watches the files of all guests of a dune that have signal-driven I/O switched on. It has a thread and descriptors only
 * while there are such files. Thread-safe.
 */
public final class FileNotifier {

    /** What stands for the wish to end, among the watched files' ids. */
    private static final long WAKE_UP = 0;

    private final Map<Long, FileSignals> watched = new HashMap<>();
    private final HostMessages messages = new HostMessages();
    private long lastId = WAKE_UP;
    private Session session;

    /** What the host says by signals alone. */
    HostMessages messages() {
        return messages;
    }

    /** Watches a poll instance; the watch must be closed before the instance is. */
    synchronized Watch watch(EventPoll events, FileSignals whose) {
        if (session == null) {
            session = new Session();
            session.start();
        }
        long id = ++lastId;
        session.all.add(events.descriptor(), Poll.EPOLLIN, id);
        watched.put(id, whose);
        return () -> forget(id);
    }

    private synchronized void forget(long id) {
        watched.remove(id);
        if (watched.isEmpty() && session != null) {
            session.end();
            session = null;
        }
    }

    private synchronized FileSignals find(long id) {
        return watched.get(id);
    }

    /** A file that is watched. */
    interface Watch extends AutoCloseable {

        @Override
        void close();
    }

    /** A thread and what it waits with; they end together. */
    private final class Session extends Thread {

        private final EventPoll all = new EventPoll();
        private final int wakeUp;

        Session() {
            super("dune file signals");
            setDaemon(true);
            boolean good = false;
            try {
                wakeUp = (int) HostException.check("eventfd2", Linux.eventfd2(0, Poll.EFD_CLOEXEC | Poll.EFD_NONBLOCK));
                all.add(wakeUp, Poll.EPOLLIN, WAKE_UP);
                good = true;
            } finally {
                if (!good) {
                    all.close();
                }
            }
        }

        /** Makes the thread end; it closes what it has. */
        void end() {
            try (NativeBuffer one = new NativeBuffer(Long.BYTES)) {
                Memory.putLong(one.address(), 1);
                Linux.write(wakeUp, one.address(), Long.BYTES);
            }
        }

        @Override
        public void run() {
            // After a defect both stay open, because end() will use them.
            while (look()) {
                // The next wait follows.
            }
            Linux.close(wakeUp);
            all.close();
        }

        private boolean look() {
            int count = all.await(-1);
            boolean goOn = true;
            for (int i = 0; i < count; i++) {
                if (all.data(i) == WAKE_UP) {
                    goOn = false;
                    continue;
                }
                FileSignals signals = find(all.data(i));
                if (signals != null) {
                    signals.happened();
                }
            }
            return goOn;
        }
    }
}
