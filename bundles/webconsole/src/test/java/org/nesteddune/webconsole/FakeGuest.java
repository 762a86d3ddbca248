package org.nesteddune.webconsole;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.kernel.ExitStatus;

/** A guest that does nothing but remember what was done to it, and a runtime that has no other. */
final class FakeGuest implements Guest, Dune {

    static final int PID = 7;

    final List<String> done = new ArrayList<>();
    final List<TraceSink> viewers = new ArrayList<>();
    String[] command = {"/bin/x"};
    boolean holds = true;

    @Override
    public int pid() {
        return PID;
    }

    @Override
    public long job() {
        return 1;
    }

    @Override
    public String profile() {
        return "";
    }

    @Override
    public CompletionStage<ExitStatus> exit() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void signal(int signal) {
        if (signal > 64) {
            throw new IllegalArgumentException();
        }
        done.add("signal " + signal);
    }

    @Override
    public void signalGroup(int signal) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void signalForeground(int signal) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void bringToForeground() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void onStop(IntConsumer listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Info info() {
        return new Info(PID, 1, -2, 'S', "x86-64", "kvm", 2, 1L << 40, 4096, 1_500_000, 500_000, 0, "/bin/x", List.of(command), "/", "read");
    }

    @Override
    public Statistics statistics() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void trace(TraceSink sink) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void watch(TraceSink viewer) {
        viewers.add(viewer);
    }

    @Override
    public void unwatch(TraceSink viewer) {
        viewers.remove(viewer);
    }

    @Override
    public void enableStatistics() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Activity activity() {
        return new Activity(10, 12);
    }

    @Override
    public List<Mapping> mappings() {
        return List.of(new Mapping(0x7fff_0000_0000L, 0x7fff_0000_3000L, "rw-p", 0x1000, "[stack]", 8192));
    }

    @Override
    public List<Descriptor> descriptors() {
        return List.of();
    }

    @Override
    public boolean hold(String reason) {
        done.add("hold " + reason);
        return holds;
    }

    @Override
    public void release() {
        done.add("release");
    }

    @Override
    public Guest enter(GuestSpec spec) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Guest enter(int pid) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Guest> guests() {
        return List.of(this);
    }

    @Override
    public Optional<Guest> guest(int pid) {
        return pid == PID ? Optional.of(this) : Optional.empty();
    }

    @Override
    public int escape() {
        throw new UnsupportedOperationException();
    }
}
