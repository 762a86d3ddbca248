package org.nesteddune.host;

import java.util.Arrays;
import java.util.function.Supplier;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Prctl;

/**
 * Whom the host takes a thread for when it decides what that thread may do: file-system ids, supplementary groups and
 * effective capabilities. In the kernel these belong to the thread, only the C library gives all threads of a process the
 * same; so a thread that works for a user can be that user, while the process stays what it is. Real, effective and saved
 * ids and the permitted capabilities are never touched, so that every thread can always be the process again.
 *
 * <p>What a thread is at the moment is noted with the thread; a new one is what its maker is, in the kernel and in the note.
 * Immutable and thread-safe; {@link #assume} and its like are about the calling thread.
 */
public final class HostIdentity {

    /** CAP_SETGID and CAP_SETUID of {@code linux/capability.h}: what changing takes. */
    private static final long CHANGE = 1L << 6 | 1L << 7;

    /** _LINUX_CAPABILITY_VERSION_3 of {@code linux/capability.h}: two words a set. */
    private static final int VERSION = 0x20080522;
    private static final int HEADER = 8;
    private static final int WORDS = 12;
    private static final int PERMITTED = 4;
    private static final int INHERITABLE = 8;

    /** No id: changes nothing, and so only asks. */
    private static final int ASK = -1;

    /**
     * What the process itself is. It is asked when this class is initialised, which is before any thread can have become
     * something else.
     */
    public static final HostIdentity PROCESS;

    private static final long PERMITTED_SET;
    private static final long INHERITABLE_SET;
    private static final boolean DUMPABLE = Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;

    private static final InheritableThreadLocal<HostIdentity> PRESENT = new InheritableThreadLocal<>();

    static {
        try (NativeBuffer sets = new NativeBuffer(HEADER + 2 * WORDS)) {
            Memory.putInt(sets.address(), VERSION);
            long data = sets.address() + HEADER;
            Linux.call(SyscallNumbers.SYS_capget, sets.address(), data);
            PERMITTED_SET = set(data + PERMITTED);
            INHERITABLE_SET = set(data + INHERITABLE);
            PROCESS = new HostIdentity(
                (int) Linux.call(SyscallNumbers.SYS_setfsuid, ASK),
                (int) Linux.call(SyscallNumbers.SYS_setfsgid, ASK),
                presentGroups(),
                set(data));
        }
    }

    private final int user;
    private final int group;
    private final int[] groups;
    private final long capabilities;

    private HostIdentity(int user, int group, int[] groups, long capabilities) {
        this.user = user;
        this.group = group;
        this.groups = groups;
        this.capabilities = capabilities;
    }

    private static long set(long address) {
        return Integer.toUnsignedLong(Memory.getInt(address))
            | Integer.toUnsignedLong(Memory.getInt(address + WORDS)) << 32;
    }

    private static int[] presentGroups() {
        int count = (int) Math.max(0, Linux.call(SyscallNumbers.SYS_getgroups, 0, 0));
        int[] groups = new int[count];
        if (count > 0) {
            try (NativeBuffer list = new NativeBuffer(count * Integer.BYTES)) {
                Linux.call(SyscallNumbers.SYS_getgroups, count, list.address());
                for (int i = 0; i < count; i++) {
                    groups[i] = Memory.getInt(list.address() + (long) i * Integer.BYTES);
                }
            }
            Arrays.sort(groups);
        }
        return groups;
    }

    /**
     * An identity; {@link #PROCESS} itself if it is the same.
     *
     * @param user the file-system user id
     * @param group the file-system group id
     * @param groups supplementary groups
     * @param capabilities effective ones, bit n for capability n; those that the process has not are left out
     */
    public static HostIdentity of(int user, int group, int[] groups, long capabilities) {
        int[] sorted = groups.clone();
        Arrays.sort(sorted);
        HostIdentity made = new HostIdentity(user, group, sorted, capabilities & PERMITTED_SET);
        return made.equals(PROCESS) ? PROCESS : made;
    }

    /** Whether the process may give its threads any identity; otherwise only {@link #PROCESS} and little else. */
    public static boolean isFree() {
        return (PERMITTED_SET & CHANGE) == CHANGE;
    }

