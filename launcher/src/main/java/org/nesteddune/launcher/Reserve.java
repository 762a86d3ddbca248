package org.nesteddune.launcher;

import java.util.Hashtable;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/**
 * The bundles of a profile that wait until somebody misses what they provide, because each costs a one-shot milliseconds
 * that few programs need. It is a service for those who look for a backend in vain: a {@link BooleanSupplier} with the
 * property {@value #SERVICE}, which starts the bundles and says whether there is anything new. Safe for any thread.
 */
final class Reserve implements BooleanSupplier {
    /** The property by which the service is found. */
    static final String SERVICE = "dune.reserve";

    private final Deployment deployment;
    private final String profile;
    private List<Profile.Entry> waiting;

    private Reserve(Deployment deployment, String profile, List<Profile.Entry> waiting) {
        this.deployment = deployment;
        this.profile = profile;
        this.waiting = waiting;
    }

    /** The reserve of a profile, which is a service if there is anything in it. */
    static Reserve register(Deployment deployment, Profile profile, BundleContext context) {
        Reserve reserve = new Reserve(deployment, profile.name(), profile.reserve());
        if (!profile.reserve().isEmpty()) {
            Hashtable<String, Object> properties = new Hashtable<>();
            properties.put(SERVICE, profile.name());
            context.registerService(BooleanSupplier.class, reserve, properties);
        }
        return reserve;
    }

    /** Starts the bundles that wait; false if there are none. Who comes meanwhile waits. */
    @Override
    public synchronized boolean getAsBoolean() {
        List<Profile.Entry> entries = waiting;
        waiting = List.of();
        try {
            List<Bundle> bundles = deployment.install(profile, entries);
            deployment.start(bundles);
            return !bundles.isEmpty();
        } catch (LaunchException e) {
            System.err.println("nested-dune: " + e.getMessage());
            return false;
        }
    }
}
