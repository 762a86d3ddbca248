package org.nesteddune.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.Map;
import org.apache.felix.hc.api.Result;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.Architecture;
import org.nesteddune.engine.ExecutionEngine;
import org.nesteddune.engine.Machine;

class BackendsCheckTest {

    private final BackendsCheck check = new BackendsCheck();

    /** An architecture that has only a name. */
    private static Architecture architecture(String name) {
        return (Architecture) Proxy.newProxyInstance(
                Architecture.class.getClassLoader(), new Class<?>[] {Architecture.class}, (proxy, method, arguments) -> {
                    return switch (method.getName()) {
                        case "name" -> name;
                        case "equals" -> proxy == arguments[0];
                        default -> throw new UnsupportedOperationException(method.getName());
                    };
                });
    }

    private record Engine(String name, String architecture) implements ExecutionEngine {

        @Override
        public String refusal(Architecture other) {
            return other.name().equals(architecture) ? null : "only for " + architecture + ".";
        }

        @Override
        public Machine createMachine(Architecture other) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<String, String> describe() {
            return Map.of();
        }
    }

    @Test
    void nothingIsThere() {
        assertThat(check.execute().getStatus()).isEqualTo(Result.Status.CRITICAL);
    }

    @Test
    void allIsWell() {
        check.addEngine(new Engine("one", "a"));
        check.addArchitecture(architecture("a"));
        assertThat(check.execute().getStatus()).isEqualTo(Result.Status.OK);
    }

    @Test
    void anArchitectureWithoutEngineIsAWarningWhileAnotherRuns() {
        Architecture runs = architecture("a");
        check.addEngine(new Engine("one", "a"));
        check.addArchitecture(runs);
        check.addArchitecture(architecture("b"));
        Result result = check.execute();
        assertThat(result.getStatus()).isEqualTo(Result.Status.WARN);
        assertThat(result.toString()).contains("b runs on no engine. one: only for a.");
        check.removeArchitecture(runs);
        assertThat(check.execute().getStatus()).isEqualTo(Result.Status.CRITICAL);
    }
}
