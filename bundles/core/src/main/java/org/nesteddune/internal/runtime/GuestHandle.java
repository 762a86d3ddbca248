package org.nesteddune.internal.runtime;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;
import org.nesteddune.CallMeter;
import org.nesteddune.Guest;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.internal.dispatch.CallStatistics;
import org.nesteddune.internal.loader.ProgramFile;
import org.nesteddune.internal.task.GuestProcess;
import org.nesteddune.internal.task.Holds;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.kernel.Process.CpuTimes;
import org.nesteddune.linux.Signal;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.syscall.ErrnoException;

/**
 * What the outside holds of a guest. After the guest's end it keeps the facts, not the memory; and when nobody waits for the
 * guest any more, nothing of the classes that it ran on.
 */
final class GuestHandle implements Guest {

    private final int pid;
    private final long job;
    private final String profile;
    private final CompletableFuture<ExitStatus> exit;
    private final Holds holds;
    private volatile GuestProcess process;
    private final long startMillis = System.currentTimeMillis();
    private final long startNanos = System.nanoTime();
    private volatile Ended ended;
    private volatile Past past;
    private volatile IntConsumer stopListener;

    /** What is known of a guest that has ended. */
    private record Ended(long nanos, List<ExitCount> exits) {}

    /** What is left of a guest that nobody waits for. */
    private record Past(Info info, Statistics statistics, Activity activity) {}

    GuestHandle(GuestProcess process, Holds holds) {
        this(process, holds, process.exitStage());
    }

    /** @param exit completes with or after the process's own */
    GuestHandle(GuestProcess process, Holds holds, CompletableFuture<ExitStatus> exit) {
        this.process = process;
        this.holds = holds;
        this.pid = process.pid();
        this.job = process.job().number();
        Confinement confinement = process.confinement();
        this.profile = confinement == null ? "" : confinement.profile().name();
        this.exit = exit;
    }

    boolean isOf(GuestProcess other) {
        return process == other;
    }

    /** Completes after everything the guest held has been freed. */
    CompletableFuture<ExitStatus> exitStage() {
        return exit;
    }

    /** Whether it was a native process before, and is a guest still. */
    boolean hasArrived() {
        GuestProcess current = running();
        return current != null && current.anchor() != null && !current.hasLeft();
    }

    boolean hasEnded() {
        return ended != null;
    }

    /** Keeps what goes with the machine; called just before the end is made known. */
    void ended() {
        ended = new Ended(System.nanoTime(), exits(process));
    }

    /** Lets the process go, of which only the facts are wanted from now on. */
    void reaped() {
        past = new Past(info(), statistics(), activity());
        process = null;
    }

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public long job() {
        return job;
    }

    @Override
    public String profile() {
        return profile;
    }

    @Override
    public CompletionStage<ExitStatus> exit() {
        return exit.minimalCompletionStage();
    }

    @Override
    public void signal(int signal) {
        check(signal);
        GuestProcess current = running();
        if (current != null) {
            current.signal(SignalInfo.from(signal, Signal.SI_USER, 0, 0));
        }
    }

    /** The process, unless it has ended. */
    private GuestProcess running() {
        return ended == null ? process : null;
    }

    private void check(int signal) {
        GuestProcess current = process;
        boolean known = current == null ? Signal.isValid(signal) : current.architecture().abi().isSignal(signal);
        if (!known) {
            throw new IllegalArgumentException("the guest has no signal " + signal);
        }
    }

    @Override
    public void signalGroup(int signal) {
        check(signal);
        GuestProcess current = running();
        if (current != null) {
            current.group().signal(SignalInfo.from(signal, Signal.SI_USER, 0, 0));
        }
    }

    @Override
    public void signalForeground(int signal) {
        check(signal);
        GuestProcess current = running();
        if (current != null) {
            current.signalForeground(signal);
        }
    }

