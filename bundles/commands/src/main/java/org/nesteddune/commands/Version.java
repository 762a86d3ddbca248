package org.nesteddune.commands;

import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;

/** {@code version}: what this is. */
final class Version implements Command {

    private static final Options OPTIONS = Options.of("version", "", "Print the versions of nested-dune and Java.");

    private final Bundle bundle;

    Version(Bundle bundle) {
        this.bundle = bundle;
    }

    @Override
    public Options options() {
        return OPTIONS;
    }

    @Override
    public int run(Call call) {
        call.out().println(text(bundle));
        return DONE;
    }

    /** One line; {@code bundle} may be null for this one. */
    static String text(Bundle bundle) {
        Bundle of = bundle != null ? bundle : FrameworkUtil.getBundle(Version.class);
        return "nested-dune " + (of == null ? "(no bundle)" : of.getVersion()) + " on Java "
                + System.getProperty("java.version");
    }
}
