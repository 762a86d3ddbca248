package org.nesteddune.x86.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.x86.X86Registers.RAX;
import static org.nesteddune.x86.X86Registers.RBX;
import static org.nesteddune.x86.X86Registers.RDI;
import static org.nesteddune.x86.X86Registers.RIP;
import static org.nesteddune.x86.X86Registers.RSP;
import static org.nesteddune.x86.kvm.TestGuest.DATA;
import static org.nesteddune.x86.kvm.TestGuest.LARGE;
import static org.nesteddune.x86.kvm.TestGuest.NONE;
import static org.nesteddune.x86.kvm.TestGuest.PAGE;
import static org.nesteddune.x86.kvm.TestGuest.R;
import static org.nesteddune.x86.kvm.TestGuest.RW;
import static org.nesteddune.x86.kvm.TestGuest.RWX;
import static org.nesteddune.x86.kvm.TestGuest.RX;
import static org.nesteddune.x86.kvm.TestGuest.STACK;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Mman;

/** Many vCPUs of one machine at the same time. */
@Timeout(120)
class KvmThreadsTest extends KvmGuestTest {

    private static final int THREADS = 4;

    /** Where the code page has what; each ends with a system call. */
    private static final int READ = 0;
    private static final int WRITE = 16;
    private static final int EXECUTE = 32;
    private static final int SPIN = 48;
    private static final int COUNT = 64;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> running = new ArrayList<>();
    private final AtomicBoolean done = new AtomicBoolean();

    @AfterEach
    void stopThreads() {
        done.set(true);
        threads.shutdownNow();
    }

    private void putCode() {
        put(READ, "8b07 0f05"); // mov (%rdi), %eax; syscall
        put(WRITE, "897704 0f05"); // mov %esi, 4(%rdi); syscall
        put(EXECUTE, "ffe7"); // jmp *%rdi
        put(SPIN, "48ffc3 ebfb"); // 1: inc %rbx; jmp 1b
        put(COUNT, "48ffc7 0f05 ebf9"); // 1: inc %rdi; syscall; jmp 1b
    }

    private void put(int offset, String hex) {
        Linux.mprotect(guest.at(0), PAGE, RW);
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        Memory.copyTo(guest.at(offset), bytes, 0, bytes.length);
    }

    private void start(Callable<?> thread) {
        running.add(threads.submit(() -> {
            try {
                return thread.call();
            } catch (Throwable e) {
                done.set(true);
                throw e;
            }
        }));
    }

