package org.nesteddune.internal.task;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.escape.Departing;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.EscapeRoute;
import org.nesteddune.escape.NativeShell;
import org.nesteddune.escape.Parked;
import org.nesteddune.internal.trace.ByteMemory;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;

/**
 * The native process that a guest was before it came into dune. It waits, has the guest's number, and passes on what is sent to it; it
 * ends as the guest does, and the guest escapes into it. All that is done on one thread, since ptrace(2) is a thread's matter.
 */
public final class Anchor {

    private static final long LOOK_NANOS = 1_000_000;

    private final Parked parked;
    private final GuestProcess process;
    private final Credentials credentials;
    private final int parentPid;
    private final Queue<Runnable> wishes = new ConcurrentLinkedQueue<>();
    private volatile boolean over;
    private boolean closed; // guarded by wishes
    private ExitStatus end;

    /**
     * @param parked the native process, whose thread is the calling one
     * @param process the guest, which has not begun yet
     * @param parentPid its parent's number on the host
     */
    public Anchor(Parked parked, GuestProcess process, int parentPid) {
        this.parked = parked;
        this.process = process;
        this.credentials = process.credentials();
        this.parentPid = parentPid;
        process.anchor(this);
        process.exitStage().whenComplete((status, never) -> post(() -> end(status)));
    }

    /** The native process's number on the host. */
    int pid() {
        return parked.pid();
    }

    int parentPid() {
        return parentPid;
    }

    /** Whom the native process runs as. */
    Credentials credentials() {
        return credentials;
    }

    /**
     * Has something done on the native process's thread. Any thread.
     *
     * @return whether it will be; not so if the process has ended or is the guest no more
     */
    boolean post(Runnable wish) {
        synchronized (wishes) {
            if (closed) {
                return false;
            }
            wishes.add(wish);
        }
        parked.wake();
        return true;
    }

    /** Gives the guest what the native process had been sent already. */
    public void begin() {
        parked.waiting().forEach(this::pass);
    }

    /**
     * Looks after the native process until it is the guest no more. The native process's thread.
     *
     * @return how the native process has ended; null if the guest goes on in it
     */
    public ExitStatus run() {
        while (!over) {
            Runnable wish = wishes.poll();
            if (wish != null) {
                wish.run();
                continue;
            }
            Parked.Event event = parked.await();
            if (event instanceof Parked.Signal signal) {
                pass(signal);
            } else if (event instanceof Parked.WaitOver wait) {
                if (process.table().task(wait.tid()) instanceof GuestTask task && task.guestProcess() == process) {
                    task.call().endNativeWait();
                }
            } else if (event instanceof Parked.Ended ended) {
                over = true;
                end = ended.status();
                process.exit(ended.status());
            }
        }
        synchronized (wishes) {
            closed = true;
        }
        for (Runnable wish = wishes.poll(); wish != null; wish = wishes.poll()) {
            wish.run();
        }
        return end;
    }

    /** What a task learns of the children that the process made natively; returns at once. */
    Parked.Children awaitChild(ChildSelector selector, int options) {
        return ask(() -> parked.awaitChild(selector, options), Parked.Children.NONE, new Parked.Children(true, null));
    }

    /** Sends a signal to children that the process made natively; see {@link Process#signalNativeChildren}. */
    long signalChildren(int selector, int signal) {
        return ask(
                () -> {
                    long result = parked.signalChildren(selector, signal);
                    return result == -Errno.EAGAIN ? null : result;
                },
                (long) -Errno.ESRCH,
                (long) -Errno.ERESTARTNOINTR);
    }

    /**
     * Asks the native process on its thread.
     *
     * @param question gives null if it has to be asked again, because the process is stopped
     * @param gone the answer if there is no such process any more
     * @param leaving the answer if the guest is about to go on in it, and nothing has been asked
     */
    private <T> T ask(Supplier<T> question, T gone, T leaving) {
        for (; ; ) {
            CompletableFuture<T> answer = new CompletableFuture<>();
            AtomicBoolean begun = new AtomicBoolean();
            Thread caller = Thread.currentThread();
            boolean posted = post(() -> {
                if (begun.compareAndSet(false, true)) {
                    answer.complete(over ? gone : question.get());
                    LockSupport.unpark(caller);
                }
            });
            if (!posted) {
                return gone;
            }
            while (!answer.isDone()) {
                // That thread may be waiting for this one to come to a boundary. What has not begun takes no child away.
                if (process.leaving().isUnderWay() && begun.compareAndSet(false, true)) {
                    return leaving;
                }
                LockSupport.parkNanos(this, LOOK_NANOS);
            }
            T given = answer.join();
            if (given != null) {
                return given;
            }
            if (process.leaving().isUnderWay() || process.isExiting()) {
                return leaving;
            }
            LockSupport.parkNanos(this, LOOK_NANOS);
        }
    }

    private void pass(Parked.Signal signal) {
        SignalInfo info = process.architecture().abi().readSignalInfo(
                new ByteMemory(0, signal.info()), 0, signal.signal());
        Task task = info.code() == Signal.SI_TKILL ? process.table().task(signal.tid()) : null;
        if (task != null && task.process() == process) {
            task.signal(info);
        } else {
            process.signal(info);
        }
        if (signal.signal() == Signal.SIGCHLD) {
            process.kinship().waiting.wakeAll();
        }
    }

    private void end(ExitStatus status) {
        if (!over) {
            over = true;
            end = status;
            parked.end(status);
        }
    }

    /** The guest has stopped or goes on; its native parent is to learn of it. Any thread. */
    public void stopped(boolean value) {
        post(value ? parked::stop : parked::resume);
    }

    /** The way back into the native process. For its thread. */
    EscapeRoute route() {
        return new EscapeRoute() {
            @Override
            public void check(Process guest) throws EscapeException {
                parked.check(guest);
            }

            @Override
            public NativeShell prepare(Departing guest) throws EscapeException {
                return parked.prepare(guest);
            }
        };
    }

    /** The guest has gone on in the native process. */
    void left() {
        over = true;
    }
}
