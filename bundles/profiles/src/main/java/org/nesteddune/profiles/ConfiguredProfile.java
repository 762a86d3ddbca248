package org.nesteddune.profiles;

import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.nesteddune.Profile;
import org.nesteddune.StatusReport;
import org.nesteddune.config.Fault;
import org.nesteddune.config.Settings;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/**
 * A profile that is configured, as a service. One with faults is no service, so that nobody runs with less than what was meant; after a
 * change for the worse the profile as it was goes, too.
 */
@Component(
        service = StatusReport.class,
        configurationPid = ProfileSettings.FACTORY,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = ProfileSettings.class, factory = true)
public final class ConfiguredProfile implements StatusReport {

    private final BundleContext context;
    private final Logger log;
    private ServiceRegistration<Profile> registration;
    private volatile List<Fault> faults = List.of();

    @Activate
    public ConfiguredProfile(
            BundleContext context, @Reference(service = LoggerFactory.class) Logger log, Map<String, Object> properties) {
        this.context = context;
        this.log = log;
        configure(properties);
    }

    @Modified
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

    @Deactivate
    synchronized void deactivate() {
        if (registration != null) {
            registration.unregister();
            registration = null;
        }
    }

    @Override
    public String title() {
        return "profiles that are configured wrongly";
    }

    @Override
    public List<String> lines() {
        return faults.stream().map(Fault::toString).toList();
    }
}
