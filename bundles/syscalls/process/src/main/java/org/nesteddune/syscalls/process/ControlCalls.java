package org.nesteddune.syscalls.process;

import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.TaskSettings;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Prctl;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code prctl} and {@code personality}, by the rules of {@code kernel/sys.c}. */
final class ControlCalls {

    /** PR_GET_AUXV of {@code linux/prctl.h}: "AUXV" in ASCII. */
    private static final int PR_GET_AUXV = 0x41555856;

    /** The persona value that only asks. */
    private static final int ASK = 0xffffffff;

    /** Longest name, without its NUL (TASK_COMM_LEN − 1). */
    private static final int NAME_LENGTH = 15;

    /** The bits of {@code SECBIT_*} that have a lock, and their locks, each one bit higher. */
    private static final int SECURE_BITS = 0x55;
    private static final int SECURE_LOCKS = SECURE_BITS << 1;

    private ControlCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.partial(
                        "prctl",
                        "enum:prctl option, hex arg2, hex arg3, hex arg4, hex arg5",
                        "EINVAL for seccomp, SET_MM_MAP, SET_VMA, MDWE, TSC, core scheduling and merging, as a kernel "
                                + "built without them",
                        ControlCalls::prctl)
                .partial(
                        "personality",
                        "hex persona -> hex",
                        "kept, but READ_IMPLIES_EXEC and the like change nothing",
                        ControlCalls::personality);
    }

    private static long personality(Task task, SyscallArguments a) {
        int old = task.settings().personality();
        if (a.getInt(0) != ASK) {
            task.settings().personality(a.getInt(0));
        }
        return Integer.toUnsignedLong(old);
    }

    private static long prctl(Task task, SyscallArguments a) {
        TaskSettings settings = task.settings();
        GuestMemory memory = task.memory();
        long arg2 = a.get(1);
        switch (a.getInt(0)) {
            case Prctl.PR_SET_PDEATHSIG -> {
                if (arg2 != 0 && (arg2 != (int) arg2 || !task.architecture().abi().isSignal((int) arg2))) {
                    return -Errno.EINVAL;
                }
                settings.parentDeathSignal(
                        arg2 == 0 ? 0 : task.architecture().abi().signalFromGuest((int) arg2));
                return 0;
            }
            case Prctl.PR_GET_PDEATHSIG -> {
                int signal = settings.parentDeathSignal();
                memory.writeInt(arg2, signal == 0 ? 0 : task.architecture().abi().signalToGuest(signal));
                return 0;
            }
            case Prctl.PR_GET_DUMPABLE -> {
                return task.process().settings().dumpable();
            }
            case Prctl.PR_SET_DUMPABLE -> {
                if (arg2 != 0 && arg2 != 1) {
                    return -Errno.EINVAL;
                }
                task.process().settings().dumpable((int) arg2);
                return 0;
            }
            case Prctl.PR_SET_NAME -> {
                task.name(readName(memory, arg2));
                return 0;
            }
            case Prctl.PR_GET_NAME -> {
                byte[] name = new byte[NAME_LENGTH + 1];
                String text = task.name();
                for (int i = 0; i < Math.min(text.length(), NAME_LENGTH); i++) {
                    name[i] = (byte) text.charAt(i);
                }
                memory.write(arg2, name, 0, name.length);
                return 0;
            }
            case Prctl.PR_GET_TIMING -> {
                return Prctl.PR_TIMING_STATISTICAL;
            }
            case Prctl.PR_SET_TIMING -> {
                return arg2 == Prctl.PR_TIMING_STATISTICAL ? 0 : -Errno.EINVAL;
            }
            case Prctl.PR_SET_TIMERSLACK -> {
                // The thread sleeps on the host, and the threads that it makes inherit the value there.
                task.hostThread()
                        .change(tid -> Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_SET_TIMERSLACK, arg2, 0, 0, 0));
                settings.timerSlack(Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_GET_TIMERSLACK, 0, 0, 0, 0));
                return 0;
            }
            case Prctl.PR_GET_TIMERSLACK -> {
                return Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_GET_TIMERSLACK, 0, 0, 0, 0);
            }
            case Prctl.PR_SET_CHILD_SUBREAPER -> {
                task.process().settings().childSubreaper(arg2 != 0);
                return 0;
            }
            case Prctl.PR_GET_CHILD_SUBREAPER -> {
                memory.writeInt(arg2, task.process().settings().childSubreaper() ? 1 : 0);
                return 0;
            }
            case Prctl.PR_SET_NO_NEW_PRIVS -> {
                if (arg2 != 1 || anyFrom(a, 2)) {
                    return -Errno.EINVAL;
                }
                settings.setNoNewPrivileges();
                return 0;
            }
            case Prctl.PR_GET_NO_NEW_PRIVS -> {
                return anyFrom(a, 1) ? -Errno.EINVAL : settings.noNewPrivileges() ? 1 : 0;
            }
            case Prctl.PR_GET_TID_ADDRESS -> {
                memory.writeLong(arg2, settings.clearChildTid());
                return 0;
            }
            case Prctl.PR_SET_THP_DISABLE -> {
                if (anyFrom(a, 2)) {
                    return -Errno.EINVAL;
                }
                task.process().settings().hugePagesDisabled(arg2 != 0);
                return 0;
            }
            case Prctl.PR_GET_THP_DISABLE -> {
                return anyFrom(a, 1) ? -Errno.EINVAL : task.process().settings().hugePagesDisabled() ? 1 : 0;
            }
            case Prctl.PR_MCE_KILL_GET -> {
                return anyFrom(a, 1) ? -Errno.EINVAL : Prctl.PR_MCE_KILL_DEFAULT;
            }
            case Prctl.PR_SET_MM -> {
                return -Errno.EPERM;
            }
            case Prctl.PR_SET_IO_FLUSHER, Prctl.PR_GET_IO_FLUSHER -> {
                return -Errno.EPERM;
            }
            case Prctl.PR_GET_SPECULATION_CTRL -> {
                return anyFrom(a, 2)
                        ? -Errno.EINVAL
                        : Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_GET_SPECULATION_CTRL, arg2, 0, 0, 0);
            }
            case Prctl.PR_SET_SPECULATION_CTRL -> {
                return anyFrom(a, 3) ? -Errno.EINVAL : -Errno.ENXIO;
            }
            case Prctl.PR_SET_SYSCALL_USER_DISPATCH -> {
                return arg2 == Prctl.PR_SYS_DISPATCH_OFF && !anyFrom(a, 2) ? 0 : -Errno.EINVAL;
            }
            case Prctl.PR_GET_FP_MODE -> {
                int mode = task.architecture().floatingPointMode();
                return mode < 0 ? -Errno.EINVAL : mode;
            }
            case Prctl.PR_SET_FP_MODE -> {
                int mode = task.architecture().floatingPointMode();
                return mode < 0 ? -Errno.EINVAL : a.getInt(1) == mode ? 0 : -Errno.EOPNOTSUPP;
            }
            case PR_GET_AUXV -> {
                return auxiliaryVector(task, a);
            }
            case Prctl.PR_CAPBSET_READ, Prctl.PR_CAPBSET_DROP, Prctl.PR_SET_KEEPCAPS, Prctl.PR_GET_KEEPCAPS,
                    Prctl.PR_GET_SECUREBITS, Prctl.PR_SET_SECUREBITS, Prctl.PR_CAP_AMBIENT -> {
                return capabilities(task, a);
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }

    /** Whether an argument from a number (1 for the option's first) to the fourth is not 0. */
    private static boolean anyFrom(SyscallArguments a, int first) {
        for (int i = first; i <= 4; i++) {
            if (a.get(i) != 0) {
                return true;
            }
        }
        return false;
    }

    private static String readName(GuestMemory memory, long address) {
        StringBuilder name = new StringBuilder(NAME_LENGTH);
        for (int i = 0; i < NAME_LENGTH; i++) {
            byte b = memory.readByte(address + i);
            if (b == 0) {
                break;
            }
            name.append((char) (b & 0xff));
        }
        return name.toString();
    }

    private static long auxiliaryVector(Task task, SyscallArguments a) {
        if (a.get(3) != 0 || a.get(4) != 0) {
            return -Errno.EINVAL;
        }
        byte[] vector = task.process().auxiliaryVector();
        int length = Long.compareUnsigned(a.get(2), vector.length) < 0 ? (int) a.get(2) : vector.length;
        task.memory().write(a.get(1), vector, 0, length);
        return vector.length;
    }

    private static long capabilities(Task task, SyscallArguments a) {
        Credentials credentials = task.credentials();
        Capabilities old = credentials.capabilities();
        long arg2 = a.get(1);
        boolean valid = arg2 >= 0 && arg2 <= Capabilities.LAST;
        switch (a.getInt(0)) {
            case Prctl.PR_CAPBSET_READ -> {
                return valid ? old.bounding() >>> arg2 & 1 : -Errno.EINVAL;
            }
            case Prctl.PR_CAPBSET_DROP -> {
                if (!old.has(Capabilities.CAP_SETPCAP)) {
                    return -Errno.EPERM;
                }
                if (!valid) {
                    return -Errno.EINVAL;
                }
                return become(task, credentials, old.withBounding(old.bounding() & ~(1L << arg2)));
            }
            case Prctl.PR_GET_KEEPCAPS -> {
                return (old.secureBits() & Capabilities.KEEP_CAPS) != 0 ? 1 : 0;
            }
            case Prctl.PR_SET_KEEPCAPS -> {
                if (arg2 != 0 && arg2 != 1) {
                    return -Errno.EINVAL;
                }
                if ((old.secureBits() & Capabilities.KEEP_CAPS << 1) != 0) {
                    return -Errno.EPERM;
                }
                int bits = old.secureBits() & ~Capabilities.KEEP_CAPS | (arg2 == 1 ? Capabilities.KEEP_CAPS : 0);
                return become(task, credentials, old.withSecureBits(bits));
            }
            case Prctl.PR_GET_SECUREBITS -> {
                return old.secureBits();
            }
            case Prctl.PR_SET_SECUREBITS -> {
                return setSecureBits(task, credentials, arg2);
            }
            default -> {
                return ambient(task, credentials, a);
            }
        }
    }

    private static long setSecureBits(Task task, Credentials credentials, long wanted) {
        int bits = credentials.capabilities().secureBits();
        boolean changesLocked = ((bits & SECURE_LOCKS) >> 1 & (bits ^ wanted)) != 0;
        boolean unlocks = (bits & SECURE_LOCKS & ~wanted) != 0;
        boolean unknown = (wanted & ~(long) (SECURE_BITS | SECURE_LOCKS)) != 0;
        if (changesLocked || unlocks || unknown || !credentials.has(Capabilities.CAP_SETPCAP)) {
            return -Errno.EPERM;
        }
        return become(task, credentials, credentials.capabilities().withSecureBits((int) wanted));
    }

    private static long ambient(Task task, Credentials credentials, SyscallArguments a) {
        Capabilities old = credentials.capabilities();
        int action = a.getInt(1);
        long capability = a.get(2);
        if (action == Prctl.PR_CAP_AMBIENT_CLEAR_ALL) {
            return anyFrom(a, 2) ? -Errno.EINVAL : become(task, credentials, old.withAmbient(0));
        }
        if (capability < 0 || capability > Capabilities.LAST || anyFrom(a, 3)) {
            return -Errno.EINVAL;
        }
        long bit = 1L << capability;
        switch (action) {
            case Prctl.PR_CAP_AMBIENT_IS_SET -> {
                return (old.ambient() & bit) != 0 ? 1 : 0;
            }
            case Prctl.PR_CAP_AMBIENT_LOWER -> {
                return become(task, credentials, old.withAmbient(old.ambient() & ~bit));
            }
            case Prctl.PR_CAP_AMBIENT_RAISE -> {
                boolean allowed = (old.permitted() & old.inheritable() & bit) != 0
                        && (old.secureBits() & Capabilities.NO_AMBIENT_RAISE) == 0;
                return allowed ? become(task, credentials, old.withAmbient(old.ambient() | bit)) : -Errno.EPERM;
            }
            default -> throw new ErrnoException(Errno.EINVAL);
        }
    }

    private static long become(Task task, Credentials credentials, Capabilities changed) {
        task.credentials(credentials.with(changed));
        return 0;
    }
}
