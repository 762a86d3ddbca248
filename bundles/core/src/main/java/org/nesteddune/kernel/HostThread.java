package org.nesteddune.kernel;

import java.util.function.IntToLongFunction;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.host.ThreadScheduling;
import org.nesteddune.kernel.Process.CpuTimes;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Prctl;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Time;

/**
 * The host thread that runs a task: what it has used, and calls of the host about it. The number of a host thread may be
 * another's as soon as it has ended, so that all about it is done while it cannot end. Guest code counts as user time in
 * the host's account, what the host's kernel does for it as system time. Thread-safe.
 *
 * <p>A host thread may run one task after another. What is the thread's own in the kernel (affinity, policy, nice value,
 * priority of input and output, timer slack) is changed through {@link #change} only, so that a thread that is not as it was
 * made runs no other task.
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

    /** What the thread had used already when the task began. */
    private Usage before = Usage.NONE;

    private Usage last = Usage.NONE;
    private boolean changed;

    /**
     * The task runs on the calling thread from now on.
     *
     * @param isChanged whether the thread has inherited what its maker had changed
     */
    public synchronized void begin(boolean isChanged) {
        changed = isChanged;
        thread = Thread.currentThread();
        tid = (int) Linux.gettid();
        before = usage();
        last = Usage.NONE;
    }

    /** Takes the final account; on the thread itself, which is not this task's from now on. */
    public synchronized void end() {
        usage();
        thread = null;
        tid = 0;
    }

    /** Whether the thread is in some way not as threads are made. */
    public synchronized boolean isChanged() {
        return changed;
    }

    /** The same as {@link #call}, of a call that changes how the host treats the thread. */
    public synchronized long change(IntToLongFunction action) {
        changed = true;
        return call(action);
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

    /** How the host schedules it; null if there is no such thread any more. */
    public synchronized ThreadScheduling scheduling() {
        return tid == 0 ? null : ThreadScheduling.of(tid);
    }

    /** Has the thread scheduled as another one is, if it is not so already; on the thread itself. */
    public void scheduleAs(ThreadScheduling wanted, long timerSlack) {
        if (!ThreadScheduling.ofCaller().isLike(wanted)) {
            change(wanted::applyTo);
        }
        if (Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_GET_TIMERSLACK) != timerSlack) {
            change(ignored -> Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_SET_TIMERSLACK, timerSlack));
        }
    }

    /** CPU time so far. */
    public synchronized CpuTimes cpuTimes() {
        if (tid != 0) {
            long all = clock(thread == Thread.currentThread() ? Time.CLOCK_THREAD_CPUTIME_ID : ~tid << 3 | ALL_TIME);
            if (all >= 0) {
                account(all - before.user() - before.system(), clock(~tid << 3 | USER_TIME) - before.user());
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
                last.involuntarySwitches(),
                0);
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
            last = thread == Thread.currentThread() ? counted() : read();
        }
        return last;
    }

    private Usage counted() {
        try (NativeBuffer usage = new NativeBuffer(RUSAGE_SIZE)) {
            long at = usage.address();
            Linux.call(SyscallNumbers.SYS_getrusage, Resource.RUSAGE_THREAD, at);
            return new Usage(
                    last.user(),
                    last.system(),
                    Memory.getLong(at + MINOR_FAULTS) - before.minorFaults(),
                    Memory.getLong(at + MAJOR_FAULTS) - before.majorFaults(),
                    Memory.getLong(at + BLOCKS_IN) - before.blocksIn(),
                    Memory.getLong(at + BLOCKS_OUT) - before.blocksOut(),
                    Memory.getLong(at + VOLUNTARY) - before.voluntarySwitches(),
                    Memory.getLong(at + INVOLUNTARY) - before.involuntarySwitches(),
                    0);
        }
    }

    /** Of another thread the host tells less, and in words. */
    private Usage read() {
        String stat = text("stat");
        String[] words = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ");
        if (words.length <= STAT_MAJOR) {
            return last;
        }
        String status = text("status");
        return new Usage(
                last.user(),
                last.system(),
                Long.parseLong(words[STAT_MINOR]) - before.minorFaults(),
                Long.parseLong(words[STAT_MAJOR]) - before.majorFaults(),
                last.blocksIn(),
                last.blocksOut(),
                number(status, "\nvoluntary_ctxt_switches:") - before.voluntarySwitches(),
                number(status, "\nnonvoluntary_ctxt_switches:") - before.involuntarySwitches(),
                0);
    }

    private static long number(String status, String name) {
        int at = status.indexOf(name);
        return at < 0 ? 0 : Long.parseLong(status.substring(at + name.length(), status.indexOf('\n', at + 1)).trim());
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
