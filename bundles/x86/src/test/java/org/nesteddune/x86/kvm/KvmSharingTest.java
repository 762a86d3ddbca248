package org.nesteddune.x86.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.x86.X86Registers.FS_BASE;
import static org.nesteddune.x86.X86Registers.RAX;
import static org.nesteddune.x86.X86Registers.RBX;
import static org.nesteddune.x86.X86Registers.RDI;
import static org.nesteddune.x86.X86Registers.RDX;
import static org.nesteddune.x86.X86Registers.RIP;
import static org.nesteddune.x86.kvm.TestGuest.CODE;
import static org.nesteddune.x86.kvm.TestGuest.DATA;
import static org.nesteddune.x86.kvm.TestGuest.PAGE;
import static org.nesteddune.x86.kvm.TestGuest.RW;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.kvm.internal.KvmEngine;
import org.nesteddune.host.Memory;

/** More guest threads than vCPUs. */
@NeedsKvm
@Timeout(120)
class KvmSharingTest {

    private static final int XMM3 = 160 + 3 * 16;

    /** 1: inc %rbx; jmp 1b */
    private static final String SPIN = "48ffc3 ebfb";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Vcpu> vcpus = new ArrayList<>();
    private KvmEngine engine;
    private TestGuest guest;

    @BeforeEach
    void startWithOneVcpu() {
        start(1);
    }

    private void start(int limit) {
        engine = new KvmEngine();
        engine.activate(Map.of(KvmEngine.VCPUS, limit));
        engine.addArchitecture(new X86KvmArchitecture(), Map.of(Architecture.ELF_MACHINE, TestGuest.X86.elfMachine()));
        guest = new TestGuest(engine);
    }

    private void restart(int limit) {
        stop();
        start(limit);
    }

