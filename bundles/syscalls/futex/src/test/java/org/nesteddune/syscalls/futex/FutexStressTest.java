package org.nesteddune.syscalls.futex;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Futex;
import org.nesteddune.testing.TestGuest;

/** Threads that take and give locks as a C library does, some of which end with a lock in their hands. */
@Timeout(120)
class FutexStressTest {

    private static final int THREADS = 6;
    private static final int LOCKS = 3;
    private static final int ROUNDS = 1500;

    private final TestGuest guest = new TestGuest(Path.of("/"));
    private final FutexFamily family = new FutexFamily();
    private final long page = guest.allocate(4096);
    private final AtomicIntegerArray holders = new AtomicIntegerArray(LOCKS);
    private final AtomicInteger lastTid = new AtomicInteger(100);
    private final AtomicInteger taken = new AtomicInteger();

    @Test
    void oneHoldsALockAtATime() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Void>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(i);
                all.add(() -> {
                    lives(random);
                    return null;
                });
            }
            for (Future<Void> each : threads.invokeAll(all)) {
                each.get();
            }
            assertThat(taken.get()).isGreaterThan(THREADS * ROUNDS / 2);
            assertThat(guest.process().table().piFutexes().isIdle()).isTrue();
        } finally {
            threads.shutdownNow();
            guest.close();
        }
    }

    private void lives(Random random) {
        Task task = guest.newTask(lastTid.incrementAndGet());
        for (int i = 0; i < ROUNDS; i++) {
            int lock = random.nextInt(LOCKS);
            if (lock(task, lock, random)) {
                assertThat(holders.getAndSet(lock, task.tid())).as("who else holds lock %d", lock).isZero();
                taken.incrementAndGet();
                if (random.nextInt(8) == 0) {
                    Thread.yield();
                }
                assertThat(holders.getAndSet(lock, 0)).isEqualTo(task.tid());
                if (random.nextInt(50) == 0) {
                    // Its robust list has the lock alone, as one of those that inherit.
                    guest.memory().writeLong(list(task), entry(lock) | 1);
                    guest.memory().writeLong(list(task) + 8, word(lock) - entry(lock));
                    guest.memory().writeLong(entry(lock), list(task));
                    task.settings().robustListHead(list(task));
                    guest.end(task);
                    task = guest.newTask(lastTid.incrementAndGet());
                } else {
                    unlock(task, lock);
                }
            }
        }
        guest.end(task);
    }

    private long word(int lock) {
        return page + 64L * lock;
    }

    private long entry(int lock) {
        return page + 1024 + 64L * lock;
    }

    private long list(Task task) {
        return page + 2048 + 32L * (task.tid() % 32);
    }

    private boolean lock(Task task, int lock, Random random) {
        if (guest.memory().compareAndExchangeInt(word(lock), 0, task.tid()) == 0) {
            return true;
        }
        int operation = random.nextInt(4) == 0 ? Futex.FUTEX_TRYLOCK_PI : Futex.FUTEX_LOCK_PI;
        long time = 0;
        if (random.nextInt(4) == 0) {
            time = list(task) + 16;
            guest.memory().writeLong(time, 1);
            guest.memory().writeLong(time + 8, 0);
        }
        long result = guest.call(
                task, family, "futex", word(lock), operation | Futex.FUTEX_PRIVATE_FLAG, 0, time, 0, 0);
        if (result != 0) {
            assertThat(result).isIn((long) -Errno.EAGAIN, (long) -Errno.ETIMEDOUT);
            return false;
        }
        int value = guest.memory().readInt(word(lock));
        assertThat(value & Futex.FUTEX_TID_MASK).isEqualTo(task.tid());
        if ((value & Futex.FUTEX_OWNER_DIED) != 0) {
            // Consistent again, as a C library makes it.
            int found = value;
            for (int tried = 0; tried != found; ) {
                tried = found;
                found = guest.memory().compareAndExchangeInt(word(lock), tried, tried & ~Futex.FUTEX_OWNER_DIED);
            }
        }
        return true;
    }

    private void unlock(Task task, int lock) {
        if (guest.memory().compareAndExchangeInt(word(lock), task.tid(), 0) != task.tid()) {
            long result = guest.call(
                    task, family, "futex", word(lock), Futex.FUTEX_UNLOCK_PI | Futex.FUTEX_PRIVATE_FLAG, 0, 0, 0, 0);
            assertThat(result).isZero();
        }
    }
}
