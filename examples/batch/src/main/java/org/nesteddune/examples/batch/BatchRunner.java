package org.nesteddune.examples.batch;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.events.GuestEvents;
import org.nesteddune.linux.Signal;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventConstants;
import org.osgi.service.event.EventHandler;

/** A {@link Batch} on the {@link Dune} service. What runs ends with the bundle. */
@Component(service = {Batch.class, EventHandler.class}, immediate = true,
        property = EventConstants.EVENT_TOPIC + "=" + GuestEvents.ALL)
public final class BatchRunner implements Batch, EventHandler {

    private static final int JOURNAL = 1000;

    private final Dune dune;
    private final Map<Integer, Guest> running = new ConcurrentHashMap<>();
    private final List<String> journal = new ArrayList<>();

    @Activate
    public BatchRunner(@Reference Dune dune) {
        this.dune = dune;
    }

    @Deactivate
    void deactivate() {
        running.values().forEach(guest -> guest.signal(Signal.SIGKILL));
    }

    @Override
    public Job start(Work work) throws LaunchException {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        List<String> environment = new ArrayList<>();
        work.environment().forEach((name, value) -> environment.add(name + "=" + value));
        Guest guest = dune.enter(GuestSpec.program(work.command().get(0))
                .argv(work.command())
                .environment(environment)
                .workingDirectory(work.directory())
                .root(work.root())
                .input(new ByteArrayInputStream(work.input().getBytes(StandardCharsets.UTF_8)))
                .output(output)
                .error(errors)
                .memoryLimit(work.memory())
                .taskLimit(work.tasks())
                .build());
        running.put(guest.pid(), guest);
        CompletionStage<Result> result = guest.exit().thenApply(status -> {
            running.remove(guest.pid(), guest);
            return new Result(
                    status.shellStatus(),
                    output.toString(StandardCharsets.UTF_8),
                    errors.toString(StandardCharsets.UTF_8));
        });
        return new Job(guest.pid(), result);
    }

    @Override
    public List<String> list() {
        return dune.guests().stream()
                .filter(guest -> running.containsKey(guest.pid()))
                .map(guest -> guest.pid() + " " + String.join(" ", guest.info().command()))
                .toList();
    }

    @Override
    public boolean cancel(int pid) {
        Guest guest = running.get(pid);
        if (guest != null) {
            guest.signal(Signal.SIGTERM);
        }
        return guest != null;
    }

    @Override
    public void handleEvent(Event event) {
        String what = event.getTopic().substring(event.getTopic().lastIndexOf('/') + 1);
        String line = what + " " + event.getProperty(GuestEvents.PID);
        if (event.getTopic().equals(GuestEvents.EXITED)) {
            int signal = (Integer) event.getProperty(GuestEvents.SIGNAL);
            line += " " + (signal == 0 ? event.getProperty(GuestEvents.EXIT_CODE) : 128 + signal);
        } else if (event.getTopic().equals(GuestEvents.HELD)) {
            line += " " + event.getProperty(GuestEvents.REASON);
        }
        synchronized (journal) {
            journal.add(line);
            if (journal.size() > JOURNAL) {
                journal.remove(0);
            }
        }
    }

    @Override
    public List<String> journal() {
        synchronized (journal) {
            return List.copyOf(journal);
        }
    }
}
