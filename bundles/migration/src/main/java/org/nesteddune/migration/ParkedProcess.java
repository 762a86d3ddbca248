package org.nesteddune.migration;

import static org.nesteddune.linux.Signal.SIGKILL;
import static org.nesteddune.linux.Signal.SIGSTOP;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.nesteddune.arch.SignalAction;
import org.nesteddune.escape.Departing;
import org.nesteddune.escape.EntryRoute.Steps;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.escape.NativeShell;
import org.nesteddune.escape.Parked;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.migration.TimedCall.KeptWait;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.HostContents;
import org.nesteddune.syscall.ErrnoException;

/**
 * A process that was there before and is a guest now. All its threads wait in the table's code, where each signal stops them; so
 * whoever traces learns of it. For the thread that traces.
 */
final class ParkedProcess implements Parked {

    private static final long LOOK_NANOS = 20_000_000;

    /** The default of fs.nr_open. */
    private static final long MOST_DESCRIPTORS = 1 << 20;

    private final Shell shell;
    private final Parking parking;
    private final Deque<Event> events = new ArrayDeque<>();
    private final List<Signal> waiting = new ArrayList<>();
    private final OwnSignals signals;
    private final FollowedStops stops;
    private boolean gone;

    private final Thread keeper = Thread.currentThread();
    private volatile boolean woken;

    private ParkedProcess(Shell shell, OwnSignals signals, Parking parking) {
        this.shell = shell;
        this.signals = signals;
        this.stops = new FollowedStops(shell, signals);
        this.parking = parking;
    }

    /**
     * Empties a process and lets it wait. What could fail is done first, and taken back if something does.
     *
     * @param shell all its threads stand still
     * @param kept mappings that stay, ascending
     * @param sequences restartable sequences of its threads
     * @param waits threads that go on waiting for a time, with what they need
     * @throws EscapeException if the process is as it was, or gone
     */
    static ParkedProcess park(
            Shell shell, List<NativeMap> kept, Map<Integer, long[]> sequences, Map<Integer, KeptWait> waits, Steps steps)
            throws EscapeException {
        OwnSignals signals = OwnSignals.to(shell.pid());
        Parking parking = new Parking(shell, kept, sequences, waits);
        boolean good = false;
        try {
            parking.prepare(steps);
            good = true;
        } finally {
            if (!good) {
                signals.close();
            }
        }
        ParkedProcess parked = new ParkedProcess(shell, signals, parking);
        parked.keepSignals();
        parking.park();
        return parked;
    }

    private Script script(int tid) {
        return new Script(shell, shell.code().syscallNumbers(), tid);
    }

    /** Those are the guest's. */
    private void keepSignals() {
        for (Shell.Stray stray : shell.takeStrays()) {
            waiting.add(new Signal(stray.tid(), stray.signal(), stray.info()));
        }
    }

    @Override
    public int pid() {
        return shell.pid();
    }

    @Override
    public List<Signal> waiting() {
        return List.copyOf(waiting);
    }

    @Override
    public void wake() {
        woken = true;
        LockSupport.unpark(keeper);
        signals.wake();
    }

    @Override
    public Event await() {
        while (events.isEmpty()) {
            try {
                Tracer.Change change = stops.isStopped() ? lookUntilWoken() : shell.tracer().awaitAny();
                if (change == null || noteIsWaking(change)) {
                    woken = false;
                    return null;
                }
            } catch (EscapeException lost) {
                ended(ExitStatus.signaled(SIGKILL, lost.getMessage()));
            }
        }
        return events.poll();
    }

    /** No signal but SIGCONT and SIGKILL reaches a process that is stopped, not even ours. */
    private Tracer.Change lookUntilWoken() throws EscapeException {
        while (!woken) {
            Tracer.Change change = shell.tracer().lookForAny();
            if (change != null) {
                return change;
            }
            LockSupport.parkNanos(this, LOOK_NANOS);
        }
        return null;
    }

