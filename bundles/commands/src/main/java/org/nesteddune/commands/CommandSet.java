package org.nesteddune.commands;

import java.util.List;
import java.util.Set;
import org.osgi.framework.Bundle;

/** All commands by name. Immutable, safe for any thread. */
final class CommandSet {

    /** The names, in the order in which help lists them. */
    static final List<String> NAMES = List.of("enter", "ps", "info", "kill", "hold", "release", "wait", "escape", "trace", "stats",
            "arches", "engines",
            "families", "strategies", "syscalls", "profiles", "deploy", "doctor", "version", "help");

    /** Those that say or do something in a process that has no guests yet. */
    static final Set<String> ONE_SHOTS = Set.of("enter", "ps", "deploy", "doctor", "version", "help", "arches", "engines", "families",
            "strategies", "syscalls", "profiles");

    private final Installed installed;
    private final Bundle bundle;

    /** @param bundle the bundle whose version is nested-dune's */
    CommandSet(Installed installed, Bundle bundle) {
        this.installed = installed;
        this.bundle = bundle;
    }

    /** A command; null if there is none of that name. Its class is loaded only now: a one-shot needs one of them. */
    Command create(String name) {
        return switch (name) {
            case "enter" -> new Enter(installed);
            case "ps" -> new Ps(installed);
            case "info" -> new Info(installed);
            case "kill" -> new Kill(installed);
            case "hold" -> new Hold(installed);
            case "release" -> new Release(installed);
            case "wait" -> new Wait(installed);
            case "escape" -> new Escape(installed);
            case "trace" -> new Trace(installed);
            case "stats" -> new Stats(installed);
            case "arches" -> new Arches(installed);
            case "engines" -> new Engines(installed);
            case "families" -> new Families(installed);
            case "strategies" -> new Strategies(installed);
            case "syscalls" -> new Syscalls(installed);
            case "deploy" -> new Deploy(bundle.getBundleContext());
            case "profiles" -> new Profiles(installed);
            case "doctor" -> new Doctor(installed);
            case "version" -> new Version(bundle);
            case "help" -> new Help(this);
            default -> null;
        };
    }
}
