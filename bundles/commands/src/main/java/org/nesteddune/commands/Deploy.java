package org.nesteddune.commands;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * {@code deploy}: brings a bundle from a URL. In a runtime it is installed, or the one of its name updated, and started; on the command line
 * it is put into the distribution's folder {@code deploy}, where every shell that runs finds it.
 */
final class Deploy implements Command {

    private static final String DIGEST = "--sha256";

    private static final Options OPTIONS = Options.of("deploy", "URL...",
                    "Bring a bundle from a URL into the runtime. It is live at once; one that is there under its name is updated.")
            .value(DIGEST, "DIGEST", "take it only if it has this SHA-256, hexadecimal digits")
            .footer("URL is of http, https or file, or a path. In a shell, the bundle stays until the runtime ends, and "
                    + "'felix:uninstall' takes it away. On the command line, it is put into the folder 'deploy' of the distribution: "
                    + "shells that run and those to come have it for as long as it lies there.");

    /** What a bundle brings, by the properties of its services. */
    private static final List<String> KINDS = List.of("dune.architecture", "dune.engine", "dune.family", "dune.strategy");

    private static final String HOME = "dune.home";
    private static final String FOLDER = "deploy";
    private static final long REFRESH_SECONDS = 60;

    private final BundleContext context;

    /** @param context of any bundle of the framework */
    Deploy(BundleContext context) {
        this.context = context;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) throws UsageException, CommandException, InterruptedException {
        List<String> urls = call.arguments().operands();
        String digest = call.arguments().value(DIGEST);
        if (urls.isEmpty()) {
            throw new UsageException("which bundle?");
        }
        if (digest != null && (urls.size() > 1 || !digest.matches("[0-9a-fA-F]{64}"))) {
            throw new UsageException(urls.size() > 1 ? DIGEST + " is of one bundle" : "'" + digest + "' is no SHA-256");
        }
        for (String url : urls) {
            String text = Bytes.display(url);
            try (BundleFile file = BundleFile.fetch(text, Bytes.display(call.workingDirectory()), digest, call.err())) {
                if (call.isShell()) {
                    install(call, text, file);
                } else {
                    keep(call, file);
                }
            }
        }
        return DONE;
    }

    /** Puts it where hot deployment finds it, whole at once. */
    private void keep(Call call, BundleFile file) throws CommandException {
        String home = context.getProperty(HOME);
        if (home == null) {
            throw new CommandException(FAULT, "this is no distribution, so there is no folder '" + FOLDER + "'");
        }
        Path folder = Path.of(home, FOLDER);
        Path target = folder.resolve(file.symbolicName() + ".jar");
        Path beside = folder.resolve("." + file.symbolicName() + ".part");
        try {
            Files.createDirectories(folder);
            boolean there = Files.exists(target);
            // With the rights of any new file: the temporary one is for its owner alone.
            try (InputStream jar = Files.newInputStream(file.path())) {
                Files.copy(jar, beside, StandardCopyOption.REPLACE_EXISTING);
                Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
            call.out().println(name(file.symbolicName(), file.version()) + (there ? " updated in " : " put into ") + folder);
        } catch (IOException failed) {
            throw new CommandException(FAILED, target + " cannot be written: " + failed.getMessage());
        }
    }

    private static String name(String symbolicName, String version) {
        return symbolicName + " " + version;
    }

    private void install(Call call, String url, BundleFile file) throws CommandException, InterruptedException {
        String name = file.symbolicName();
        Bundle bundle = installed(name);
        boolean fresh = bundle == null;
        String before = fresh ? null : bundle.getVersion().toString();
        try (InputStream jar = Files.newInputStream(file.path())) {
            if (fresh) {
                bundle = context.getBundle(0).getBundleContext().installBundle(url, jar);
            } else {
                bundle.update(jar);
                refresh(bundle);
            }
            if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
                bundle.start();
            }
        } catch (BundleException | IOException | IllegalStateException failed) {
            if (fresh && bundle != null) {
                uninstall(bundle);
            }
            String what = fresh ? " cannot be deployed: " : " is updated, but does not start: ";
            throw new CommandException(FAILED, name(name, file.version()) + what + reason(failed));
        }
        String now = bundle.getVersion().toString();
        call.out().println(name(name, now)
                + (fresh ? " installed" : before.equals(now) ? " updated" : " updated from " + before)
                + " as bundle " + bundle.getBundleId());
        for (String each : brings(bundle)) {
            call.out().println("  " + each);
        }
    }

    private Bundle installed(String name) {
        for (Bundle bundle : context.getBundles()) {
            if (name.equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        return null;
    }

    /** Wires the bundles that use another's packages to its new classes. */
    private void refresh(Bundle bundle) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        context.getBundle(0).adapt(FrameworkWiring.class).refreshBundles(Set.of(bundle), event -> done.countDown());
        done.await(REFRESH_SECONDS, TimeUnit.SECONDS);
    }

    private static void uninstall(Bundle bundle) {
        try {
            bundle.uninstall();
        } catch (BundleException | IllegalStateException gone) {
            // What was to be told is told by the failure that led here.
        }
    }

    private static String reason(Exception failed) {
        String text = failed.getMessage() == null ? failed.toString() : failed.getMessage();
        return text.lines().findFirst().orElse("").strip();
    }

    /** What its services are: "architecture riscv64". */
    private static Set<String> brings(Bundle bundle) {
        Set<String> brought = new TreeSet<>();
        ServiceReference<?>[] services = bundle.getRegisteredServices();
        for (ServiceReference<?> service : services == null ? new ServiceReference<?>[0] : services) {
            for (String kind : KINDS) {
                if (service.getProperty(kind) != null) {
                    brought.add(kind.substring(kind.indexOf('.') + 1) + " " + service.getProperty(kind));
                }
            }
        }
        return brought;
    }
}
