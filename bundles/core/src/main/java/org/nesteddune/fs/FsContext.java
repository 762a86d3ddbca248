package org.nesteddune.fs;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What a process sees of the file tree: its mounts and root, working directory and umask. Paths are the guest's, bytes
 * as ISO-8859-1 chars, and start at the root; the paths of {@link OpenFile}s are those among the mounts. {@code base} is
 * the directory that a relative path starts from, null for the working directory.
 * All methods throw {@link org.nesteddune.syscall.ErrnoException} with the error Linux gives. Thread-safe.
 *
 * <p>Calls about a file that exists and that have no method here ({@code chmod}, {@code utimensat}, {@code statfs},
 * extended attributes, …) open it with O_PATH, and with O_NOFOLLOW if a link itself is meant, and go on with the
 * {@link OpenFile}.
 */
@ProviderType
public interface FsContext extends AutoCloseable {

    /** Who looks at the files; what {@code /proc} shows depends on it. */
    @FunctionalInterface
    interface Owner {

        /** The process, or null while it is being made. */
        Process process();

        /** The task that makes the call in progress ({@code /proc/thread-self}); the first one if that is not known. */
        default Task currentTask() {
            Process process = process();
            return process == null || process.tasks().isEmpty() ? null : process.tasks().get(0);
        }
    }

    /**
     * The working directory's absolute guest path, with {@code "(unreachable)"} before it if it is not below the root; null
     * if it has been removed or cannot be reached any more.
     */
    String workingDirectory();

    /** As {@link #workingDirectory}, but a path among the mounts, whatever the root is. */
    String workingPlace();

    /** The root directory's path among the mounts: {@code "/"} unless it was changed; null if it has been removed. */
    String rootPlace();

    /**
     * A path among the mounts as this context's process sees it, relative to its root; what is not below the root stays
     * as it is.
     */
    String shown(String place);

    /** Changes the root directory ({@code chroot}); the working directory stays where it is. */
    void changeRoot(String path);

    /** Changes the working directory. */
    void changeDirectory(OpenFile base, String path);

    /** Changes the working directory to an open directory ({@code fchdir}). */
    void changeDirectory(OpenFile directory);

    int umask();

    /** Sets the umask and gives the old one. */
    int umask(int value);

    /**
     * Opens a file, as {@code openat2} does.
     *
     * @param io the thread that waits if the open blocks (a FIFO, a serial line); null for a wait without interruption
     * @param flags generic {@code O_*}
     * @param mode permissions of a new file, before the umask
     * @param resolve {@code RESOLVE_*}
     * @throws org.nesteddune.syscall.ErrnoException among others ERESTARTSYS when a signal ended the wait
     */
    OpenFile open(IoContext io, OpenFile base, String path, int flags, int mode, long resolve);

    /** Opens a file. A FIFO without a peer blocks for good unless O_NONBLOCK is among the flags. */
    default OpenFile open(OpenFile base, String path, int flags, int mode) {
        return open(null, base, path, flags, mode, 0);
    }

    /**
     * Opens a program or its interpreter for reading, as {@code execve} does: a regular file (otherwise EACCES) that
     * the caller may execute, on no mount that forbids it. Never blocks.
     *
     * @param base with an empty path the program itself
     * @param followLast whether a symbolic link at the end is followed; if not it is ELOOP
     */
    OpenFile openExecutable(OpenFile base, String path, boolean followLast);

    /** Looks a file up. {@code followLast}: whether a symbolic link at the end is followed. */
    void status(OpenFile base, String path, boolean followLast, FileStatus status);

    /**
     * Asks for permission.
     *
     * @param mode R_OK, W_OK, X_OK
     * @param flags AT_SYMLINK_NOFOLLOW, AT_EACCESS; without the latter the caller acts as its
     *     {@linkplain Task#asRealUser real user} already
     */
    void access(OpenFile base, String path, int mode, int flags);

    /** The target of a symbolic link as the guest sees it. */
    String readLink(OpenFile base, String path);

    /** The absolute path of a file after all symbolic links, as the guest sees it. */
    String realPath(OpenFile base, String path);

    /** {@code mkdirat}; the mode is before the umask. */
    void makeDirectory(OpenFile base, String path, int mode);

    /** {@code mknodat}: regular files, FIFOs and sockets; device files are EPERM. */
    void makeNode(OpenFile base, String path, int mode, long device);

    /** {@code symlinkat}. */
    void makeSymbolicLink(String target, OpenFile base, String path);

    /** {@code linkat}. {@code followLast}: AT_SYMLINK_FOLLOW. */
    void makeLink(OpenFile oldBase, String oldPath, OpenFile newBase, String newPath, boolean followLast);

    /** {@code linkat} with AT_EMPTY_PATH: gives an open file a name. */
    void makeLink(OpenFile file, OpenFile newBase, String newPath);

    /** {@code renameat2}. */
    void rename(OpenFile oldBase, String oldPath, OpenFile newBase, String newPath, int flags);

    /** {@code unlinkat}. {@code directory}: AT_REMOVEDIR. */
    void remove(OpenFile base, String path, boolean directory);

    /** Whether another context looks at the same mounts from the same root. */
    boolean sharesTreeWith(FsContext other);

    /**
     * Gives a UNIX socket of the host a name in the tree ({@code bind}). A name that is taken is EEXIST.
     *
     * @param socket the host's descriptor
     * @param path the guest's, at most 108 bytes
     */
    SocketName bindSocket(int socket, String path);

    /**
     * How a socket that was bound is known.
     *
     * @param hostName the name in the host, by which it comes back as an address
     * @param device encoded number of the device that its node is on
     * @param inode the node's inode number; 0 if the node is gone already
     * @param holder a host descriptor without which the host name could come to mean another socket, the caller's to
     *     close; −1 if there is none
     */
    record SocketName(String hostName, long device, long inode, int holder) {}

    /**
     * What the guest's abstract names of UNIX sockets begin with in the host. A guest with a root directory of its own
     * must not find the services of a host that it was not given; so it shares its names with those alone that have the
     * same root.
     *
     * @return "" where the host's own names are the guest's
     */
    String abstractSocketPrefix();

    /** The guest's path of a file by its path in the host; null if it lies outside of what the guest sees. */
    String guestPath(String hostPath);

    /**
     * An open file of a host descriptor that some other program gave, with the path that it has for the guest.
     *
     * @param descriptor close-on-exec, taken over
     */
    OpenFile adopt(int descriptor);

    /** A copy with the same mounts, working directory and umask, as {@code fork} makes it. */
    FsContext copy(Owner owner);

    @Override
    void close();
}
