package org.nesteddune.internal.dispatch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.nesteddune.Guest.CallCount;
import org.nesteddune.arch.SyscallNumbers;

/** Counts a guest's system calls by number. Thread-safe; counting allocates nothing. */
public final class CallStatistics {

    private static final int COUNT = 0;
    private static final int ERRORS = 1;
    private static final int NANOS = 2;
    private static final int UNSERVED = 3;
    private static final int FIELDS = 4;

    private final SyscallNumbers numbers;
    private final AtomicLongArray cells;
    private final LongAdder unknown = new LongAdder();

    public CallStatistics(SyscallNumbers numbers) {
        this.numbers = numbers;
        this.cells = new AtomicLongArray((numbers.end() - numbers.first()) * FIELDS);
    }

    /**
     * Counts a call.
     *
     * @param result as the guest gets it
     * @param nanos time in the handler
     * @param served whether there was a handler
     */
    public void count(int number, long result, long nanos, boolean served) {
        int cell = (number - numbers.first()) * FIELDS;
        if (cell < 0 || cell >= cells.length()) {
            unknown.increment();
            return;
        }
        cells.incrementAndGet(cell + COUNT);
        cells.addAndGet(cell + NANOS, nanos);
        if (result < 0 && result >= -4095) {
            cells.incrementAndGet(cell + ERRORS);
        }
        if (!served) {
            cells.incrementAndGet(cell + UNSERVED);
        }
    }

    /** The counters of all calls that happened, most time first. */
    public List<CallCount> snapshot() {
        List<CallCount> rows = new ArrayList<>();
        for (int number = numbers.first(); number < numbers.end(); number++) {
            int cell = (number - numbers.first()) * FIELDS;
            long count = cells.get(cell + COUNT);
            if (count > 0) {
                String name = numbers.name(number);
                rows.add(new CallCount(
                        name == null ? "syscall_" + number : name,
                        count,
                        cells.get(cell + ERRORS),
                        cells.get(cell + NANOS),
                        cells.get(cell + UNSERVED) == 0));
            }
        }
        long strange = unknown.sum();
        if (strange > 0) {
            rows.add(new CallCount("(unknown numbers)", strange, strange, 0, false));
        }
        rows.sort(Comparator.comparingLong(CallCount::nanos).reversed());
        return rows;
    }
}
