package org.nesteddune.internal.loader;

import static org.nesteddune.host.SyscallNumbers.SYS_fgetxattr;

import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Stat;

/**
 * Whom a program runs as: set-user-ID and set-group-ID bits, capabilities of the file, and what user 0 gets for being user
 * 0 (capabilities(7); {@code bprm_fill_uid} of fs/exec.c and {@code cap_bprm_creds_from_file} of security/commoncap.c).
 * Where the runtime could not be somebody else in the host, programs get nothing from their files, as with no_new_privs.
 *
 * @param credentials those of the program
 * @param secure AT_SECURE: it has more than who called it
 * @param gains whether it has capabilities or ids that the caller had not; its personality loses what could be used
 *     against it then
 */
public record ExecCredentials(Credentials credentials, boolean secure, boolean gains) {

    /** {@code struct vfs_ns_cap_data} of {@code linux/capability.h}: magic, two pairs of words, the user 0 it is for. */
    private static final int CAPABILITY_DATA = 24;
    private static final int CAPABILITY_DATA_2 = 20;
    private static final int CAPABILITY_DATA_1 = 12;
    private static final int REVISION_MASK = 0xff000000;
    private static final int REVISION_1 = 0x01000000;
    private static final int REVISION_2 = 0x02000000;
    private static final int REVISION_3 = 0x03000000;
    private static final int EFFECTIVE = 1;

    /** ST_NOSUID of statfs(2), and where the flags are in the structure. */
    private static final int NO_SUID = 2;
    private static final int STATFS_FLAGS = 80;
    private static final int STATFS_SIZE = 120;

    /**
     * What a file gives; sets are 0 where it has none.
     *
     * @param user the effective user id that it gives, or the caller's
     * @param group the effective group id
     */
    record Gift(int user, int group, boolean hasCapabilities, boolean effective, long permitted, long inheritable) {}

    /**
     * Decides about a program.
     *
     * @param old those of the caller
     * @param noNewPrivileges PR_SET_NO_NEW_PRIVS
     * @param shared whether working directory and root are shared with another process, which could use a gain
     * @throws LoadException EPERM if the file has capabilities that it cannot be given and must not run without
     */
    static ExecCredentials of(ProgramFile file, Credentials old, boolean noNewPrivileges, boolean shared)
            throws LoadException {
        ExecCredentials result = decide(old, gift(file, old, noNewPrivileges), noNewPrivileges, shared);
        if (result == null) {
            throw new LoadException(
                    Errno.EPERM, file.path() + ": has capabilities that this process cannot be given (getcap)");
        }
        return result;
    }

    /** See {@link #of}; null for EPERM. */
    static ExecCredentials decide(Credentials old, Gift file, boolean noNewPrivileges, boolean shared) {
        Capabilities sets = old.capabilities();
        int user = file.user;
        int group = file.group;
        long permitted = sets.bounding() & file.permitted | sets.inheritable() & file.inheritable;
        boolean effective = file.effective;
        if (effective && (file.permitted & ~permitted) != 0) {
            return null;
        }
        boolean rootCounts = (sets.secureBits() & Capabilities.NO_ROOT) == 0;
        boolean onlyFile = file.hasCapabilities && user == 0 && old.uid() != 0;
        if (rootCounts && !onlyFile) {
            if (user == 0 || old.uid() == 0) {
                permitted = sets.bounding() | sets.inheritable();
            }
            effective |= user == 0;
        }
        boolean gains = (permitted & ~sets.permitted()) != 0;
        boolean changes = user != old.effectiveUid() || !old.isIn(group);
        if ((changes || gains) && (noNewPrivileges || shared)) {
            if (!old.has(Capabilities.CAP_SETUID) || noNewPrivileges) {
                user = old.uid();
                group = old.gid();
            }
            permitted &= sets.permitted();
        }
        long ambient = file.hasCapabilities || changes ? 0 : sets.ambient();
        permitted |= ambient;
        boolean secure = changes
                || user != old.uid()
                || group != old.gid()
                || old.uid() != 0 && (effective || (permitted & ~ambient) != 0);
        Capabilities now = new Capabilities(
                effective ? permitted : ambient,
                permitted,
                sets.inheritable(),
                sets.bounding(),
                ambient,
                sets.secureBits() & ~Capabilities.KEEP_CAPS);
        Credentials next =
                new Credentials(old.uid(), user, user, old.gid(), group, group, old.groups(), now);
        boolean ids = file.user != old.effectiveUid() || file.group != old.effectiveGid();
        return new ExecCredentials(next, secure, gains || ids);
    }

    private static Gift gift(ProgramFile file, Credentials old, boolean noNewPrivileges) {
        int user = old.effectiveUid();
        int group = old.effectiveGid();
        if (!HostIdentity.isFree() || isNoSuid(file)) {
            return new Gift(user, group, false, false, 0, 0);
        }
        if (!noNewPrivileges) {
            user = (file.mode() & Stat.S_ISUID) != 0 ? file.uid() : user;
            int groupBits = Stat.S_ISGID | Stat.S_IXGRP;
            group = (file.mode() & groupBits) == groupBits ? file.gid() : group;
        }
        return withCapabilities(file, user, group);
    }

    private static boolean isNoSuid(ProgramFile file) {
        try (NativeBuffer status = new NativeBuffer(STATFS_SIZE)) {
            return Linux.fstatfs(file.file().hostDescriptor(), status.address()) != 0
                    || (Memory.getLong(status.address() + STATFS_FLAGS) & NO_SUID) != 0;
        }
    }

    /** Reads the attribute in which the file has its capabilities; one that is not well-formed counts for nothing. */
    private static Gift withCapabilities(ProgramFile file, int user, int group) {
        try (NativeBuffer name = NativeBuffer.ofCString("security.capability");
                NativeBuffer data = new NativeBuffer(CAPABILITY_DATA)) {
            long at = data.address();
            long size = Linux.call(
                    SYS_fgetxattr, file.file().hostDescriptor(), name.address(), at, CAPABILITY_DATA);
            int revision = size < Integer.BYTES ? 0 : Memory.getInt(at) & REVISION_MASK;
            boolean wide = revision == REVISION_2 && size == CAPABILITY_DATA_2
                    || revision == REVISION_3 && size == CAPABILITY_DATA && Memory.getInt(at + CAPABILITY_DATA_2) == 0;
            if (!wide && (revision != REVISION_1 || size != CAPABILITY_DATA_1)) {
                return new Gift(user, group, false, false, 0, 0);
            }
            boolean effective = (Memory.getInt(at) & EFFECTIVE) != 0;
            return new Gift(user, group, true, effective, set(at + 4, wide), set(at + 8, wide));
        }
    }

    private static long set(long address, boolean wide) {
        long low = Integer.toUnsignedLong(Memory.getInt(address));
        long high = wide ? Integer.toUnsignedLong(Memory.getInt(address + 8)) : 0;
        return (low | high << 32) & Capabilities.ALL;
    }
}
