package org.nesteddune.socket;

import static org.nesteddune.host.SyscallNumbers.SYS_getrandom;

import java.util.List;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * Says with a message which guest has sent it. To the host every sender is the runtime, so the credentials travel as one
 * more descriptor, the last of its message, which the receiver takes out again: a small memory file that says who it was.
 * A secret in it, which no guest ever sees, proves that it is genuine. Thread-safe.
 */
public final class MessageCredentials {

    /** The file: the secret, then pid, uid and gid of 32 bits each, and as many zero bits. */
    private static final int SECRET = 16;

    private static final int SIZE = SECRET + 16;

    private final byte[] secret = new byte[SECRET];

    MessageCredentials() {
        try (NativeBuffer buffer = new NativeBuffer(SECRET)) {
            Linux.call(SYS_getrandom, buffer.address(), SECRET, 0);
            Memory.copyFrom(buffer.address(), secret, 0, SECRET);
        }
    }

    /** Makes a host descriptor that carries credentials; it is the caller's. */
    public int write(PeerCredentials credentials) {
        try (NativeBuffer buffer = new NativeBuffer(64)) {
            long data = buffer.address();
            Memory.putLong(data + SIZE, 0x656e7564); // "dune"
            int descriptor = (int) ErrnoException.check(Linux.memfd_create(data + SIZE, Mman.MFD_CLOEXEC));
            Memory.copyTo(data, secret, 0, SECRET);
            Memory.putInt(data + SECRET, credentials.pid());
            Memory.putInt(data + SECRET + 4, credentials.uid());
            Memory.putInt(data + SECRET + 8, credentials.gid());
            Memory.putInt(data + SECRET + 12, 0);
            long written = Linux.pwrite(descriptor, data, SIZE, 0);
            if (written != SIZE) {
                Linux.close(descriptor);
                throw new ErrnoException(written < 0 ? (int) -written : org.nesteddune.linux.Errno.ENOMEM);
            }
            return descriptor;
        }
    }

    /** What a host descriptor carries, if it is one of those; otherwise null. It stays open. */
    public PeerCredentials read(int descriptor) {
        try (NativeBuffer buffer = new NativeBuffer(HostStatus.STATX_SIZE + 1)) {
            long data = buffer.address();
            FileStatus status = new FileStatus();
            boolean possible = HostStatus.query(descriptor, data, status) == 0
                    && Stat.S_ISREG(status.mode)
                    && status.size == SIZE
                    && status.links == 0
                    && Linux.pread(descriptor, data, SIZE, 0) == SIZE;
            if (!possible) {
                return null;
            }
            for (int i = 0; i < SECRET; i++) {
                if (Memory.getByte(data + i) != secret[i]) {
                    return null;
                }
            }
            return new PeerCredentials(Memory.getInt(data + SECRET), Memory.getInt(data + SECRET + 4),
                    Memory.getInt(data + SECRET + 8), List.of());
        }
    }
}
