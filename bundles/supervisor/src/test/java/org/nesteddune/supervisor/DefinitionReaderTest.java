package org.nesteddune.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.GuestSpec.User;
import org.nesteddune.config.Fault;
import org.nesteddune.config.Settings;
import org.nesteddune.linux.Signal;
import org.nesteddune.supervisor.Definition.Restart;

class DefinitionReaderTest {

    private static Settings settings(String... pairs) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("service.pid", "org.nesteddune.guest~web");
        for (int i = 0; i < pairs.length; i += 2) {
            properties.put(pairs[i], pairs[i + 1]);
        }
        return DefinitionReader.settings(properties);
    }

    @Test
    void defaults() {
        Settings settings = settings("program", "httpd");
        Definition definition = DefinitionReader.read(settings);
        assertThat(settings.faults()).isEmpty();
        assertThat(definition.name()).isEqualTo("web");
        assertThat(definition.restart()).isEqualTo(Restart.ON_FAILURE);
        assertThat(definition.delayMillis()).isEqualTo(1000);
        assertThat(definition.mostDelayMillis()).isEqualTo(60_000);
        assertThat(definition.stopSignal()).isEqualTo(Signal.SIGTERM);
        assertThat(definition.graceMillis()).isEqualTo(10_000);
        assertThat(definition.what().memory()).isEqualTo(Long.MAX_VALUE);
        assertThat(definition.what().environment()).hasSize(1).first().asString().startsWith("PATH=");
        assertThat(definition.what().log()).isEqualTo(new Definition.Log("framework", Long.MAX_VALUE, 5));
    }

    @Test
    void everything() {
        Settings settings = settings("name", "the web", "program", "/bin/httpd", "arguments", "-f '/a b'", "environment", "A=1 PATH=/x",
                "directory", "/srv", "root", "/", "user", "www", "engine", "kvm", "memory", "1g", "tasks", "7", "profile", "p",
                "families", "files,time", "restart", "always", "restart.delay", "2s", "restart.delay.max", "1s", "restart.limit", "3",
                "stop.signal", "int", "stop.grace", "0", "log", "none");
        Definition definition = DefinitionReader.read(settings);
        assertThat(settings.faults()).isEmpty();
        assertThat(definition.what().arguments()).containsExactly("-f", "/a b");
        assertThat(definition.what().environment()).containsExactly("A=1", "PATH=/x");
        assertThat(definition.what().families()).containsExactlyInAnyOrder("files", "time");
        assertThat(definition.mostDelayMillis()).as("no less than the first delay").isEqualTo(2000);
        assertThat(definition.stopSignal()).isEqualTo(Signal.SIGINT);
        assertThat(definition.what()).isEqualTo(DefinitionReader.read(settings).what());
    }

    @Test
    void faults() {
        Settings settings = settings("arguments", "'", "environment", "=x", "directory", "here", "root", "/none/such", "memory", "x",
                "tasks", "0", "restart", "maybe", "restart.delay", "soon", "stop.signal", "SIGX", "log", "syslog", "families", "!x");
        DefinitionReader.read(settings);
        assertThat(settings.faults()).extracting(Fault::key).containsExactlyInAnyOrder("program", "arguments", "environment", "directory",
                "root", "memory", "tasks", "restart", "restart.delay", "stop.signal", "log", "families");
    }

    @Test
    void users(@TempDir Path root) throws IOException {
        Files.createDirectories(root.resolve("etc"));
        Files.writeString(root.resolve("etc/passwd"), "# none\nroot:x:0:0::/:/bin/sh\nwww:x:33:34:web:/:/bin/false\nbroken\nodd:x:a:b\n");
        Files.writeString(root.resolve("etc/group"), "web:x:34:\nextra:x:50:www,root\nother:x:51:root\n");
        assertThat(UserNames.find(root, "www")).isEqualTo(new User(33, 34, List.of(34, 50)));
        assertThat(UserNames.find(root, "33")).isEqualTo(new User(33, 34, List.of(34, 50)));
        assertThat(UserNames.find(root, "www:other")).isEqualTo(new User(33, 51, List.of(51, 50)));
        assertThat(UserNames.find(root, "1234")).isEqualTo(new User(1234, 1234, List.of(1234)));
        assertThat(UserNames.find(root, "1234:50")).isEqualTo(new User(1234, 50, List.of(50)));
        for (String wrong : List.of("nobody", "www:none", "-1", "odd", "", ":")) {
            assertThatThrownBy(() -> UserNames.find(root, wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
