package org.nesteddune.events;

import java.util.HashMap;
import java.util.Map;
import org.nesteddune.Guest;
import org.nesteddune.GuestListener;
import org.nesteddune.kernel.ExitStatus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventAdmin;

/** Posts an event for all that a {@link GuestListener} learns, as long as there is an EventAdmin. */
@Component(service = GuestListener.class)
public final class EventPublisher implements GuestListener {

    private final EventAdmin events;

    @Activate
    public EventPublisher(@Reference EventAdmin events) {
        this.events = events;
    }

    @Override
    public void started(Guest guest) {
        post(GuestEvents.STARTED, guest, Map.of());
    }

    @Override
    public void exited(Guest guest, ExitStatus status) {
        post(GuestEvents.EXITED, guest, Map.of(
                GuestEvents.EXIT_CODE, status.code(),
                GuestEvents.SIGNAL, status.signal(),
                GuestEvents.MESSAGE, status.message(),
                GuestEvents.CORE_DUMPED, status.coreDumped()));
    }

    @Override
    public void stopped(Guest guest, int signal) {
        post(GuestEvents.STOPPED, guest, Map.of(GuestEvents.SIGNAL, signal));
    }

    @Override
    public void continued(Guest guest) {
        post(GuestEvents.CONTINUED, guest, Map.of());
    }

    @Override
    public void held(Guest guest, String reason) {
        post(GuestEvents.HELD, guest, Map.of(GuestEvents.REASON, reason));
    }

    @Override
    public void resumed(Guest guest) {
        post(GuestEvents.RESUMED, guest, Map.of());
    }

    private void post(String topic, Guest guest, Map<String, Object> more) {
        Guest.Info info = guest.info();
        Map<String, Object> properties = new HashMap<>(more);
        properties.put(GuestEvents.PID, info.pid());
        properties.put(GuestEvents.PARENT, info.parentPid());
        properties.put(GuestEvents.COMMAND, info.command().toArray(String[]::new));
        properties.put(GuestEvents.EXECUTABLE, info.executable());
        properties.put(GuestEvents.ARCHITECTURE, info.architecture());
        properties.put(GuestEvents.ENGINE, info.engine());
        properties.put(GuestEvents.TIME, System.currentTimeMillis());
        events.postEvent(new Event(topic, properties));
    }
}
