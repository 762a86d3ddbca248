package org.nesteddune.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.function.BooleanSupplier;
import java.util.function.ToIntFunction;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

class RunningFrameworkTest {
    @TempDir
    private Path home;

    @BeforeEach
    void makeDistribution() throws IOException {
        Files.createDirectories(home.resolve("etc"));
        Files.createDirectories(home.resolve("bundles"));
    }

    /** Puts a bundle without code into the distribution. */
    private void bundle(String name, String header, String value) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", name);
        attributes.putValue(header, value);
        try (OutputStream out = Files.newOutputStream(home.resolve("bundles/" + name + ".jar"));
            JarOutputStream jar = new JarOutputStream(out, manifest)) {
            jar.putNextEntry(new ZipEntry("text"));
            jar.closeEntry();
        }
    }

    private RunningFramework start(String... lines) throws Exception {
        Files.write(home.resolve("etc/test.bundles"), java.util.List.of(lines));
        Distribution distribution = new Distribution(home);
        return RunningFramework.start(distribution, Profile.read(distribution, "test"));
    }

    private static void command(BundleContext context, String name, ToIntFunction<String[]> command) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put("dune.command", name);
        context.registerService(ToIntFunction.class.getName(), command, properties);
    }

    @Test
    void startsBundlesAndFindsCommands() throws Exception {
        bundle("a", "Import-Package", "javax.xml.parsers");
        RunningFramework framework = start("a.jar", "org.osgi.framework.system.packages.extra=${java.packages}");
        BundleContext context = framework.framework().getBundleContext();
        assertThat(context.getBundles()).extracting(Bundle::getSymbolicName).contains("a");
        assertThat(context.getBundle(1).getState()).isEqualTo(Bundle.ACTIVE);
        command(context, "count", arguments -> arguments.length);
        assertThat(framework.command("count").applyAsInt(new String[3])).isEqualTo(3);
        Path storage = Path.of(context.getProperty("org.osgi.framework.storage"));
        assertThat(storage).exists();
        framework.stop();
        assertThat(storage.getParent()).doesNotExist();
    }

    @Test
    void startsTheReserveForWhoMissesIt() throws Exception {
        bundle("a", "Bundle-Name", "now");
        bundle("later", "Bundle-Name", "later");
        Files.write(home.resolve("etc/more.bundles"), java.util.List.of("later.jar"));
        try (RunningFramework framework = start("a.jar", "reserve more")) {
            BundleContext context = framework.framework().getBundleContext();
            assertThat(context.getBundles()).extracting(Bundle::getSymbolicName).contains("a").doesNotContain("later");
            BooleanSupplier reserve = context.getService(
                context.getServiceReferences(BooleanSupplier.class, "(dune.reserve=*)").iterator().next());
            assertThat(reserve.getAsBoolean()).isTrue();
            assertThat(context.getBundles()).filteredOn(bundle -> "later".equals(bundle.getSymbolicName()))
                .extracting(Bundle::getState).containsExactly(Bundle.ACTIVE);
            assertThat(reserve.getAsBoolean()).isFalse();
        }
    }

    @Test
    void saysWhichPackageIsMissing() throws Exception {
        bundle("b", "Import-Package", "no.such");
        try (RunningFramework framework = start("b.jar")) {
            assertThatThrownBy(() -> framework.command("enter")).isInstanceOf(LaunchException.class)
                .hasMessageContaining("bundle b does not resolve: no bundle exports the package no.such")
                .hasMessageContaining("there is no Declarative Services runtime");
        }
    }

    @Test
    void saysWhichBundleIsMissing() {
        assertThatThrownBy(() -> start("c.jar")).isInstanceOf(LaunchException.class)
            .hasMessageContaining("c.jar of profile test: there is no such file");
    }

    @Test
    void leavesNothingBehindWhenTheStartFails() throws Exception {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        String mine = "nested-dune-" + ProcessHandle.current().pid() + "-*";
        assertThatThrownBy(() -> start("c.jar")).isInstanceOf(LaunchException.class);
        try (var left = Files.newDirectoryStream(temporary, mine)) {
            assertThat(left).isEmpty();
        }
    }
}
