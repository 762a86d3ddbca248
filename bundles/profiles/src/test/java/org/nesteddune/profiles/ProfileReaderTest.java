package org.nesteddune.profiles;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nesteddune.Profile;
import org.nesteddune.Profile.Access;
import org.nesteddune.Profile.PathRule;
import org.nesteddune.config.Fault;
import org.nesteddune.config.Settings;

class ProfileReaderTest {

    private static final String FILE = "/etc/org.nesteddune.profile-narrow.cfg";

    private static Settings settings(Map<String, String> given) {
        Map<String, Object> properties = new HashMap<>(given);
        properties.put("service.pid", "org.nesteddune.profile.1234");
        properties.put("felix.fileinstall.filename", "file:" + FILE);
        return ProfileReader.settings(properties);
    }

    @Test
    void isCalledAsItsFileIs() {
        Settings settings = settings(Map.of("private.directories", "/tmp"));
        Profile profile = ProfileReader.read(settings);
        assertThat(settings.faults()).isEmpty();
        assertThat(profile.name()).isEqualTo("narrow");
        assertThat(profile.privateDirectories()).containsExactly("/tmp");
    }

    @Test
    void allIsGrantedOnlyWhereThatIsSaid() {
        Settings settings = settings(Map.of("paths", "rw:/"));
        assertThat(ProfileReader.read(settings).paths()).isEqualTo(List.of(new PathRule("/", Access.WRITE)));
        assertThat(settings.faults()).isEmpty();
    }

    @Test
    void aFileThatIsStillEmptyIsNoProfile() {
        for (Map<String, String> nothing : List.of(Map.<String, String>of(), Map.of("name", "narrow"), Map.of("paths", " "))) {
            Settings settings = settings(nothing);
            ProfileReader.read(settings);
            assertThat(settings.faults()).extracting(Fault::key).containsExactly("paths");
        }
    }
}
