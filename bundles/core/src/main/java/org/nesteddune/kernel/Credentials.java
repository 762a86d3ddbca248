package org.nesteddune.kernel;

import java.util.List;
import org.nesteddune.host.HostIdentity;

/**
 * User and group ids and capabilities of a task (credentials(7)), immutable.
 *
 * @param uid real user
 * @param effectiveUid effective user, by which all is decided that is not about files
 * @param savedUid saved set-user-ID
 * @param fsUid user by which files are checked, and whose new files are; the effective one unless {@code setfsuid} was called
 * @param groups supplementary groups
 */
public record Credentials(
        int uid,
        int effectiveUid,
        int savedUid,
        int fsUid,
        int gid,
        int effectiveGid,
        int savedGid,
        int fsGid,
        List<Integer> groups,
        Capabilities capabilities) {

    public Credentials {
        groups = List.copyOf(groups);
    }

    /** Those of a task whose file-system ids are the effective ones. */
    public Credentials(
            int uid,
            int effectiveUid,
            int savedUid,
            int gid,
            int effectiveGid,
            int savedGid,
            List<Integer> groups,
            Capabilities capabilities) {
        this(uid, effectiveUid, savedUid, effectiveUid, gid, effectiveGid, savedGid, effectiveGid, groups, capabilities);
    }

    /** Those of a task whose capabilities follow from its effective user alone. */
    public Credentials(
            int uid, int effectiveUid, int savedUid, int gid, int effectiveGid, int savedGid, List<Integer> groups) {
        this(uid, effectiveUid, savedUid, gid, effectiveGid, savedGid, groups, Capabilities.ofUser(effectiveUid));
    }

    /** Whether a capability is effective. */
    public boolean has(int capability) {
        return capabilities.has(capability);
    }

    /** Whether a group is the file-system one or a supplementary one ({@code in_group_p} of kernel/groups.c). */
    public boolean isIn(int group) {
        return group == fsGid || groups.contains(group);
    }

    /** The same with other capabilities. */
    public Credentials with(Capabilities value) {
        return new Credentials(
                uid, effectiveUid, savedUid, fsUid, gid, effectiveGid, savedGid, fsGid, groups, value);
    }

    /** The same with other supplementary groups. */
    public Credentials withGroups(List<Integer> value) {
        return new Credentials(
                uid, effectiveUid, savedUid, fsUid, gid, effectiveGid, savedGid, fsGid, value, capabilities);
    }

    /** The same with other group ids; the file-system one becomes the effective one. */
    public Credentials withGids(int real, int effective, int saved) {
        return new Credentials(
                uid, effectiveUid, savedUid, fsUid, real, effective, saved, effective, groups, capabilities);
    }

    /** The same with another file-system group id. */
    public Credentials withFsGid(int value) {
        return new Credentials(
                uid, effectiveUid, savedUid, fsUid, gid, effectiveGid, savedGid, value, groups, capabilities);
    }

    /**
     * The same with another file-system user id: whoever leaves user 0 so loses the capabilities about files, and regains
     * them on the way back ({@code cap_task_fix_setuid} of security/commoncap.c).
     */
    public Credentials withFsUid(int value) {
        long usable = capabilities.effective();
        if ((capabilities.secureBits() & Capabilities.NO_SETUID_FIXUP) == 0) {
            if (fsUid == 0 && value != 0) {
                usable &= ~Capabilities.FILES;
            } else if (fsUid != 0 && value == 0) {
                usable |= capabilities.permitted() & Capabilities.FILES;
            }
        }
        return new Credentials(
                uid, effectiveUid, savedUid, value, gid, effectiveGid, savedGid, fsGid, groups,
                capabilities.withEffective(usable));
    }

    /**
     * The same with other user ids, the file-system one being the effective one, and with what that does to capabilities
     * (capabilities(7), "Effect of user ID changes on capabilities").
     */
    public Credentials withUids(int real, int effective, int saved) {
        Capabilities old = capabilities;
        Capabilities now = old;
        if ((old.secureBits() & Capabilities.NO_SETUID_FIXUP) == 0) {
            boolean wasRoot = uid == 0 || effectiveUid == 0 || savedUid == 0;
            boolean isRoot = real == 0 || effective == 0 || saved == 0;
            long usable = old.effective();
            long permitted = old.permitted();
            long ambient = old.ambient();
            if (wasRoot && !isRoot) {
                ambient = 0;
                if ((old.secureBits() & Capabilities.KEEP_CAPS) == 0) {
                    permitted = 0;
                    usable = 0;
                }
            }
            if (effectiveUid == 0 && effective != 0) {
                usable = 0;
            } else if (effectiveUid != 0 && effective == 0) {
                usable = permitted;
            }
            now = new Capabilities(
                    usable, permitted, old.inheritable(), old.bounding(), ambient, old.secureBits());
        }
        return new Credentials(real, effective, saved, effective, gid, effectiveGid, savedGid, fsGid, groups, now);
    }

    /**
     * These as {@code access} uses them: the real ids in place of the file-system ones, and with them the capabilities of
     * the real user ({@code access_override_creds} of fs/open.c).
     */
    public Credentials asReal() {
        Capabilities now = capabilities;
        if ((now.secureBits() & Capabilities.NO_SETUID_FIXUP) == 0) {
            now = now.withEffective(uid == 0 ? now.permitted() : 0);
        }
        return new Credentials(
                uid, effectiveUid, savedUid, uid, gid, effectiveGid, savedGid, gid, groups, now);
    }

    /**
     * Whether somebody with other credentials who becomes this gains what a debugger of theirs must not see, or a parent
     * not kill ({@code commit_creds} of kernel/cred.c).
     */
    public boolean isGainFrom(Credentials old) {
        return effectiveUid != old.effectiveUid
                || effectiveGid != old.effectiveGid
                || fsUid != old.fsUid
                || fsGid != old.fsGid
                || (capabilities.permitted() & ~old.capabilities.permitted()) != 0;
    }

    /** For whom the host takes a thread that works for this user. */
    public HostIdentity hostIdentity() {
        int[] list = groups.stream().mapToInt(Integer::intValue).toArray();
        return HostIdentity.of(fsUid, fsGid, list, capabilities.effective());
    }
}
