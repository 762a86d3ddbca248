package org.nesteddune.migration;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
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
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.ChildSelector;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Ptrace;
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

    /** What {@link #wake} sends; what is sent with it tells it from others of that number. */
    private static final int WAKING = 64;

    private static final long COOKIE = 0x64756e6577616b65L;

    /** The same for the one that is made SIGSTOP when it is delivered. Were it sent as that, it would take away a SIGCONT that waits. */
    private static final long STOPPING = 0x64756e6573746f70L;

    private static final int SI_QUEUE = -1;
    private static final int CODE = 8;
    private static final int VALUE = 24;

    private static final long LOOK_NANOS = 20_000_000;

    private static final long NONE = 0;
    private static final long BLOCKED = ~org.nesteddune.linux.Signal.bit(org.nesteddune.linux.Signal.SIGTRAP);
    private static final int RSEQ_FLAG_UNREGISTER = 1;
    private static final long[] NO_SEQUENCES = new long[3];
    private static final int SIGNAL_SET = 8;
    private static final int TIMER = 32;
    private static final int LIMIT = 16;
    private static final int SIGNAL_INFO = 128;
    private static final byte[] NO_TIME = new byte[16];

    /** The default of fs.nr_open. */
    private static final long MOST_DESCRIPTORS = 1 << 20;

    private final Shell shell;
    private final List<NativeMap> kept;
    private final Map<Integer, long[]> sequences;
    private final Deque<Event> events = new ArrayDeque<>();
    private final List<Signal> waiting = new ArrayList<>();
    private final Object lock = new Object();

    /** −1 once the process is gone. Guarded by {@link #lock}. */
    private int handle = -1;
    /** Whether signals may be sent that are not meant for the guest. Guarded by {@link #lock}. */
    private boolean sends = true;
    private boolean gone;

    private final Thread keeper = Thread.currentThread();
    private volatile boolean woken;
    /** Whether the guest is stopped, and the process is to be. */
    private boolean stopWanted;
    private boolean stopped;
    /** Whether a SIGCONT of ours is on its way. */
    private boolean resuming;

    private ParkedProcess(Shell shell, List<NativeMap> kept, Map<Integer, long[]> sequences) {
        this.shell = shell;
        this.kept = kept;
        this.sequences = sequences;
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
        ParkedProcess parked = new ParkedProcess(shell, kept, new HashMap<>(sequences));
        long process = Linux.call(SyscallNumbers.SYS_pidfd_open, shell.pid(), 0);
        if (process < 0) {
            throw new EscapeException("process " + shell.pid() + " is gone: " + Errno.text((int) -process));
        }
        parked.handle = (int) process;
        boolean good = false;
        try {
            steps.step("take signals");
            parked.takeSignals();
            steps.step("forget restartable sequences");
            parked.forgetSequences();
            steps.step("empty");
            good = true;
        } finally {
            if (!good) {
                parked.restore();
                parked.forget();
            }
        }
        parked.keepSignals();
        parked.empty();
        parked.keepWaiting(waits);
        for (int tid : shell.threads()) {
            shell.tracer().mask(tid, NONE);
            shell.park(tid);
        }
        return parked;
    }

    /** Threads that wait for a time find what they look at; there is nothing else in its memory. */
    private void keepWaiting(Map<Integer, KeptWait> waits) throws EscapeException {
        Script script = script(shell.pid());
        for (KeptWait wait : waits.values()) {
            long first = wait.address() & -Linux.PAGE_SIZE;
            long end = wait.address() + wait.content().length + Linux.PAGE_SIZE - 1 & -Linux.PAGE_SIZE;
            for (long page = first; page < end; page += Linux.PAGE_SIZE) {
                // Another thread's wait may have it already.
                script.attempt("mmap", page, Linux.PAGE_SIZE, Mman.PROT_READ | Mman.PROT_WRITE,
                        Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED_NOREPLACE, -1, 0);
            }
        }
        script.run();
        for (Map.Entry<Integer, KeptWait> each : waits.entrySet()) {
            if (each.getValue().content().length != 0) {
                shell.write(each.getValue().address(), each.getValue().content());
            }
            shell.keepsWaiting(each.getKey());
        }
    }

    private void forgetSequences() throws EscapeException {
        for (Map.Entry<Integer, long[]> each : sequences.entrySet()) {
            long[] area = each.getValue();
            if (area[0] != 0) {
                Script script = script(each.getKey());
                script.add("rseq", "forget its restartable sequences", area[0], area[1], RSEQ_FLAG_UNREGISTER, area[2]);
                script.run();
            }
        }
    }

    /** Takes back what has been done before it is emptied. */
    private void restore() throws EscapeException {
        for (Map.Entry<Integer, long[]> each : sequences.entrySet()) {
            long[] area = each.getValue();
            shell.tracer().mask(each.getKey(), BLOCKED);
            Script script = script(each.getKey());
            if (area[0] != 0) {
                // Or it has not been forgotten yet: EBUSY.
                script.attempt("rseq", area[0], area[1], 0, area[2]);
            }
            script.run();
        }
        shell.giveBackStrays();
    }

    private Script script(int tid) {
        return new Script(shell, shell.code().syscallNumbers(), tid);
    }

    /** Takes everything away; what the kernel should not let go stays until it escapes or ends. All threads stand still. */
    private void empty() throws EscapeException {
        Script script = script(shell.pid());
        script.room(3, TIMER);
        long off = script.space(TIMER);
        for (int which = 0; which < 3; which++) {
            script.attempt("setitimer", which, off, 0);
        }
        for (long[] range : MemoryMove.disposable(shell, kept)) {
            script.attempt("munmap", range[0], range[1] - range[0]);
        }
        script.attempt("close_range", 0, 0xffffffffL, 0);
        script.run();
        Script.writeWaiting(shell, shell.code().syscallNumbers());
    }

    /** Takes the signals that it has blocked until now. */
    private void takeSignals() throws EscapeException {
        for (int tid : shell.threads()) {
            shell.tracer().mask(tid, NONE);
            Script script = script(tid);
            script.add("getpid", "make a call");
            script.run();
        }
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
        send(WAKING, COOKIE);
    }

    /** Sends a signal that is not meant for the guest; one to stop to the first thread, which is the one that is seen to do so. */
    private void send(int signal, long cookie) {
        synchronized (lock) {
            if (handle < 0 || !sends) {
                return;
            }
            try (NativeBuffer info = new NativeBuffer(SIGNAL_INFO)) {
                Memory.putInt(info.address(), signal);
                Memory.putInt(info.address() + CODE, SI_QUEUE);
                Memory.putLong(info.address() + VALUE, cookie);
                if (cookie == STOPPING) {
                    Linux.call(SyscallNumbers.SYS_rt_tgsigqueueinfo, shell.pid(), shell.pid(), signal, info.address());
                } else {
                    Linux.call(SyscallNumbers.SYS_pidfd_send_signal, handle, signal, info.address(), 0);
                }
            }
        }
    }

    @Override
    public Event await() {
        while (events.isEmpty()) {
            try {
                Tracer.Change change = stopped ? lookUntilWoken() : shell.tracer().awaitAny();
                if (change == null || noteIsWaking(change)) {
                    woken = false;
                    return null;
                }
            } catch (EscapeException lost) {
                ended(ExitStatus.signaled(org.nesteddune.linux.Signal.SIGKILL, lost.getMessage()));
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
                ended(status(stop.status()));
            }
            return false;
        }
        if (stop.event() != 0) {
            noteStop(tid, stop);
            return false;
        }
        byte[] info = shell.tracer().signalInfo(tid);
        if (shell.isEndOfWait(tid, stop)) {
            shell.waitIsOver(tid);
            shell.park(tid);
            keepStrays();
            return false;
        }
        if (isOurs(info)) {
            boolean stops = value(info) == STOPPING;
            shell.tracer().goOn(tid, stops && stopWanted ? org.nesteddune.linux.Signal.SIGSTOP : 0);
            return stop.signal() == WAKING && !stops;
        }
        shell.tracer().goOn(tid);
        events.add(new Signal(tid, stop.signal(), info));
        return false;
    }

    /** All threads stop with their process, and are told when it goes on. */
    private void noteStop(int tid, Tracer.Stop stop) throws EscapeException {
        boolean begins = stop.event() == Ptrace.PTRACE_EVENT_STOP && stop.signal() == org.nesteddune.linux.Signal.SIGSTOP;
        if (begins) {
            shell.tracer().listen(tid);
        } else {
            shell.tracer().goOn(tid);
        }
        if (tid == shell.pid()) {
            stopped = begins;
            if (begins && (!stopWanted || hasContinueWaiting())) {
                resume();
            } else if (!begins && resuming) {
                resuming = false;
                if (stopWanted) {
                    stop();
                }
            }
        }
    }

    /** Whether it was told to go on before it had stopped, which then does not end the stop. */
    private boolean hasContinueWaiting() throws EscapeException {
        Map<String, String> status = new ProcFiles(shell.pid()).fields("status");
        long pending = Long.parseUnsignedLong(status.get("SigPnd"), 16) | Long.parseUnsignedLong(status.get("ShdPnd"), 16);
        return (pending & org.nesteddune.linux.Signal.bit(org.nesteddune.linux.Signal.SIGCONT)) != 0;
    }

    @Override
    public Children awaitChild(ChildSelector selector, int options) {
        if (gone || stopped) {
            return gone ? Children.NONE : null;
        }
        try {
            shell.stop(shell.pid());
            Children children = NativeChildren.await(script(shell.pid()), selector, options);
            keepStrays();
            shell.park(shell.pid());
            if (stopWanted) {
                stop(); // what was sent for it may be among those
            }
            return children;
        } catch (EscapeException lost) {
            // It has been killed, of which await tells.
            return Children.NONE;
        }
    }

    @Override
    public long signalChildren(int selector, int signal) {
        if (gone || stopped) {
            return gone ? -Errno.ESRCH : -Errno.EAGAIN;
        }
        try {
            List<Integer> targets = NativeChildren.find(shell.pid(), selector);
            if (targets.isEmpty()) {
                return -Errno.ESRCH;
            }
            shell.stop(shell.pid());
            long result = NativeChildren.signal(script(shell.pid()), targets, signal);
            keepStrays();
            shell.park(shell.pid());
            return result;
        } catch (EscapeException lost) {
            // It has been killed, of which await tells.
            return -Errno.ESRCH;
        }
    }

    @Override
    public void stop() {
        stopWanted = true;
        if (!gone && !stopped) {
            send(WAKING, STOPPING);
        }
    }

    @Override
    public void resume() {
        stopWanted = false;
        if (!gone && stopped) {
            resuming = true;
            // Not the guest's: it may have been stopped again by then.
            send(org.nesteddune.linux.Signal.SIGCONT, COOKIE);
        }
    }

    @Override
    public void check(org.nesteddune.kernel.Process guest) throws EscapeException {
        Obstacles.check(guest);
    }

    /** Whether a signal is of {@link #send}. */
    private static boolean isOurs(byte[] info) {
        return Script.buffer(info).getInt(CODE) == SI_QUEUE && (value(info) == COOKIE || value(info) == STOPPING);
    }

    private static long value(byte[] info) {
        return Script.buffer(info).getLong(VALUE);
    }

    private static ExitStatus status(int wait) {
        int signal = wait & 0x7f;
        return signal == 0
                ? ExitStatus.exited(wait >> 8 & 0xff)
                : ExitStatus.signaled(signal, "its native process was killed", (wait & 0x80) != 0);
    }

    private void ended(ExitStatus status) {
        gone();
        events.add(new Ended(status));
    }

    /** The process is none of ours any more. */
    private void gone() {
        gone = true;
        forget();
        shell.close();
    }

    private void forget() {
        synchronized (lock) {
            Spawner.close(handle);
            handle = -1;
        }
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
                Migration.fill(guest, shell, contents, kept, sequences);
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
            shell.tracer().mask(tid, BLOCKED);
        }
        keepStrays();
        takeOwn();
        liftLimit();
    }

    /** What would wake the process, it must not find when it goes on natively. From here on nothing of that kind is sent. */
    private void takeOwn() throws EscapeException {
        sends(false);
        boolean more = true;
        while (more) {
            Script script = script(shell.pid());
            script.room(1, SIGNAL_SET + SIGNAL_INFO + NO_TIME.length);
            long set = script.data(Script.structure(SIGNAL_SET).putLong(org.nesteddune.linux.Signal.bit(WAKING)).array());
            long info = script.space(SIGNAL_INFO);
            script.attempt("rt_sigtimedwait", set, info, script.data(NO_TIME), SIGNAL_SET);
            script.run();
            more = script.result(0) == WAKING;
            if (more) {
                byte[] taken = new byte[SIGNAL_INFO];
                Memory.copyFrom(script.own(info), taken, 0, taken.length);
                keep(shell.pid(), WAKING, taken);
            }
        }
    }

    private void sends(boolean value) {
        synchronized (lock) {
            sends = value;
        }
    }

    /** The socket for descriptors lies above all of them. Limits become the guest's at last. */
    private void liftLimit() throws EscapeException {
        Script script = script(shell.pid());
        script.room(3, 2 * LIMIT);
        long pair = script.space(LIMIT);
        script.add("prlimit64", "say what its limit of descriptors is", 0, Resource.RLIMIT_NOFILE, 0, pair);
        script.run();
        long hard = Memory.getLong(script.own(pair) + 8);
        for (long limit : new long[] {hard, Long.compareUnsigned(hard, MOST_DESCRIPTORS) > 0 ? hard : MOST_DESCRIPTORS}) {
            script.room(1, LIMIT);
            long wanted = script.data(Script.structure(LIMIT).putLong(limit).putLong(limit).array());
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
        if (!isOurs(info)) {
            events.add(new Signal(tid, signal, info));
        }
    }

    private void parkAgain() {
        try {
            shell.disconnect();
            for (int tid : shell.threads()) {
                shell.interrupt(tid);
                shell.tracer().mask(tid, BLOCKED);
            }
            shell.cover();
            for (int tid : shell.threads()) {
                // The kernel writes there whenever the thread goes on.
                long[] area = sequences.getOrDefault(tid, NO_SEQUENCES);
                Script script = script(tid);
                script.attempt("rseq", area[0], area[1], RSEQ_FLAG_UNREGISTER, area[2]);
                script.run();
            }
            empty();
            for (int tid : shell.threads()) {
                shell.tracer().mask(tid, NONE);
                shell.park(tid);
            }
            keepStrays();
            sends(true);
        } catch (EscapeException lost) {
            Linux.kill(shell.pid(), org.nesteddune.linux.Signal.SIGKILL);
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
                        ended(ExitStatus.signaled(org.nesteddune.linux.Signal.SIGKILL, killed.getMessage()));
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
                exit(status.code());
            } else {
                die(status.signal());
            }
            awaitEnd(status.signal());
        } catch (EscapeException killed) {
            Linux.kill(shell.pid(), org.nesteddune.linux.Signal.SIGKILL);
        }
        if (!gone) {
            shell.threads().stream().filter(tid -> tid != shell.pid()).forEach(shell.tracer()::reap);
            shell.tracer().reap(shell.pid());
            gone();
        }
    }

    private void exit(int code) throws EscapeException {
        byte[] registers = shell.tracer().registers(shell.pid());
        shell.code().call(
                registers, shell.callInstruction(), shell.code().syscallNumbers().number("exit_group"), code);
        shell.tracer().registers(shell.pid(), registers);
        shell.tracer().goOn(shell.pid());
    }

    /** A core file, if there was to be one, is the guest's. */
    private void die(int signal) throws EscapeException {
        if (signal != org.nesteddune.linux.Signal.SIGKILL) {
            shell.stop(shell.pid());
            Script script = script(shell.pid());
            script.room(1, TIMER);
            long action = script.data(Script.structure(TIMER).putLong(SignalAction.DEFAULT).array());
            script.attempt("rt_sigaction", signal, action, 0, SIGNAL_SET);
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
