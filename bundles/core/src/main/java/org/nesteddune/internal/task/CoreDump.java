package org.nesteddune.internal.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.arch.SignalSet;
import org.nesteddune.internal.dump.CoreFile;
import org.nesteddune.internal.dump.CoreThread;
import org.nesteddune.kernel.ExitStatus;

/**
 * The end of a process by a signal that leaves a core file: the task that got the signal writes it when all others stand
 * still, each having written down its registers; then all end ({@code do_coredump} and {@code coredump_task_exit} of the
 * kernel). SIGKILL cuts it short; nothing else disturbs it.
 */
final class CoreDump {

    private final GuestTask dumper;
    private final int signal;
    private final Map<GuestTask, CoreThread> arrived = new ConcurrentHashMap<>();
    private volatile boolean cancelled;
    private volatile boolean over;

    private CoreDump(GuestTask dumper, int signal) {
        this.dumper = dumper;
        this.signal = dumper.architecture().abi().signalToGuest(signal);
    }

    /** Ends a process by a signal that a task has got, with a core file if there is to be one. The task's own thread. */
    static void end(GuestTask task, SignalInfo info) {
        GuestProcess process = task.guestProcess();
        String message = task.signals().messageOf(info.signal());
        CoreDump dump = new CoreDump(task, info.signal());
        boolean written = false;
        if (CoreFile.isWanted(task) && process.groupExit().begin(dump)) {
            try {
                written = dump.write(info);
            } finally {
                dump.over = true;
            }
        }
        process.groupExit().exit(task, ExitStatus.signaled(info.signal(), message, written));
        dump.arrived.keySet().forEach(GuestTask::unpark);
    }

    private boolean write(SignalInfo info) {
        try {
            add(dumper);
            // Signals that come now are nobody's; none is to disturb the calls that write the file.
            dumper.signals().mask(SignalSet.ALL);
            if (!dumper.awaitAnyhow(() -> cancelled || arrived.keySet().containsAll(dumper.guestProcess().threadGroup().tasks()))
                    || cancelled) {
                return false;
            }
            List<CoreThread> threads = new ArrayList<>();
            threads.add(arrived.get(dumper));
            for (GuestTask each : dumper.guestProcess().threadGroup().tasks()) {
                if (each != dumper) {
                    threads.add(arrived.get(each));
                }
            }
            return CoreFile.write(dumper, info, threads, () -> cancelled);
        } catch (RuntimeException | OutOfMemoryError defect) {
            dumper.guestProcess().runtime().defect("core file of guest " + dumper.guestProcess().pid(), defect);
            return false;
        }
    }

    /** Whether a task is the one that writes. */
    boolean isBy(GuestTask task) {
        return task == dumper;
    }

    boolean isOver() {
        return over;
    }

    /** Makes it end soon. Any thread. */
    void cancel() {
        cancelled = true;
        dumper.unpark();
    }

    /** Another task ends: it tells what it is and stays until the file is written. Its own thread. */
    void join(GuestTask task) {
        if (over || task == dumper) {
            return;
        }
        add(task);
        dumper.unpark();
        while (!over) {
            LockSupport.park(this);
        }
    }

    /** A task has gone without a word, since it was ending before. */
    void taskEnded() {
        dumper.unpark();
    }

    private void add(GuestTask task) {
        Architecture architecture = task.architecture();
        SignalSet blocked = architecture.abi().signalSetToGuest(task.signalMask());
        arrived.put(task, CoreThread.of(task, architecture.coreLayout(), signal, blocked));
    }
}
