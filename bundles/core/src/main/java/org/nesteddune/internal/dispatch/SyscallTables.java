package org.nesteddune.internal.dispatch;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.nesteddune.arch.Architecture;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Task;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Keeps the dispatch tables in step with the families that are there. Guest threads ask a {@link Slot} at every call,
 * so that a change is seen by the next one; a call in flight ends in the handler it began in. A call whose family has gone
 * waits for a while for it to come back.
 */
@Component(service = SyscallTables.class, configurationPid = "org.nesteddune.dispatch")
@Designate(ocd = SyscallTables.Settings.class)
public final class SyscallTables {

    /** What an operator can set. */
    @ObjectClassDefinition(
            name = "nested-dune: dispatch of system calls",
            description = "What becomes of calls whose service has been taken away")
    public @interface Settings {

        /** How long calls wait, in milliseconds from the withdrawal on; 0 for not at all. */
        @AttributeDefinition(
                name = "Wait for a withdrawn service (ms)",
                description = "How long system calls wait for a family or clone strategy that was stopped to come back, in"
                        + " milliseconds from then on; after that they end with ENOSYS. 0: at once.",
                min = "0")
        long withdrawn_wait() default DEFAULT_WAIT_MILLIS;
    }

    private static final long DEFAULT_WAIT_MILLIS = 10_000;

    /** Whom a slot is for: guests of an architecture that may use these families; null for all. */
    private record Key(Architecture architecture, Set<String> families) {}

    /** One architecture's current table, for guests that may use the same families. */
    public static final class Slot {

        private final Withdrawn withdrawn;
        private volatile DispatchTable table;

        private Slot(DispatchTable table, Withdrawn withdrawn) {
            this.table = table;
            this.withdrawn = withdrawn;
        }

        /**
         * Holds a call without an entry while its family may come back.
         *
         * @param present gives the task's slot, which is another one once its architecture has been replaced
         * @return 0 if there is an entry now, otherwise what the call ends with: see {@link Withdrawn#await}
         */
        public long awaitEntry(Task task, int number, Supplier<Slot> present) {
            return withdrawn.await(task, table.name(number), () -> present.get().table.entry(number) != null);
        }

        /** The table of the moment. */
        public DispatchTable table() {
            return table;
        }
    }

    private final Map<ServiceReference<SyscallFamily>, SyscallFamily> families = new TreeMap<>();
    private final Map<Key, Slot> slots = new ConcurrentHashMap<>();

    /** Architectures that have gone, as long as somebody still has them. */
    private final Set<Architecture> forgotten = Collections.newSetFromMap(new WeakHashMap<>());
    private final Withdrawn withdrawn = new Withdrawn(Withdrawn.nanos(DEFAULT_WAIT_MILLIS));

    @Activate
    @Modified
    void configure(Settings settings) {
        withdrawn.patience(Withdrawn.nanos(settings.withdrawn_wait()));
    }

    /** The calls and other services that have been taken away. */
    public Withdrawn withdrawn() {
        return withdrawn;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    synchronized void addFamily(SyscallFamily family, ServiceReference<SyscallFamily> reference) {
        families.put(reference, family);
        rebuild();
        family.syscalls().forEach(syscall -> withdrawn.remove(syscall.name()));
        withdrawn.wakeAll();
    }

    void removeFamily(SyscallFamily family, ServiceReference<SyscallFamily> reference) {
        BundleClasses.load(reference.getBundle());
        synchronized (this) {
            families.remove(reference);
            for (Syscall syscall : family.syscalls()) {
                withdrawn.add(syscall.name());
            }
            for (SyscallFamily other : families.values()) {
                other.syscalls().forEach(syscall -> withdrawn.remove(syscall.name()));
            }
            rebuild();
        }
    }

    private void rebuild() {
        slots.forEach((key, slot) -> slot.table = build(key));
    }

    private DispatchTable build(Key key) {
        DispatchTable table = DispatchTable.of(key.architecture().syscallNumbers(), families.values());
        return key.families() == null ? table : table.limitedTo(key.families());
    }

    /**
     * The slot for guests of an architecture; the same one as long as the architecture's service is the same.
     *
     * @param confinement what they are limited to, or null. What is not granted has entries that refuse it, so that calls of guests
     *     without limits, and granted ones, cost nothing more
     */
    public synchronized Slot slot(Architecture architecture, Confinement confinement) {
        Key wanted = new Key(architecture, confinement == null ? null : confinement.profile().families());
        if (forgotten.contains(architecture)) {
            // For a program that was being loaded while it went, and that is about to be held.
            return new Slot(build(wanted), withdrawn);
        }
        return slots.computeIfAbsent(wanted, key -> new Slot(build(key), withdrawn));
    }

    /** Forgets an architecture that has gone. */
    public synchronized void forget(Architecture architecture) {
        forgotten.add(architecture);
        slots.keySet().removeIf(key -> key.architecture() == architecture);
    }

    /** The families of the moment, in ascending order of service ranking. */
    public synchronized List<SyscallFamily> families() {
        return List.copyOf(families.values());
    }
}