    @Override
    public void bringToForeground() {
        GuestProcess current = running();
        if (current != null) {
            current.bringToForeground();
        }
    }

    @Override
    public int escape() throws EscapeException {
        GuestProcess current = process;
        if (ended != null || current == null) {
            throw new EscapeException("guest " + pid + " has ended");
        }
        return current.escape();
    }

    @Override
    public void onStop(IntConsumer listener) {
        stopListener = listener;
    }

    /** Says who measures its calls; null for nobody. */
    void meter(CallMeter meter) {
        GuestProcess current = process;
        if (current != null) {
            current.observation().meter(meter);
        }
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
        GuestProcess process = this.process;
        if (process == null) {
            return past.info();
        }
        CpuTimes times = process.cpuTimes();
        boolean gone = ended != null;
        List<String> command = split(process.commandLine());
        return new Info(
                process.pid(),
                process.parentPid(),
                process.credentials().uid(),
                process.operatorsStateLetter(),
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
                gone ? "" : workingDirectory(process),
                process.blockedIn());
    }

    private static String workingDirectory(GuestProcess process) {
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
        GuestProcess process = this.process;
        if (process == null) {
            return past.statistics();
        }
        CallStatistics calls = process.observation().statistics();
        Ended last = ended;
        CpuTimes own = process.cpuTimes();
        CpuTimes children = process.childrenUsage().times();
        CpuTimes times = new CpuTimes(own.user() + children.user(), own.system() + children.system());
        return new Statistics(
                calls == null ? List.of() : calls.snapshot(),
                last == null ? exits(process) : last.exits(),
                process.image().engine(),
                (last == null ? System.nanoTime() : last.nanos()) - startNanos,
                times.user(),
                times.system());
    }

    private static List<ExitCount> exits(GuestProcess process) {
        return process.job().exitCounts().stream()
                .map(count -> new ExitCount(count.kind(), count.count()))
                .toList();
    }

    @Override
    public void trace(TraceSink sink) {
        GuestProcess current = process;
        if (current != null) {
            current.observation().trace(sink);
        }
    }

    @Override
    public void watch(TraceSink viewer) {
        GuestProcess current = process;
        if (current != null) {
            current.observation().watch(viewer);
        }
    }

    @Override
    public void unwatch(TraceSink viewer) {
        GuestProcess current = process;
        if (current != null) {
            current.observation().unwatch(viewer);
        }
    }

    @Override
    public Activity activity() {
        GuestProcess current = process;
        return current == null ? past.activity() : current.activity();
    }

    @Override
    public List<Mapping> mappings() {
        GuestProcess current = running();
        if (current == null) {
            return List.of();
        }
        AddressSpace memory = current.memory();
        return memory.ranges().stream()
                .map(range -> new Mapping(
                        range.start(),
                        range.end(),
                        range.permissions(),
                        range.offset(),
                        ProgramFile.display(range.name()),
                        memory.residentSize(range.start(), range.end())))
                .toList();
    }

    @Override
    public List<Descriptor> descriptors() {
        GuestProcess current = running();
        List<Descriptor> all = new ArrayList<>();
        if (current != null) {
            current.descriptors().forEach(number -> {
                try {
                    OpenFile file = current.descriptors().get(number);
                    try {
                        all.add(new Descriptor(number, ProgramFile.display(file.currentPath())));
                    } finally {
                        file.release();
                    }
                } catch (ErrnoException closed) {
                    // By the guest, just now.
                }
            });
        }
        return all;
    }

    @Override
    public boolean hold(String reason) {
        GuestProcess current = running();
        return current != null && holds.hold(current, Objects.requireNonNull(reason, "reason"));
    }

    @Override
    public void release() {
        GuestProcess current = process;
        if (current != null) {
            holds.release(current);
        }
    }

    @Override
    public void enableStatistics() {
        GuestProcess current = process;
        if (current != null) {
            current.observation().enableStatistics();
            current.job().enableHotSpots();
        }
    }
}
