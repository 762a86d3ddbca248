package org.nesteddune.x86.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.x86.X86Registers.RAX;
import static org.nesteddune.x86.X86Registers.RBX;
import static org.nesteddune.x86.X86Registers.RDI;

import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.x86.X86Registers;

/** Getting a vCPU out of the guest. */
@Timeout(60)
class KvmKickTest extends KvmGuestTest {

    /** 1: inc %rbx; jmp 1b */
    private static final String SPIN = "48ffc3 ebfb";

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @Test
    void kickEndsALoop() throws Exception {
        guest.code(SPIN).with(RBX, 0);
        for (int i = 0; i < 20; i++) {
            CountDownLatch running = new CountDownLatch(1);
            Future<Exit> exit = threads.submit(() -> {
                running.countDown();
                return guest.run();
            });
            running.await();
            TimeUnit.MILLISECONDS.sleep(i % 4);
            guest.vcpu.kick();
            assertThat(exit.get(10, TimeUnit.SECONDS)).isSameAs(Exit.INTERRUPTED);
            assertThat(guest.position()).isIn(0L, 3L);
        }
        assertThat(guest.state.get(RBX)).isPositive();
        assertThat(guest.state.get(X86Registers.RFLAGS) & 0x202).isEqualTo(0x202);
    }

    @Test
    void kickBeforeTheRunIsReportedOnce() {
        guest.code("0f05").with(RAX, 1);
        guest.vcpu.kick();
        guest.vcpu.kick();
        assertThat(guest.run()).isSameAs(Exit.INTERRUPTED);
        assertThat(guest.position()).isZero();
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.position()).isEqualTo(2);
    }

    @Test
    void interruptedGuestCanBeSentElsewhere() throws Exception {
        guest.code(SPIN);
        Future<Exit> exit = threads.submit(guest::run);
        TimeUnit.MILLISECONDS.sleep(5);
        guest.vcpu.kick();
        assertThat(exit.get(10, TimeUnit.SECONDS)).isSameAs(Exit.INTERRUPTED);
        guest.code("0f05").with(RAX, 99);
        assertThat(guest.run()).isSameAs(Exit.SYSTEM_CALL);
        assertThat(guest.state.get(RAX)).isEqualTo(99);
    }

    @Test
    void kickAfterCloseIsHarmless() {
        Vcpu vcpu = guest.machine.createVcpu();
        vcpu.kick();
        vcpu.close();
        vcpu.kick();
        vcpu.close();
        try (Vcpu again = guest.machine.createVcpu()) {
            guest.code("0f05");
            again.state().set(X86Registers.RIP, guest.at(TestGuest.CODE));
            assertThat(again.run()).isSameAs(Exit.SYSTEM_CALL);
        }
    }

    /** Kicks hit calls, faults and the supervisor's code alike: none may be lost, and no state may be. */
    @Test
    void stormOfKicksLosesNothing() throws Exception {
        // 1: inc %rdi; syscall; int3; incl (0); jmp 1b — a call, a trap and a fault in turn
        guest.code("48ffc7 0f05 cc 8b042500000000 ebf1").with(RDI, 0);
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger interrupted = new AtomicInteger();
        // Each kick waits for the report of the one before, or the guest would get nowhere, and then for as long as takes
        // the guest to any point between two exits.
        Future<Integer> kicker = threads.submit(() -> {
            Random random = new Random(1);
            int kicks = 0;
            while (!done.get()) {
                int reported = interrupted.get();
                guest.vcpu.kick();
                kicks++;
                while (interrupted.get() == reported && !done.get()) {
                    Thread.onSpinWait();
                }
                long until = System.nanoTime() + random.nextInt(200_000);
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
            }
            return kicks;
        });
        long calls = 0;
        Class<?> expected = Exit.SystemCall.class;
        try {
            while (calls < 2000) {
                Exit exit = guest.run();
                if (exit == Exit.INTERRUPTED) {
                    interrupted.incrementAndGet();
                    continue;
                }
                assertThat(exit).isInstanceOf(expected);
                if (exit == Exit.SYSTEM_CALL) {
                    assertThat(guest.state.get(RDI)).isEqualTo(++calls);
                    assertThat(guest.position()).isEqualTo(5);
                    expected = Exit.Breakpoint.class;
                } else if (exit instanceof Exit.Breakpoint) {
                    assertThat(guest.position()).isEqualTo(6);
                    expected = Exit.MemoryFault.class;
                } else {
                    assertThat(guest.position()).isEqualTo(6);
                    guest.with(X86Registers.RIP, guest.at(TestGuest.CODE) + 13);
                    expected = Exit.SystemCall.class;
                }
            }
        } finally {
            done.set(true);
        }
        assertThat(kicker.get()).isPositive();
        assertThat(interrupted.get()).isPositive();
        assertThat(calls).isEqualTo(2000);
        Exit last = guest.run();
        assertThat(last == Exit.INTERRUPTED ? guest.run() : last).isInstanceOf(expected);
    }
}
