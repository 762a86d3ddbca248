package org.nesteddune.internal.runtime;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.nesteddune.arch.Architecture;
import org.nesteddune.clone.CloneStrategy;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.escape.EntryRoute;
import org.nesteddune.escape.EscapeRoute;
import org.nesteddune.escape.ShellCode;
import org.nesteddune.internal.dispatch.BundleClasses;
import org.nesteddune.internal.dispatch.SyscallTables;
import org.nesteddune.internal.loader.LoadException;
import org.nesteddune.internal.loader.Platforms;
import org.nesteddune.internal.task.GuestTask;
import org.nesteddune.kernel.CloneRequest;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The architectures and engines that are there, best ranking first. */
@Component(service = Backends.class)
public final class Backends implements Platforms {

    /** What clone strategies are called among the services that were taken away; no system call's name. */
    private static final String STRATEGIES = "(clone strategies)";

    /** What architectures and engines are called there. */
    private static final String PLATFORMS = "(architectures and engines)";

    /** Between two attempts of a call that needs a platform which is away. */
    private static final long PAUSE_NANOS = 10_000_000;

    private final Map<ServiceReference<Architecture>, Architecture> architectures = new TreeMap<>();
    private final Map<ServiceReference<ExecutionEngine>, ExecutionEngine> engines = new TreeMap<>();
    private final Map<ServiceReference<CloneStrategy>, CloneStrategy> strategies = new TreeMap<>();

    /** Names of those that have been taken away. Guarded by the strategies. */
    private final Set<String> missingStrategies = new HashSet<>();

    private volatile Users users = Users.NONE;

    private final SyscallTables tables;

