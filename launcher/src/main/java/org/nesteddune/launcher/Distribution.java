package org.nesteddune.launcher;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The directory that nested-dune is installed in.
 *
 * <pre>
 * bundles/   every bundle, named by its symbolic name or artifact, without a version
 * lib/       the launcher and the framework, which are the class path
 * native/    the native library of JNA, unpacked, one directory an architecture
 * etc/       which bundles a profile has (*.bundles), and options of the JVM and of the framework
 * deploy/    bundles put here are installed into a running shell
 * </pre>
 *
 * <p>Immutable.
 */
final class Distribution {
    /** The system property that names the directory; without it, it is the parent of the launcher's own. */
    static final String HOME = "dune.home";

    private final Path home;

    Distribution(Path home) {
        this.home = home.toAbsolutePath();
    }

    /** The distribution that this class was loaded from. */
    static Distribution locate() throws LaunchException {
        String home = System.getProperty(HOME);
        try {
            Path path = home != null ? Path.of(home)
                : Path.of(Distribution.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                    .getParent().getParent();
            if (!Files.isDirectory(path.resolve("bundles"))) {
                throw new LaunchException(path + " is no distribution of nested-dune: it has no directory bundles");
            }
            return new Distribution(path);
        } catch (URISyntaxException e) {
            throw new LaunchException("cannot tell where nested-dune is installed: set the property " + HOME, e);
        }
    }

    Path home() {
        return home;
    }

    Path bundle(String file) {
        return home.resolve("bundles").resolve(file);
    }

    Path deploy() {
        return home.resolve("deploy");
    }

    /** The lines of a file in etc that are neither empty nor a comment, trimmed, with those that go on joined. */
    List<String> lines(String file) throws LaunchException {
        Path path = home.resolve("etc").resolve(file);
        try {
            List<String> lines = new ArrayList<>();
            String begun = "";
            for (String line : Files.readAllLines(path)) {
                String text = begun + line.trim();
                begun = text.endsWith("\\") ? text.substring(0, text.length() - 1) : "";
                if (begun.isEmpty() && !text.isEmpty() && !text.startsWith("#")) {
                    lines.add(text);
                }
            }
            return lines;
        } catch (IOException e) {
            throw new LaunchException("cannot read " + path + ": " + e, e);
        }
    }

    /** The directory with JNA's library for the architecture of this JVM; JNA unpacks its own when that is missing. */
    Path nativeLibraries() {
        String architecture = System.getProperty("os.arch");
        return home.resolve("native/com/sun/jna/linux-" + (architecture.equals("amd64") ? "x86-64" : architecture));
    }
}