    @AfterEach
    void stop() {
        vcpus.forEach(Vcpu::close);
        vcpus.clear();
        guest.close();
        engine.deactivate();
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    /** A further thread of the guest, in front of the code. */
    private Vcpu thread() {
        Vcpu vcpu = guest.machine.createVcpu();
        vcpu.state().set(RIP, guest.at(CODE));
        vcpus.add(vcpu);
        return vcpu;
    }

    private static void join(List<Future<?>> running) throws Exception {
        ExecutionException failure = null;
        for (Future<?> each : running) {
            try {
                each.get();
            } catch (ExecutionException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static long xmm3(CpuState state) {
        byte[] bytes = new byte[state.vectorSize()];
        state.readVector(bytes);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(XMM3);
    }

    @Test
    void stateIsThereWhetherOrNotAVcpuIs() {
        // movq %rax, %xmm3; wrfsbase %rax; syscall; movq %xmm3, %rbx; rdfsbase %rdx; syscall
        guest.code("66480f6ed8 f3480faed0 0f05 66480f7edb f3480faec2 0f05").with(RAX, 11);
        Vcpu second = thread();
        second.state().set(RAX, 22);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(second.run()).isSameAs(Exit.SYSTEM_CALL);
        // The first has lost the vCPU by now.
        assertThat(guest.state.get(RAX)).isEqualTo(11);
        assertThat(guest.state.get(FS_BASE)).isEqualTo(11);
        assertThat(xmm3(guest.state)).isEqualTo(11);
        assertThat(second.state().get(FS_BASE)).isEqualTo(22);
        assertThat(xmm3(second.state())).isEqualTo(22);
        guest.state.set(FS_BASE, 33);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RBX)).isEqualTo(11);
        assertThat(guest.state.get(RDX)).isEqualTo(33);
        assertThat(second.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(second.state().get(RBX)).isEqualTo(22);
        assertThat(second.state().get(RDX)).isEqualTo(22);
    }

    /** Threads that leave often, each with registers, segment base and vector state of its own. */
    @Test
    void manyThreadsShareFewVcpus() throws Exception {
        restart(2);
        guest.map(DATA, PAGE, RW);
        // 1: inc %rdi; movq %xmm3, %rbx; mov %fs:0, %rdx; syscall; jmp 1b
        guest.code("48ffc7 66480f7edb 64488b142500000000 0f05 ebeb");
        List<Future<?>> running = new ArrayList<>();
        for (int i = 1; i <= 8; i++) {
            Vcpu vcpu = thread();
            long mine = 1000L * i;
            Memory.putLong(guest.at(DATA) + 8L * i, mine);
            vcpu.state().set(FS_BASE, guest.at(DATA) + 8L * i);
            setXmm3(vcpu.state(), mine);
            Random random = new Random(i);
            running.add(threads.submit(() -> {
                for (int call = 1; call <= 150; call++) {
                    assertThat(vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
                    assertThat(vcpu.state().get(RDI)).isEqualTo(call);
                    assertThat(vcpu.state().get(RDX)).isEqualTo(mine);
                    assertThat(vcpu.state().get(RBX)).isEqualTo(mine + call / 10);
                    switch (random.nextInt(4)) {
                        case 0 -> assertThat(xmm3(vcpu.state())).isEqualTo(mine + call / 10);
                        case 1 -> assertThat(vcpu.state().get(FS_BASE) - guest.at(DATA)).isEqualTo(mine / 125);
                        case 2 -> TimeUnit.MICROSECONDS.sleep(random.nextInt(200));
                        default -> { }
                    }
                    if (call % 10 == 9) {
                        setXmm3(vcpu.state(), mine + (call + 1) / 10);
                    }
                }
                return null;
            }));
        }
        join(running);
    }

    private static void setXmm3(CpuState state, long value) {
        byte[] bytes = new byte[state.vectorSize()];
        state.readVector(bytes);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(XMM3, value).putLong(512, 3);
        assertThat(state.writeVector(bytes)).isTrue();
    }

    /** None of these ever leaves by itself. */
    @Test
    void threadsThatNeverLeaveTakeTurns() throws Exception {
        restart(2);
        guest.code(SPIN);
        for (int i = 0; i < 5; i++) {
            thread();
        }
        for (int round = 0; vcpus.stream().anyMatch(vcpu -> vcpu.state().get(RBX) == 0); round++) {
            assertThat(round).as("rounds of 100 ms in which somebody got nowhere").isLessThan(50);
            List<Future<?>> running = new ArrayList<>();
            for (Vcpu vcpu : vcpus) {
                running.add(threads.submit(() -> {
                    assertThat(vcpu.run()).isSameAs(Exit.INTERRUPTED);
                    return null;
                }));
            }
            TimeUnit.MILLISECONDS.sleep(100);
            vcpus.forEach(Vcpu::kick);
            join(running);
        }
    }

    @Test
    void kickReachesAThreadThatWaitsForAVcpu() throws Exception {
        guest.code(SPIN);
        Vcpu second = thread();
        Future<Exit> first = threads.submit(guest::run);
        TimeUnit.MILLISECONDS.sleep(5);
        for (int i = 0; i < 20; i++) {
            Future<Exit> waiting = threads.submit(second::run);
            TimeUnit.MICROSECONDS.sleep(300L * i);
            second.kick();
            assertThat(waiting.get(10, TimeUnit.SECONDS)).isSameAs(Exit.INTERRUPTED);
        }
        assertThat(first.isDone()).isFalse();
        guest.vcpu.kick();
        assertThat(first.get(10, TimeUnit.SECONDS)).isSameAs(Exit.INTERRUPTED);
    }

    @Test
    void kickOfAThreadWithoutAVcpuIsReportedByItsNextRun() {
        guest.code("0f05 0f05");
        Vcpu second = thread();
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(second.run()).isSameAs(Exit.SYSTEM_CALL);
        guest.vcpu.kick();
        assertThat(second.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.run()).isSameAs(Exit.INTERRUPTED);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
    }

    /** Kicks at any moment of threads that leave, wait, lose and get vCPUs. */
    @Test
    void noKickIsLost() throws Exception {
        restart(2);
        guest.code("48ffc7 0f05 ebf9 48ffc3 ebfb"); // 1: inc %rdi; syscall; jmp 1b; 2: inc %rbx; jmp 2b
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Vcpu vcpu = thread();
            Random random = new Random(i);
            boolean spins = i > 2;
            if (spins) {
                vcpu.state().set(RIP, guest.at(CODE) + 7);
            }
            CountDownLatch[] kicked = {new CountDownLatch(1)};
            Callable<Void> kicker = () -> {
                for (int kick = 0; kick < 60; kick++) {
                    TimeUnit.MICROSECONDS.sleep(random.nextInt(3000));
                    CountDownLatch latch = kicked[0];
                    vcpu.kick();
                    assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
                }
                return null;
            };
            Future<Void> kicking = threads.submit(kicker);
            running.add(kicking);
            running.add(threads.submit(() -> {
                long calls = 0;
                while (!kicking.isDone()) {
                    Exit exit = vcpu.run();
                    if (exit == Exit.INTERRUPTED) {
                        CountDownLatch latch = kicked[0];
                        kicked[0] = new CountDownLatch(1);
                        latch.countDown();
                        if (spins && kicking.isDone()) {
                            break;
                        }
                    } else {
                        assertThat(exit).isSameAs(Exit.SYSTEM_CALL);
                        assertThat(vcpu.state().get(RDI)).isEqualTo(++calls);
                    }
                }
                return null;
            }));
        }
        // A thread that spins ends by the kick that comes when its kicker has ended.
        while (running.stream().anyMatch(each -> !each.isDone())) {
            TimeUnit.MILLISECONDS.sleep(20);
            if (running.stream().filter(Future::isDone).count() >= 5) {
                vcpus.forEach(Vcpu::kick);
            }
        }
        join(running);
    }

    @Test
    void vcpuOfAThreadThatEndsGoesToOneThatWaits() throws Exception {
        guest.code("0f05");
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            running.add(threads.submit(() -> {
                try (Vcpu vcpu = guest.machine.createVcpu()) {
                    vcpu.state().set(RIP, guest.at(CODE));
                    assertThat(vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
                }
                return null;
            }));
        }
        join(running);
    }

    /** Making a vCPU takes longer than moving a thread's state, and takes memory. */
    @Test
    void hundredsOfThreadsThatRestNeedNoVcpusOfTheirOwn() throws Exception {
        restart(4096);
        guest.code("48ffc7 0f05 ebf9");
        for (int i = 0; i < 300; i++) {
            assertThat(thread().run()).isSameAs(Exit.SYSTEM_CALL);
        }
        assertThat(kvmVcpus()).isBetween(8L, 100L);
        for (Vcpu vcpu : vcpus) {
            assertThat(vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
            assertThat(vcpu.state().get(RDI)).isEqualTo(2);
        }
        assertThat(kvmVcpus()).isLessThan(200L);
    }

    private static long kvmVcpus() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(each -> {
                try {
                    return Files.readSymbolicLink(each).toString().contains("kvm-vcpu");
                } catch (IOException gone) {
                    return false;
                }
            }).count();
        }
    }
}
