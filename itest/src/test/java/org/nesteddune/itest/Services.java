package org.nesteddune.itest;

import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/** Looks services up in the framework that the test runs in. */
final class Services {

    private static final long PATIENCE_MILLIS = 20_000;

    private Services() {
    }

    static BundleContext context() {
        return FrameworkUtil.getBundle(Services.class).getBundleContext();
    }

    /** The best service of a type; waits for it while the framework is still starting. */
    static <T> T get(Class<T> type) {
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context(), type, null);
        tracker.open();
        try {
            T service = tracker.waitForService(PATIENCE_MILLIS);
            if (service == null) {
                throw new AssertionError("there is no service " + type.getName());
            }
            return service;
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        } finally {
            tracker.close();
        }
    }

    /** All services of a type in ascending order of ranking. */
    static <T> List<T> all(Class<T> type) {
        try {
            List<ServiceReference<T>> references = new ArrayList<>(context().getServiceReferences(type, null));
            references.sort(null);
            return references.stream().map(context()::getService).toList();
        } catch (InvalidSyntaxException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
