package org.nesteddune.profiles;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nesteddune.AddressRule;
import org.nesteddune.Profile;
import org.nesteddune.Profile.Access;
import org.nesteddune.Profile.PathRule;
import org.nesteddune.Profile.Refusal;
import org.nesteddune.config.Families;
import org.nesteddune.config.Settings;

/** Makes a profile of a configuration. Stateless. */
final class ProfileReader {

    private static final Set<String> GRANTS = Set.of("families", "paths", "private.directories", "addresses", "devices", "refusal");

    private static final Set<String> KNOWN =
            Stream.concat(Stream.of("name"), GRANTS.stream()).collect(Collectors.toUnmodifiableSet());

    private ProfileReader() {}

    /** A configuration's settings. */
    static Settings settings(Map<String, ?> properties) {
        return new Settings(properties, KNOWN);
    }

    /** A configuration's profile; what is wrong is noted with the settings, and then the profile is not to be used. */
    static Profile read(Settings settings) {
        String name = settings.text("name");
        if (GRANTS.stream().noneMatch(settings::has)) {
            // As whoever reads a file sees it that is being written.
            settings.fault("paths", "no setting is there, and so all would be granted; paths = rw:/ says that it is meant");
        }
        Profile.Builder profile = Profile.named(name == null ? settings.instance(ProfileSettings.FACTORY) : name);
        profile.families(Families.read(settings, "families"));
        for (PathRule rule : settings.values("paths", ProfileReader::path)) {
            profile.path(rule.path(), rule.access());
        }
        settings.values("private.directories", profile::privateDirectory);
        if (settings.has("addresses")) {
            List<String> all = settings.list("addresses");
            profile.addresses(all.equals(List.of("none")) ? List.of() : settings.values("addresses", AddressRule::parse));
        }
        settings.values("devices", profile::device);
        profile.refusal(settings.choice("refusal", Refusal.EPERM));
        return profile.build();
    }

    private static PathRule path(String text) {
        int colon = text.indexOf(':');
        Access access = switch (colon < 0 ? "" : text.substring(0, colon)) {
            case "ro" -> Access.READ;
            case "rw" -> Access.WRITE;
            case "none" -> Access.NONE;
            default -> throw new IllegalArgumentException("'" + text + "' does not begin with ro:, rw: or none:");
        };
        return new PathRule(text.substring(colon + 1).strip(), access);
    }
}
