package org.nesteddune.supervisor;

import java.util.Map;
import org.nesteddune.config.Settings;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;

/** A configuration of a guest: as long as it is there, so is the guest. */
@Component(
        service = ConfiguredGuest.class,
        configurationPid = GuestSettings.FACTORY,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = GuestSettings.class, factory = true)
public final class ConfiguredGuest {

    private final Supervision supervision;
    private String pid;

    @Activate
    public ConfiguredGuest(@Reference Supervision supervision, Map<String, Object> properties) {
        this.supervision = supervision;
        configure(properties);
    }

    @Modified
    void configure(Map<String, Object> properties) {
        Settings settings = DefinitionReader.settings(properties);
        pid = settings.pid();
        supervision.define(settings);
    }

    @Deactivate
    void deactivate() {
        supervision.remove(pid);
    }
}
