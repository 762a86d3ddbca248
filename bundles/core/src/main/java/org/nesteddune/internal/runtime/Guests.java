package org.nesteddune.internal.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.nesteddune.CallMeter;
import org.nesteddune.Guest;
import org.nesteddune.GuestListener;
import org.nesteddune.internal.task.GuestProcess;
import org.nesteddune.kernel.TimerThread;

/**
 * The guests by their pids: those that run, those that have ended and are waited for, and the last of those that nobody waits for any
 * more. Tells the listeners what becomes of them, and gives each the meter of its calls. Thread-safe.
 */
final class Guests {

    /** How many ended guests are remembered for those who ask late. */
    private static final int REMEMBERED = 64;

    private final TimerThread timers;
    private final BiConsumer<String, Throwable> log;
    private final GuestNews news;
    private final Object meterLock = new Object();
    private volatile GuardedMeter meter;
    private final Map<Integer, GuestHandle> running = new ConcurrentHashMap<>();
    private final Map<Integer, GuestHandle> past = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, GuestHandle> eldest) {
            return size() > REMEMBERED;
        }
    };

    /**
     * @param timers calls those who wait for a guest's stop
     * @param log takes what goes wrong in listeners and meters
     */
    Guests(TimerThread timers, BiConsumer<String, Throwable> log) {
        this.timers = timers;
        this.log = log;
        this.news = new GuestNews(log);
    }

    void add(GuestListener listener) {
        news.add(listener);
    }

    void remove(GuestListener listener) {
        news.remove(listener);
    }

    /** Has the calls of all guests measured. */
    void use(CallMeter service) {
        change(new GuardedMeter(service, log));
    }

    /** Ends that, unless another one measures them by now. */
    void stopUsing(CallMeter service) {
        GuardedMeter current = meter;
        if (current != null && current.isOf(service)) {
            change(null);
        }
    }

    private void change(GuardedMeter now) {
        synchronized (meterLock) {
            meter = now;
            running.values().forEach(guest -> guest.meter(now));
        }
    }

    /** A guest is there. None is left out by a meter that comes, and none is left with one that has gone. */
    void add(GuestHandle guest) {
        running.put(guest.pid(), guest);
        synchronized (meterLock) {
            guest.meter(meter);
        }
        news.tell(listener -> listener.started(guest));
    }

    /** It has not come to run after all. */
    void remove(int pid) {
        running.remove(pid);
    }

    /** Those that nobody has waited for, in no order. */
    Collection<GuestHandle> present() {
        return running.values();
    }

    /** The same by their pids. */
    List<Guest> sorted() {
        List<Guest> all = new ArrayList<>(running.values());
        all.sort(Comparator.comparingInt(Guest::pid));
        return all;
    }

    /** Also one that nobody waits for any more; null if there is none. */
    Guest find(int pid) {
        Guest found = running.get(pid);
        if (found != null) {
            return found;
        }
        synchronized (past) {
            return past.get(pid);
        }
    }

    /** The guest that a process is; null if there is none. */
    private GuestHandle of(GuestProcess process) {
        GuestHandle guest = running.get(process.pid());
        return guest != null && guest.isOf(process) ? guest : null;
    }

    /** A guest has stopped or, with 0, goes on. Called under the process table's lock. */
    void stopped(GuestProcess process, int signal) {
        GuestHandle guest = of(process);
        if (guest != null) {
            timers.after(0, () -> guest.stopped(signal));
            if (signal == 0) {
                news.tell(listener -> listener.continued(guest));
            } else {
                news.tell(listener -> listener.stopped(guest, signal));
            }
        }
    }

    void held(GuestProcess process, String reason) {
        tell(process, (listener, guest) -> listener.held(guest, reason));
    }

    void resumed(GuestProcess process) {
        tell(process, GuestListener::resumed);
    }

    private void tell(GuestProcess process, BiConsumer<GuestListener, Guest> what) {
        GuestHandle guest = of(process);
        if (guest != null) {
            news.tell(listener -> what.accept(listener, guest));
        }
    }

    void ended(GuestProcess process) {
        GuestHandle guest = of(process);
        if (guest != null) {
            guest.ended();
            if (news.isWanted()) {
                guest.exitStage().whenComplete((status, never) -> news.tell(listener -> listener.exited(guest, status)));
            }
            if (process.isReaped()) {
                remember(guest);
            }
        }
    }

    void reaped(GuestProcess process) {
        GuestHandle guest = of(process);
        if (guest != null && guest.hasEnded()) {
            remember(guest);
        }
    }

    private void remember(GuestHandle guest) {
        guest.reaped();
        running.remove(guest.pid(), guest);
        synchronized (past) {
            past.put(guest.pid(), guest);
        }
    }

    /** Nobody is told anything new from now on. */
    void closeNews() {
        news.close();
    }
}
