package org.nesteddune.itest;

import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.nesteddune.Dune;
import org.nesteddune.arch.Architecture;
import org.nesteddune.clone.CloneStrategy;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.syscall.SyscallFamily;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Does to the bundles that guests run on what an operator may do, in an order that a seed decides: updates, stops and starts,
 * removes and installs again, puts a better one beside and takes it away, wires anew. Which bundles these are is asked of the framework:
 * all that provide an architecture, an engine, a family or a clone strategy, but the core.
 */
final class RandomUpdates {

    private static final List<Class<?>> PROVIDED =
            List.of(Architecture.class, ExecutionEngine.class, SyscallFamily.class, CloneStrategy.class);

    private static final long PATIENCE_SECONDS = 120;

    /** Time without a bundle, at most: far less than calls wait for their family. */
    private static final int PAUSE_MILLIS = 60;

    private static final int REMEMBERED = 12;

    private final Random random;
    private final HotFolder folder;
    private final BundleContext context = Services.context();
    private final Set<String> names = new TreeSet<>();
    private final List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    private final TreeMap<String, Integer> done = new TreeMap<>();
    private final Deque<String> last = new ArrayDeque<>();

    /** @param folder the bundles in it are replaced by its files */
    RandomUpdates(long seed, HotFolder folder) throws InvalidSyntaxException {
        this.random = new Random(seed);
        this.folder = folder;
        Bundle core = context.getServiceReference(Dune.class).getBundle();
        for (Class<?> type : PROVIDED) {
            Set<String> providers = new HashSet<>();
            for (ServiceReference<?> each : context.getAllServiceReferences(type.getName(), null)) {
                if (each.getBundle() != core) {
                    providers.add(each.getBundle().getSymbolicName());
                }
            }
            assertTrue("providers of " + type + ": " + providers, providers.size() > 1);
            names.addAll(providers);
        }
    }

    /** What is updated. */
    Set<String> names() {
        return names;
    }

    /** The class loaders of all bundles that have been replaced. */
    List<WeakReference<ClassLoader>> loaders() {
        return loaders;
    }

    /** What was done how often, and the last of it. */
    String story() {
        return done + ", lastly " + last;
    }

    /** One thing with one bundle or some; afterwards all are there. */
    void step() throws BundleException, IOException, InterruptedException {
        String name = any();
        switch (random.nextInt(8)) {
            case 0, 1 -> update(name);
            case 2, 3 -> pause(some(1));
            case 4 -> pause(some(2 + random.nextInt(names.size() - 1)));
            case 5 -> replace(name);
            case 6 -> accompany(name);
            default -> {
                note("refresh", "");
                refresh();
            }
        }
    }

    private String any() {
        return some(1).get(0);
    }

    private List<String> some(int count) {
        List<String> shuffled = new ArrayList<>(names);
        Collections.shuffle(shuffled, random);
        return shuffled.subList(0, count);
    }

    private void note(String what, Object which) {
        done.merge(what, 1, Integer::sum);
        last.add(what + " " + which);
        if (last.size() > REMEMBERED) {
            last.remove();
        }
    }

    private Bundle bundle(String name) {
        return Stream.of(context.getBundles())
                .filter(each -> name.equals(each.getSymbolicName()))
                .findAny()
                .orElseThrow(() -> new AssertionError("no bundle " + name));
    }

    private void update(String name) throws BundleException, IOException {
        note("update", name);
        Bundle bundle = bundle(name);
        remember(bundle);
        try (InputStream jar = Files.newInputStream(Bundles.jar(name))) {
            bundle.update(jar);
        }
    }

    private void remember(Bundle bundle) {
        loaders.add(new WeakReference<>(bundle.adapt(BundleWiring.class).getClassLoader()));
    }

    private void pause(List<String> some) throws BundleException, InterruptedException {
        note("stop and start", some);
        for (String name : some) {
            bundle(name).stop();
        }
        rest();
        List<String> back = new ArrayList<>(some);
        Collections.shuffle(back, random);
        for (String name : back) {
            bundle(name).start();
        }
    }

    private void rest() throws InterruptedException {
        Thread.sleep(random.nextInt(PAUSE_MILLIS));
    }

    private void replace(String name) throws BundleException, IOException, InterruptedException {
        note("replace", name);
        Bundle old = bundle(name);
        remember(old);
        if (folder.has(name)) {
            folder.take(name);
            HotFolder.awaitGone(name);
            folder.put(name);
            HotFolder.awaitActive(name);
        } else {
            old.uninstall();
            rest();
            context.installBundle(Bundles.jar(name).toUri().toString()).start();
        }
    }

    /** A bundle of another name with the same services, which rank higher; meanwhile something happens to the old one, or not. */
    private void accompany(String name) throws BundleException, IOException, InterruptedException {
        note("accompany", name);
        Bundle better = context.installBundle("better:" + name, new ByteArrayInputStream(better(name)));
        try {
            better.start();
            rest();
            switch (random.nextInt(3)) {
                case 0 -> update(name);
                case 1 -> pause(List.of(name));
                default -> {}
            }
            rest();
            remember(better);
        } finally {
            better.uninstall();
        }
    }

    /** The bundle's jar with another name, and a service ranking in each of its components. */
    private static byte[] better(String name) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarInputStream in = new JarInputStream(Files.newInputStream(Bundles.jar(name)))) {
            Manifest manifest = in.getManifest();
            manifest.getMainAttributes().putValue("Bundle-SymbolicName", name + ".better");
            try (JarOutputStream out = new JarOutputStream(bytes, manifest)) {
                for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
                    byte[] content = in.readAllBytes();
                    out.putNextEntry(new JarEntry(entry.getName()));
                    out.write(entry.getName().matches("OSGI-INF/.*\\.xml") ? ranked(content) : content);
                }
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] ranked(byte[] component) {
        String text = new String(component, StandardCharsets.UTF_8);
        String better = text.replaceFirst(
                "<service", "<property name=\"service.ranking\" type=\"Integer\" value=\"100\"/><service");
        return better.getBytes(StandardCharsets.UTF_8);
    }

    /** Stops all and starts them: none then has what it makes when a guest first asks for it. */
    void restart() throws BundleException {
        for (String name : names) {
            bundle(name).stop();
        }
        for (String name : names) {
            bundle(name).start();
        }
    }

    /** Wires the bundles that use another's packages to its new classes, as hot deployment does after an update. */
    void refresh() throws InterruptedException {
        CountDownLatch refreshed = new CountDownLatch(1);
        context.getBundle(0).adapt(FrameworkWiring.class).refreshBundles(null, event -> refreshed.countDown());
        assertTrue("refreshed", refreshed.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
    }
}
