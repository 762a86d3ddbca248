package org.nesteddune.launcher;

import javax.xml.parsers.SAXParserFactory;

/**
 * Gets things ready in a thread of its own that a one-shot needs later, while the framework starts: the XML parser for the
 * descriptions of components, and classes whose initialisers take long (JNA loads a library). Only for bundles on the
 * class path, whose classes are the same for everybody. Whatever fails here fails again, and is reported, where it is used.
 */
final class WarmUp {
    /** The property of a profile that names the classes, separated by commas. */
    static final String CLASSES = "dune.initialize";

    private WarmUp() {
    }

    static void start(Profile profile) {
        Thread thread = new Thread(() -> run(profile), "dune-warm-up");
        thread.setDaemon(true);
        thread.start();
    }

    private static void run(Profile profile) {
        try {
            for (Profile.Setting setting : profile.settings()) {
                if (setting.name().equals(CLASSES)) {
                    for (String name : setting.value().split("[, ]+")) {
                        Class.forName(name);
                    }
                }
            }
            SAXParserFactory.newInstance().newSAXParser();
        } catch (Exception | LinkageError e) {
            return;
        }
    }
}