    /** What the calling thread is. */
    public static HostIdentity present() {
        HostIdentity present = PRESENT.get();
        return present == null ? PROCESS : present;
    }

    /**
     * Makes the calling thread this.
     *
     * @return 0; or a negative error number (EPERM, EINVAL for ids that the host does not know), with the thread as it was
     */
    public long assume() {
        HostIdentity old = present();
        long result = old == this ? 0 : change(old, this);
        if (result == 0) {
            note(this);
        }
        return result;
    }

    private static void note(HostIdentity identity) {
        if (identity == PROCESS) {
            PRESENT.remove();
        } else {
            PRESENT.set(identity);
        }
    }

    /**
     * Does something as the process itself, whatever the calling thread is: what concerns the runtime and not the user.
     *
     * @param action gives what this method gives; it must not leave the thread with another identity
     */
    public static <T> T asProcess(Supplier<T> action) {
        HostIdentity present = present();
        if (present == PROCESS) {
            return action.get();
        }
        HostException.check("assume", PROCESS.assume());
        try {
            return action.get();
        } finally {
            HostException.check("assume", present.assume());
        }
    }

    private static long change(HostIdentity from, HostIdentity to) {
        boolean ids = from.user != to.user || from.group != to.group;
        boolean lists = !Arrays.equals(from.groups, to.groups);
        long result = 0;
        if (ids || lists) {
            result = capabilities(from.capabilities | CHANGE & PERMITTED_SET);
            if (result == 0 && lists) {
                result = groups(to.groups);
                lists = result == 0;
            }
            if (result == 0 && ids) {
                result = ids(to);
            }
            if (DUMPABLE) {
                // The kernel takes a new file-system id for a reason to keep memory from debuggers and core files.
                Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_SET_DUMPABLE, 1, 0, 0, 0);
            }
        }
        if (result == 0) {
            // A change of the user id from or to 0 has changed them too (capabilities(7)).
            return capabilities(to.capabilities);
        }
        if (lists) {
            HostException.check("setgroups", groups(from.groups));
        }
        HostException.check("setfsuid", ids(from));
        HostException.check("capset", capabilities(from.capabilities));
        return result;
    }

    private static long ids(HostIdentity to) {
        Linux.call(SyscallNumbers.SYS_setfsgid, to.group);
        Linux.call(SyscallNumbers.SYS_setfsuid, to.user);
        boolean done = (int) Linux.call(SyscallNumbers.SYS_setfsgid, ASK) == to.group
            && (int) Linux.call(SyscallNumbers.SYS_setfsuid, ASK) == to.user;
        return done ? 0 : isFree() ? -Errno.EINVAL : -Errno.EPERM;
    }

    private static long groups(int[] groups) {
        try (NativeBuffer list = new NativeBuffer(Math.max(1, groups.length) * Integer.BYTES)) {
            for (int i = 0; i < groups.length; i++) {
                Memory.putInt(list.address() + (long) i * Integer.BYTES, groups[i]);
            }
            return Linux.call(SyscallNumbers.SYS_setgroups, groups.length, list.address());
        }
    }

    private static long capabilities(long effective) {
        try (NativeBuffer sets = new NativeBuffer(HEADER + 2 * WORDS)) {
            long data = sets.address() + HEADER;
            Memory.putInt(sets.address(), VERSION);
            for (int word = 0; word < 2; word++) {
                long at = data + (long) word * WORDS;
                Memory.putInt(at, (int) (effective >>> 32 * word));
                Memory.putInt(at + PERMITTED, (int) (PERMITTED_SET >>> 32 * word));
                Memory.putInt(at + INHERITABLE, (int) (INHERITABLE_SET >>> 32 * word));
            }
            return Linux.call(SyscallNumbers.SYS_capset, sets.address(), data);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HostIdentity that
            && user == that.user
            && group == that.group
            && capabilities == that.capabilities
            && Arrays.equals(groups, that.groups);
    }

    @Override
    public int hashCode() {
        return 31 * user + group;
    }

    @Override
    public String toString() {
        return "user " + Integer.toUnsignedString(user) + ", group " + Integer.toUnsignedString(group) + ", groups "
            + Arrays.toString(groups) + ", capabilities " + Long.toHexString(capabilities);
    }
}
