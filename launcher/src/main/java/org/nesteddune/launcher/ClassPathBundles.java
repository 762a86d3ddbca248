package org.nesteddune.launcher;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.connect.ConnectContent;
import org.osgi.framework.connect.ConnectModule;
import org.osgi.framework.connect.ModuleConnector;

/**
 * Gives the framework bundles whose classes come from the class path of the JVM (OSGi Connect), for one-shots. They are
 * resolved, wired and started by their manifests as any other bundle, but there is one class loader, the JVM's own, for
 * whose classes and lambdas class data sharing works in full. The price is that bundles cannot be replaced and that
 * private packages are not hidden, which in a one-shot nobody sees.
 *
 * <p>Measured with the same bundles and archives of classes, a whole {@code enter /bin/true}: a fifth less CPU time than
 * when the framework loads the classes. Bundles elsewhere (the shell, Karaf) are loaded by the framework.
 */
final class ClassPathBundles implements ModuleConnector {
    private final Distribution distribution;

    ClassPathBundles(Distribution distribution) {
        this.distribution = distribution;
    }

    /** Whether all bundles of a profile are on the class path of this JVM. */
    static boolean has(Distribution distribution, Profile profile) {
        List<String> classPath = List.of(System.getProperty("java.class.path").split(File.pathSeparator));
        return Stream.concat(profile.bundles().stream(), profile.reserve().stream())
            .allMatch(entry -> classPath.contains(distribution.bundle(entry.file()).toString()));
    }

    @Override
    public void initialize(File storage, Map<String, String> configuration) {
    }

    /** The location of a bundle is its file name in the distribution. */
    @Override
    public Optional<ConnectModule> connect(String location) {
        Content content = new Content(distribution.bundle(location));
        return Optional.of(() -> content);
    }

    @Override
    public Optional<BundleActivator> newBundleActivator() {
        return Optional.empty();
    }

    /** A bundle's jar, for its manifest and resources; opened when first needed, and open until the JVM ends. */
    private static final class Content implements ConnectContent {
        private final Path path;
        private JarFile jar;
        private List<String> names;

        Content(Path path) {
            this.path = path;
        }

        private synchronized JarFile jar() {
            try {
                if (jar == null) {
                    jar = new JarFile(path.toFile(), false);
                }
                return jar;
            } catch (IOException e) {
                throw new UncheckedIOException(path + ": " + e.getMessage(), e);
            }
        }

        @Override
        public Optional<Map<String, String>> getHeaders() {
            try {
                Map<String, String> headers = new HashMap<>();
                for (Map.Entry<Object, Object> header : jar().getManifest().getMainAttributes().entrySet()) {
                    headers.put(header.getKey().toString(), header.getValue().toString());
                }
                return Optional.of(headers);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public synchronized Iterable<String> getEntries() {
            if (names == null) {
                names = new ArrayList<>();
                jar().entries().asIterator().forEachRemaining(entry -> names.add(entry.getName()));
            }
            return names;
        }

        @Override
        public Optional<ConnectEntry> getEntry(String name) {
            ZipEntry entry = jar().getEntry(name);
            return entry == null ? Optional.empty() : Optional.of(new Entry(jar(), entry));
        }

        @Override
        public Optional<ClassLoader> getClassLoader() {
            return Optional.of(ClassPathBundles.class.getClassLoader());
        }

        @Override
        public void open() {
        }

        @Override
        public void close() {
        }
    }

    /** A file in a bundle's jar. */
    private static final class Entry implements ConnectContent.ConnectEntry {
        private final JarFile jar;
        private final ZipEntry entry;

        Entry(JarFile jar, ZipEntry entry) {
            this.jar = jar;
            this.entry = entry;
        }

        @Override
        public String getName() {
            return entry.getName();
        }

        @Override
        public long getContentLength() {
            return entry.getSize();
        }

        @Override
        public long getLastModified() {
            return 0;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return jar.getInputStream(entry);
        }
    }
}
