package org.nesteddune.launcher;

import java.util.ArrayList;
import java.util.List;

/**
 * Which bundles a framework gets, and which properties: the file {@code etc/<name>.bundles} of the distribution. A line is
 * the file name of a bundle, {@code level N} for the start level of the bundles below it, {@code include NAME} for the
 * bundles of another profile, {@code reserve NAME} for those that start only when they are needed ({@link Reserve}), or
 * {@code property=value} for the framework. Immutable.
 */
final class Profile {
    /** A bundle of the profile. */
    record Entry(String file, int level) {
    }

    /** A property of the framework. */
    record Setting(String name, String value) {
    }

    private final String name;
    private final List<Entry> bundles = new ArrayList<>();
    private final List<Entry> reserve = new ArrayList<>();
    private final List<Setting> settings = new ArrayList<>();

    private Profile(String name) {
        this.name = name;
    }

    static Profile read(Distribution distribution, String name) throws LaunchException {
        Profile profile = new Profile(name);
        profile.add(distribution, name, profile.bundles, 1, 0);
        return profile;
    }

    private void add(Distribution distribution, String file, List<Entry> into, int startLevel, int depth)
            throws LaunchException {
        if (depth > 8) {
            throw new LaunchException("etc/" + file + ".bundles includes itself");
        }
        int level = startLevel;
        for (String line : distribution.lines(file + ".bundles")) {
            if (line.startsWith("include ")) {
                add(distribution, line.substring(8).trim(), into, level, depth + 1);
            } else if (line.startsWith("reserve ")) {
                add(distribution, line.substring(8).trim(), reserve, level, depth + 1);
            } else if (line.startsWith("level ")) {
                level = level(file, line.substring(6).trim());
            } else if (line.indexOf('=') > 0) {
                int equals = line.indexOf('=');
                settings.add(new Setting(line.substring(0, equals).trim(), line.substring(equals + 1).trim()));
            } else {
                into.add(new Entry(line, level));
            }
        }
    }

    private static int level(String file, String number) throws LaunchException {
        try {
            return Integer.parseInt(number);
        } catch (NumberFormatException e) {
            throw new LaunchException("etc/" + file + ".bundles: " + number + " is no start level", e);
        }
    }

    String name() {
        return name;
    }

    List<Entry> bundles() {
        return bundles;
    }

    /** Bundles that are started only when they are needed. */
    List<Entry> reserve() {
        return reserve;
    }

    List<Setting> settings() {
        return settings;
    }

    /** The highest start level of a bundle. */
    int highestLevel() {
        int highest = 1;
        for (Entry entry : bundles) {
            highest = Math.max(highest, entry.level());
        }
        return highest;
    }
}
