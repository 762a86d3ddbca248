package org.nesteddune.supervisor;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.Profile;
import org.nesteddune.config.Fault;
import org.nesteddune.config.Settings;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;
import org.nesteddune.supervisor.Definition.Restart;
import org.nesteddune.supervisor.Definition.What;
import org.osgi.service.log.Logger;

/**
 * One configured guest: it is started, started again, and ended as its definition says. All methods but {@link #describe} are called on
 * the supervisor's one thread.
 */
final class SupervisedGuest {

    /** Between two looks whether what a guest has left behind has ended. */
    private static final long LOOK_MILLIS = 50;

    /** Doubling a delay more often than this makes no difference. */
    private static final int MOST_DOUBLINGS = 30;

    private final Supervision supervision;
    private final Logger log;
    private Settings settings;
    private Definition definition;
    private What running;
    private Profile profile;
    private volatile Guest guest;
    private Output output;
    private long startNanos;
    private int quick;
    private volatile int restarts;
    private Future<?> pending;
    private boolean ending;
    private boolean again;
    private boolean removed;

    private volatile List<Fault> faults = List.of();
    private volatile Fault trouble;
    private volatile String state = "new";
    private volatile String name = "?";

    SupervisedGuest(Supervision supervision, Logger log) {
        this.supervision = supervision;
        this.log = log;
    }

    /** Makes the guest what a configuration says; if that is wrong it stays as it was. */
    void define(Settings newSettings) {
        Definition next = DefinitionReader.read(newSettings);
        faults = newSettings.faults();
        faults.forEach(fault -> log.error("{}", fault));
        if (definition == null) {
            name = next.name();
        }
        if (!faults.isEmpty()) {
            if (definition == null) {
                state = "not started";
            }
            return;
        }
        settings = newSettings;
        definition = next;
        name = next.name();
        trouble = null;
        quick = 0;
        if (guest == null && !ending) {
            start();
        } else if (!next.what().equals(running)) {
            again = true;
            end();
        }
    }

    /** Ends the guest for good. */
    void remove() {
        removed = true;
        again = false;
        cancel();
        if (guest == null && !ending) {
            gone();
        } else {
            end();
        }
    }

    private void gone() {
        state = "removed";
        supervision.forget(this);
    }

    private void cancel() {
        if (pending != null) {
            pending.cancel(false);
            pending = null;
        }
    }

    /** A profile has come, or is another now. */
    void profileChanged(String changed) {
        if (definition == null || removed || !changed.equals(definition.what().profile())) {
            return;
        }
        if (guest == null && !ending) {
            if (profile == null) {
                start();
            }
        } else if (supervision.profile(changed) != profile) {
            log.info("{}: its profile {} is another now", name, changed);
            again = true;
            end();
        }
    }

    private void start() {
        cancel();
        again = false;
        What what = definition.what();
        profile = null;
        if (what.profile() != null) {
            profile = supervision.profile(what.profile());
            if (profile == null) {
                fail(DefinitionReader.PROFILE, "there is no profile '" + what.profile() + "'; the guest waits for it");
                state = "waits for the profile " + what.profile();
                return;
            }
        }
        try {
            output = Output.open(what.log(), log);
        } catch (IOException failed) {
            failedToStart(DefinitionReader.LOG, "cannot be written: " + failed.getMessage());
            return;
        }
        boolean good = false;
        try {
            enter(what);
            good = true;
        } catch (LaunchException failed) {
            failedToStart(key(failed), failed.getMessage());
        } catch (IllegalArgumentException unknown) {
            failedToStart(DefinitionReader.USER, unknown.getMessage());
        } finally {
            if (!good) {
                output.close();
            }
        }
    }

    private void enter(What what) throws LaunchException {
        GuestSpec.Builder spec = GuestSpec.program(what.program())
                .arguments(what.arguments())
                .environment(what.environment())
                .workingDirectory(what.directory())
                .root(what.root())
                .engine(what.engine())
                .memoryLimit(what.memory())
                .taskLimit(what.tasks())
                .input(InputStream.nullInputStream())
                .output(output.out())
                .error(output.err());
        if (what.user() != null) {
            spec.user(UserNames.find(what.root(), what.user()));
        }
        Profile granted = profile;
        if (what.families() != null) {
            granted = granted == null
                    ? Profile.named(name).families(what.families()).build()
                    : granted.limitedTo(granted.name(), what.families());
        }
        Guest entered = supervision.dune().enter(spec.profile(granted).build());
        guest = entered;
        running = what;
        startNanos = System.nanoTime();
        trouble = null;
        state = "runs";
        log.info("{}: started, pid {}", name, entered.pid());
        entered.exit().whenComplete((status, lost) -> supervision.later(() -> ended(entered, status)));
    }

