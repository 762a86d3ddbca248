package org.nesteddune.kernel.ipc;

import java.util.List;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * What the System V objects have in common ({@code struct kern_ipc_perm}). Identity is set once, as the object is put into
 * its {@link IpcIds}; the rest is guarded by the object's monitor.
 */
abstract class IpcObject {

    /** Permission bits to read, and to alter. */
    static final int READ = 0444;

    static final int WRITE = 0222;
    static final int EXECUTE = 0111;

    private static final int PERMISSIONS = 0777;

    private final int creatorUid;
    private final int creatorGid;
    private int id;
    private int sequence;
    private int key;
    private int uid;
    private int gid;
    private int mode;
    private boolean removed;

    IpcObject(int key, int mode, Credentials creator) {
        this.key = key;
        this.mode = mode & PERMISSIONS;
        creatorUid = creator.effectiveUid();
        creatorGid = creator.effectiveGid();
        uid = creatorUid;
        gid = creatorGid;
    }

    /** Set by {@link IpcIds}. */
    final synchronized void identify(int newId, int newSequence) {
        id = newId;
        sequence = newSequence;
    }

    final synchronized int id() {
        return id;
    }

    final synchronized int key() {
        return key;
    }

    /** Makes the key lead here no longer; the {@link IpcIds}' business. */
    final synchronized void forgetKey() {
        key = org.nesteddune.linux.Ipc.IPC_PRIVATE;
    }

    final synchronized int mode() {
        return mode;
    }

    /** Sets or clears bits above the permissions. */
    final synchronized void mark(int bits, boolean on) {
        mode = on ? mode | bits : mode & ~bits;
    }

    final synchronized boolean isRemoved() {
        return removed;
    }

    final synchronized void markRemoved() {
        removed = true;
    }

    /** Frees what the object holds and ends all waits for it, as soon as it is in no table any more. */
    abstract void dispose();

    /** For those who found the object before it was removed. Throws EIDRM. */
    final void checkPresent() {
        if (isRemoved()) {
            throw new ErrnoException(Errno.EIDRM);
        }
    }

    final synchronized IpcPermissions permissions() {
        return new IpcPermissions(key, uid, gid, creatorUid, creatorGid, mode, sequence);
    }

    /** Whether the mode lets somebody do what any of the three triples of bits asks for ({@code ipcperms}). */
    final synchronized boolean allows(Credentials who, int wanted) {
        int requested = wanted >> 6 | wanted >> 3 | wanted;
        int granted = mode;
        if (isOwner(who)) {
            granted >>= 6;
        } else if (isInGroup(who, creatorGid) || isInGroup(who, gid)) {
            granted >>= 3;
        }
        return (requested & ~granted & 07) == 0 || who.has(Capabilities.CAP_IPC_OWNER);
    }

    /** Throws EACCES unless {@link #allows} says yes. */
    final void check(Credentials who, int wanted) {
        if (!allows(who, wanted)) {
            throw new ErrnoException(Errno.EACCES);
        }
    }

    /** Whether somebody is the owner or has made it. */
    final synchronized boolean isOwner(Credentials who) {
        return who.effectiveUid() == creatorUid || who.effectiveUid() == uid;
    }

    private static boolean isInGroup(Credentials who, int group) {
        List<Integer> groups = who.groups();
        return who.fsGid() == group || !groups.isEmpty() && groups.contains(group);
    }

    /** Throws EPERM unless somebody may change or remove it ({@code ipcctl_obtain_check}). */
    final void checkControl(Credentials who) {
        if (!isOwner(who) && !who.has(Capabilities.CAP_SYS_ADMIN)) {
            throw new ErrnoException(Errno.EPERM);
        }
    }

    /** Changes owner and permissions (IPC_SET). Throws EINVAL for ids that are none. */
    final synchronized void update(int newUid, int newGid, int newMode) {
        if (newUid == -1 || newGid == -1) {
            throw new ErrnoException(Errno.EINVAL);
        }
        uid = newUid;
        gid = newGid;
        mode = mode & ~PERMISSIONS | newMode & PERMISSIONS;
    }

    /** Seconds since the epoch, as all these objects keep time. */
    static long now() {
        return System.currentTimeMillis() / 1000;
    }
}
