package org.nesteddune.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nesteddune.GuestSpec;

class EnterTest {

    private final Enter enter = new Enter(null);

    private GuestSpec spec(String... arguments) throws UsageException, CommandException {
        TestCall call = new TestCall(enter, arguments);
        return Enter.spec(call.arguments(), call).build();
    }

    @Test
    void theProgramGetsItsOwnArgumentsAndTheCallersSurroundings() throws Exception {
        GuestSpec spec = spec("--", "ls", "--trace", "\u00ff", "");
        assertThat(spec.program()).isEqualTo("ls");
        assertThat(spec.arguments()).containsExactly("ls", "--trace", "\u00ff", "");
        assertThat(spec.environment()).containsExactly("PATH=/bin", "HOME=/root");
        assertThat(spec.workingDirectory()).isEqualTo("/home/me");
        assertThat(spec.root()).isNull();
        assertThat(spec.engine()).isNull();
        assertThat(spec.statistics()).isFalse();
        assertThat(spec.memoryLimit()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void options() throws Exception {
        GuestSpec spec = spec("--stats", "--engine=kvm", "--memory", "64m", "--env", "HOME=/x", "-eA=b=c", "--cwd", "sub", "p");
        assertThat(spec.statistics()).isTrue();
        assertThat(spec.engine()).isEqualTo("kvm");
        assertThat(spec.memoryLimit()).isEqualTo(64 << 20);
        assertThat(spec.environment()).containsExactly("PATH=/bin", "HOME=/x", "A=b=c");
        assertThat(spec.workingDirectory()).isEqualTo("/home/me/sub");
        assertThat(spec("--clear-env", "--env=X=", "p").environment()).containsExactly("X=");
    }

    @Test
    void mistakes() {
        assertThatThrownBy(() -> spec("--memory=lots", "p")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> spec("--env", "=x", "p")).hasMessage("--env needs NAME=VALUE, not '=x'");
        assertThatThrownBy(() -> spec("--env", "x", "p")).hasMessage("--env needs NAME=VALUE, not 'x'");
        assertThatThrownBy(() -> spec("--root", "/no/such", "p")).hasMessage("--root /no/such: no such directory");
        assertThatThrownBy(() -> enter.run(new TestCall(enter))).hasMessage("no program given");
        assertThatThrownBy(() -> enter.run(new TestCall(enter, "-d", "p"))).hasMessageStartingWith("--detach is for the shell");
    }

    @Test
    void workingDirectoryInsideAnotherRoot(@TempDir Path directory) throws Exception {
        Path root = directory.toRealPath();
        assertThat(spec("--root", root.toString(), "p").root()).isEqualTo(root);
        assertThat(Enter.workingDirectory(null, root, root + "/a/b")).isEqualTo("/a/b");
        assertThat(Enter.workingDirectory(null, root, root.toString())).isEqualTo("/");
        assertThat(Enter.workingDirectory(null, root, root + "x")).isEqualTo("/");
        assertThat(Enter.workingDirectory(null, Path.of("/"), "/a")).isEqualTo("/a");
        assertThat(Enter.workingDirectory("x", root, "/elsewhere")).isEqualTo("/x");
        assertThat(Enter.workingDirectory("/y", null, "/elsewhere")).isEqualTo("/y");
    }
}
