package org.nesteddune.internal.dispatch;

import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/** Loads what is left of a bundle's classes while that is still possible. */
public final class BundleClasses {

    private static final String SUFFIX = ".class";

    private BundleClasses() {}

    /**
     * Loads all classes of a bundle that is about to go: calls that are in it now end in it, and may come to classes that were
     * not needed before, when an update has closed their file.
     *
     * @param bundle may be null, for one that has gone already
     */
    public static void load(Bundle bundle) {
        BundleWiring wiring = bundle == null ? null : bundle.adapt(BundleWiring.class);
        if (wiring == null) {
            return;
        }
        for (String name :
                wiring.listResources("/", "*" + SUFFIX, BundleWiring.LISTRESOURCES_RECURSE | BundleWiring.LISTRESOURCES_LOCAL)) {
            try {
                bundle.loadClass(name.substring(0, name.length() - SUFFIX.length()).replace('/', '.'));
            } catch (ClassNotFoundException | LinkageError optional) {
                // Nobody can have used it either.
                continue;
            }
        }
    }
}
