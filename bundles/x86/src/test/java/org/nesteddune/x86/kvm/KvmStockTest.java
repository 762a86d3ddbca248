package org.nesteddune.x86.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.x86.X86Registers.FS_BASE;
import static org.nesteddune.x86.X86Registers.RAX;
import static org.nesteddune.x86.X86Registers.RBX;
import static org.nesteddune.x86.X86Registers.RDI;
import static org.nesteddune.x86.X86Registers.RIP;
import static org.nesteddune.x86.kvm.TestGuest.CODE;
import static org.nesteddune.x86.kvm.TestGuest.DATA;
import static org.nesteddune.x86.kvm.TestGuest.LARGE;
import static org.nesteddune.x86.kvm.TestGuest.PAGE;
import static org.nesteddune.x86.kvm.TestGuest.R;
import static org.nesteddune.x86.kvm.TestGuest.RW;
import static org.nesteddune.x86.kvm.TestGuest.RX;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.kvm.internal.KvmEngine;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Mman;
import org.nesteddune.x86.X86Registers;

/** Machines that are used by one guest after the other. */
@NeedsKvm
@Timeout(120)
class KvmStockTest {

    /** Where the guests have their code and data, whatever the host has there. */
    private static final long AT = 0x40_0000;
    private static final long SIZE = 4 * LARGE;

    private KvmEngine engine;
    /** As long as it lives, machines are kept for those to come. */
    private TestGuest parent;
    private long reserved;
    private long host;

    @BeforeEach
    void start() {
        engine = TestGuest.engine();
        parent = new TestGuest(engine);
        reserved = HostException.check("mmap", Linux.mmap(0, SIZE + LARGE, RW,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE, -1, 0));
        host = reserved + LARGE - 1 & -LARGE;
        Linux.madvise(host, SIZE, Mman.MADV_HUGEPAGE);
        Memory.putInt(host, 0x050f078b); // mov (%rdi), %eax; syscall
        for (long at = LARGE; at < SIZE; at += PAGE) {
            Memory.putLong(host + at, at);
        }
    }

    @AfterEach
    void stop() {
        parent.close();
        engine.deactivate();
        Linux.munmap(reserved, SIZE + LARGE);
    }

