package org.nesteddune.launcher;

import org.osgi.framework.BundleException;

/** The Gogo shell: a framework that runs until its user leaves it. */
final class Shell {
    private Shell() {
    }

    /** Runs the shell on the terminal, or the line that the arguments make up. Returns when the framework has stopped. */
    static int run(Distribution distribution, String[] arguments) throws LaunchException {
        if (arguments.length > 0) {
            System.setProperty("gosh.args", "-c " + String.join(" ", arguments));
        }
        // JLine looks for its terminals through the context class loader, if there is one: only its own bundle has them.
        Thread.currentThread().setContextClassLoader(null);
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
