package org.nesteddune.internal.task;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.arch.SignalFrames.AlternateStack;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.escape.Departing;
import org.nesteddune.host.KickSignal;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Wait;
import org.nesteddune.mm.Vma;

/**
 * What is left in dune of a process that has become a native one: its first task, which has its pid, its parent and its place among
 * the others, and passes on the signals that are sent to it; and a thread that waits for the native process and passes on
 * that it stops, goes on and ends.
 */
public final class Emigrant {

    private static final long KICK_NANOS = 1_000_000;

    /** Takes the place of a handler: what is sent is taken, whatever the default would be. */
    private static final SignalAction TAKEN = new SignalAction(-1, 0, 0, SignalSet.EMPTY);

    private final GuestProcess process;
    private final int pid;
    private final List<Departing.Waiting> waiting;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Queue<Supplier<ExitStatus>> visits = new ConcurrentLinkedQueue<>();
    private volatile int watcher;

    /** @param waiting signals that the native process has been given, for it or its first task */
    Emigrant(GuestProcess process, int pid, List<Departing.Waiting> waiting) {
        this.waiting = waiting;
        this.process = process;
        this.pid = pid;
    }

    /** The native process's number on the host. */
    public int pid() {
        return pid;
    }

    /** What all tasks but the first have to forget before they end: their memory is not theirs any more. */
    void disown(GuestTask task) {
        task.settings().robustListHead(0);
        task.settings().clearChildTid(0);
    }

    /** Stands for the process until it has ended. The first task's own thread. */
    void represent(GuestTask task) {
        if (task.awaitAnyhow(() -> process.threadGroup().tasks().size() == 1)) {
            leave(task);
        }
        if (process.anchor() != null) {
            // Its parent is a native process too, so nobody here waits for it.
            process.exit(ExitStatus.left("it has left dune and is process " + pid + " of the host"));
            return;
        }
        while (!task.isEnding()) {
            task.attention().taken();
            if (process.groupStop().holds(task)) {
                process.groupStop().hold(task);
            }
            SignalInfo info = task.signals().next();
            if (info != null) {
                send(info.signal());
            } else {
                task.park(Long.MAX_VALUE);
            }
        }
        if (ended.getCount() != 0) {
            send(Signal.SIGKILL);
        }
        awaitEnd();
    }

    /** Gives back what the native process has now. */
    private void leave(GuestTask task) {
        process.timers().close();
        process.processes().jobs().left(process);
        for (Departing.Waiting each : waiting) {
            if (each.task() == null || each.task() == task) {
                (each.task() == null ? process.pendingSignals() : task.pendingSignals()).take(SignalSet.of(each.signal()));
            }
        }
        task.files().adopt(process, new DescriptorTable());
        for (Vma vma : process.memory().mappings()) {
            process.memory().unmap(vma.start(), vma.length());
        }
        for (int signal = 1; signal <= Signal.NSIG; signal++) {
            if (signal != Signal.SIGKILL && signal != Signal.SIGSTOP) {
                process.signalHandlers().set(signal, TAKEN);
            }
        }
        task.signals().alternateStack(AlternateStack.NONE);
        task.signals().restoreMask();
        task.signalMask(SignalSet.EMPTY);
    }

    private void send(int signal) {
        // It is the runtime's child and not waited for yet, so the number is its own.
        if (ended.getCount() != 0) {
            Linux.kill(pid, signal);
        }
    }

    private void awaitEnd() {
        boolean interrupted = false;
        for (; ; ) {
            try {
                ended.await();
                break;
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Has the thread that waits for the native process do something else about it, which no other thread can.
     *
     * @param visit gives how the process has ended; null if it has not
     * @return whether that has begun; not so if the process has ended
     */
    public boolean visit(Supplier<ExitStatus> visit) {
        visits.add(visit);
        // A kick that comes just before the wait begins is lost.
        while (visits.contains(visit) && ended.getCount() != 0) {
            if (watcher != 0) {
                KickSignal.send(watcher);
            }
            LockSupport.parkNanos(this, KICK_NANOS);
        }
        return !visits.remove(visit);
    }

    /** Waits for the native process, and tells the guest's relatives what becomes of it. On a thread of its own. */
    void watch() {
        watcher = (int) Linux.gettid();
        try (NativeBuffer status = new NativeBuffer(16)) {
            boolean over = false;
            while (!over) {
                Supplier<ExitStatus> visit = visits.poll();
                over = visit == null ? told(status) : visited(visit);
            }
        } finally {
            ended.countDown();
            process.threadGroup().unpark();
        }
    }

    private boolean visited(Supplier<ExitStatus> visit) {
        ExitStatus end = visit.get();
        if (end != null) {
            process.exit(end);
        }
        return end != null;
    }

    private boolean told(NativeBuffer buffer) {
        long result = Linux.call(
                SyscallNumbers.SYS_wait4, pid, buffer.address(), Wait.WUNTRACED | Wait.WCONTINUED, 0);
        if (result == -Errno.EINTR) {
            return false;
        }
        if (result < 0) {
            process.exit(ExitStatus.signaled(
                    Signal.SIGKILL, "process " + pid + " cannot be waited for: " + Errno.text((int) -result)));
            return true;
        }
        int status = Memory.getInt(buffer.address());
        if (status == 0xffff) {
            process.groupStop().resume();
            return false;
        }
        if ((status & 0xff) == 0x7f) {
            process.groupStop().stop(status >> 8 & 0xff, process.groupStop().resumptions());
            return false;
        }
        process.exit(ExitStatus.ofWait(status, ""));
        return true;
    }
}
