package org.nesteddune.internal.task;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.nesteddune.host.HostIdentity;

/**
 * The Java threads that run tasks, one each. A thread that has become free waits a little for the next task: to make a thread
 * takes half a dozen switches between threads, to wake one takes a single one. A thread is given to another task only if
 * it is as it was made, on the host too. Thread-safe.
 */
public final class TaskThreads implements AutoCloseable {

    /** How long a free thread waits. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);

    /** How many wait at most; each holds a stack and a host thread. */
    private static final int MOST_WAITING = 64;

    /** Those that wait, the one that waits for the shortest time last: its stack is in the caches. Guarded by itself. */
    private final Deque<TaskThread> waiting = new ArrayDeque<>();

    private volatile boolean closed;

    /**
     * Runs a task on a thread of its own.
     *
     * @param inherits whether it has to be a new thread, made by the calling one
     */
    void run(GuestTask task, boolean inherits) {
        TaskThread free = inherits ? null : takeWaiting();
        if (free != null) {
            free.take(task);
        } else {
            new TaskThread(task).start();
        }
    }

    private TaskThread takeWaiting() {
        synchronized (waiting) {
            return waiting.pollLast();
        }
    }

    /** Lets those go that wait; threads whose task ends later do not wait any more. */
    @Override
    public void close() {
        closed = true;
        for (TaskThread free = takeWaiting(); free != null; free = takeWaiting()) {
            free.take(null);
        }
    }

    private final class TaskThread extends Thread {

        private static final String WAITING = "dune-task-waiting";

        private GuestTask task;
        /** Whether {@link #task} has been set anew since it was last run; null then means that the thread has to end. */
        private volatile boolean taken = true;

        TaskThread(GuestTask first) {
            super(first.threadName());
            setDaemon(true);
            first.thread(this);
            task = first;
        }

        void take(GuestTask next) {
            if (next != null) {
                next.thread(this);
            }
            task = next;
            taken = true;
            LockSupport.unpark(this);
        }

        @Override
        public void run() {
            while (task != null) {
                GuestTask present = task;
                task = null;
                present.run();
                boolean isAsMade = !present.hostThread().isChanged() && HostIdentity.present() == HostIdentity.PROCESS;
                present = null;
                if (!isAsMade || !await()) {
                    return;
                }
                if (task != null) {
                    setName(task.threadName());
                }
            }
        }

        /** Waits for a task; false if none came. */
        private boolean await() {
            taken = false;
            synchronized (waiting) {
                if (closed || waiting.size() >= MOST_WAITING) {
                    return false;
                }
                waiting.addLast(this);
            }
            setName(WAITING);
            long end = System.nanoTime() + PATIENCE;
            while (!taken) {
                long left = end - System.nanoTime();
                if (left <= 0 && hasLeft()) {
                    return false;
                }
                LockSupport.parkNanos(TaskThreads.this, Math.max(left, 1));
            }
            return true;
        }

        /** Whether it does not wait any more because it itself has gone, and not because a task is on its way. */
        private boolean hasLeft() {
            synchronized (waiting) {
                return waiting.remove(this);
            }
        }
    }
}
