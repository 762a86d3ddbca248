package org.nesteddune.syscalls.process;

import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Process.CpuTimes;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.kernel.Usage;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Resource;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Resource limits, and what has been used. */
final class LimitCalls {

    /** The kernel's default of {@code fs.nr_open}. */
    private static final long MOST_OPEN_FILES = 1_048_576;

    /** Bytes in {@code struct rusage}: two timevals and fourteen words. */
    private static final int RUSAGE_SIZE = 144;

    /** Offsets in {@code struct rusage}. */
    private static final int RUSAGE_SYSTEM_TIME = 16;
    private static final int RUSAGE_MAX_RSS = 32;
    private static final int RUSAGE_MINOR_FAULTS = 64;
    private static final int RUSAGE_MAJOR_FAULTS = 72;
    private static final int RUSAGE_BLOCKS_IN = 88;
    private static final int RUSAGE_BLOCKS_OUT = 96;
    private static final int RUSAGE_VOLUNTARY = 128;
    private static final int RUSAGE_INVOLUNTARY = 136;

    /** Nanoseconds in a clock tick as programs see it (USER_HZ, 100 a second). */
    private static final long TICK = 10_000_000;

    private LimitCalls() {
    }

    static void addTo(Syscall.Table table) {
        String limits = "RLIMIT_NPROC, MEMLOCK, LOCKS, MSGQUEUE, NICE, RTPRIO and RTTIME are kept and not enforced";
        table.partial("getrlimit", "enum:rlimit resource, out:rlimit rlim", limits, LimitCalls::getrlimit)
                .partial("setrlimit", "enum:rlimit resource, in:rlimit rlim", limits, LimitCalls::setrlimit)
                .partial(
                        "prlimit64",
                        "pid pid, enum:rlimit resource, in:rlimit? new_limit, out:rlimit? old_limit",
                        limits,
                        LimitCalls::prlimit)
                .partial(
                        "getrusage",
                        "enum:rusage who, out:rusage usage",
                        "the greatest resident size is that of moments at which somebody looked, and of children none; "
                                + "blocks of other threads that live count at their end",
                        LimitCalls::getrusage)
                .full("times", "out:tms? buf -> long", LimitCalls::times);
    }

    private static long getrlimit(Task task, SyscallArguments a) {
        Limits limits = task.process().limits();
        int resource = task.architecture().abi().resourceFromGuest(a.getInt(0));
        if (resource < 0 || resource >= limits.count()) {
            return -Errno.EINVAL;
        }
        write(task.memory(), a.get(1), limits.soft(resource), limits.hard(resource));
        return 0;
    }

    private static long setrlimit(Task task, SyscallArguments a) {
        long soft = task.memory().readLong(a.get(1));
        long hard = task.memory().readLong(a.get(1) + 8);
        int resource = task.architecture().abi().resourceFromGuest(a.getInt(0));
        return set(task.process(), task.process(), resource, soft, hard);
    }

    private static long prlimit(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        int resource = task.architecture().abi().resourceFromGuest(a.getInt(1));
        long newAddress = a.get(2);
        long oldAddress = a.get(3);
        long soft = newAddress == 0 ? 0 : memory.readLong(newAddress);
        long hard = newAddress == 0 ? 0 : memory.readLong(newAddress + 8);
        Task other = a.getInt(0) == 0 ? task : task.process().table().task(a.getInt(0));
        if (other == null) {
            return -Errno.ESRCH;
        }
        Process target = other.process();
        if (target != task.process()
                && (Confinement.separates(task.process(), target)
                        || !mayLimit(task.credentials(), target.credentials()))) {
            return -Errno.EPERM;
        }
        Limits limits = target.limits();
        if (resource < 0 || resource >= limits.count()) {
            return -Errno.EINVAL;
        }
        long oldSoft = limits.soft(resource);
        long oldHard = limits.hard(resource);
        if (newAddress != 0) {
            long result = set(task.process(), target, resource, soft, hard);
            if (result != 0) {
                return result;
            }
        }
        if (oldAddress != 0) {
            write(memory, oldAddress, oldSoft, oldHard);
        }
        return 0;
    }

