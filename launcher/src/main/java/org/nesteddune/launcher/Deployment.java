package org.nesteddune.launcher;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;

/** Brings bundles of the distribution into a framework. Safe for any thread. */
final class Deployment {
    private final Distribution distribution;
    private final boolean onClassPath;
    private final Framework framework;
    private final Map<Bundle, BundleException> failures;

    /**
     * @param onClassPath whether the classes of bundles come from the JVM's class path
     * @param failures where bundles are put that do not start
     */
    Deployment(Distribution distribution, boolean onClassPath, Framework framework, Map<Bundle, BundleException> failures) {
        this.distribution = distribution;
        this.onClassPath = onClassPath;
        this.framework = framework;
        this.failures = failures;
    }

    /**
     * Installs and resolves bundles.
     *
     * @param profile the name of their profile, for the message
     * @throws LaunchException if a bundle cannot be installed
     */
    List<Bundle> install(String profile, List<Profile.Entry> entries) throws LaunchException {
        BundleContext context = framework.getBundleContext();
        int initial = framework.adapt(FrameworkStartLevel.class).getInitialBundleStartLevel();
        List<Bundle> bundles = new ArrayList<>();
        for (Profile.Entry entry : entries) {
            Path file = distribution.bundle(entry.file());
            try {
                Bundle bundle = context.installBundle(onClassPath ? entry.file() : "reference:" + file.toUri());
                if (entry.level() != initial) {
                    bundle.adapt(BundleStartLevel.class).setStartLevel(entry.level());
                }
                bundles.add(bundle);
            } catch (BundleException | UncheckedIOException e) {
                throw new LaunchException("cannot install " + file + " of profile " + profile + ": "
                    + (Files.exists(file) ? e.getMessage() : "there is no such file"), e);
            }
        }
        framework.adapt(FrameworkWiring.class).resolveBundles(bundles);
        return bundles;
    }

    /** Starts bundles in their order; which ones fail is noted. */
    void start(List<Bundle> bundles) {
        for (Bundle bundle : bundles) {
            try {
                bundle.start(onClassPath ? Bundle.START_TRANSIENT : Bundle.START_ACTIVATION_POLICY);
            } catch (BundleException e) {
                failures.put(bundle, e);
            }
        }
    }
}
