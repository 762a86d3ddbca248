package org.nesteddune.kernel;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * How many signals are queued for the processes of each user, which RLIMIT_SIGPENDING limits ({@code
 * UCOUNT_RLIMIT_SIGPENDING} of the kernel). Thread-safe.
 */
public final class SignalQueues {

    /** How many signals may wait for a user whatever RLIMIT_SIGPENDING says: what waits here is the JVM's memory. */
    public static final int GREATEST_COUNT = 65_536;

    private final ConcurrentHashMap<Integer, Integer> counts = new ConcurrentHashMap<>();

    /** How many signals wait for a user's processes. */
    public int count(int user) {
        return counts.getOrDefault(user, 0);
    }

    /**
     * The quota of a process's queues.
     *
     * @param user its real user, asked at each signal
     * @param limit its RLIMIT_SIGPENDING, likewise
     */
    public PendingSignals.Quota quota(IntSupplier user, LongSupplier limit) {
        return new PendingSignals.Quota() {
            @Override
            public int user() {
                return user.getAsInt();
            }

            @Override
            public boolean charge(int payer, boolean anyhow) {
                long most = anyhow ? Long.MAX_VALUE : GREATEST_COUNT;
                if (!anyhow && Long.compareUnsigned(limit.getAsLong(), most) < 0) {
                    most = limit.getAsLong();
                }
                return SignalQueues.this.charge(payer, most);
            }

            @Override
            public void refund(int payer) {
                counts.computeIfPresent(payer, (id, count) -> count == 1 ? null : count - 1);
            }
        };
    }

    private boolean charge(int user, long most) {
        for (; ; ) {
            Integer count = counts.get(user);
            if ((count == null ? 0 : count) >= most) {
                return false;
            }
            if (count == null ? counts.putIfAbsent(user, 1) == null : counts.replace(user, count, count + 1)) {
                return true;
            }
        }
    }
}