    /** Waits for all, also when one has failed: nothing may run any more when the machine is closed. */
    private void join() throws Exception {
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

    /** What pages are there at the moment, and with what rights; changed as an address space does. */
    private final class Pages {

        private static final int COUNT = 8;
        private static final int[] RIGHTS = {NONE, R, RW, RX, RWX};
        private final long offset;
        private final long size;
        /** Even while a page is as its rights say, odd while it is being changed. */
        private final AtomicIntegerArray versions = new AtomicIntegerArray(COUNT);
        private final AtomicIntegerArray rights = new AtomicIntegerArray(COUNT);
        private final Random random = new Random(7);

        Pages(long offset, long size) {
            this.offset = offset;
            this.size = size;
        }

        private long page(int index) {
            return offset + index * size;
        }

        /** A page becomes a new one with other rights, or keeps what it has and gets other rights. */
        void change() {
            int index = random.nextInt(COUNT);
            int before = rights.get(index);
            int after = RIGHTS[random.nextInt(RIGHTS.length)];
            boolean large = size == LARGE && random.nextBoolean();
            int version = versions.incrementAndGet(index);
            rights.set(index, after);
            if (before == NONE || random.nextBoolean()) {
                guest.unmap(page(index), size);
                if (after != NONE) {
                    // The stamp and the code are there before any guest can see the page.
                    HostException.check("mmap", Linux.mmap(guest.at(page(index)), size, RW,
                            Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED, -1, 0));
                    stamp(index, version + 1);
                    guest.protect(page(index), size, after, large);
                }
            } else {
                guest.machine.unmap(guest.at(page(index)), size);
                HostException.check("mprotect", Linux.mprotect(guest.at(page(index)), size, RW));
                stamp(index, version + 1);
                guest.protect(page(index), size, after, large);
            }
            versions.set(index, version + 1);
        }

        private void stamp(int index, int version) {
            Memory.putInt(guest.at(page(index)), version);
            Memory.putInt(guest.at(page(index)) + 8, 0xfceb050f); // syscall; jmp .-2
        }

        /** Touches a page and compares what happens with what must, if the page was not changed meanwhile. */
        boolean touch(Vcpu vcpu, Random dice) {
            int index = dice.nextInt(COUNT);
            Access access = Access.values()[dice.nextInt(3)];
            long address = guest.at(page(index));
            int version = versions.get(index);
            int right = rights.get(index);
            vcpu.state().set(RDI, access == Access.EXECUTE ? address + 8 : address);
            vcpu.state().set(RIP, guest.at(access == Access.READ ? READ : access == Access.WRITE ? WRITE : EXECUTE));
            Exit exit = vcpu.run();
            int needed = access == Access.READ ? R : access == Access.WRITE ? RW : Mman.PROT_EXEC;
            boolean certain = (version & 1) == 0;
            boolean allowed = right != NONE && (right & needed) == needed;
            // A right that has been added may be found out by a fault.
            for (int i = 0; i < 3 && allowed && certain && exit instanceof Exit.MemoryFault; i++) {
                boolean mapped = guest.machine.isMapped(address, needed);
                certain = versions.get(index) == version;
                assertThat(mapped || !certain).isTrue();
                exit = certain ? vcpu.run() : exit;
            }
            if (!certain || versions.get(index) != version) {
                assertThat(exit).isInstanceOfAny(Exit.SystemCall.class, Exit.MemoryFault.class);
                return false;
            }
            if (!allowed) {
                assertThat(exit).isInstanceOf(Exit.MemoryFault.class);
                Exit.MemoryFault fault = (Exit.MemoryFault) exit;
                assertThat(fault.access()).isEqualTo(access);
                assertThat(fault.address()).isBetween(address, address + 8);
            } else {
                assertThat(exit).isSameAs(Exit.SYSTEM_CALL);
                if (access == Access.READ) {
                    assertThat((int) vcpu.state().get(RAX)).isEqualTo(version);
                }
            }
            return true;
        }
    }

    private void hammer(long size) throws Exception {
        putCode();
        Pages pages = new Pages(DATA, size);
        AtomicInteger certain = new AtomicInteger();
        for (int i = 0; i < THREADS; i++) {
            Random dice = new Random(i);
            start(() -> {
                try (Vcpu vcpu = guest.machine.createVcpu()) {
                    vcpu.state().set(RSP, guest.at(STACK) + PAGE);
                    while (!done.get()) {
                        if (pages.touch(vcpu, dice) && certain.incrementAndGet() >= 8000) {
                            done.set(true);
                        }
                    }
                }
                return null;
            });
        }
        start(() -> {
            Random pause = new Random(99);
            while (!done.get()) {
                pages.change();
                if (pause.nextInt(4) == 0) {
                    TimeUnit.MICROSECONDS.sleep(pause.nextInt(300));
                }
            }
            return null;
        });
        join();
    }

    @Test
    void noTranslationOutlivesItsPage() throws Exception {
        hammer(PAGE);
    }

    @Test
    void noTranslationOutlivesItsLargePage() throws Exception {
        hammer(LARGE);
    }

    /** New memory slots and new vCPUs while others run. */
    @Test
    void memoryAndVcpusComeWhileOthersRun() throws Exception {
        putCode();
        start(() -> {
            try (Vcpu vcpu = guest.machine.createVcpu()) {
                vcpu.state().set(RIP, guest.at(COUNT));
                for (long call = 1; !done.get(); call++) {
                    assertThat(vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
                    assertThat(vcpu.state().get(RDI)).isEqualTo(call);
                }
            }
            return null;
        });
        for (int i = 0; i < 2; i++) {
            start(() -> {
                for (int round = 0; round < 40; round++) {
                    try (Vcpu vcpu = guest.machine.createVcpu()) {
                        long far = far(round);
                        vcpu.state().set(RIP, guest.at(READ));
                        vcpu.state().set(RDI, far);
                        assertThat(vcpu.run()).isSameAs(Exit.SYSTEM_CALL);
                        assertThat(vcpu.state().get(RAX)).isEqualTo(round);
                        Linux.munmap(far & -(64L << 20), 128L << 20);
                    }
                }
                return null;
            });
        }
        start(() -> {
            running.get(1).get();
            running.get(2).get();
            done.set(true);
            return null;
        });
        join();
    }

    /** Memory in a granule of its own, visible to the guest at its host address. */
    private long far(int value) {
        long raw = HostException.check("mmap", Linux.mmap(0, 192L << 20, NONE,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE, -1, 0));
        long start = raw + (64L << 20) - 1 & -(64L << 20);
        if (start > raw) {
            Linux.munmap(raw, start - raw);
        }
        Linux.munmap(start + (128L << 20), raw + (64L << 20) - start);
        HostException.check("mprotect", Linux.mprotect(start + PAGE, PAGE, RW));
        Memory.putInt(start + PAGE, value);
        synchronized (this) {
            guest.machine.map(start + PAGE, start + PAGE, PAGE, RW, false);
        }
        return start + PAGE;
    }

    @Test
    void everyKickOfManyIsReported() throws Exception {
        putCode();
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(i);
            start(() -> {
                try (Vcpu vcpu = guest.machine.createVcpu()) {
                    vcpu.state().set(RIP, guest.at(SPIN));
                    for (int round = 0; round < 60; round++) {
                        long before = vcpu.state().get(RBX);
                        Future<?> kick = threads.submit(() -> {
                            TimeUnit.MICROSECONDS.sleep(random.nextInt(2000));
                            vcpu.kick();
                            return null;
                        });
                        assertThat(vcpu.run()).isSameAs(Exit.INTERRUPTED);
                        kick.get();
                        assertThat(vcpu.state().get(RIP) - guest.at(SPIN)).isIn(0L, 3L);
                        assertThat(vcpu.state().get(RBX)).isGreaterThanOrEqualTo(before);
                    }
                    assertThat(vcpu.state().get(RBX)).isPositive();
                }
                return null;
            });
        }
        join();
    }
}
