package org.nesteddune.launcher;

import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
import org.apache.felix.framework.Felix;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.util.tracker.ServiceTracker;

/**
 * A framework with the bundles of a profile, installed by reference and started. Bundles that do not resolve or start are
 * no failure here: what needs them says so. Safe for any thread.
 */
final class RunningFramework implements AutoCloseable {
    /** How long to wait for a command after all bundles are started, in milliseconds. Normally it is there already. */
    private static final long PATIENCE = 5000;

    /** Which services are to be closed before the process ends: those whose threads the JVM would wait for. */
    private static final String BEFORE_END = "(dune.before.end=true)";

    private final Framework framework;
    private final Storage storage;
    private final Reserve reserve;
    private final Map<Bundle, BundleException> failures;

    private RunningFramework(Framework framework, Storage storage, Reserve reserve, Map<Bundle, BundleException> failures) {
        this.framework = framework;
        this.storage = storage;
        this.reserve = reserve;
        this.failures = failures;
    }

    static RunningFramework start(Distribution distribution, Profile profile) throws LaunchException {
        useUnpackedNativeLibrary(distribution);
        boolean onClassPath = ClassPathBundles.has(distribution, profile);
        if (onClassPath) {
            WarmUp.start(profile);
        }
        Storage storage = Storage.create(onClassPath);
        Framework framework = new Felix(configuration(distribution, profile, storage),
            onClassPath ? new ClassPathBundles(distribution) : null);
        Map<Bundle, BundleException> failures = new ConcurrentHashMap<>();
        Reserve reserve;
        try {
            framework.init();
            Deployment deployment = new Deployment(distribution, onClassPath, framework, failures);
            List<Bundle> bundles = deployment.install(profile.name(), profile.bundles());
            framework.start();
            deployment.start(bundles);
            reserve = Reserve.register(deployment, profile, framework.getBundleContext());
        } catch (BundleException e) {
            storage.close();
            throw new LaunchException("the OSGi framework does not start: " + e.getMessage(), e);
        } catch (LaunchException e) {
            storage.close();
            throw e;
        }
        return new RunningFramework(framework, storage, reserve, failures);
    }

    /** Spares JNA the unpacking of its library at every start. */
    private static void useUnpackedNativeLibrary(Distribution distribution) {
        Path libraries = distribution.nativeLibraries();
        if (System.getProperty("jna.boot.library.path") == null && Files.isDirectory(libraries)) {
            System.setProperty("jna.boot.library.path", libraries.toString());
        }
    }

    private static Map<String, Object> configuration(Distribution distribution, Profile profile, Storage storage) {
        Map<String, Object> configuration = new HashMap<>();
        configuration.put(Constants.FRAMEWORK_STORAGE, storage.directory().resolve("cache").toString());
        configuration.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(profile.highestLevel()));
        // The directory is ours alone.
        configuration.put("felix.cache.locking", "false");
        for (Profile.Setting setting : profile.settings()) {
            String value = setting.value().replace("${dune.home}", distribution.home().toString())
                .replace("${dune.storage}", storage.directory().toString());
            configuration.put(setting.name(),
                value.contains("${java.packages}") ? value.replace("${java.packages}", javaPackages()) : value);
        }
        return configuration;
    }

    /** The packages that the modules of this Java export to all, separated by commas. */
    private static String javaPackages() {
        StringJoiner packages = new StringJoiner(",");
        for (Module module : ModuleLayer.boot().modules()) {
            for (ModuleDescriptor.Exports exports : module.getDescriptor().exports()) {
                if (!exports.isQualified()) {
                    packages.add(exports.source());
                }
            }
        }
        return packages.toString();
    }

    Framework framework() {
        return framework;
    }

    /** The bundles that are not started yet. */
    Reserve reserve() {
        return reserve;
    }

    /**
     * Waits for the service that carries out a command: a {@link ToIntFunction} of its arguments, with the property
     * {@code dune.command}. It may be an {@link java.util.function.IntConsumer} as well, which ends this process by a signal.
     *
     * @throws LaunchException when there is none, with the reason as far as it can be told
     */
    @SuppressWarnings("unchecked")
    ToIntFunction<String[]> command(String name) throws LaunchException {
        BundleContext context = framework.getBundleContext();
        Diagnosis diagnosis = new Diagnosis(context, failures);
        try {
            String filter = "(&(objectClass=java.util.function.ToIntFunction)(dune.command=" + escape(name) + "))";
            ServiceTracker<Object, Object> tracker =
                new ServiceTracker<>(context, FrameworkUtil.createFilter(filter), null);
            tracker.open();
            Object service = tracker.getService();
            if (service == null && diagnosis.isComplete()) {
                throw new LaunchException("there is no command " + name + "; 'dune help' lists what there is");
            }
            service = service != null ? service : tracker.waitForService(PATIENCE);
            if (service == null) {
                throw new LaunchException("the command " + name + " is not available: " + diagnosis.text());
            }
            return (ToIntFunction<String[]>) service;
        } catch (InvalidSyntaxException e) {
            throw new LaunchException("there is no command " + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LaunchException("interrupted while waiting for the command " + name, e);
        }
    }

    private static String escape(String value) {
        return value.replaceAll("([\\\\*()])", "\\\\$1");
    }

    /** Deletes what the framework has stored. The framework itself is left to the end of the process. */
    @Override
    public void close() {
        closeServices();
        storage.close();
    }

    private void closeServices() {
        BundleContext context = framework.getBundleContext();
        try {
            for (ServiceReference<AutoCloseable> each : context.getServiceReferences(AutoCloseable.class, BEFORE_END)) {
                AutoCloseable service = context.getService(each);
                if (service != null) {
                    service.close();
                }
            }
        } catch (Exception failed) {
            return; // then the process takes a little longer to end
        }
    }

    /** Stops the framework and its bundles in order, then deletes what it has stored. */
    void stop() throws BundleException, InterruptedException {
        framework.stop();
        framework.waitForStop(0);
        storage.close();
    }
}
