package org.nesteddune.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ThreadSchedulingTest {

    private static final int SIZE = 1024;

    private static long firstCpus(long address) {
        assertThat(Linux.sched_getaffinity(0, SIZE, address)).isPositive();
        return Memory.getLong(address);
    }

    @Test
    void anotherThreadIsScheduledAsThisOneWas() throws InterruptedException {
        long[] seen = new long[3];
        ThreadScheduling usual = ThreadScheduling.ofCaller();
        Thread pinned = new Thread(() -> {
            try (NativeBuffer mask = new NativeBuffer(SIZE)) {
                seen[0] = firstCpus(mask.address());
                mask.clear();
                Memory.putLong(mask.address(), Long.lowestOneBit(seen[0]));
                Linux.call(SyscallNumbers.SYS_sched_setaffinity, 0, SIZE, mask.address());
                seen[1] = firstCpus(mask.address());
                usual.applyToCaller();
                seen[2] = firstCpus(mask.address());
            }
        });
        pinned.start();
        pinned.join();
        assertThat(seen[1]).isEqualTo(Long.lowestOneBit(seen[0]));
        assertThat(seen[2]).isEqualTo(seen[0]);
    }

    @Test
    void aThreadCanBeScheduledAsAnotherOneIs() throws InterruptedException {
        ThreadScheduling usual = ThreadScheduling.ofCaller();
        int[] nice = new int[1];
        boolean[] alike = new boolean[2];
        Thread model = new Thread(() -> {
            try (NativeBuffer mask = new NativeBuffer(SIZE)) {
                Memory.putLong(mask.address(), Long.lowestOneBit(firstCpus(mask.address())));
                Linux.call(SyscallNumbers.SYS_sched_setaffinity, 0, SIZE, mask.address());
                Linux.call(SyscallNumbers.SYS_setpriority, 0, 0, 7);
            }
            ThreadScheduling wanted = ThreadScheduling.of((int) Linux.gettid());
            Thread other = new Thread(() -> {
                usual.applyToCaller();
                alike[0] = ThreadScheduling.ofCaller().isLike(wanted);
                assertThat(wanted.applyTo((int) Linux.gettid())).isZero();
                alike[1] = ThreadScheduling.ofCaller().isLike(wanted);
                nice[0] = wanted.nice();
            });
            other.start();
            try {
                other.join();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
        model.start();
        model.join();
        assertThat(alike).containsExactly(usual.nice() == 7, true);
        assertThat(nice[0]).isEqualTo(7);
        assertThat(usual.policy()).isNotNegative();
    }
}
