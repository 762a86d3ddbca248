package org.nesteddune.fs;

import static org.nesteddune.host.SyscallNumbers.SYS_umask;
import static org.nesteddune.host.SyscallNumbers.SYS_unshare;

import org.nesteddune.host.Linux;
import org.nesteddune.linux.Clone;

/**
 * Gives the calling thread the umask of the guest it works for, so that the host applies it exactly, default ACLs
 * included. Umasks belong to processes; a thread that has parted with its siblings' ({@code unshare(CLONE_FS)}, which
 * needs no privilege) has one of its own, and the runtime's stays what it is. Thread-safe.
 */
final class HostUmask {

    private static final int UNKNOWN = -1;

    private static final int PARTED = 1;

    /** What the calling thread's umask is in the host: of the thread, whichever guests it works for one after another. */
    private static final ThreadLocal<int[]> CURRENT = ThreadLocal.withInitial(HostUmask::part);

    private static int[] part() {
        long error = Linux.call(SYS_unshare, Clone.CLONE_FS);
        return new int[] {UNKNOWN, error == 0 ? PARTED : 0};
    }

    /** Whether the calling thread may change its working directory without changing the runtime's. */
    boolean hasOwnDirectory() {
        return CURRENT.get()[1] == PARTED;
    }

    /** Makes the umask that of files which this thread creates from now on. */
    void set(int umask) {
        int[] now = CURRENT.get();
        if (now[0] != umask) {
            Linux.call(SYS_umask, umask);
            now[0] = umask;
        }
    }
}
