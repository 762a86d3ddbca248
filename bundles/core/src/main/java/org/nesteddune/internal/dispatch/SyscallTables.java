package org.nesteddune.internal.dispatch;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.nesteddune.arch.Architecture;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * Keeps the dispatch tables in step with the families that are there. Guest threads ask a {@link Slot} at every call,
 * so that a change is seen by the next one; a call in flight ends in the handler it began in.
 */
@Component(service = SyscallTables.class)
public final class SyscallTables {

    /** One architecture's current table. */
    public static final class Slot {

        private volatile DispatchTable table;

        private Slot(DispatchTable table) {
            this.table = table;
        }

        /** The table of the moment. */
        public DispatchTable table() {
            return table;
        }
    }

    private final Map<ServiceReference<SyscallFamily>, SyscallFamily> families = new TreeMap<>();
    private final Map<Architecture, Slot> slots = new ConcurrentHashMap<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    synchronized void addFamily(SyscallFamily family, ServiceReference<SyscallFamily> reference) {
        families.put(reference, family);
        rebuild();
    }

    synchronized void removeFamily(ServiceReference<SyscallFamily> reference) {
        families.remove(reference);
        rebuild();
    }

    private void rebuild() {
        slots.forEach((architecture, slot) -> slot.table = build(architecture));
    }

    private DispatchTable build(Architecture architecture) {
        return DispatchTable.of(architecture.syscallNumbers(), families.values());
    }

    /** The slot of an architecture; the same one as long as the architecture's service is the same. */
    public synchronized Slot slot(Architecture architecture) {
        return slots.computeIfAbsent(architecture, a -> new Slot(build(a)));
    }

    /** Forgets an architecture that has gone. */
    public synchronized void forget(Architecture architecture) {
        slots.remove(architecture);
    }

    /** The families of the moment, in ascending order of service ranking. */
    public synchronized List<SyscallFamily> families() {
        return List.copyOf(families.values());
    }
}
