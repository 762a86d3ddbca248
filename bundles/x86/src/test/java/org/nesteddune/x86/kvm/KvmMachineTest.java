package org.nesteddune.x86.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nesteddune.x86.X86Registers.RAX;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.kvm.KvmArchitecture;
import org.nesteddune.engine.kvm.internal.KvmEngine;
import org.nesteddune.testing.OpenDescriptors;
import org.nesteddune.x86.X86Registers;

/** Machines and vCPUs come and go. */
@NeedsKvm
class KvmMachineTest {

    private static KvmEngine engine;

    @BeforeAll
    static void start() {
        engine = TestGuest.engine();
    }

    @AfterAll
    static void stop() {
        if (engine != null) {
            engine.deactivate();
        }
    }

    @Test
    void nothingIsLeftOfMachinesThatAreClosed() throws IOException {
        for (int i = 0; i < 5; i++) {
            useOne();
        }
        var descriptors = OpenDescriptors.now();
        long mappings = kvmMappings();
        for (int i = 0; i < 100; i++) {
            useOne();
        }
        assertThat(OpenDescriptors.now()).isEqualTo(descriptors);
        assertThat(kvmMappings()).isEqualTo(mappings);
    }

    private static void useOne() {
        try (TestGuest guest = new TestGuest(engine); Vcpu second = guest.machine.createVcpu()) {
            guest.mapLarge(TestGuest.DATA, TestGuest.LARGE, TestGuest.RW);
            assertThat(guest.write(guest.at(TestGuest.DATA))).isSameAs(Exit.SYSTEM_CALL);
            guest.state.readVector(new byte[guest.state.vectorSize()]);
            second.kick();
            assertThat(second.run()).isSameAs(Exit.INTERRUPTED);
        }
    }

    private static long kvmMappings() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("kvm")).count();
        }
    }

    @Test
    void vcpusOfOneMachineRunAtTheSameTime() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try (TestGuest guest = new TestGuest(engine)) {
            guest.code("48ffc7 0f05 ebf9"); // 1: inc %rdi; syscall; jmp 1b
            Future<?>[] runs = new Future<?>[3];
            for (int i = 0; i < runs.length; i++) {
                runs[i] = threads.submit(() -> {
                    try (Vcpu vcpu = guest.machine.createVcpu()) {
                        CpuState state = vcpu.state();
                        state.set(X86Registers.RIP, guest.at(TestGuest.CODE));
                        for (int call = 1; call <= 300; call++) {
                            assertThat(vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
                            assertThat(state.get(X86Registers.RDI)).isEqualTo(call);
                            state.set(RAX, call);
                        }
                    }
                });
            }
            for (Future<?> run : runs) {
                run.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void vcpuMayGoFromThreadToThread() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (TestGuest guest = new TestGuest(engine)) {
            guest.code("48ffc7 0f05 ebf9").with(X86Registers.RDI, 0);
            for (int i = 1; i <= 6; i++) {
                assertThat(threads.submit(guest::run).get()).isSameAs(Exit.SYSTEM_CALL);
                assertThat(guest.state.get(X86Registers.RDI)).isEqualTo(i);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void closedThingsRefuse() {
        TestGuest guest = new TestGuest(engine);
        guest.close();
        guest.close();
        assertThatThrownBy(guest::run).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(guest.machine::createVcpu).isInstanceOf(EngineException.class);
        assertThat(guest.machine.exitCounts()).isNotNull();
    }

    @Test
    void capabilitiesAreThoseOfTheCpu() {
        try (TestGuest guest = new TestGuest(engine)) {
            long[] words = guest.machine.hardwareCapabilities();
            assertThat(words).hasSize(2);
            assertThat(words[0] & 1 << 26).as("SSE2").isNotZero();
        }
    }

    @Test
    void engineDescribesItself() {
        assertThat(engine.describe()).containsEntry("API version", "12").containsKeys("memory slots", "guest CPU");
        assertThat(engine.name()).isEqualTo("kvm");
    }

    @Test
    void exitCostIsMeasured() {
        assertThat(engine.nanosecondsPerExit(TestGuest.X86, 50)).isPositive();
        assertThatThrownBy(() -> engine.nanosecondsPerExit(TestGuest.X86, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void engineRefusesAnArchitectureWhosePartHasGone() {
        KvmEngine other = new KvmEngine();
        KvmArchitecture part = new X86KvmArchitecture();
        Map<String, Object> properties = Map.of(Architecture.ELF_MACHINE, TestGuest.X86.elfMachine());
        other.addArchitecture(part, properties);
        assertThat(other.refusal(TestGuest.X86)).isNull();
        Machine machine = other.createMachine(TestGuest.X86);
        other.removeArchitecture(part);
        assertThat(other.refusal(TestGuest.X86)).contains("x86-64").contains("start the bundle");
        assertThatThrownBy(() -> other.createMachine(TestGuest.X86)).isInstanceOf(EngineException.class);
        machine.close();
        other.deactivate();
        other.addArchitecture(part, properties);
        assertThat(other.refusal(TestGuest.X86)).contains("stopped");
    }
}
