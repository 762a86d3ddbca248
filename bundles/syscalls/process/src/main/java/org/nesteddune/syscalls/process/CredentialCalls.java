package org.nesteddune.syscalls.process;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Limits;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** User and group ids, by the rules of {@code kernel/sys.c}. */
final class CredentialCalls {

    /** Leaves an id as it is. */
    private static final int KEEP = -1;

    private CredentialCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.full("getuid", "-> uid", (task, a) -> id(credentials(task).uid()))
                .full("geteuid", "-> uid", (task, a) -> id(credentials(task).effectiveUid()))
                .full("getgid", "-> gid", (task, a) -> id(credentials(task).gid()))
                .full("getegid", "-> gid", (task, a) -> id(credentials(task).effectiveGid()))
                .full("getresuid", "out:uid ruid, out:uid euid, out:uid suid", CredentialCalls::getresuid)
                .full("getresgid", "out:gid rgid, out:gid egid, out:gid sgid", CredentialCalls::getresgid)
                .full("getgroups", "int size, out:gid[size] list", CredentialCalls::getgroups)
                .full("setuid", "uid uid", CredentialCalls::setuid)
                .full("setreuid", "uid ruid, uid euid", CredentialCalls::setreuid)
                .full("setresuid", "uid ruid, uid euid, uid suid", CredentialCalls::setresuid)
                .full("setgid", "gid gid", CredentialCalls::setgid)
                .full("setregid", "gid rgid, gid egid", CredentialCalls::setregid)
                .full("setresgid", "gid rgid, gid egid, gid sgid", CredentialCalls::setresgid)
                .full("setgroups", "size size, in:gid[size] list", CredentialCalls::setgroups)
                .full("setfsuid", "uid uid -> uid", CredentialCalls::setfsuid)
                .full("setfsgid", "gid gid -> gid", CredentialCalls::setfsgid);
    }

    private static Credentials credentials(Task task) {
        return task.credentials();
    }

    private static long id(int id) {
        return Integer.toUnsignedLong(id);
    }

    private static long getresuid(Task task, SyscallArguments a) {
        Credentials c = credentials(task);
        return putThree(task.memory(), a, c.uid(), c.effectiveUid(), c.savedUid());
    }

    private static long getresgid(Task task, SyscallArguments a) {
        Credentials c = credentials(task);
        return putThree(task.memory(), a, c.gid(), c.effectiveGid(), c.savedGid());
    }

    private static long putThree(GuestMemory memory, SyscallArguments a, int first, int second, int third) {
        memory.writeInt(a.get(0), first);
        memory.writeInt(a.get(1), second);
        memory.writeInt(a.get(2), third);
        return 0;
    }

    private static long getgroups(Task task, SyscallArguments a) {
        List<Integer> groups = credentials(task).groups();
        int size = a.getInt(0);
        if (size < 0) {
            return -Errno.EINVAL;
        }
        if (size != 0) {
            if (groups.size() > size) {
                return -Errno.EINVAL;
            }
            for (int i = 0; i < groups.size(); i++) {
                task.memory().writeInt(a.get(1) + 4L * i, groups.get(i));
            }
        }
        return groups.size();
    }

    private static long setgroups(Task task, SyscallArguments a) {
        Credentials old = credentials(task);
        if (!old.has(Capabilities.CAP_SETGID)) {
            return -Errno.EPERM;
        }
        int size = a.getInt(0);
        if (size < 0 || size > Limits.NGROUPS_MAX) {
            return -Errno.EINVAL;
        }
        List<Integer> groups = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int group = task.memory().readInt(a.get(1) + 4L * i);
            if (group == KEEP) {
                return -Errno.EINVAL;
            }
            groups.add(group);
        }
        groups.sort(Integer::compareUnsigned);
        task.credentials(old.withGroups(groups));
        return 0;
    }

    // Users

    private static long setuid(Task task, SyscallArguments a) {
        Credentials old = credentials(task);
        int uid = a.getInt(0);
        if (uid == KEEP) {
            return -Errno.EINVAL;
        }
        if (old.has(Capabilities.CAP_SETUID)) {
            return become(task, old.withUids(uid, uid, uid));
        }
        return uid == old.uid() || uid == old.savedUid()
                ? become(task, old.withUids(old.uid(), uid, old.savedUid()))
                : -Errno.EPERM;
    }

    private static long setreuid(Task task, SyscallArguments a) {
        Credentials old = credentials(task);
        int real = a.getInt(0);
        int effective = a.getInt(1);
        if (!old.has(Capabilities.CAP_SETUID)) {
            boolean realAllowed = real == KEEP || real == old.uid() || real == old.effectiveUid();
            boolean effectiveAllowed = effective == KEEP
                    || effective == old.uid()
                    || effective == old.effectiveUid()
                    || effective == old.savedUid();
            if (!realAllowed || !effectiveAllowed) {
                return -Errno.EPERM;
            }
        }
        int newReal = keepOr(real, old.uid());
        int newEffective = keepOr(effective, old.effectiveUid());
        boolean saves = real != KEEP || effective != KEEP && effective != old.uid();
        return become(task, old.withUids(newReal, newEffective, saves ? newEffective : old.savedUid()));
    }

    private static long setresuid(Task task, SyscallArguments a) {
        Credentials old = credentials(task);
        boolean free = old.has(Capabilities.CAP_SETUID);
        for (int i = 0; i < 3; i++) {
            int id = a.getInt(i);
            if (!free && id != KEEP && id != old.uid() && id != old.effectiveUid() && id != old.savedUid()) {
                return -Errno.EPERM;
            }
        }
        return become(task, old.withUids(
                keepOr(a.getInt(0), old.uid()),
                keepOr(a.getInt(1), old.effectiveUid()),
                keepOr(a.getInt(2), old.savedUid())));
    }

    /** Gives the old id, whether the new one was taken or not. */
    private static long setfsuid(Task task, SyscallArguments a) {
        Credentials old = credentials(task);
        int uid = a.getInt(0);
        boolean own = uid == old.uid() || uid == old.effectiveUid() || uid == old.savedUid() || uid == old.fsUid();
        if (uid != KEEP && uid != old.fsUid() && (own || old.has(Capabilities.CAP_SETUID))) {
            tryToBecome(task, old.withFsUid(uid));
        }
        return id(old.fsUid());
    }

    private static void tryToBecome(Task task, Credentials changed) {
        try {
            task.credentials(changed);
        } catch (ErrnoException refused) {
            // These calls have no way to say so; whoever wants to know asks once more.
        }
    }

    private static long become(Task task, Credentials changed) {
        task.credentials(changed);
        return 0;
    }

    // Groups

    private static long setgid(Task task, SyscallArguments a) {
        Credentials old = credentials(task);
        int gid = a.getInt(0);
        if (gid == KEEP) {
            return -Errno.EINVAL;
        }
        if (old.has(Capabilities.CAP_SETGID)) {
            return become(task, old.withGids(gid, gid, gid));
        }
        return gid == old.gid() || gid == old.savedGid()
                ? become(task, old.withGids(old.gid(), gid, old.savedGid()))
                : -Errno.EPERM;
    }

    private static long setregid(Task task, SyscallArguments a) {
        Credentials old = credentials(task);
        int real = a.getInt(0);
        int effective = a.getInt(1);
        if (!old.has(Capabilities.CAP_SETGID)) {
            boolean realAllowed = real == KEEP || real == old.gid() || real == old.effectiveGid();
            boolean effectiveAllowed = effective == KEEP
                    || effective == old.gid()
                    || effective == old.effectiveGid()
                    || effective == old.savedGid();
            if (!realAllowed || !effectiveAllowed) {
                return -Errno.EPERM;
            }
        }
        int newEffective = keepOr(effective, old.effectiveGid());
        boolean saves = real != KEEP || effective != KEEP && effective != old.gid();
        return become(task, old.withGids(
                keepOr(real, old.gid()), newEffective, saves ? newEffective : old.savedGid()));
    }

    private static long setresgid(Task task, SyscallArguments a) {
        Credentials old = credentials(task);
        boolean free = old.has(Capabilities.CAP_SETGID);
        for (int i = 0; i < 3; i++) {
            int id = a.getInt(i);
            if (!free && id != KEEP && id != old.gid() && id != old.effectiveGid() && id != old.savedGid()) {
                return -Errno.EPERM;
            }
        }
        return become(task, old.withGids(
                keepOr(a.getInt(0), old.gid()),
                keepOr(a.getInt(1), old.effectiveGid()),
                keepOr(a.getInt(2), old.savedGid())));
    }

    /** See {@link #setfsuid}. */
    private static long setfsgid(Task task, SyscallArguments a) {
        Credentials old = credentials(task);
        int gid = a.getInt(0);
        boolean own = gid == old.gid() || gid == old.effectiveGid() || gid == old.savedGid() || gid == old.fsGid();
        if (gid != KEEP && gid != old.fsGid() && (own || old.has(Capabilities.CAP_SETGID))) {
            tryToBecome(task, old.withFsGid(gid));
        }
        return id(old.fsGid());
    }

    private static int keepOr(int wanted, int old) {
        return wanted == KEEP ? old : wanted;
    }
}
