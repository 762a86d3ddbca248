package org.nesteddune.fs;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.KickSignal;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;

/**
 * The files that guests of a dune execute, which nobody may write to meanwhile ({@code exe_file_deny_write_access} of
 * {@code linux/fs.h}). The host only knows that the runtime has them open. Thread-safe.
 */
public final class RunningPrograms {

    /** A file of the host. */
    public record Program(long device, long inode) {}

    private final Map<Program, Integer> users = new ConcurrentHashMap<>();

    /** One more executes the file. */
    public void began(Program program) {
        users.merge(program, 1, Integer::sum);
    }

    /** One of those has ended. */
    public void ended(Program program) {
        users.computeIfPresent(program, (file, count) -> count == 1 ? null : count - 1);
    }

    /** Whether writing to a file is to be refused (ETXTBSY). */
    public boolean isRunning(long device, long inode) {
        return users.containsKey(new Program(device, inode));
    }

    /**
     * Whether anybody on the host, guests included, has a file open for writing, so that it cannot be executed. The host
     * says it by the errno of a read lease; where it gives none at all, the answer is no.
     *
     * @param descriptor the file, open for reading alone, by nobody but the caller
     */
    public static boolean isOpenForWriting(int descriptor) {
        return HostIdentity.asProcess(() -> {
            // Somebody who opens it in the meantime makes the host send a signal: this thread takes it, and has a handler.
            KickSignal.install();
            try (NativeBuffer owner = new NativeBuffer(8)) { // struct f_owner_ex: type, id
                Memory.putInt(owner.address(), Fcntl.F_OWNER_TID);
                Memory.putInt(owner.address() + 4, (int) Linux.gettid());
                if (Linux.fcntl(descriptor, Fcntl.F_SETSIG, KickSignal.NUMBER) < 0
                        || Linux.fcntl(descriptor, Fcntl.F_SETOWN_EX, owner.address()) < 0) {
                    return false;
                }
            }
            long result = Linux.fcntl(descriptor, Fcntl.F_SETLEASE, Fcntl.F_RDLCK);
            if (result == 0) {
                Linux.fcntl(descriptor, Fcntl.F_SETLEASE, Fcntl.F_UNLCK);
            }
            return result == -Errno.EAGAIN;
        });
    }
}
