package org.nesteddune.profiles;

import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.nesteddune.Profile;
import org.nesteddune.config.Fault;
import org.nesteddune.config.Settings;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.log.Logger;

/**
 * A profile as a service, made of properties. One with faults is no service, so that nobody runs with less than what was meant; after a
 * change for the worse the profile as it was goes, too. Thread-safe.
 */
final class PublishedProfile {

    /** Above the faults, in a report of the runtime's state. */
    static final String TITLE = "profiles that are configured wrongly";

    private final BundleContext context;
    private final Logger log;
    private ServiceRegistration<Profile> registration;
    private volatile List<Fault> faults = List.of();

    PublishedProfile(BundleContext context, Logger log) {
        this.context = context;
        this.log = log;
    }

    /** Becomes what the properties say, from the first time on or anew. */
    synchronized void configure(Map<String, Object> properties) {
        Settings settings = ProfileReader.settings(properties);
        Profile profile = ProfileReader.read(settings);
        faults = settings.faults();
        ServiceRegistration<Profile> old = registration;
        registration = null;
        if (faults.isEmpty()) {
            Dictionary<String, Object> named = new Hashtable<>();
            named.put(Profile.NAME, profile.name());
            registration = context.registerService(Profile.class, profile, named);
        }
        faults.forEach(fault -> log.error("{}", fault));
        if (old != null) {
            old.unregister();
        }
    }

    /** It is no service any more. */
    synchronized void withdraw() {
        if (registration != null) {
            registration.unregister();
            registration = null;
        }
    }

    /** What is wrong with it, a line each. */
    List<String> lines() {
        return faults.stream().map(Fault::toString).toList();
    }
}
