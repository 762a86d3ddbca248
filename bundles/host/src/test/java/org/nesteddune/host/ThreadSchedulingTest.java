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
}
