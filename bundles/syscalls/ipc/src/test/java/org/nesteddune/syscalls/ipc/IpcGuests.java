package org.nesteddune.syscalls.ipc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.testing.OpenDescriptors;
import org.nesteddune.testing.TestGuest;

/** Two guests of one runtime that talk to each other, and how many descriptors of the host they leave. */
final class IpcGuests implements AutoCloseable {

    static final int FIRST = TestGuest.PID;
    static final int SECOND = TestGuest.PID + 1;

    private static final long PATIENCE_MILLIS = 20_000;

    final TestGuest first;
    final TestGuest second;
    private final IpcFamily family = new IpcFamily();
    private final Map<String, Integer> openAtStart;

    IpcGuests() {
        new TestGuest(null).close();
        openAtStart = OpenDescriptors.now();
        first = new TestGuest(null);
        second = new TestGuest(null, SECOND, first);
    }

    /** A call of the first guest. */
    long call(String name, long... arguments) {
        return first.call(family, name, arguments);
    }

    /** A call of the second guest. */
    long callSecond(String name, long... arguments) {
        return second.call(family, name, arguments);
    }

    /** A call of the second guest that may wait. */
    CompletableFuture<Long> later(String name, long... arguments) {
        return CompletableFuture.supplyAsync(() -> callSecond(name, arguments), task -> {
            Thread thread = new Thread(task, "second guest");
            thread.setDaemon(true);
            thread.start();
        });
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!condition.getAsBoolean()) {
            assertThat(System.currentTimeMillis()).as("waited too long").isLessThan(end);
            Thread.sleep(1);
        }
    }

    /** Makes the second guest one of an ordinary user's. */
    void secondIsUser(int uid) {
        second.task().credentials(new Credentials(uid, uid, uid, uid, uid, uid, List.of()));
    }

    @Override
    public void close() {
        second.close();
        first.close();
        assertThat(OpenDescriptors.now()).as("open descriptors").isEqualTo(openAtStart);
    }
}