    private static long kvmDescriptors() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(each -> {
                try {
                    return Files.readSymbolicLink(each).toString().contains("kvm-v");
                } catch (IOException gone) {
                    return false;
                }
            }).count();
        }
    }

    private Exit read(Vcpu vcpu, long address) {
        vcpu.state().set(RIP, AT);
        vcpu.state().set(RDI, address);
        return vcpu.run();
    }

    private static boolean workerLives() {
        return Thread.getAllStackTraces().keySet().stream().anyMatch(each -> each.getName().equals("dune-kvm-stock"));
    }

    @Test
    void machinesAreUsedAgainWhileOthersLiveAndAllGoWithTheLast() throws Exception {
        List<TestGuest> guests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            guests.add(new TestGuest(engine));
        }
        long most = kvmDescriptors();
        guests.forEach(TestGuest::close);
        guests.clear();
        for (int i = 0; i < 50; i++) {
            try (TestGuest child = new TestGuest(engine)) {
                assertThat(child.code("0f05").run()).isSameAs(Exit.SYSTEM_CALL);
            }
            assertThat(kvmDescriptors()).isLessThanOrEqualTo(most);
        }
        long kept = kvmDescriptors();
        assertThat(kept).isGreaterThan(2);
        parent.close();
        assertThat(kvmDescriptors()).isZero();
        for (int i = 0; i < 100 && workerLives(); i++) {
            Thread.sleep(50);
        }
        assertThat(workerLives()).isFalse();
    }

    @Test
    void nothingIsKeptOfALonelyMachine() throws Exception {
        parent.close();
        for (int i = 0; i < 5; i++) {
            try (TestGuest guest = new TestGuest(engine)) {
                assertThat(guest.code("0f05").run()).isSameAs(Exit.SYSTEM_CALL);
            }
            assertThat(kvmDescriptors()).isZero();
            assertThat(workerLives()).isFalse();
        }
    }

    @Test
    void nothingIsKeptOfAnEngineThatHasStopped() throws Exception {
        new TestGuest(engine).close();
        TestGuest other = new TestGuest(engine);
        engine.deactivate();
        assertThat(other.code("0f05").run()).isSameAs(Exit.SYSTEM_CALL);
        other.close();
        assertThat(parent.code("0f05").run()).isSameAs(Exit.SYSTEM_CALL);
        parent.close();
        assertThat(kvmDescriptors()).isZero();
    }

    /** Runs guests one after the other until one has got the machine of another; the descriptors tell. */
    private void again(GuestBody first, GuestBody second) throws Exception {
        for (int i = 0; i < 10; i++) {
            for (GuestBody body : new GuestBody[] {first, second}) {
                try (Machine machine = engine.createMachine(TestGuest.X86); Vcpu vcpu = machine.createVcpu()) {
                    body.run(machine, vcpu);
                }
            }
        }
    }

    @FunctionalInterface
    private interface GuestBody {
        void run(Machine machine, Vcpu vcpu) throws Exception;
    }

    @Test
    void memoryOfTheGuestBeforeIsOutOfReachThoughTheHostStillHasIt() throws Exception {
        again((machine, vcpu) -> {
            machine.map(AT, host, PAGE, RX, false);
            machine.map(AT + LARGE, host + LARGE, 2 * LARGE, RW, true);
            machine.map(0x7000_0000_0000L, host + LARGE, 16 * PAGE, RW, false);
            for (long at = LARGE; at < 3 * LARGE; at += 32 * PAGE) {
                assertThat(read(vcpu, AT + at)).isSameAs(Exit.SYSTEM_CALL);
                assertThat(vcpu.state().get(RAX)).isEqualTo(at);
            }
            assertThat(read(vcpu, 0x7000_0000_0000L)).isSameAs(Exit.SYSTEM_CALL);
        }, (machine, vcpu) -> {
            assertThat(read(vcpu, 0)).isEqualTo(new Exit.MemoryFault(AT, Access.EXECUTE));
            machine.map(AT, host, PAGE, RX, false);
            for (long address : new long[] {AT + PAGE, AT + LARGE, AT + 2 * LARGE, 0x7000_0000_0000L}) {
                assertThat(read(vcpu, address)).isEqualTo(new Exit.MemoryFault(address, Access.READ));
                assertThat(machine.isMapped(address, R)).isFalse();
            }
        });
    }

    /** Tables and large pages take each other's places, and addresses stand for other memory than before. */
    @Test
    void sameAddressesStandForOtherMemory() throws Exception {
        Random random = new Random(5);
        GuestBody body = (machine, vcpu) -> {
            machine.map(AT, host, PAGE, RX, false);
            boolean large = random.nextBoolean();
            long first = LARGE * (1 + random.nextInt(2));
            machine.map(AT + LARGE, host + first, LARGE, RW, large);
            machine.map(AT + 2 * LARGE, host + 3 * LARGE - (first == LARGE ? 0 : LARGE), LARGE, R, !large);
            for (int i = 0; i < 40; i++) {
                long page = random.nextInt(512) * PAGE;
                assertThat(read(vcpu, AT + LARGE + page)).isSameAs(Exit.SYSTEM_CALL);
                assertThat(vcpu.state().get(RAX)).isEqualTo(first + page);
                assertThat(read(vcpu, AT + 2 * LARGE + page)).isSameAs(Exit.SYSTEM_CALL);
                assertThat(vcpu.state().get(RAX)).isEqualTo(3 * LARGE - (first == LARGE ? 0 : LARGE) + page);
            }
        };
        again(body, body);
    }

    @Test
    void stateIsThatOfANewProcessAndCountsBeginAtZero() throws Exception {
        GuestBody body = (machine, vcpu) -> {
            CpuState state = vcpu.state();
            for (int register = 0; register < X86Registers.COUNT; register++) {
                assertThat(state.get(register)).isEqualTo(switch (register) {
                    case X86Registers.RFLAGS -> 0x202;
                    case X86Registers.ORIG_RAX -> -1;
                    default -> 0;
                });
            }
            assertThat(machine.exitCounts()).isEmpty();
            machine.map(AT, host, PAGE, RX, false);
            machine.map(AT + LARGE, host + LARGE, PAGE, RW, false);
            // stmxcsr 8(%rdi); fnstcw 12(%rdi); movq %xmm7, %rax; rdfsbase %rbx; syscall
            put(host + 16, "0fae5f08 d97f0c 66480f7ef8 f3480faec3 0f05");
            state.set(RIP, AT + 16);
            state.set(RDI, AT + LARGE);
            assertThat(vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
            assertThat(Memory.getInt(host + LARGE + 8)).isEqualTo(0x1f80);
            assertThat(Memory.getShort(host + LARGE + 12)).isEqualTo((short) 0x37f);
            assertThat(state.get(RAX)).isZero();
            assertThat(state.get(RBX)).isZero();
            // Another MXCSR and x87 control word, xmm7 and segment base.
            Memory.putInt(host + LARGE + 8, 0x7f80);
            Memory.putShort(host + LARGE + 12, (short) 0xf7f);
            put(host + 64, "0fae5708 d96f0c 66480f6eff f3480faed7 0f05");
            state.set(RIP, AT + 64);
            assertThat(vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
            assertThat(state.get(FS_BASE)).isEqualTo(AT + LARGE);
        };
        again(body, body);
    }

    private static void put(long at, String hex) {
        byte[] bytes = java.util.HexFormat.of().parseHex(hex.replace(" ", ""));
        Memory.copyTo(at, bytes, 0, bytes.length);
    }

    /** Each guest gets the machine that has slots for its memory, if there is one. */
    @Test
    void machinesGoWithThePlacesOfTheirMemory() throws Exception {
        long[] places = new long[3];
        for (int i = 0; i < places.length; i++) {
            places[i] = HostException.check("mmap", Linux.mmap(0, 1L << 30, Mman.PROT_NONE,
                    Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE, -1, 0));
            for (int part = 0; part < 12; part++) {
                Linux.mprotect(places[i] + ((long) part << 26), PAGE, RW);
            }
        }
        List<Machine> first = new ArrayList<>();
        for (long place : places) {
            first.add(engine.createMachine(TestGuest.X86));
            usePlace(first.get(first.size() - 1), place);
        }
        first.forEach(Machine::close);
        Random random = new Random(1);
        for (int round = 0; round < 30; round++) {
            try (Machine machine = engine.createMachine(TestGuest.X86)) {
                usePlace(machine, places[random.nextInt(places.length)]);
            }
            Thread.sleep(2);
        }
        assertThat(kvmDescriptors()).isBetween(4L, 12L);
        for (long place : places) {
            Linux.munmap(place, 1L << 30);
        }
    }

    private static void usePlace(Machine machine, long place) {
        for (int part = 0; part < 12; part++) {
            long at = place + ((long) part << 26);
            machine.map(at, at, PAGE, RW, false);
        }
        machine.createVcpu().close();
    }

    @Test
    void machineWithManySlotsIsNotKept() throws Exception {
        for (int round = 0; round < 3; round++) {
            long scattered = HostException.check("mmap", Linux.mmap(0, 64L << 26, Mman.PROT_NONE,
                    Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE, -1, 0));
            try (Machine machine = engine.createMachine(TestGuest.X86); Vcpu vcpu = machine.createVcpu()) {
                for (int i = 0; i < 60; i++) {
                    Linux.mprotect(scattered + ((long) i << 26), PAGE, RW);
                    machine.map(scattered + ((long) i << 26), scattered + ((long) i << 26), PAGE, RW, false);
                }
                machine.map(AT, host, PAGE, RX, false);
                assertThat(read(vcpu, scattered)).isSameAs(Exit.SYSTEM_CALL);
            }
            Linux.munmap(scattered, 64L << 26);
        }
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (kvmDescriptors() > 2 && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
        assertThat(kvmDescriptors()).isEqualTo(2);
    }

    @Test
    void manyThreadsMakeAndCloseMachines() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                long page = LARGE + i * PAGE;
                running.add(threads.submit(() -> {
                    for (int round = 0; round < 40; round++) {
                        try (Machine machine = engine.createMachine(TestGuest.X86);
                                Vcpu vcpu = machine.createVcpu()) {
                            machine.map(AT, host, PAGE, RX, false);
                            machine.map(DATA, host + page, PAGE, RW, false);
                            assertThat(read(vcpu, DATA)).isSameAs(Exit.SYSTEM_CALL);
                            assertThat(vcpu.state().get(RAX)).isEqualTo(page);
                            assertThat(read(vcpu, CODE)).isInstanceOf(Exit.MemoryFault.class);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        parent.close();
        assertThat(kvmDescriptors()).isZero();
    }
}