    private static boolean mayLimit(Credentials mine, Credentials other) {
        boolean same = mine.uid() == other.uid()
                && mine.uid() == other.effectiveUid()
                && mine.uid() == other.savedUid()
                && mine.gid() == other.gid()
                && mine.gid() == other.effectiveGid()
                && mine.gid() == other.savedGid();
        return same || mine.has(Capabilities.CAP_SYS_RESOURCE);
    }

    private static long set(Process caller, Process target, int resource, long soft, long hard) {
        Limits limits = target.limits();
        if (resource < 0 || resource >= limits.count() || Long.compareUnsigned(soft, hard) > 0) {
            return -Errno.EINVAL;
        }
        if (resource == Resource.RLIMIT_NOFILE && Long.compareUnsigned(hard, MOST_OPEN_FILES) > 0) {
            return -Errno.EPERM;
        }
        boolean raises = Long.compareUnsigned(hard, limits.hard(resource)) > 0;
        if (raises && !caller.credentials().has(Capabilities.CAP_SYS_RESOURCE)) {
            return -Errno.EPERM;
        }
        limits.set(resource, soft, hard);
        if (resource == Resource.RLIMIT_CPU) {
            target.timers().cpuLimitChanged();
        }
        return 0;
    }

    private static void write(GuestMemory memory, long address, long soft, long hard) {
        memory.writeLong(address, soft);
        memory.writeLong(address + 8, hard);
    }

    private static long getrusage(Task task, SyscallArguments a) {
        Process process = task.process();
        switch (a.getInt(0)) {
            case Resource.RUSAGE_CHILDREN -> writeUsage(task.memory(), a.get(1), process.childrenUsage());
            case Resource.RUSAGE_SELF -> writeUsage(task.memory(), a.get(1), process.usage());
            case Resource.RUSAGE_THREAD ->
                    writeUsage(task.memory(), a.get(1), task.hostThread().usage().withPeak(process.peakResident()));
            default -> {
                return -Errno.EINVAL;
            }
        }
        return 0;
    }

    /** Writes a {@code struct rusage}. */
    static void writeUsage(GuestMemory memory, long address, Usage usage) {
        memory.clear(address, RUSAGE_SIZE);
        Timespec.writeTimeval(memory, address, usage.user());
        Timespec.writeTimeval(memory, address + RUSAGE_SYSTEM_TIME, usage.system());
        memory.writeLong(address + RUSAGE_MAX_RSS, usage.peakResident() >> 10);
        memory.writeLong(address + RUSAGE_MINOR_FAULTS, usage.minorFaults());
        memory.writeLong(address + RUSAGE_MAJOR_FAULTS, usage.majorFaults());
        memory.writeLong(address + RUSAGE_BLOCKS_IN, usage.blocksIn());
        memory.writeLong(address + RUSAGE_BLOCKS_OUT, usage.blocksOut());
        memory.writeLong(address + RUSAGE_VOLUNTARY, usage.voluntarySwitches());
        memory.writeLong(address + RUSAGE_INVOLUNTARY, usage.involuntarySwitches());
    }

    private static long times(Task task, SyscallArguments a) {
        if (a.get(0) != 0) {
            CpuTimes times = task.process().cpuTimes();
            task.memory().writeLong(a.get(0), times.user() / TICK);
            task.memory().writeLong(a.get(0) + 8, times.system() / TICK);
            CpuTimes children = task.process().childrenUsage().times();
            task.memory().writeLong(a.get(0) + 16, children.user() / TICK);
            task.memory().writeLong(a.get(0) + 24, children.system() / TICK);
        }
        return Linux.call(SyscallNumbers.SYS_times, 0);
    }
}
