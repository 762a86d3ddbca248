package org.nesteddune.fs;

import java.util.List;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Dirent;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * A file, directory or link that Java code makes up, as {@code /proc} and {@code /dev} consist of. A node is found anew
 * at each look-up and keeps nothing open. Immutable once it has been found; methods may be called by any thread. The {@code caller} is who
 * looks, which need not be whom the node is about.
 */
public abstract class Node {

    private final long inode;
    private final int mode;
    private int uid;
    private int gid;

    /**
     * @param inode its number in its tree
     * @param mode type and permissions, {@code S_IF*}
     */
    protected Node(long inode, int mode) {
        this.inode = inode;
        this.mode = mode;
    }

    /** A directory entry. {@code type}: {@code DT_*}. */
    public record Entry(String name, long inode, int type) {

        /** The entry of a node. */
        public static Entry of(String name, Node node) {
            return new Entry(name, node.inode(), Dirent.ofMode(node.mode()));
        }
    }

    public final long inode() {
        return inode;
    }

    /** Type and permissions. */
    public final int mode() {
        return mode;
    }

    public final boolean isDirectory() {
        return Stat.S_ISDIR(mode);
    }

    public final boolean isLink() {
        return Stat.S_ISLNK(mode);
    }

    /** Owning user; 0 unless the node was given to one. */
    public int uid() {
        return uid;
    }

    /** Owning group; 0 unless the node was given to one. */
    public int gid() {
        return gid;
    }

    /** Gives the node to a user and a group. For its maker, before others see it. */
    public final Node ownedBy(int user, int group) {
        uid = user;
        gid = group;
        return this;
    }

    /**
     * Decides whether the caller may have an access, by owner, group and permissions ({@code generic_permission} of
     * fs/namei.c). What nobody may by the permissions not even user 0 may: these files cannot do it.
     *
     * @param wanted R_OK, W_OK, X_OK
     * @param real whether the real ids are asked ({@code access}) and not the file-system ones
     * @throws ErrnoException EACCES
     */
    public final void check(FsContext.Owner caller, int wanted, boolean real) {
        int anybody = (mode | mode >> 3 | mode >> 6) & 7;
        Task task = caller.currentTask();
        if ((wanted & ~anybody) != 0 || task != null && !permits(wanted, real ? task.credentials().asReal() : task.credentials())) {
            throw new ErrnoException(Errno.EACCES);
        }
    }

    private boolean permits(int wanted, Credentials who) {
        int bits = who.fsUid() == uid() ? mode >> 6 : who.isIn(gid()) ? mode >> 3 : mode;
        return (wanted & ~bits) == 0
                || who.has(Capabilities.CAP_DAC_OVERRIDE)
                || wanted == Fcntl.R_OK && who.has(Capabilities.CAP_DAC_READ_SEARCH);
    }

    /** The size that {@code stat} shows; 0 for generated files. */
    public long size() {
        return 0;
    }

    /**
     * A host file that stands behind this one, by its absolute path in the host, or null. The path is the runtime's
     * own, never a guest's.
     */
    public String hostPath() {
        return null;
    }

    /** A directory's child, or null. */
    public Node child(FsContext.Owner caller, String name) {
        return null;
    }

    /** A directory's entries without {@code .} and {@code ..}. */
    public List<Entry> entries(FsContext.Owner caller) {
        return List.of();
    }

    /** What {@code readlink} says about a link. */
    public String target(FsContext.Owner caller) {
        throw new ErrnoException(Errno.EINVAL);
    }

    /**
     * Where a magic link leads: straight to an open object, whatever its name is now.
     *
     * @return the object with a reference for the caller; null if this is an ordinary link
     */
    public OpenFile jump(FsContext.Owner caller) {
        return null;
    }

    /**
     * Opens a file that is neither directory nor link.
     *
     * @param path the path it is opened under
     * @param flags generic {@code O_*}
     */
    public OpenFile open(FsContext.Owner caller, String path, int flags) {
        throw new ErrnoException(Errno.EACCES);
    }

    /**
     * Makes an open file of the host file behind this one ({@link #hostPath}).
     *
     * @param descriptor the host's; taken over if and only if a file is returned
     * @return null if it is like any other file of its kind
     */
    public OpenFile opened(FsContext.Owner caller, int descriptor, String path, int flags, FileStatus status) {
        return null;
    }

    /** The process whose directory in {@code /proc} this is; null for all else. */
    public Process process() {
        return null;
    }

    /** The error of an attempt to make something in this directory. */
    public int creationError() {
        return Errno.EROFS;
    }

    /** Fills in everything but the device number. */
    public void status(FileStatus status) {
        long now = System.currentTimeMillis();
        status.device = 0;
        status.inode = inode;
        status.links = isDirectory() ? 2 : 1;
        status.mode = mode;
        status.uid = uid();
        status.gid = gid();
        status.specialDevice = 0;
        status.size = size();
        status.blockSize = 1024;
        status.blocks = 0;
        status.accessSeconds = status.modifySeconds = status.changeSeconds = now / 1000;
        status.accessNanos = status.modifyNanos = status.changeNanos = (int) (now % 1000) * 1_000_000;
        status.birthSeconds = 0;
        status.birthNanos = 0;
        status.attributes = 0;
        status.mask = Stat.STATX_BASIC_STATS;
    }
}
