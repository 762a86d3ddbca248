package org.nesteddune.metrics;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import org.nesteddune.CallMeter;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestListener;
import org.nesteddune.kernel.ExitStatus;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;

/** Listens to the lives and the calls of guests, and offers the sums. The manifest says so, for resolvers that look at services. */
@Component(service = {})
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"org.nesteddune.metrics.Metrics\"",
        uses = Metrics.class)
public final class GuestMetrics implements Metrics, GuestListener {

    private final Dune dune;
    private final CallCounters calls = new CallCounters();
    private final EventCounters events = new EventCounters();
    private final Set<Guest> alive = new HashSet<>();
    private final Set<Guest> early = Collections.newSetFromMap(new WeakHashMap<>());
    private final Beans beans;
    private final List<ServiceRegistration<?>> registrations;
    private long started;
    private long ended;

    @Activate
    public GuestMetrics(
            BundleContext context, @Reference Dune dune, @Reference(service = LoggerFactory.class) Logger log) {
        this.dune = dune;
        // A guest's thread may be some user's who cannot read this bundle, so what it needs of it is there before.
        new CallCounters().called(null, 0, 0);
        beans = new Beans(this, log);
        registrations = List.of(
                context.registerService(GuestListener.class, this, null),
                context.registerService(CallMeter.class, calls, null),
                context.registerService(Metrics.class, this, null));
        dune.guests().forEach(this::known);
    }

    @Deactivate
    void deactivate() {
        registrations.forEach(ServiceRegistration::unregister);
        beans.close();
    }

    /** A guest that was there before this was told of guests; the news of its start may come yet. */
    private synchronized void known(Guest guest) {
        if (alive.add(guest)) {
            early.add(guest);
            events.began(guest);
        }
    }

    @Override
    public synchronized void started(Guest guest) {
        started++;
        if (!early.contains(guest) && alive.add(guest)) {
            events.began(guest);
        }
    }

    @Override
    public synchronized void exited(Guest guest, ExitStatus status) {
        ended++;
        gone(guest);
    }

    private synchronized void gone(Guest guest) {
        if (alive.remove(guest)) {
            events.ended(guest);
        }
    }

    @Override
    public List<Guest.Info> guests() {
        return dune.guests().stream().map(Guest::info).toList();
    }

    @Override
    public synchronized long started() {
        return started;
    }

    @Override
    public synchronized long ended() {
        return ended;
    }

    @Override
    public List<Call> calls() {
        return calls.snapshot();
    }

    @Override
    public synchronized List<Event> events() {
        // Of the end of a guest that ended while this began there may have been no news.
        for (Guest guest : List.copyOf(early)) {
            if (guest.info().hasEnded()) {
                gone(guest);
            }
        }
        return events.snapshot();
    }
}
