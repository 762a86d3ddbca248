package org.nesteddune.supervisor;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nesteddune.config.Families;
import org.nesteddune.config.Settings;
import org.nesteddune.linux.Signal;
import org.nesteddune.supervisor.Definition.Restart;
import org.nesteddune.supervisor.Definition.What;

/** Makes a definition of a configuration. Stateless. */
final class DefinitionReader {

    static final String PROGRAM = "program";
    static final String USER = "user";
    static final String PROFILE = "profile";
    static final String LOG = "log";
    private static final String LOG_SIZE = "log.size";
    private static final String LOG_FILES = "log.files";

    /** Where programs are looked for, and what guests find in their environment, without another PATH. */
    private static final String PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static final Set<String> KNOWN = Set.of("name", PROGRAM, "arguments", "environment", "directory", "root", USER, "engine",
            "memory", "tasks", PROFILE, "families", "restart", "restart.delay", "restart.delay.max", "restart.limit", "stop.signal",
            "stop.grace", LOG, LOG_SIZE, LOG_FILES);

    private static final long DELAY = 1000;
    private static final long MOST_DELAY = 60_000;
    private static final long GRACE = 10_000;

    private DefinitionReader() {}

    /** A configuration's settings. */
    static Settings settings(Map<String, ?> properties) {
        return new Settings(properties, KNOWN);
    }

    /** What a configuration says; if something is wrong that is noted with the settings, and the definition is not to be used. */
    static Definition read(Settings settings) {
        String name = settings.text("name");
        long delay = settings.millis("restart.delay", DELAY);
        return new Definition(
                name == null ? settings.instance(GuestSettings.FACTORY) : name,
                what(settings),
                settings.choice("restart", Restart.ON_FAILURE),
                delay,
                Math.max(delay, settings.millis("restart.delay.max", MOST_DELAY)),
                settings.number("restart.limit", 0, 0, Integer.MAX_VALUE),
                settings.value("stop.signal", Signal.SIGTERM, DefinitionReader::signal),
                settings.millis("stop.grace", GRACE));
    }

    private static What what(Settings settings) {
        String program = settings.text(PROGRAM);
        if (program == null) {
            settings.fault(PROGRAM, "it is missing: what is to run?");
        }
        String directory = settings.text("directory");
        if (directory != null && !directory.startsWith("/")) {
            settings.fault("directory", "'" + directory + "' is no absolute path");
        }
        return new What(
                program,
                settings.words("arguments"),
                environment(settings),
                directory,
                settings.value("root", null, DefinitionReader::root),
                settings.text(USER),
                settings.text("engine"),
                settings.size("memory", Long.MAX_VALUE),
                settings.number("tasks", Integer.MAX_VALUE, 1, Integer.MAX_VALUE),
                settings.text(PROFILE),
                Families.read(settings, "families"),
                log(settings));
    }

    private static Definition.Log log(Settings settings) {
        String target = settings.value(LOG, "framework", DefinitionReader::log);
        for (String key : List.of(LOG_SIZE, LOG_FILES)) {
            if (settings.has(key) && !target.startsWith("file:")) {
                settings.fault(key, "the output does not go to a file");
            }
        }
        return new Definition.Log(target, settings.size(LOG_SIZE, Long.MAX_VALUE), settings.number(LOG_FILES, RotatingFile.KEPT, 0, RotatingFile.MOST_KEPT));
    }

    private static List<String> environment(Settings settings) {
        List<String> all = new ArrayList<>(settings.words("environment"));
        for (String each : all) {
            if (each.indexOf('=') < 1) {
                settings.fault("environment", "'" + each + "' is not NAME=VALUE");
            }
        }
        if (all.stream().noneMatch(each -> each.startsWith("PATH="))) {
            all.add(PATH);
        }
        return all;
    }

    private static Path root(String text) {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute() && Files.isDirectory(path)) {
                return path;
            }
        } catch (InvalidPathException strange) {
            throw new IllegalArgumentException("'" + text + "' is no path: " + strange.getReason(), strange);
        }
        throw new IllegalArgumentException("'" + text + "' is no directory, or no absolute path");
    }

    private static String log(String text) {
        if (text.equals("framework") || text.equals("none")) {
            return text;
        }
        if (text.startsWith("file:/")) {
            try {
                Path.of(text.substring("file:".length()));
                return text;
            } catch (InvalidPathException strange) {
                throw new IllegalArgumentException("'" + text + "' is no path: " + strange.getReason(), strange);
            }
        }
        throw new IllegalArgumentException("'" + text + "' is none of framework, none, file:/PATH");
    }

    private static int signal(String text) {
        int number = Signal.number(text);
        if (number != 0) {
            return number;
        }
        throw new IllegalArgumentException("'" + text + "' is no signal");
    }
}