    /** The launcher's: starts the bundles that wait until somebody misses them. Nobody's where all are started at once. */
    @Reference(
            target = "(dune.reserve=*)",
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile BooleanSupplier reserve;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile EscapeRoute route;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile EntryRoute entry;

    private final Map<Integer, ShellCode> codes = new ConcurrentHashMap<>();

    /** Is told of each step of an escape before it is made; what it throws ends that. For tests and for the curious. */
    @Reference(
            target = "(dune.escape.steps=*)",
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC)
    private volatile Consumer<String> escapeWatcher;

    /** With the tables from the beginning, because whoever is bound next asks them. */
    @Activate
    public Backends(@Reference SyscallTables tables) {
        this.tables = tables;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addArchitecture(Architecture architecture, ServiceReference<Architecture> reference) {
        put(architectures, reference, architecture);
        users.arrived();
    }

    void removeArchitecture(Architecture architecture, ServiceReference<Architecture> reference) {
        withdraw(architectures, reference, () -> users.leaving(architecture));
        tables.forget(architecture);
        users.arrived();
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addEngine(ExecutionEngine engine, ServiceReference<ExecutionEngine> reference) {
        put(engines, reference, engine);
        users.arrived();
    }

    void removeEngine(ExecutionEngine engine, ServiceReference<ExecutionEngine> reference) {
        withdraw(engines, reference, () -> users.leaving(engine));
        users.arrived();
    }

    private static <T> void put(Map<ServiceReference<T>, T> services, ServiceReference<T> reference, T service) {
        synchronized (services) {
            services.put(reference, service);
        }
    }

    /**
     * Takes away what guests run on: first so that nobody finds it any more, then from those who use it, and once more for those
     * who had found it before and were not there yet.
     */
    private <T> void withdraw(Map<ServiceReference<T>, T> services, ServiceReference<T> reference, Runnable leaving) {
        BundleClasses.load(reference.getBundle());
        tables.withdrawn().add(PLATFORMS);
        synchronized (services) {
            services.remove(reference);
        }
        leaving.run();
        leaving.run();
    }

    /** Who is to be told before something goes, and after something has come; nobody if null. */
    void users(Users value) {
        users = value == null ? Users.NONE : value;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addStrategy(CloneStrategy strategy, ServiceReference<CloneStrategy> reference) {
        synchronized (strategies) {
            strategies.put(reference, strategy);
            // Which one a call waits for is not known: as long as one is missing it may be that.
            missingStrategies.remove(strategy.name());
            if (missingStrategies.isEmpty()) {
                tables.withdrawn().remove(STRATEGIES);
            }
        }
        tables.withdrawn().wakeAll();
    }

    void removeStrategy(CloneStrategy strategy, ServiceReference<CloneStrategy> reference) {
        BundleClasses.load(reference.getBundle());
        synchronized (strategies) {
            strategies.remove(reference);
            if (strategies.values().stream().noneMatch(each -> each.name().equals(strategy.name()))) {
                missingStrategies.add(strategy.name());
                tables.withdrawn().add(STRATEGIES);
            }
        }
    }

    /**
     * Waits a moment for an architecture or engine that a call has missed, if one has gone lately; the call is to be made again
     * then.
     *
     * @throws ErrnoException ERESTARTNOINTR
     */
    void awaitPlatform(GuestTask task) {
        // An engine's part of an architecture may go before the architecture itself does.
        task.park(System.nanoTime() + PAUSE_NANOS);
        if (tables.withdrawn().isAwaited(PLATFORMS)) {
            throw new ErrnoException(Errno.ERESTARTNOINTR);
        }
    }

    /**
     * The best clone strategy that takes a call; waits for one that has been taken away.
     *
     * @throws ErrnoException ENOSYS if there is none, ERESTARTNOINTR when a signal is to be delivered meanwhile
     */
    CloneStrategy strategy(Task task, CloneRequest request) {
        CloneStrategy strategy = strategy(request);
        if (strategy != null) {
            return strategy;
        }
        long result = tables.withdrawn().await(task, STRATEGIES, () -> strategy(request) != null);
        strategy = strategy(request);
        if (strategy == null) {
            if (result == -Errno.ERESTARTSYS) {
                throw new ErrnoException(Errno.ERESTARTNOINTR);
            }
            task.note("no clone strategy");
            throw new ErrnoException(Errno.ENOSYS);
        }
        return strategy;
    }

    private CloneStrategy strategy(CloneRequest request) {
        for (CloneStrategy strategy : best(strategies)) {
            if (strategy.takes(request)) {
                return strategy;
            }
        }
        return null;
    }

    /** Services by descending ranking; {@link ServiceReference} itself orders them ascending. */
    private static <T> List<T> best(Map<ServiceReference<T>, T> services) {
        synchronized (services) {
            Collection<T> ascending = services.values();
            List<T> all = new java.util.ArrayList<>(ascending);
            java.util.Collections.reverse(all);
            return all;
        }
    }

    @Override
    public Architecture architecture(int elfMachine, String path) throws LoadException {
        Architecture architecture = installed(elfMachine);
        if (architecture == null && callReserve()) {
            architecture = installed(elfMachine);
        }
        if (architecture != null) {
            return architecture;
        }
        List<Architecture> installed = best(architectures);
        String names = installed.stream().map(Architecture::name).collect(Collectors.joining(", "));
        throw LoadException.noBackend(
                Errno.ENOEXEC,
                path + ": a program for " + Elf.name(elfMachine) + " (ELF machine " + elfMachine
                        + "); no installed bundle runs it (installed: " + (names.isEmpty() ? "none" : names) + ")");
    }

    @Override
    public boolean isThere(Architecture architecture) {
        synchronized (architectures) {
            return architectures.containsValue(architecture);
        }
    }

    @Override
    public boolean isThere(ExecutionEngine engine) {
        synchronized (engines) {
            return engines.containsValue(engine);
        }
    }

    private Architecture installed(int elfMachine) {
        for (Architecture architecture : best(architectures)) {
            if (architecture.elfMachine() == elfMachine) {
                return architecture;
            }
        }
        return null;
    }

    /** What makes native processes of guests; null if nothing does. */
    EscapeRoute escapeRoute() {
        if (route == null) {
            callReserve();
        }
        return route;
    }

    /** What takes native processes; null if nothing does. */
    EntryRoute entryRoute() {
        if (entry == null) {
            callReserve();
        }
        return entry;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addCode(ShellCode code) {
        codes.put(code.elfMachine(), code);
    }

    void removeCode(ShellCode code) {
        codes.remove(code.elfMachine(), code);
    }

    /** What an architecture knows of native processes; null if nobody does. */
    ShellCode shellCode(int elfMachine) {
        return codes.get(elfMachine);
    }

    Consumer<String> escapeWatcher() {
        return escapeWatcher;
    }

    /** Has the backends started that wait for somebody to need them; whether there are new ones. */
    private boolean callReserve() {
        BooleanSupplier waiting = reserve;
        return waiting != null && waiting.getAsBoolean();
    }

    @Override
    public ExecutionEngine engine(Architecture architecture, String name) throws LoadException {
        StringBuilder refusals = new StringBuilder();
        ExecutionEngine found = engine(architecture, name, refusals);
        if (found == null && callReserve()) {
            refusals.setLength(0);
            found = engine(architecture, name, refusals);
        }
        if (found != null) {
            return found;
        }
        if (!refusals.isEmpty()) {
            throw LoadException.noBackend(0, refusals.toString());
        }
        String names = best(engines).stream().map(ExecutionEngine::name).collect(Collectors.joining(", "));
        throw LoadException.noBackend(
                0,
                name == null
                        ? "no execution engine is installed"
                        : "there is no engine '" + name + "' (installed: " + (names.isEmpty() ? "none" : names) + ")");
    }

    /** The best engine that does not refuse, or null. */
    private ExecutionEngine engine(Architecture architecture, String name, StringBuilder refusals) {
        for (ExecutionEngine engine : best(engines)) {
            if (name == null || name.equals(engine.name())) {
                String refusal = engine.refusal(architecture);
                if (refusal == null) {
                    return engine;
                }
                refusals.append(refusals.isEmpty() ? "" : "; ").append(engine.name()).append(": ").append(refusal);
            }
        }
        return null;
    }

    /** Uses architectures and engines for longer than a moment. */
    interface Users {

        /** Nobody. */
        Users NONE = new Users() {
            @Override
            public void leaving(Architecture architecture) {}

            @Override
            public void leaving(ExecutionEngine engine) {}

            @Override
            public void arrived() {}
        };

        /** The architecture is not to be used any more when this returns. */
        void leaving(Architecture architecture);

        /** The engine is not to be used any more when this returns. */
        void leaving(ExecutionEngine engine);

        /** There may be something new. */
        void arrived();
    }
}
