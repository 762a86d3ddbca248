package org.nesteddune.fs;

import org.nesteddune.arch.FileStatus;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What a process sees of the file tree: its mounts and root, working directory and umask. Paths are the guest's, bytes
 * as ISO-8859-1 chars. {@code base} is the directory that a relative path starts from, null for the working directory.
 * All methods throw {@link org.nesteddune.syscall.ErrnoException} with the error Linux gives. Thread-safe.
 */
@ProviderType
public interface FsContext extends AutoCloseable {

    /** The working directory's absolute guest path, or null if it has been removed or cannot be reached any more. */
    String workingDirectory();

    /** Changes the working directory. */
    void changeDirectory(OpenFile base, String path);

    /** Changes the working directory to an open directory ({@code fchdir}). */
    void changeDirectory(OpenFile directory);

    int umask();

    /** Sets the umask and gives the old one. */
    int umask(int value);

    /**
     * Opens a file.
     *
     * @param flags generic {@code O_*}
     * @param mode permissions of a new file, before the umask
     */
    OpenFile open(OpenFile base, String path, int flags, int mode);

    /** Looks a file up. {@code followLast}: whether a symbolic link at the end is followed. */
    void status(OpenFile base, String path, boolean followLast, FileStatus status);

    /** The target of a symbolic link as the guest sees it. */
    String readLink(OpenFile base, String path);

    /** The absolute path of a file after all symbolic links, as the guest sees it. */
    String realPath(OpenFile base, String path);

    /** A copy with the same mounts, as {@code fork} makes it. */
    FsContext copy();

    @Override
    void close();
}