    private boolean noteIsWaking(Tracer.Change change) throws EscapeException {
        int tid = change.tid();
        Tracer.Stop stop = change.stop();
        if (!stop.isStop()) {
            if (tid == shell.pid()) {
                ended(ExitStatus.ofWait(stop.status(), "its native process was killed"));
            }
            return false;
        }
        if (stop.event() != 0) {
            stops.note(tid, stop);
            return false;
        }
        byte[] info = shell.tracer().signalInfo(tid);
        if (shell.isEndOfWait(tid, stop)) {
            shell.waitIsOver(tid);
            shell.park(tid);
            keepStrays();
            return false;
        }
        if (OwnSignals.isOne(info)) {
            shell.tracer().goOn(tid, OwnSignals.isToStop(info) && stops.isWanted() ? SIGSTOP : 0);
            return OwnSignals.isToWake(stop.signal(), info);
        }
        shell.tracer().goOn(tid);
        events.add(new Signal(tid, stop.signal(), info));
        return false;
    }

    @Override
    public Children awaitChild(ChildSelector selector, int options) {
        if (gone || stops.isStopped()) {
            return gone ? Children.NONE : null;
        }
        try {
            return duringStop(script -> NativeChildren.await(script, selector, options));
        } catch (EscapeException lost) {
            // It has been killed, of which await tells.
            return Children.NONE;
        }
    }

    /** What the process's first thread is asked. */
    private interface Question<T> {

        T ask(Script script) throws EscapeException;
    }

    private <T> T duringStop(Question<T> question) throws EscapeException {
        shell.stop(shell.pid());
        T answer = question.ask(script(shell.pid()));
        keepStrays();
        shell.park(shell.pid());
        stops.insist();
        return answer;
    }

    @Override
    public long signalChildren(int selector, int signal) {
        if (gone || stops.isStopped()) {
            return gone ? -Errno.ESRCH : -Errno.EAGAIN;
        }
        try {
            List<Integer> targets = NativeChildren.find(shell.pid(), selector);
            if (targets.isEmpty()) {
                return -Errno.ESRCH;
            }
            return duringStop(script -> NativeChildren.signal(script, targets, signal));
        } catch (EscapeException lost) {
            // It has been killed, of which await tells.
            return -Errno.ESRCH;
        }
    }

    @Override
    public void stop() {
        stops.stop();
    }

    @Override
    public void resume() {
        stops.resume();
    }

    @Override
    public void check(Process guest) throws EscapeException {
        Obstacles.check(guest);
    }

    private void ended(ExitStatus status) {
        gone();
        events.add(new Ended(status));
    }

    /** The process is none of ours any more. */
    private void gone() {
        gone = true;
        signals.close();
        shell.close();
    }

    @Override
    public NativeShell prepare(Departing guest) throws EscapeException {
        if (gone) {
            throw new EscapeException("process " + shell.pid() + " is gone");
        }
        Migration.checkCalls(guest);
        AddressSpace memory = guest.process().memory();
        guest.step("look at memory");
        try (HostContents contents = memory.hostContents()) {
            boolean good = false;
            try {
                guest.step("stop the process");
                stopAll();
                Migration.fill(guest, shell, contents, parking.kept(), parking.sequences());
                good = true;
                return new Homeward();
            } finally {
                if (!good) {
                    parkAgain();
                }
            }
        } catch (ErrnoException failed) {
            throw EscapeException.failed(guest.process(), failed.getMessage(), failed);
        }
    }

    private void stopAll() throws EscapeException {
        for (int tid : shell.threads()) {
            shell.stop(tid);
            shell.tracer().mask(tid, Parking.BLOCKED);
        }
        keepStrays();
        takeOwn();
        liftLimit();
    }

    /** What would wake the process, it must not find when it goes on natively. From here on nothing of that kind is sent. */
    private void takeOwn() throws EscapeException {
        signals.allow(false);
        Script script = script(shell.pid());
        for (byte[] info = OwnSignals.take(script); info != null; info = OwnSignals.take(script)) {
            keep(shell.pid(), OwnSignals.WAKING, info);
        }
    }

