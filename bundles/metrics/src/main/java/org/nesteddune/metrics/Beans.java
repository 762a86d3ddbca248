package org.nesteddune.metrics;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.nesteddune.Guest;
import org.osgi.service.log.Logger;

/** The MBeans in the JVM's own server. If another runtime in the same JVM has them already there are none of this one. */
final class Beans implements AutoCloseable {

    private static final String DOMAIN = "org.nesteddune";

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final List<ObjectName> registered = new ArrayList<>();
    private final Logger log;

    Beans(Metrics metrics, Logger log) {
        this.log = log;
        register("Guests", new Guests(metrics));
        register("Calls", new Calls(metrics));
        register("Engines", new Engines(metrics));
    }

    private void register(String type, Object bean) {
        try {
            registered.add(server.registerMBean(bean, new ObjectName(DOMAIN, "type", type)).getObjectName());
        } catch (JMException refused) {
            log.warn("no MBean {}:type={}", DOMAIN, type, refused);
        }
    }

    @Override
    public void close() {
        for (ObjectName name : registered) {
            try {
                server.unregisterMBean(name);
            } catch (JMException gone) {
                log.warn("the MBean {} was not there any more", name, gone);
            }
        }
    }

    private record Guests(Metrics metrics) implements GuestsMXBean {

        private List<Guest.Info> alive() {
            return metrics.guests().stream().filter(info -> !info.hasEnded()).toList();
        }

        @Override
        public int getCount() {
            return alive().size();
        }

        @Override
        public int getHeld() {
            return (int) alive().stream().filter(Guest.Info::isHeld).count();
        }

        @Override
        public long getStarted() {
            return metrics.started();
        }

        @Override
        public long getEnded() {
            return metrics.ended();
        }

        @Override
        public int getThreads() {
            return alive().stream().mapToInt(Guest.Info::threads).sum();
        }

        @Override
        public long getVirtualBytes() {
            return alive().stream().mapToLong(Guest.Info::virtualBytes).sum();
        }

        @Override
        public long getResidentBytes() {
            return alive().stream().mapToLong(Guest.Info::residentBytes).sum();
        }

        @Override
        public List<GuestRow> getGuests() {
            return metrics.guests().stream().map(GuestRow::new).toList();
        }
    }

    private record Calls(Metrics metrics) implements CallsMXBean {

        @Override
        public long getCount() {
            return metrics.calls().stream().mapToLong(Metrics.Call::count).sum();
        }

        @Override
        public long[] getLatencyBounds() {
            return Latency.bounds().stream().mapToLong(Long::longValue).toArray();
        }

        @Override
        public List<CallRow> getCalls() {
            return metrics.calls().stream().map(CallRow::new).toList();
        }
    }

    private record Engines(Metrics metrics) implements EnginesMXBean {

        @Override
        public List<EventRow> getEvents() {
            return metrics.events().stream().map(EventRow::new).toList();
        }
    }
}
