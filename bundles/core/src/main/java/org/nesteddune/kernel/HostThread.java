package org.nesteddune.kernel;

import java.util.function.IntToLongFunction;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Process.CpuTimes;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Time;

/**
 * The host thread that runs a task: what it has used, and calls of the host about it. The number of a host thread may be
 * another's as soon as it has ended, so that all about it is done while it cannot end. Guest code counts as user time in
 * the host's account, what the host's kernel does for it as system time. Thread-safe.
 */
public final class HostThread {

    // Clock ids of a thread: ~tid << 3 | CPUCLOCK_PERTHREAD_MASK 4 | CPUCLOCK_VIRT 1 or CPUCLOCK_SCHED 2
    private static final int USER_TIME = 5;
    private static final int ALL_TIME = 6;

    // struct rusage: two timevals, then words of which some are always 0
    private static final int RUSAGE_SIZE = 144;
    private static final int SYSTEM_TIME = 16;
    private static final int MINOR_FAULTS = 64;
    private static final int MAJOR_FAULTS = 72;
    private static final int BLOCKS_IN = 88;
    private static final int BLOCKS_OUT = 96;
    private static final int VOLUNTARY = 128;
    private static final int INVOLUNTARY = 136;

    // Words of /proc/TID/stat behind the name in parentheses, proc_pid_stat(5)
    private static final int STAT_MINOR = 7;
    private static final int STAT_MAJOR = 9;

    /** Bytes of the text files that are looked at; they are shorter. */
    private static final int TEXT = 4096;

    private Thread thread;
    /** 0 before the beginning and after the end. */
    private int tid;

    private Usage last = Usage.NONE;

    /** The task runs on the calling thread from now on. */
    public synchronized void begin() {
        thread = Thread.currentThread();
        tid = (int) Linux.gettid();
    }

    /** Takes the final account; on the thread itself, which is no task's from now on. */
    public synchronized void end() {
        usage();
        thread = null;
        tid = 0;
    }

    /**
     * Makes a call of the host about the thread, which must be short.
     *
     * @param action gets the number of the host thread and gives what the host says
     * @return −ESRCH if there is no such thread any more
     */
    public synchronized long call(IntToLongFunction action) {
        return tid == 0 ? -Errno.ESRCH : action.applyAsLong(tid);
    }

    /** CPU time so far. */
    public synchronized CpuTimes cpuTimes() {
        if (tid != 0) {
            long all = clock(thread == Thread.currentThread() ? Time.CLOCK_THREAD_CPUTIME_ID : ~tid << 3 | ALL_TIME);
            if (all >= 0) {
                account(all, clock(~tid << 3 | USER_TIME));
            }
        }
        return last.times();
    }

    /**
     * Divides CPU time. The host counts user time by ticks, which need not fit the exact whole; neither part may become
     * less ({@code cputime_adjust} of kernel/sched/cputime.c).
     */
    private void account(long all, long userByTicks) {
        long user = Math.max(last.user(), Math.min(userByTicks, all - last.system()));
        long system = Math.max(last.system(), all - user);
        last = new Usage(
                user,
                system,
                last.minorFaults(),
                last.majorFaults(),
                last.blocksIn(),
                last.blocksOut(),
                last.voluntarySwitches(),
                last.involuntarySwitches());
    }

    private static long clock(int id) {
        try (NativeBuffer time = new NativeBuffer(Timespec.SIZE)) {
            long result = Linux.clock_gettime(id, time.address());
            return result < 0
                    ? result
                    : Memory.getLong(time.address()) * Timespec.SECOND + Memory.getLong(time.address() + 8);
        }
    }

    /** All that it has used so far. */
    public synchronized Usage usage() {
        cpuTimes();
        if (tid != 0) {
            last = thread == Thread.currentThread() ? counted(last.times()) : read(last);
        }
        return last;
    }

    private static Usage counted(CpuTimes times) {
        try (NativeBuffer usage = new NativeBuffer(RUSAGE_SIZE)) {
            long at = usage.address();
            Linux.call(SyscallNumbers.SYS_getrusage, Resource.RUSAGE_THREAD, at);
            return new Usage(
                    times.user(),
                    times.system(),
                    Memory.getLong(at + MINOR_FAULTS),
                    Memory.getLong(at + MAJOR_FAULTS),
                    Memory.getLong(at + BLOCKS_IN),
                    Memory.getLong(at + BLOCKS_OUT),
                    Memory.getLong(at + VOLUNTARY),
                    Memory.getLong(at + INVOLUNTARY));
        }
    }

    /** Of another thread the host tells less, and in words. */
    private Usage read(Usage known) {
        String stat = text("stat");
        String[] words = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ");
        if (words.length <= STAT_MAJOR) {
            return known;
        }
        String status = text("status");
        return new Usage(
                known.user(),
                known.system(),
                Long.parseLong(words[STAT_MINOR]),
                Long.parseLong(words[STAT_MAJOR]),
                known.blocksIn(),
                known.blocksOut(),
                number(status, "\nvoluntary_ctxt_switches:", known.voluntarySwitches()),
                number(status, "\nnonvoluntary_ctxt_switches:", known.involuntarySwitches()));
    }

    private static long number(String status, String name, long otherwise) {
        int at = status.indexOf(name);
        if (at < 0) {
            return otherwise;
        }
        return Long.parseLong(status.substring(at + name.length(), status.indexOf('\n', at + 1)).trim());
    }

    private String text(String file) {
        try (NativeBuffer path = NativeBuffer.ofCString("/proc/self/task/" + tid + "/" + file);
                NativeBuffer text = new NativeBuffer(TEXT)) {
            int descriptor = (int) Linux.open(path.address(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0);
            if (descriptor < 0) {
                return "";
            }
            Linux.read(descriptor, text.address(), TEXT - 1);
            Linux.close(descriptor);
            return text.string(0);
        }
    }
}
