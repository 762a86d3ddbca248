package org.nesteddune.launcher;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;

/**
 * Finds out why a service is not there: which bundle does not resolve or start, which component lacks what. Component
 * states are read from the Declarative Services runtime by reflection, because the launcher shares no class with bundles.
 */
final class Diagnosis {
    private static final String RUNTIME = "org.osgi.service.component.runtime.ServiceComponentRuntime";
    private static final int UNSATISFIED_CONFIGURATION = 1;
    private static final int UNSATISFIED_REFERENCE = 2;
    private static final int FAILED_ACTIVATION = 16;

    private static final Pattern MISSING_PACKAGE = Pattern.compile("\\(osgi\\.wiring\\.package=([\\w.]+)\\)");

    private final BundleContext context;
    private final Map<Bundle, BundleException> failures;

    Diagnosis(BundleContext context, Map<Bundle, BundleException> failures) {
        this.context = context;
        this.failures = failures;
    }

    /** Whether every bundle is started and every component has what it needs, so that nothing more is to come. */
    boolean isComplete() {
        return reasons().isEmpty();
    }

    /** The reasons, on lines of their own when there are several. */
    String text() {
        List<String> reasons = reasons();
        if (reasons.isEmpty()) {
            return "all bundles are started and all components satisfied, but none provides it";
        }
        return reasons.size() == 1 ? reasons.get(0) : "\n  " + String.join("\n  ", reasons);
    }

    private List<String> reasons() {
        List<String> reasons = new ArrayList<>();
        failures.forEach((bundle, e) -> bundle(bundle, e, reasons));
        try {
            components(reasons);
        } catch (ReflectiveOperationException e) {
            reasons.add("the state of the components cannot be read: " + e);
        }
        return reasons;
    }

    private void components(List<String> reasons) throws ReflectiveOperationException {
        ServiceReference<?> reference = context.getServiceReference(RUNTIME);
        if (reference == null) {
            reasons.add("there is no Declarative Services runtime: org.apache.felix.scr is missing or not started");
            return;
        }
        Object runtime = context.getService(reference);
        Class<?> type = reference.getBundle().loadClass(RUNTIME);
        Object all = type.getMethod("getComponentDescriptionDTOs", Bundle[].class).invoke(runtime, (Object) new Bundle[0]);
        for (Object description : (Collection<?>) all) {
            Collection<?> configurations = (Collection<?>) type
                .getMethod("getComponentConfigurationDTOs", description.getClass()).invoke(runtime, description);
            for (Object configuration : configurations) {
                component((String) get(description, "name"), configuration, reasons);
            }
        }
    }

    private static void component(String name, Object configuration, List<String> reasons)
            throws ReflectiveOperationException {
        int state = (Integer) get(configuration, "state");
        if (state == FAILED_ACTIVATION) {
            String failure = String.valueOf(get(configuration, "failure"));
            reasons.add("component " + name + " fails when it is activated: " + failure.lines().findFirst().orElse(""));
        } else if (state == UNSATISFIED_CONFIGURATION) {
            reasons.add("component " + name + " has no configuration");
        } else if (state == UNSATISFIED_REFERENCE) {
            Object references = get(configuration, "unsatisfiedReferences");
            for (int i = 0; i < Array.getLength(references); i++) {
                Object unsatisfied = Array.get(references, i);
                reasons.add("component " + name + " lacks a service for its reference " + get(unsatisfied, "name")
                    + (get(unsatisfied, "target") == null ? "" : " " + get(unsatisfied, "target")));
            }
        }
    }

    private static Object get(Object dto, String field) throws ReflectiveOperationException {
        return dto.getClass().getField(field).get(dto);
    }

    private static void bundle(Bundle bundle, BundleException e, List<String> reasons) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        String message = String.valueOf(cause.getMessage()).replace('\n', ' ');
        if (bundle.getState() != Bundle.INSTALLED) {
            reasons.add("bundle " + bundle.getSymbolicName() + " does not start: " + message);
        } else if (!message.contains("[caused by:")) {
            // Those that only lack a bundle which itself does not resolve would hide the one that matters.
            Matcher missing = MISSING_PACKAGE.matcher(message);
            reasons.add("bundle " + bundle.getSymbolicName() + " does not resolve: "
                + (missing.find() ? "no bundle exports the package " + missing.group(1) + " in the version it wants"
                    : message));
        }
    }
}
