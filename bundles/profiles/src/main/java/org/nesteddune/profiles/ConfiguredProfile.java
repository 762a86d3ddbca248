package org.nesteddune.profiles;

import java.util.List;
import java.util.Map;
import org.nesteddune.StatusReport;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/** A profile that is configured, as a service. */
@Component(
        service = StatusReport.class,
        configurationPid = ProfileSettings.FACTORY,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = ProfileSettings.class, factory = true)
public final class ConfiguredProfile implements StatusReport {

    private final PublishedProfile profile;

    @Activate
    public ConfiguredProfile(
            BundleContext context, @Reference(service = LoggerFactory.class) Logger log, Map<String, Object> properties) {
        profile = new PublishedProfile(context, log);
        configure(properties);
    }

    @Modified
    void configure(Map<String, Object> properties) {
        profile.configure(properties);
    }

    @Deactivate
    void deactivate() {
        profile.withdraw();
    }

    @Override
    public String title() {
        return PublishedProfile.TITLE;
    }

    @Override
    public List<String> lines() {
        return profile.lines();
    }
}
