package org.nesteddune.fs;

import static org.nesteddune.host.SyscallNumbers.SYS_openat2;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Socket;
import org.nesteddune.linux.Stat;

/**
 * Native memory for the structures and strings of one path operation, and the host calls that use it. Results are the
 * kernel's: a value or a negated error number. For one thread at a time; {@link Pool} hands them out.
 */
final class HostBuffer {

    /** Bytes in {@code struct open_how} ({@code linux/openat2.h}): flags, mode, resolve. */
    static final int OPEN_HOW_SIZE = 24;

    private static final int HOW = 0;
    private static final int STATX = 32;
    private static final int STATFS = STATX + HostStatus.STATX_SIZE;
    private static final int FIRST = 512;
    private static final int SECOND = FIRST + Limits.PATH_MAX;
    private static final int LINK = SECOND + Limits.PATH_MAX;
    private static final int SIZE = LINK + Limits.PATH_MAX;

    private final NativeBuffer buffer = new NativeBuffer(SIZE);
    private final long address = buffer.address();

    /** Writes a path as a C string. It must be shorter than PATH_MAX. */
    static long putString(long target, String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            Memory.putByte(target + i, (byte) text.charAt(i));
        }
        Memory.putByte(target + length, (byte) 0);
        return target;
    }

    /** Puts a path where host calls find it; valid until the next call of this method or one that takes a path. */
    long first(String path) {
        return putString(address + FIRST, checked(path));
    }

    /** The same for a second path. */
    long second(String path) {
        return putString(address + SECOND, checked(path));
    }

    private static String checked(String path) {
        if (path.length() >= Limits.PATH_MAX) {
            throw new org.nesteddune.syscall.ErrnoException(Errno.ENAMETOOLONG);
        }
        return path;
    }

    /** Fills in a {@code struct open_how} and gives its address. */
    long openHow(long flags, long mode, long resolve) {
        Memory.putLong(address + HOW, flags);
        Memory.putLong(address + HOW + 8, mode);
        Memory.putLong(address + HOW + 16, resolve);
        return address + HOW;
    }

    /** Opens, close-on-exec; {@code io} waits where that is not null. */
    long open(IoContext io, int directory, String path, long flags, long mode, long resolve) {
        long name = first(path);
        long how = openHow(flags | OpenFlags.O_CLOEXEC, mode, resolve);
        if (io == null) {
            return Linux.openat2(directory, name, how, OPEN_HOW_SIZE);
        }
        return io.blockingCall(SYS_openat2, directory, name, how, OPEN_HOW_SIZE, 0, 0);
    }

    /** Opens a directory or any file with O_PATH beneath a directory, through no symbolic link. */
    long openPath(int directory, String path, int flags) {
        return open(null, directory, path, OpenFlags.O_PATH | flags, 0,
                Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS);
    }

    /** Asks for the status of an open file; {@link #mode} and its like then answer from it. */
    long stat(int descriptor) {
        return Linux.statx(descriptor, first(""), Fcntl.AT_EMPTY_PATH, Stat.STATX_BASIC_STATS | Stat.STATX_BTIME,
                address + STATX);
    }

    /** Asks for the status of a name in a directory, following nothing at the end. */
    long stat(int directory, String name) {
        return Linux.statx(directory, first(name), Fcntl.AT_SYMLINK_NOFOLLOW,
                Stat.STATX_BASIC_STATS | Stat.STATX_BTIME, address + STATX);
    }

    /** {@code st_mode} of the last {@link #stat}. */
    int mode() {
        return HostStatus.mode(address + STATX);
    }

    long device() {
        return HostStatus.device(address + STATX);
    }

    long inode() {
        return HostStatus.inode(address + STATX);
    }

    long specialDevice() {
        return HostStatus.specialDevice(address + STATX);
    }

    int uid() {
        return HostStatus.uid(address + STATX);
    }

    long links() {
        return HostStatus.links(address + STATX);
    }

    /** Copies the last {@link #stat} out. */
    void status(FileStatus status) {
        HostStatus.read(address + STATX, status);
    }

    /** The magic number of the file system that an open file is on, or a negated error number. */
    long fileSystemType(int descriptor) {
        long result = Linux.fstatfs(descriptor, address + STATFS);
        return result < 0 ? result : Memory.getLong(address + STATFS) & 0xffffffffL;
    }

    /** Reads a symbolic link; null with the error in {@link #error} if that fails. */
    String readLink(int directory, String name) {
        long length = Linux.readlinkat(directory, first(name), address + LINK, Limits.PATH_MAX);
        error = length < 0 ? (int) -length : 0;
        return length < 0 ? null : string(address + LINK, (int) length);
    }

    /** The error number of the last {@link #readLink}, 0 if it succeeded. */
    int error;

    /** What the host's {@code /proc/self/fd} says about a descriptor of this process. */
    String descriptorLink(int descriptor) {
        return readLink(Fcntl.AT_FDCWD, descriptorPath(descriptor));
    }

    /** The magic link to an open file of this process. Only ever for host calls on descriptors of our own. */
    static String descriptorPath(int descriptor) {
        return "/proc/self/fd/" + descriptor;
    }

    /**
     * Writes a {@code struct sockaddr_un} with a path. Its length is {@link #socketAddressLength}.
     *
     * @param path at most 108 bytes
     */
    long socketAddress(String path) {
        long target = address + SECOND;
        Memory.putShort(target, (short) Socket.AF_UNIX);
        putString(target + 2, path);
        return target;
    }

    /** Bytes in a {@code struct sockaddr_un} with a path; the zero byte counts where there is room. */
    static int socketAddressLength(String path) {
        return Math.min(2 + path.length() + 1, 2 + SUN_PATH);
    }

    /** Bytes in {@code sun_path} ({@code linux/un.h}). */
    static final int SUN_PATH = 108;

    private static String string(long start, int length) {
        byte[] bytes = new byte[length];
        Memory.copyFrom(start, bytes, 0, length);
        return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private void free() {
        buffer.close();
    }

    /** A few buffers for many users. Thread-safe. */
    static final class Pool implements AutoCloseable {

        private static final int KEPT = 4;

        private final HostBuffer[] free = new HostBuffer[KEPT];
        private int count;
        private boolean closed;

        synchronized HostBuffer take() {
            return count > 0 ? free[--count] : new HostBuffer();
        }

        void give(HostBuffer buffer) {
            synchronized (this) {
                if (!closed && count < KEPT) {
                    free[count++] = buffer;
                    return;
                }
            }
            buffer.free();
        }

        @Override
        public synchronized void close() {
            closed = true;
            while (count > 0) {
                free[--count].free();
            }
        }
    }
}
