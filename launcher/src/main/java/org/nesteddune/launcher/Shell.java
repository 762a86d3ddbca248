package org.nesteddune.launcher;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;

/**
 * The Gogo shell: a framework that runs until its user leaves it, or for one line of commands. Gogo is called by
 * reflection, because the launcher shares no class with bundles.
 */
final class Shell {
    private static final String PROCESSOR = "org.apache.felix.service.command.CommandProcessor";

    private Shell() {
    }

    /** Runs the shell on the terminal, or the line that the arguments make up; returns the exit status. */
    static int run(Distribution distribution, String[] arguments) throws LaunchException {
        // JLine looks for its terminals through the context class loader, if there is one: only its own bundle has them.
        Thread.currentThread().setContextClassLoader(null);
        return arguments.length == 0 ? interactive(distribution) : line(distribution, String.join(" ", arguments));
    }

    private static int interactive(Distribution distribution) throws LaunchException {
        RunningFramework framework = RunningFramework.start(distribution, Profile.read(distribution, "shell"));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(framework), "dune-shutdown"));
        try {
            framework.framework().waitForStop(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        framework.close();
        return 0;
    }

    private static int line(Distribution distribution, String line) throws LaunchException {
        // Gogo puts streams of its own in the place of these, which lead to those of the session, that is, to these.
        Object[] streams = {System.in, System.out, System.err};
        RunningFramework framework = RunningFramework.start(distribution, Profile.read(distribution, "line"));
        try {
            return execute(framework.framework().getBundleContext(), line, streams);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            System.err.println("nested-dune: " + (cause.getMessage() == null ? cause : cause.getMessage()));
            return 1;
        } catch (ReflectiveOperationException e) {
            throw new LaunchException("the shell cannot be reached: " + e, e);
        } finally {
            stop(framework);
        }
    }

    /** Executes a line in a session of its own and prints its result as the shell would. */
    private static int execute(BundleContext context, String line, Object[] streams)
            throws LaunchException, ReflectiveOperationException {
        ServiceReference<?> reference = context.getServiceReference(PROCESSOR);
        if (reference == null) {
            throw new LaunchException("there is no Gogo shell: org.apache.felix.gogo.runtime is missing or not started");
        }
        Object processor = context.getService(reference);
        Object session = reference.getBundle().loadClass(PROCESSOR)
            .getMethod("createSession", InputStream.class, OutputStream.class, OutputStream.class)
            .invoke(processor, streams);
        Class<?> type = reference.getBundle().loadClass("org.apache.felix.service.command.CommandSession");
        type.getMethod("put", String.class, Object.class).invoke(session, "SCOPE", "dune:gogo:felix:*");
        Object result = type.getMethod("execute", CharSequence.class).invoke(session, line);
        if (result != null) {
            int inspect = reference.getBundle().loadClass("org.apache.felix.service.command.Converter")
                .getField("INSPECT").getInt(null);
            System.out.println(type.getMethod("format", Object.class, int.class).invoke(session, result, inspect));
        }
        return 0;
    }

    private static void stop(RunningFramework framework) {
        try {
            framework.stop();
        } catch (BundleException e) {
            System.err.println("nested-dune: the framework does not stop: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
