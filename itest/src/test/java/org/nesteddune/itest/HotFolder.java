package org.nesteddune.itest;

import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;

/** A folder of hot deployment, with FileInstall as the distribution has it; closed, it leaves no bundle behind. */
final class HotFolder implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 120;

    /** What hot deployment is told by, as in the distribution's {@code etc/shell.bundles}. */
    private static final String SETTINGS = "felix.fileinstall.";

    private final Path folder;
    private final Bundle deployer;

    /** @param directory exists, and has neither {@code deploy} nor {@code tmp} */
    HotFolder(Path directory) throws IOException, BundleException {
        folder = Files.createDirectory(directory.resolve("deploy"));
        System.setProperty(SETTINGS + "dir", folder.toString());
        System.setProperty(SETTINGS + "filter", ".*\\.jar");
        System.setProperty(SETTINGS + "poll", "200");
        System.setProperty(SETTINGS + "noInitialDelay", "true");
        System.setProperty(SETTINGS + "tmpdir", directory.resolve("tmp").toString());
        deployer = Services.context().installBundle(Bundles.jar("org.apache.felix.fileinstall").toUri().toString());
        deployer.start();
    }

    /** A bundle of the class path comes into the folder, whole at once. */
    void put(String bundle) throws IOException {
        Path part = folder.resolve("part");
        Files.copy(Bundles.jar(bundle), part);
        Files.move(part, file(bundle), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Takes away what {@link #put} has brought. */
    void take(String bundle) throws IOException {
        Files.delete(file(bundle));
    }

    boolean has(String bundle) {
        return Files.exists(file(bundle));
    }

    private Path file(String bundle) {
        return folder.resolve(bundle + ".jar");
    }

    /** Waits until a bundle runs and has registered all services that it says it provides, which it does only after it is active. */
    static void awaitActive(String name) throws InterruptedException {
        await(name, true);
    }

    /** Waits until a bundle is not there any more. */
    static void awaitGone(String name) throws InterruptedException {
        await(name, false);
    }

    private static void await(String name, boolean there) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (there
                ? all(name).noneMatch(HotFolder::serves)
                : all(name).findAny().isPresent()) {
            assertTrue(name + (there ? " does not come" : " does not go"), System.nanoTime() < end);
            Thread.sleep(5);
        }
    }

    private static boolean serves(Bundle bundle) {
        BundleWiring wiring = bundle.getState() == Bundle.ACTIVE ? bundle.adapt(BundleWiring.class) : null;
        ServiceReference<?>[] services = wiring == null ? null : bundle.getRegisteredServices();
        return services != null && services.length >= wiring.getCapabilities("osgi.service").size();
    }

    private static Stream<Bundle> all(String name) {
        return Stream.of(Services.context().getBundles()).filter(each -> name.equals(each.getSymbolicName()));
    }

    @Override
    public void close() throws IOException, BundleException {
        deployer.uninstall();
        for (String name : List.of("dir", "filter", "poll", "noInitialDelay", "tmpdir")) {
            System.clearProperty(SETTINGS + name);
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString().replaceFirst("\\.jar$", "");
                for (Bundle bundle : all(name).toList()) {
                    bundle.uninstall();
                }
                Files.delete(file);
            }
        }
    }
}
