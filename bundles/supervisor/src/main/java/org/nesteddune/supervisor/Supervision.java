package org.nesteddune.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.nesteddune.Dune;
import org.nesteddune.Profile;
import org.nesteddune.StatusReport;
import org.nesteddune.config.Settings;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;

/**
 * All guests that are configured. One thread does what is to be done with them, so that no configuration waits for a guest. When this goes, they
 * are ended as if their configurations had been deleted. Thread-safe.
 */
@Component(service = {Supervision.class, StatusReport.class})
public final class Supervision implements StatusReport {

    /** How long the end of all guests may take beyond the time that they have. */
    private static final long PATIENCE_SECONDS = 30;

    private final Dune dune;
    private final LoggerFactory loggers;
    private final Logger log;
    private final ScheduledThreadPoolExecutor executor;
    private final Map<String, Profile> profiles = new ConcurrentHashMap<>();
    private final Set<SupervisedGuest> guests = ConcurrentHashMap.newKeySet();
    private final Map<String, SupervisedGuest> byPid = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private volatile boolean closing;

    @Activate
    public Supervision(@Reference Dune dune, @Reference LoggerFactory loggers) {
        this.dune = dune;
        this.loggers = loggers;
        log = loggers.getLogger(Supervision.class);
        executor = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "dune supervisor");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addProfile(Profile profile) {
        profiles.put(profile.name(), profile);
        later(() -> guests.forEach(guest -> guest.profileChanged(profile.name())));
    }

    void removeProfile(Profile profile) {
        profiles.remove(profile.name(), profile);
    }

    @Deactivate
    void deactivate() {
        closing = true;
        later(() -> {
            guests.forEach(SupervisedGuest::remove);
            checkClosed();
        });
        try {
            closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException late) {
            log.error("guests do not end in time and are killed");
            guests.forEach(SupervisedGuest::killNow);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        executor.shutdownNow();
    }

    private void checkClosed() {
        if (closing && guests.isEmpty()) {
            closed.complete(null);
        }
    }

    Dune dune() {
        return dune;
    }

    /** The profile of a name, or null. */
    Profile profile(String name) {
        return profiles.get(name);
    }

    /** A configuration has come or is another now. */
    void define(Settings settings) {
        later(() -> {
            SupervisedGuest guest = byPid.computeIfAbsent(settings.pid(), pid -> {
                String name = settings.has("name") ? settings.text("name") : settings.instance(GuestSettings.FACTORY);
                return new SupervisedGuest(this, loggers.getLogger("guest." + name));
            });
            guests.add(guest);
            guest.define(settings);
        });
    }

    /** A configuration has gone. One that comes in its place is another guest's, which does not wait for this one's end. */
    void remove(String pid) {
        later(() -> {
            SupervisedGuest guest = byPid.remove(pid);
            if (guest != null) {
                guest.remove();
            }
        });
    }

    /** A guest has ended for good. */
    void forget(SupervisedGuest guest) {
        guests.remove(guest);
        checkClosed();
    }

    /** Does something on the supervisor's thread. */
    void later(Runnable action) {
        after(0, action);
    }

    /** Does something on the supervisor's thread after a while, unless it is cancelled. */
    Future<?> after(long millis, Runnable action) {
        try {
            return executor.schedule(() -> run(action), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException over) {
            return CompletableFuture.completedFuture(null);
        }
    }

    private void run(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | LinkageError defect) {
            log.error("internal error of the supervisor", defect);
        }
    }

    @Override
    public String title() {
        return "configured guests";
    }

    @Override
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        guests.forEach(guest -> guest.describe(lines));
        return lines;
    }
}
