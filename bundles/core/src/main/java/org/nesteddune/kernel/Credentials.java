package org.nesteddune.kernel;

import java.util.List;

/**
 * User and group ids and capabilities of a process, immutable. File-system ids are always the effective ones.
 *
 * @param groups supplementary groups
 */
public record Credentials(
        int uid,
        int effectiveUid,
        int savedUid,
        int gid,
        int effectiveGid,
        int savedGid,
        List<Integer> groups,
        Capabilities capabilities) {

    public Credentials {
        groups = List.copyOf(groups);
    }

    /** Those of a process whose capabilities follow from its effective user alone. */
    public Credentials(
            int uid, int effectiveUid, int savedUid, int gid, int effectiveGid, int savedGid, List<Integer> groups) {
        this(uid, effectiveUid, savedUid, gid, effectiveGid, savedGid, groups, Capabilities.ofUser(effectiveUid));
    }

    /** Whether a capability is effective. */
    public boolean has(int capability) {
        return capabilities.has(capability);
    }

    /** The same with other capabilities. */
    public Credentials with(Capabilities value) {
        return new Credentials(uid, effectiveUid, savedUid, gid, effectiveGid, savedGid, groups, value);
    }

    /** The same with other supplementary groups. */
    public Credentials withGroups(List<Integer> value) {
        return new Credentials(uid, effectiveUid, savedUid, gid, effectiveGid, savedGid, value, capabilities);
    }

    /** The same with other group ids. */
    public Credentials withGids(int real, int effective, int saved) {
        return new Credentials(uid, effectiveUid, savedUid, real, effective, saved, groups, capabilities);
    }

    /**
     * The same with other user ids, and with what that does to capabilities (capabilities(7), "Effect of user ID changes
     * on capabilities").
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
        return new Credentials(real, effective, saved, gid, effectiveGid, savedGid, groups, now);
    }
}
