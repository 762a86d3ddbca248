package org.nesteddune.commands;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.nesteddune.Dune;
import org.nesteddune.Profile;
import org.nesteddune.StatusReport;
import org.nesteddune.arch.Architecture;
import org.nesteddune.clone.CloneStrategy;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** The parts of nested-dune that are there at this moment. Every one may be missing. Safe for any thread. */
@Component(service = Installed.class)
public final class Installed {

    /** The factory PID of profiles, in what is said of their configurations. */
    private static final String PROFILES = "org.nesteddune.profile";

    private static final String CORE = "org.nesteddune.core";

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile Dune dune;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile ServiceComponentRuntime components;

    @Reference
    private volatile Collection<Map.Entry<Map<String, Object>, Architecture>> architectures = List.of();

    @Reference
    private volatile Collection<Map.Entry<Map<String, Object>, ExecutionEngine>> engines = List.of();

    @Reference
    private volatile Collection<Map.Entry<Map<String, Object>, SyscallFamily>> families = List.of();

    @Reference
    private volatile Collection<Map.Entry<Map<String, Object>, CloneStrategy>> strategies = List.of();

    @Reference
    private volatile Collection<Profile> profiles = List.of();

    @Reference
    private volatile Collection<StatusReport> reports = List.of();

    /** The launcher's: starts what waits until somebody misses it. */
    @Reference(target = "(dune.reserve=*)", cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile BooleanSupplier reserve;

    private final BundleContext context;

    /** Made by the component runtime. */
    @Activate
    public Installed(BundleContext context) {
        this.context = context;
    }

    /**
     * A service and where it is from.
     *
     * @param bundle symbolic name of its bundle
     * @param ranking service ranking; of two that serve the same, the higher is taken
     */
    record Part<T>(T service, String bundle, int ranking) {}

    /**
     * The runtime.
     *
     * @throws CommandException with the reason if it is not there
     */
    Dune dune() throws CommandException {
        Dune now = dune;
        if (now == null) {
            throw new CommandException(Command.FAULT, "the runtime is not there: " + absence());
        }
        return now;
    }

    /** Architectures by name. */
    List<Part<Architecture>> architectures() {
        return parts(architectures, Architecture::name);
    }

    /** Engines, the one that is preferred first. */
    List<Part<ExecutionEngine>> engines() {
        List<Part<ExecutionEngine>> all = parts(engines, ExecutionEngine::name);
        all.sort(Comparator.comparing((Part<ExecutionEngine> part) -> part.ranking()).reversed());
        return all;
    }

    /** Families by name; where two have the same one, the one that is preferred first. */
    List<Part<SyscallFamily>> families() {
        return parts(families, SyscallFamily::name);
    }

    /** Clone strategies by name; where two have the same one, the one that is preferred first. */
    List<Part<CloneStrategy>> strategies() {
        return parts(strategies, CloneStrategy::name);
    }

    /** Profiles by name. */
    List<Profile> profiles() {
        if (profiles.isEmpty()) {
            callReserve();
        }
        return sorted();
    }

    private List<Profile> sorted() {
        List<Profile> all = new ArrayList<>(profiles);
        all.sort(Comparator.comparing(Profile::name));
        return all;
    }

    private void callReserve() {
        BooleanSupplier waiting = reserve;
        if (waiting != null) {
            waiting.getAsBoolean();
        }
    }

    /**
     * The profile of a name.
     *
     * @throws CommandException with the names of those that there are
     */
    Profile profile(String name) throws CommandException {
        for (Profile profile : profiles()) {
            if (profile.name().equals(name)) {
                return profile;
            }
        }
        String names = sorted().stream().map(Profile::name).collect(Collectors.joining(", "));
        String wrong = profileFaults().stream().map(line -> "\n  " + line).collect(Collectors.joining());
        throw new CommandException(Command.FAULT, "there is no profile '" + name + "' (there are: "
                + (names.isEmpty() ? "none" : names) + ")" + wrong);
    }

    /** What is wrong with configurations of profiles. */
    List<String> profileFaults() {
        return reports().stream()
                .flatMap(report -> report.lines().stream())
                .filter(line -> line.contains(PROFILES))
                .toList();
    }

    /** What parts of the runtime have to tell, by title. */
    List<StatusReport> reports() {
        List<StatusReport> all = new ArrayList<>(reports);
        all.sort(Comparator.comparing(StatusReport::title));
        return all;
    }

    private <T> List<Part<T>> parts(
            Collection<Map.Entry<Map<String, Object>, T>> services, java.util.function.Function<T, String> name) {
        List<Part<T>> all = new ArrayList<>();
        for (Map.Entry<Map<String, Object>, T> service : services) {
            Map<String, Object> properties = service.getKey();
            Object ranking = properties.get(Constants.SERVICE_RANKING);
            Bundle bundle = properties.get(Constants.SERVICE_BUNDLEID) instanceof Long id ? context.getBundle(id) : null;
            all.add(new Part<>(
                    service.getValue(),
                    bundle == null ? "?" : bundle.getSymbolicName(),
                    ranking instanceof Integer number ? number : 0));
        }
        all.sort(Comparator.comparing((Part<T> part) -> name.apply(part.service()))
                .thenComparing((Part<T> part) -> -part.ranking()));
        return all;
    }

    /** Why there is no runtime. */
    private String absence() {
        Bundle core = bundle(CORE);
        if (core == null) {
            return "the bundle " + CORE + " is not installed";
        }
        if (core.getState() != Bundle.ACTIVE) {
            return "the bundle " + CORE + " is " + state(core.getState());
        }
        List<String> lacks = unsatisfied();
        return lacks.isEmpty() ? "the bundle " + CORE + " is started but does not offer it" : String.join("; ", lacks);
    }

    /** The bundle with a symbolic name, or null. */
    private Bundle bundle(String name) {
        for (Bundle bundle : context.getBundles()) {
            if (name.equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        return null;
    }

    /** Bundles of nested-dune that are installed and do not run, each with its state. */
    List<String> stopped() {
        List<String> all = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            String name = bundle.getSymbolicName();
            boolean fragment = bundle.getHeaders().get(Constants.FRAGMENT_HOST) != null;
            boolean lazy = bundle.getState() == Bundle.STARTING;
            if (name != null && name.startsWith("org.nesteddune.") && !fragment && !lazy
                    && bundle.getState() != Bundle.ACTIVE) {
                all.add(name + " is " + state(bundle.getState()));
            }
        }
        return all;
    }

    private static String state(int state) {
        return switch (state) {
            case Bundle.INSTALLED -> "installed but does not resolve";
            case Bundle.RESOLVED -> "stopped";
            case Bundle.STARTING -> "starting";
            case Bundle.STOPPING -> "stopping";
            default -> "uninstalled";
        };
    }

    /** Components of nested-dune that lack a service, each with what it lacks. */
    List<String> unsatisfied() {
        ServiceComponentRuntime runtime = components;
        List<String> all = new ArrayList<>();
        if (runtime == null) {
            return all;
        }
        for (ComponentDescriptionDTO description : runtime.getComponentDescriptionDTOs()) {
            if (description.name.startsWith("org.nesteddune.")) {
                for (ComponentConfigurationDTO configuration : runtime.getComponentConfigurationDTOs(description)) {
                    lacks(description.name, configuration, all);
                }
            }
        }
        return all;
    }

    private static void lacks(String name, ComponentConfigurationDTO configuration, List<String> all) {
        if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
            String failure = configuration.failure == null ? "" : configuration.failure.lines().findFirst().orElse("");
            all.add(name + " does not start: " + failure);
        }
        for (UnsatisfiedReferenceDTO reference : configuration.unsatisfiedReferences) {
            all.add(name + " lacks a service for its reference " + reference.name);
        }
    }
}
