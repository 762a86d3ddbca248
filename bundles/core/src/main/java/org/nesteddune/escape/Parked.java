package org.nesteddune.escape;

import java.util.List;
import org.nesteddune.kernel.ChildEvent;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Process;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A native process that has been emptied and waits while it is a guest: its number stays taken, signals that are sent to it can be
 * told, and its parent can wait for it. If the runtime ends, it ends. For the thread that parked it, but for {@link #wake}.
 */
@ConsumerType
public interface Parked {

    /** Its process id on the host. */
    int pid();

    /** Signals that waited for it when it was parked. */
    List<Signal> waiting();

    /** Makes {@link #await} return null soon. Any thread; nothing if the process is gone. */
    void wake();

    /**
     * Waits for something to happen.
     *
     * @return what has; null after {@link #wake}
     */
    Event await();

    /**
     * Lets it wait for its children, which stay native; returns at once.
     *
     * @param options {@code W*} of waitid(2)
     * @return null if it is stopped and cannot do so now
     */
    Children awaitChild(ChildSelector selector, int options);

    /**
     * Lets it send a signal to its children, which stay native.
     *
     * @param selector as kill(2) takes it
     * @return what kill(2) says; −ESRCH also if it is about others, −EAGAIN if it is stopped and cannot do so now
     */
    long signalChildren(int selector, int signal);

    /** Stops it, as its guest has stopped, so that its parent learns of that. */
    void stop();

    /** Lets it wait on after {@link #stop}, as its guest goes on. */
    void resume();

    /**
     * Looks whether its guest can go on in it.
     *
     * @throws EscapeException if it has something that cannot be taken along
     */
    void check(Process guest) throws EscapeException;

    /**
     * Makes it ready to go on as a guest stands now. The guest stands still meanwhile and is only looked at.
     *
     * @return the same process; abandoned it is parked again
     * @throws EscapeException if that did not succeed; it is parked as before then
     */
    NativeShell prepare(Departing guest) throws EscapeException;

    /** Makes it end as its guest has ended, and frees what this side has. Idempotent. */
    void end(ExitStatus status);

    /**
     * What a native process learns of its children.
     *
     * @param any whether it has such at all
     * @param event null if there is nothing to tell now
     */
    record Children(boolean any, ChildEvent event) {

        /** It has none. */
        public static final Children NONE = new Children(false, null);
    }

    /** What can happen to it. */
    sealed interface Event permits Signal, WaitOver, Ended {}

    /**
     * It was sent a signal, which has had no effect.
     *
     * @param tid its thread that was chosen to take it
     * @param signal number on the host
     * @param info {@code siginfo_t} of the host
     */
    record Signal(int tid, int signal, byte[] info) implements Event {}

    /** The time has come that one of its threads waits for ({@link NativeThread.Wait}). */
    record WaitOver(int tid) implements Event {}

    /** It has been killed. */
    record Ended(ExitStatus status) implements Event {}
}
