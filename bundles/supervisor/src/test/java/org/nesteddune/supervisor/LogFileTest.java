package org.nesteddune.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.osgi.service.log.Logger;

class LogFileTest {

    @TempDir
    Path folder;

    private final List<LogListener> listeners = new ArrayList<>();
    private final List<LogEntry> kept = new ArrayList<>();

    private static <T> T object(Class<T> type, java.util.function.BiFunction<String, Object[], Object> methods) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> methods.apply(method.getName(), arguments)));
    }

    private final LogReaderService reader = object(LogReaderService.class, (name, arguments) -> {
        switch (name) {
            case "addLogListener" -> listeners.add((LogListener) arguments[0]);
            case "removeLogListener" -> listeners.remove(arguments[0]);
            default -> {
                return Collections.enumeration(kept);
            }
        }
        return null;
    });

    private final Logger nobody = object(Logger.class, (name, arguments) -> null);

    private static LogEntry entry(long sequence, LogLevel level, String message, Throwable exception) {
        return object(LogEntry.class, (name, arguments) -> switch (name) {
            case "getSequence" -> sequence;
            case "getLogLevel" -> level;
            case "getMessage" -> message;
            case "getException" -> exception;
            case "getLoggerName" -> "a.logger";
            case "getTime" -> 1_000L;
            default -> throw new UnsupportedOperationException(name);
        });
    }

    @Test
    void writesWhatWasAndWhatComesOnce() throws Exception {
        kept.add(entry(3, LogLevel.ERROR, "third", new IllegalStateException("why")));
        kept.add(entry(2, LogLevel.DEBUG, "second", null));
        kept.add(entry(1, LogLevel.INFO, "first\nand \u001b[1mmore\n", null));
        Path file = folder.resolve("log");
        LogFile log = new LogFile(reader, nobody, Map.of("file", file.toString()));
        listeners.get(0).logged(kept.get(0));
        listeners.get(0).logged(entry(4, LogLevel.AUDIT, null, null));
        List<String> lines = Files.readAllLines(file);
        assertThat(lines.get(0)).matches("1970-01-01T\\d\\d:\\d\\d:01\\.000(Z|[+-]\\d\\d:\\d\\d) INFO  a\\.logger: first");
        assertThat(lines.get(1)).isEqualTo("    and ?[1mmore");
        assertThat(lines.get(2)).endsWith(" ERROR a.logger: third");
        assertThat(lines.get(3)).isEqualTo("java.lang.IllegalStateException: why");
        assertThat(lines.get(lines.size() - 1)).endsWith(" AUDIT a.logger: ");
        assertThat(lines).filteredOn(line -> line.endsWith("third")).hasSize(1);
        assertThat(log.lines()).isEmpty();
        log.deactivate();
        assertThat(listeners).isEmpty();
    }

    @Test
    void whatIsWrongIsReported() {
        LogFile log = new LogFile(reader, nobody, Map.of("file", folder.resolve("none/log").toString(), "sizes", "1k", "files", "-1"));
        assertThat(listeners).isEmpty();
        assertThat(log.lines()).hasSize(3);
        assertThat(String.join("\n", log.lines()))
                .contains("sizes: there is no such setting; is it 'size'?")
                .contains("files: '-1' is no number from 0 to 1000")
                .contains("file: it cannot be written: java.nio.file.NoSuchFileException");
        log.deactivate();
        assertThat(new LogFile(reader, nobody, Map.of()).lines()).hasSize(1).first().asString().contains("file: it is missing");
        log = new LogFile(null, nobody, Map.of("file", folder.resolve("log").toString()));
        assertThat(log.lines()).containsExactly("there is no log to be read");
        log.deactivate();
    }
}
