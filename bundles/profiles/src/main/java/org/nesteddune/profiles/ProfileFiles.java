package org.nesteddune.profiles;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.nesteddune.StatusReport;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;

/**
 * The profiles of a directory, for a framework that has nothing which reads configurations: a one-shot. It reads the files that FileInstall
 * would, once, if the framework's property {@value #DIRECTORY} names the directory.
 */
@Component(service = StatusReport.class, immediate = true)
public final class ProfileFiles implements StatusReport {

    /** Property of the framework: a directory with files {@code org.nesteddune.profile-NAME.cfg}. */
    static final String DIRECTORY = "dune.profiles";

    private final List<PublishedProfile> profiles = new ArrayList<>();

    @Activate
    public ProfileFiles(BundleContext context, @Reference(service = LoggerFactory.class) Logger log) {
        String directory = context.getProperty(DIRECTORY);
        if (directory == null) {
            return;
        }
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(Path.of(directory), ProfileSettings.FACTORY + "-*.cfg")) {
            for (Path file : files) {
                register(new PublishedProfile(context, log), file);
            }
        } catch (IOException none) {
            log.error("no profiles: {}", none.toString());
        }
    }

    private void register(PublishedProfile profile, Path file) throws IOException {
        Properties text = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            text.load(reader);
        }
        Map<String, Object> properties = new HashMap<>();
        text.forEach((key, value) -> properties.put((String) key, value));
        properties.put("felix.fileinstall.filename", file.toUri().toString());
        profile.configure(properties);
        profiles.add(profile);
    }

    @Deactivate
    void deactivate() {
        profiles.forEach(PublishedProfile::withdraw);
    }

    @Override
    public String title() {
        return PublishedProfile.TITLE;
    }

    @Override
    public List<String> lines() {
        return profiles.stream().flatMap(profile -> profile.lines().stream()).toList();
    }
}
