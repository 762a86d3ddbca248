package org.nesteddune.internal.runtime;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;
import org.nesteddune.Guest;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.internal.dispatch.CallStatistics;
import org.nesteddune.internal.loader.ProgramFile;
import org.nesteddune.internal.task.GuestProcess;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Process.CpuTimes;
import org.nesteddune.kernel.SignalHandlers;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/** What the outside holds of a guest. After the guest's end it keeps the facts, not the memory. */
final class GuestHandle implements Guest {

    private final GuestProcess process;
    private final long startMillis = System.currentTimeMillis();
    private final long startNanos = System.nanoTime();
    private volatile Ended ended;
    private volatile IntConsumer stopListener;

    /** What is known of a guest that has ended. */
    private record Ended(long nanos, List<ExitCount> exits) {}

    GuestHandle(GuestProcess process) {
        this.process = process;
    }

    GuestProcess process() {
        return process;
    }

    boolean hasEnded() {
        return ended != null;
    }

    /** Keeps what goes with the machine; called just before the end is made known. */
    void ended() {
        ended = new Ended(System.nanoTime(), exits());
    }

    @Override
    public int pid() {
        return process.pid();
    }

    @Override
    public CompletionStage<ExitStatus> exit() {
        return process.exitStage().minimalCompletionStage();
    }

    @Override
    public void signal(int signal) {
        check(signal);
        if (ended == null) {
            process.signal(SignalInfo.from(signal, Signal.SI_USER, 0, 0));
        }
    }

    private static void check(int signal) {
        if (signal < 1 || signal > SignalHandlers.LAST) {
            throw new IllegalArgumentException("signal numbers are 1 to " + SignalHandlers.LAST);
        }
    }

    @Override
    public void signalGroup(int signal) {
        check(signal);
        if (ended == null) {
            process.group().signal(SignalInfo.from(signal, Signal.SI_USER, 0, 0));
        }
    }

    @Override
    public void signalForeground(int signal) {
        check(signal);
        if (ended == null) {
            process.signalForeground(signal);
        }
    }

    @Override
    public void bringToForeground() {
        if (ended == null) {
            process.bringToForeground();
        }
    }

    @Override
    public void onStop(IntConsumer listener) {
        stopListener = listener;
    }

    /** Tells whoever wants to know that the guest has stopped, or (0) goes on. */
    void stopped(int signal) {
        IntConsumer listener = stopListener;
        if (listener != null) {
            listener.accept(signal);
        }
    }

    @Override
    public Info info() {
        CpuTimes times = process.cpuTimes();
        boolean gone = ended != null;
        List<String> command = split(process.commandLine());
        return new Info(
                process.pid(),
                process.parentPid(),
                process.credentials().uid(),
                process.stateLetter(),
                process.architecture().name(),
                process.image().engine(),
                process.tasks().size(),
                gone ? 0 : process.memory().size(),
                gone ? 0 : process.memory().residentSize(),
                times.user(),
                times.system(),
                startMillis,
                ProgramFile.display(process.executable()),
                command,
                gone ? "" : workingDirectory(),
                process.blockedIn());
    }

    private String workingDirectory() {
        try {
            String directory = process.fs().workingDirectory();
            return directory == null ? "" : ProgramFile.display(directory);
        } catch (ErrnoException ended) {
            return "";
        }
    }

    private static List<String> split(byte[] strings) {
        List<String> all = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < strings.length; i++) {
            if (strings[i] == 0) {
                all.add(new String(strings, from, i - from, StandardCharsets.UTF_8));
                from = i + 1;
            }
        }
        return all;
    }

    @Override
    public Statistics statistics() {
        CallStatistics calls = process.statistics();
        Ended last = ended;
        CpuTimes own = process.cpuTimes();
        CpuTimes children = process.childrenUsage().times();
        CpuTimes times = new CpuTimes(own.user() + children.user(), own.system() + children.system());
        return new Statistics(
                calls == null ? List.of() : calls.snapshot(),
                last == null ? exits() : last.exits(),
                process.image().engine(),
                (last == null ? System.nanoTime() : last.nanos()) - startNanos,
                times.user(),
                times.system());
    }

    private List<ExitCount> exits() {
        return process.job().exitCounts().stream()
                .map(count -> new ExitCount(count.kind(), count.count()))
                .toList();
    }

    @Override
    public void trace(TraceSink sink) {
        process.trace(sink);
    }

    @Override
    public void enableStatistics() {
        process.enableStatistics();
        process.job().enableHotSpots();
    }
}