    /** The setting that a guest's start failed by. */
    private String key(LaunchException failed) {
        return switch (failed.part()) {
            case USER -> DefinitionReader.USER;
            case DIRECTORY -> definition.what().directory() == null ? "root" : "directory";
            case ENGINE -> "engine";
            case PROFILE -> DefinitionReader.PROFILE;
            case PROGRAM, RUNTIME -> DefinitionReader.PROGRAM;
        };
    }

    private void fail(String key, String message) {
        Fault fault = settings.laterFault(key, message);
        if (!fault.equals(trouble)) {
            log.error("{}", fault);
        }
        trouble = fault;
    }

    private void failedToStart(String key, String message) {
        fail(key, message);
        startNanos = System.nanoTime();
        if (definition.restart() == Restart.NEVER) {
            state = "not started";
        } else {
            startLater("not started");
        }
    }

    private void startLater(String why) {
        int limit = definition.limit();
        if (limit > 0 && quick >= limit) {
            state = why + "; given up after " + limit + (limit == 1 ? " restart" : " restarts");
            log.error("{}: {}", name, state);
            return;
        }
        long delay = Math.min(definition.mostDelayMillis(), shifted(definition.delayMillis(), quick));
        quick++;
        state = why + "; starts again after " + delay + " ms";
        pending = supervision.after(delay, () -> {
            restarts++;
            start();
        });
    }

    private static long shifted(long millis, int doublings) {
        long factor = 1L << Math.min(doublings, MOST_DOUBLINGS);
        return millis > Long.MAX_VALUE / factor ? Long.MAX_VALUE : millis * factor;
    }

    private List<Guest> left(long job) {
        return supervision.dune().guests().stream().filter(each -> each.job() == job && !each.info().hasEnded()).toList();
    }

    /** Asks the guest and all that it has made to end, and kills them when their time is over. */
    private void end() {
        if (ending) {
            return;
        }
        ending = true;
        state = "is to end";
        Guest main = guest;
        left(main.job()).forEach(each -> {
            each.signal(definition.stopSignal());
            each.signal(Signal.SIGCONT);
        });
        pending = supervision.after(definition.graceMillis(), () -> kill(main.job()));
    }

    private void kill(long job) {
        List<Guest> late = left(job);
        if (!late.isEmpty()) {
            log.warn("{}: did not end in time and is killed", name);
            late.forEach(each -> each.signal(Signal.SIGKILL));
        }
    }

    private void ended(Guest main, ExitStatus status) {
        if (guest != main) {
            return;
        }
        guest = null;
        log.info("{}: {}", name, text(status));
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(definition.graceMillis());
        if (!ending) {
            ending = true;
            left(main.job()).forEach(each -> each.signal(Signal.SIGTERM));
        }
        awaitRest(main.job(), status, deadline);
    }

    /** Goes on when nothing is left of what the guest has made. */
    private void awaitRest(long job, ExitStatus status, long deadline) {
        List<Guest> rest = left(job);
        if (!rest.isEmpty()) {
            if (System.nanoTime() - deadline > 0) {
                rest.forEach(each -> each.signal(Signal.SIGKILL));
            }
            supervision.after(LOOK_MILLIS, () -> awaitRest(job, status, deadline));
            return;
        }
        cancel();
        ending = false;
        output.close();
        if (removed) {
            gone();
        } else if (again) {
            restarts++;
            start();
        } else {
            decide(status);
        }
    }

    private void decide(ExitStatus status) {
        boolean wanted = status.signal() == Signal.SIGTERM || status.signal() == Signal.SIGINT
                || status.signal() == Signal.SIGHUP || status.signal() == 0 && status.code() == 0;
        if (definition.restart() == Restart.NEVER || definition.restart() == Restart.ON_FAILURE && wanted) {
            state = text(status);
            return;
        }
        if (System.nanoTime() - startNanos >= TimeUnit.MILLISECONDS.toNanos(definition.mostDelayMillis())) {
            quick = 0;
        }
        startLater(text(status));
    }

    private static String text(ExitStatus status) {
        String message = status.message().isEmpty() ? "" : " (" + status.message() + ")";
        return status.signal() == 0
                ? "ended with status " + status.code()
                : "ended by " + Signal.name(status.signal()) + message;
    }

    /** Kills what runs; for the supervisor's own end. */
    void killNow() {
        if (guest != null) {
            kill(guest.job());
        }
    }

    /** Lines for the operator. Any thread. */
    void describe(List<String> lines) {
        Guest now = guest;
        lines.add(name + ": " + state + (now == null ? "" : ", pid " + now.pid())
                + (restarts == 0 ? "" : ", restarts: " + restarts));
        faults.forEach(fault -> lines.add("  " + fault));
        Fault last = trouble;
        if (last != null) {
            lines.add("  " + last);
        }
    }
}