    /** The socket for descriptors lies above all of them. Limits become the guest's at last. */
    private void liftLimit() throws EscapeException {
        Script script = script(shell.pid());
        script.room(3, 2 * KernelStructures.LIMIT);
        long pair = script.space(KernelStructures.LIMIT);
        script.add("prlimit64", "say what its limit of descriptors is", 0, Resource.RLIMIT_NOFILE, 0, pair);
        script.run();
        long hard = Memory.getLong(script.own(pair) + 8);
        for (long limit : new long[] {hard, Long.compareUnsigned(hard, MOST_DESCRIPTORS) > 0 ? hard : MOST_DESCRIPTORS}) {
            script.room(1, KernelStructures.LIMIT);
            long wanted = script.data(KernelStructures.limit(limit, limit));
            script.attempt("prlimit64", 0, Resource.RLIMIT_NOFILE, wanted, 0);
            script.run();
        }
    }

    /** Signals that have come meanwhile are the guest's. */
    private void keepStrays() {
        for (Shell.Stray stray : shell.takeStrays()) {
            keep(stray.tid(), stray.signal(), stray.info());
        }
        shell.takeEndedWaits().forEach(tid -> events.add(new WaitOver(tid)));
    }

    private void keep(int tid, int signal, byte[] info) {
        if (!OwnSignals.isOne(info)) {
            events.add(new Signal(tid, signal, info));
        }
    }

    private void parkAgain() {
        try {
            parking.parkAgain();
            keepStrays();
            signals.allow(true);
        } catch (EscapeException lost) {
            Linux.kill(shell.pid(), SIGKILL);
        }
    }

    /** The process as it is when it is to go on as the guest. */
    private final class Homeward implements NativeShell {

        private boolean over;

        @Override
        public int pid() {
            return shell.pid();
        }

        @Override
        public void release() throws EscapeException {
            over = true;
            boolean first = true;
            for (int tid : shell.threads()) {
                try {
                    shell.tracer().detach(tid);
                } catch (EscapeException killed) {
                    if (first) {
                        ended(ExitStatus.signaled(SIGKILL, killed.getMessage()));
                        throw killed;
                    }
                }
                first = false;
            }
            // What came while it was made ready.
            for (Event event : events) {
                if (event instanceof Signal signal) {
                    Linux.kill(shell.pid(), signal.signal());
                }
            }
            gone();
        }

        @Override
        public void abandon() {
            if (!over) {
                over = true;
                parkAgain();
            }
        }
    }

    @Override
    public void end(ExitStatus status) {
        if (gone) {
            return;
        }
        try {
            if (status.signal() == 0) {
                shell.stop(shell.pid());
                shell.beginCall(shell.pid(), shell.code().syscallNumbers().number("exit_group"), status.code());
            } else {
                die(status.signal());
            }
            awaitEnd(status.signal());
        } catch (EscapeException killed) {
            Linux.kill(shell.pid(), SIGKILL);
        }
        if (!gone) {
            shell.threads().stream().filter(tid -> tid != shell.pid()).forEach(shell.tracer()::reap);
            shell.tracer().reap(shell.pid());
            gone();
        }
    }

    /** A core file, if there was to be one, is the guest's. */
    private void die(int signal) throws EscapeException {
        if (signal != SIGKILL) {
            shell.stop(shell.pid());
            Script script = script(shell.pid());
            script.room(1, KernelStructures.SIGNAL_ACTION);
            long action = script.data(Script.structure(KernelStructures.SIGNAL_ACTION).putLong(SignalAction.DEFAULT).array());
            script.attempt("rt_sigaction", signal, action, 0, KernelStructures.SIGNAL_SET);
            script.run();
            try (NativeBuffer none = new NativeBuffer(16)) {
                Memory.fill(none.address(), 16, (byte) 0);
                Linux.prlimit64(shell.pid(), Resource.RLIMIT_CORE, none.address(), 0);
            }
            shell.tracer().goOn(shell.pid());
        }
        Linux.tgkill(shell.pid(), shell.pid(), signal);
    }

    /** Until the process is gone; it stops once more for the signal that it is to die of. */
    private void awaitEnd(int signal) throws EscapeException {
        while (!gone) {
            Tracer.Change change = shell.tracer().awaitAny();
            Tracer.Stop stop = change.stop();
            if (!stop.isStop()) {
                if (change.tid() == shell.pid()) {
                    gone();
                }
            } else {
                boolean fatal = stop.event() == 0 && stop.signal() == signal && change.tid() == shell.pid();
                shell.tracer().goOn(change.tid(), fatal ? signal : 0);
            }
        }
    }
}
