package org.nesteddune.itest;

import static org.ops4j.pax.exam.CoreOptions.bundle;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.ops4j.pax.exam.Option;

/**
 * Options that install bundles from the jars of the class path: ours as the reactor has just packaged them, and those of
 * others that they run on. Nothing is looked up in a repository.
 */
final class Bundles {

    private static final List<String> WANTED = List.of(
            "org.nesteddune.",
            "com.sun.jna",
            "org.objectweb.asm",
            "picocli",
            "info.picocli",
            "org.apache.felix.eventadmin",
            "org.apache.felix.scr",
            "org.apache.felix.configadmin",
            "org.apache.felix.metatype",
            "org.apache.felix.log",
            "org.osgi.service.component",
            "org.osgi.util.function",
            "org.osgi.util.promise");

    /** What is not in the distribution, or started by nobody in it: tests deploy it. */
    private static final List<String> EXTRA = List.of(
            "org.nesteddune.riscv", "org.nesteddune.metrics", "org.nesteddune.metrics.http", "org.nesteddune.health",
            "org.nesteddune.webconsole");

    private Bundles() {
    }

    /** Every wanted bundle of the class path: what the distribution starts. */
    static Option[] fromClassPath() {
        List<Option> options = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            File file = new File(entry);
            String name = symbolicName(file);
            if (name != null && !EXTRA.contains(name) && WANTED.stream().anyMatch(wanted -> matches(name, wanted))) {
                options.add(bundle(file.toURI().toString()));
            }
        }
        if (options.isEmpty()) {
            throw new IllegalStateException("no bundle on the class path: run the tests by 'mvn verify', which packages first");
        }
        return options.toArray(Option[]::new);
    }

    /** The jar on the class path that holds a bundle. */
    static Path jar(String name) {
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (name.equals(symbolicName(new File(entry)))) {
                return Path.of(entry);
            }
        }
        throw new AssertionError("no bundle " + name + " on the class path");
    }

    private static boolean matches(String name, String wanted) {
        return wanted.endsWith(".") ? name.startsWith(wanted) : name.equals(wanted);
    }

    private static String symbolicName(File file) {
        if (!file.isFile() || !file.getName().endsWith(".jar")) {
            return null;
        }
        try (JarFile jar = new JarFile(file)) {
            Manifest manifest = jar.getManifest();
            String name = manifest == null ? null : manifest.getMainAttributes().getValue("Bundle-SymbolicName");
            return name == null ? null : name.replaceAll(";.*", "").strip();
        } catch (IOException unreadable) {
            return null;
        }
    }
}
