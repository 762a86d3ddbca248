package org.nesteddune.kernel.ipc;

/**
 * Who an object belongs to and who may use it ({@code struct ipc64_perm}), at one moment.
 *
 * @param key the key that leads to it, or IPC_PRIVATE
 * @param uid and {@code gid}: the owner's
 * @param creatorUid and {@code creatorGid}: those of whom has made it
 * @param mode permissions in the lower nine bits, and SHM_DEST and SHM_LOCKED
 * @param sequence counts how often the object's place has been used
 */
public record IpcPermissions(
        int key, int uid, int gid, int creatorUid, int creatorGid, int mode, int sequence) {}
