package org.nesteddune.supervisor;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nesteddune.StatusReport;
import org.nesteddune.config.Fault;
import org.nesteddune.config.Settings;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;

/**
 * Writes the OSGi log to a file, if that is configured: an entry a line, and the trace of an exception behind it. What the log keeps of the time
 * before is written first. A write that fails is reported and the entry lost; nobody who logs waits for anything but the write.
 */
@Component(
        service = StatusReport.class,
        configurationPid = LogSettings.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = LogSettings.class)
public final class LogFile implements LogListener, StatusReport {

    private static final String FILE = "file";
    private static final Set<String> KNOWN = Set.of(FILE, "size", "files", "level");
    private static final long SIZE = 10L << 20;

    /** What the names of the framework's own loggers begin with (OSGi Compendium, Log Service Specification). */
    private static final String EVENTS = "Events.";

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX");

    private final LogReaderService reader;
    private final LogLevel level;
    private final List<Fault> faults;
    private final OutputStream out;
    private long last;
    private String trouble;

    /** @param reader null while there is none: Karaf has one, but its manifests do not say so, so this bundle must not require it */
    @Activate
    public LogFile(
            @Reference(cardinality = ReferenceCardinality.OPTIONAL, policyOption = ReferencePolicyOption.GREEDY)
                    LogReaderService reader,
            @Reference(service = LoggerFactory.class) Logger log,
            Map<String, Object> properties) {
        this.reader = reader;
        Settings settings = new Settings(properties, KNOWN);
        level = settings.choice("level", LogLevel.INFO);
        out = open(settings);
        faults = settings.faults();
        faults.forEach(fault -> log.error("{}", fault));
        if (reader == null) {
            trouble = "there is no log to be read";
        } else if (out != null) {
            reader.addLogListener(this);
            List<LogEntry> before = new ArrayList<>(Collections.list(reader.getLog()));
            Collections.reverse(before);
            before.forEach(this::logged);
        }
    }

    private OutputStream open(Settings settings) {
        long size = settings.size("size", SIZE);
        int files = settings.number("files", RotatingFile.KEPT, 0, RotatingFile.MOST_KEPT);
        String text = settings.text(FILE);
        if (text == null) {
            settings.fault(FILE, "it is missing: where is the log to be written?");
            return null;
        }
        try {
            Path path = Path.of(text);
            if (path.isAbsolute()) {
                return new RotatingFile(path, size, files, refused -> trouble = "it is not begun anew and grows on: " + refused);
            }
            settings.fault(FILE, "'" + text + "' is no absolute path");
        } catch (InvalidPathException strange) {
            settings.fault(FILE, "'" + text + "' is no path: " + strange.getReason());
        } catch (IOException refused) {
            settings.fault(FILE, "it cannot be written: " + refused);
        }
        return null;
    }

    @Deactivate
    void deactivate() {
        if (reader != null) {
            reader.removeLogListener(this);
        }
        if (out != null) {
            try {
                out.close();
            } catch (IOException full) {
                // What was to be written has been.
            }
        }
    }

    @Override
    public synchronized void logged(LogEntry entry) {
        // What comes while the earlier ones are written is among them.
        if (entry.getSequence() <= last && entry.getSequence() != 0 || !level.implies(importance(entry))) {
            return;
        }
        last = entry.getSequence();
        try {
            out.write(line(entry).getBytes(StandardCharsets.UTF_8));
        } catch (IOException failed) {
            trouble = "an entry was lost: " + failed;
        }
    }

    /** That a bundle or service comes or goes is information to the log and not more than a detail to an operator. */
    private static LogLevel importance(LogEntry entry) {
        boolean event = entry.getLogLevel() == LogLevel.INFO && entry.getLoggerName() != null && entry.getLoggerName().startsWith(EVENTS);
        return event ? LogLevel.DEBUG : entry.getLogLevel();
    }

    /** One line, whatever the message has in it, and those of a trace. */
    static String line(LogEntry entry) {
        StringWriter text = new StringWriter();
        text.append(TIME.format(Instant.ofEpochMilli(entry.getTime()).atZone(ZoneId.systemDefault())));
        text.append(String.format(" %-5s ", entry.getLogLevel()));
        if (entry.getLoggerName() != null) {
            text.append(entry.getLoggerName()).append(": ");
        }
        String message = entry.getMessage() == null ? "" : entry.getMessage();
        text.append(message.stripTrailing().replaceAll("\\R", "\n    ").replaceAll("[\\p{Cntrl}&&[^\n\t]]", "?")).append('\n');
        if (entry.getException() != null) {
            entry.getException().printStackTrace(new PrintWriter(text));
        }
        return text.toString();
    }

    @Override
    public String title() {
        return "log file";
    }

    @Override
    public synchronized List<String> lines() {
        List<String> lines = new ArrayList<>();
        faults.forEach(fault -> lines.add(fault.toString()));
        if (trouble != null) {
            lines.add(trouble);
        }
        return lines;
    }
}
