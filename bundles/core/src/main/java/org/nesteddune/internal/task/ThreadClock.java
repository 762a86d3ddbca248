package org.nesteddune.internal.task;

import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Process.CpuTimes;

/**
 * CPU time of a host thread that runs a guest task. Guest code counts as user time in the host's account, what the
 * host kernel does for it as system time. Thread-safe.
 */
final class ThreadClock {

    /** RUSAGE_THREAD of linux/resource.h. */
    private static final int RUSAGE_THREAD = 1;

    /** Bytes of struct rusage on 64-bit Linux. */
    private static final int RUSAGE_SIZE = 144;

    /** The clock id of a thread's CPU time: ~tid << 3 | CPUCLOCK_PERTHREAD_MASK 4 | CPUCLOCK_SCHED 2. */
    private static final int PER_THREAD_SCHED = 6;

    private volatile int tid;
    private volatile CpuTimes last = new CpuTimes(0, 0);

    /** Begins to count for the calling thread. */
    void begin(int hostTid) {
        tid = hostTid;
    }

    /** Takes the final account; on the counted thread. */
    void end() {
        last = ownTimes();
        tid = 0;
    }

    /** CPU time so far. */
    CpuTimes read() {
        int counted = tid;
        if (counted == 0) {
            return last;
        }
        if (Linux.gettid() == counted) {
            last = ownTimes();
            return last;
        }
        try (NativeBuffer time = new NativeBuffer(16)) {
            long result = Linux.clock_gettime(~counted << 3 | PER_THREAD_SCHED, time.address());
            if (result != 0) {
                return last;
            }
            long total = Memory.getLong(time.address()) * 1_000_000_000L + Memory.getLong(time.address() + 8);
            CpuTimes known = last;
            long system = Math.min(known.system(), total);
            return new CpuTimes(total - system, system);
        }
    }

    private static CpuTimes ownTimes() {
        try (NativeBuffer usage = new NativeBuffer(RUSAGE_SIZE)) {
            Linux.call(SyscallNumbers.SYS_getrusage, RUSAGE_THREAD, usage.address());
            long user = Memory.getLong(usage.address()) * 1_000_000_000L + Memory.getLong(usage.address() + 8) * 1000;
            long system =
                    Memory.getLong(usage.address() + 16) * 1_000_000_000L + Memory.getLong(usage.address() + 24) * 1000;
            return new CpuTimes(user, system);
        }
    }
}
