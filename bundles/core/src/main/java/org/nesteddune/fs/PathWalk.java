package org.nesteddune.fs;

import static org.nesteddune.linux.Errno.EACCES;
import static org.nesteddune.linux.Errno.EAGAIN;
import static org.nesteddune.linux.Errno.EINVAL;
import static org.nesteddune.linux.Errno.ELOOP;
import static org.nesteddune.linux.Errno.ENOENT;
import static org.nesteddune.linux.Errno.ENOTDIR;
import static org.nesteddune.linux.Errno.EXDEV;

import org.nesteddune.host.Linux;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * One resolution of a guest path.
 *
 * <p>Inside a host tree the kernel does the work in one {@code openat2} that follows no symbolic link and does not go
 * above the directory it starts from; without links a path's letters say which mounts it touches. Only where that
 * fails for a link, a {@code ..} that leads out, or a mount point, the walk goes on here, a component at a time, until
 * the rest can be given to the kernel again. A {@code ..} is taken by the directory's present path and reopened from
 * the mount's root, so a directory that was moved out of the root leads nowhere.
 *
 * <p>For one thread, one operation.
 */
final class PathWalk implements AutoCloseable {

    /** Results of {@link #open} that are no host descriptor. */
    static final int NODE = -1;

    /** See {@link #NODE}: a magic link led to {@link #file}. */
    static final int FILE = -2;

    private final MountNamespace mounts;
    private final FsContext.Owner owner;
    private final HostBuffer host;
    private final boolean protectedLinks;
    private final long resolve;
    private final OpenFile origin;

    // The directory where the walk stands: a node or a host descriptor, and its path.
    private Node node;
    private int directory;
    private boolean owned;
    private String path;
    private OpenFile held;

    private String rest;
    private int links;
    private boolean lastIsLink;

    // Where RESOLVE_BENEATH and RESOLVE_IN_ROOT confine the walk; null for the guest's root.
    private String jail;

    /** After {@link #NODE}: what was found. */
    Node found;

    /** After {@link #FILE}: what was found, with a reference that is the caller's. */
    OpenFile file;

    /** The path of what was found. */
    String foundPath;

    /** After {@link #toParent}: the last component with its trailing slashes. */
    String last;

    /**
     * @param base where a relative path starts, held by the caller as long as this
     * @param text the path, not empty
     */
    PathWalk(MountedFs fs, HostBuffer host, OpenFile base, String text, long resolve) {
        mounts = fs.mounts();
        owner = fs.owner();
        protectedLinks = fs.protectedLinks();
        this.host = host;
        this.resolve = resolve;
        origin = base;
        if (text.isEmpty()) {
            throw new ErrnoException(ENOENT);
        }
        boolean absolute = text.charAt(0) == '/';
        boolean confined = (resolve & (Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_IN_ROOT)) != 0;
        if (absolute && (resolve & Fcntl.RESOLVE_BENEATH) != 0) {
            throw new ErrnoException(EXDEV);
        }
        if (absolute && !confined) {
            toRoot();
        } else {
            toFile(base);
            jail = confined ? path : null;
        }
        rest = absolute ? withoutLeadingSlashes(text) : text;
    }

    /** The host directory after {@link #toParent}; −1 if it is a {@link #node}. */
    int directory() {
        return node == null ? directory : -1;
    }

    /** The made-up directory after {@link #toParent}, or null. */
    Node node() {
        return node;
    }

    /** The path of the directory after {@link #toParent}. */
    String path() {
        return path;
    }

    /**
     * Opens what the path leads to.
     *
     * @param io see {@link FsContext#open}
     * @param flags generic {@code O_*}; O_NOFOLLOW decides about a link at the end
     * @return a host descriptor that is the caller's, {@link #NODE} or {@link #FILE}
     */
    int open(IoContext io, long flags, long mode) {
        boolean exclusive = (flags & (OpenFlags.O_CREAT | OpenFlags.O_EXCL)) == (OpenFlags.O_CREAT | OpenFlags.O_EXCL);
        boolean follow = (flags & OpenFlags.O_NOFOLLOW) == 0 && !exclusive;
        for (; ; ) {
            if (node == null && rest.length() < Limits.PATH_MAX) {
                String target = mounts.lexical(path, rest);
                if (target != null) {
                    long result = host.open(io, directory, rest.isEmpty() ? "." : rest, flags, mode,
                            hostResolve(true));
                    if (result >= 0) {
                        foundPath = target;
                        return (int) result;
                    }
                    boolean other = result == -ELOOP || result == -EXDEV
                            || result == -EAGAIN && (resolve & Fcntl.RESOLVE_CACHED) == 0;
                    if (!other) {
                        throw new ErrnoException((int) -result);
                    }
                }
            }
            if (step(follow)) {
                if (file != null) {
                    return FILE;
                }
                if (node != null && rest.isEmpty()) {
                    found = node;
                    foundPath = path;
                    return NODE;
                }
                continue;
            }
            if (node != null) {
                if (found == null) {
                    throw new ErrnoException((flags & OpenFlags.O_CREAT) != 0 ? node.creationError() : ENOENT);
                }
                return NODE;
            }
            long result = host.open(io, directory, last, flags, mode, hostResolve(!lastIsLink));
            if (result >= 0) {
                foundPath = mounts.lexical(path, last);
                return (int) result;
            }
            if (result != -ELOOP || lastIsLink || !follow) {
                throw new ErrnoException((int) -result);
            }
            countLink(); // it became a link since it was looked at
        }
    }

    private long hostResolve(boolean noLinks) {
        return Fcntl.RESOLVE_BENEATH
                | (noLinks ? Fcntl.RESOLVE_NO_SYMLINKS : Fcntl.RESOLVE_NO_MAGICLINKS)
                | resolve & (Fcntl.RESOLVE_NO_XDEV | Fcntl.RESOLVE_CACHED);
    }

    /** Goes to the directory in which the last component is to be made, removed or renamed. */
    void toParent() {
        int end = rest.length();
        while (end > 0 && rest.charAt(end - 1) == '/') {
            end--;
        }
        int start = end;
        while (start > 0 && rest.charAt(start - 1) != '/') {
            start--;
        }
        String name = end == 0 ? "/" : rest.substring(start);
        if (start > 0) {
            rest = rest.substring(0, start);
            int result = open(null, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
            if (result == FILE) {
                OpenFile target = file;
                file = null;
                hold(target);
                toFile(target);
            } else if (result == NODE) {
                enter(found, foundPath);
                found = null;
            } else {
                replace(result, foundPath);
                admitDirectory();
            }
        }
        if (node != null && !node.isDirectory()) {
            throw new ErrnoException(ENOTDIR);
        }
        last = name;
    }

    /** The path of the last component after {@link #toParent}; null if it is {@code .}, {@code ..} or {@code /}. */
    String lastPath() {
        String name = lastName();
        return name.equals(".") || name.equals("..") || name.isEmpty() ? null : MountNamespace.child(path, name);
    }

    /** The last component without its trailing slashes. */
    String lastName() {
        int end = last.indexOf('/');
        return end < 0 ? last : last.substring(0, end);
    }

    /**
     * Goes one component further.
     *
     * @return false when only the last component is left and the caller must finish with it: {@link #last} in a host
     *     directory, {@link #found} (null if there is none) in a made-up one
     */
    private boolean step(boolean followLast) {
        lastIsLink = false;
        int start = 0;
        while (start < rest.length() && rest.charAt(start) == '/') {
            start++;
        }
        if (start == rest.length()) {
            rest = "";
            last = ".";
            return node != null;
        }
        int slash = rest.indexOf('/', start);
        String name = slash < 0 ? rest.substring(start) : rest.substring(start, slash);
        String after = slash < 0 ? "" : rest.substring(slash);
        boolean isLast = after.isEmpty() || withoutLeadingSlashes(after).isEmpty();
        boolean trailing = isLast && !after.isEmpty();
        if (name.equals(".")) {
            return proceed(after);
        }
        if (name.equals("..")) {
            up();
            return proceed(after);
        }
        String childPath = MountNamespace.child(path, name);
        MountNamespace.Mount mount = mounts.at(childPath);
        if (mount != null) {
            if ((resolve & Fcntl.RESOLVE_NO_XDEV) != 0) {
                throw new ErrnoException(EXDEV);
            }
            enter(mount);
            return proceed(after);
        }
        return node != null
                ? stepNode(name, after, childPath, isLast, trailing, followLast)
                : stepHost(name, after, childPath, isLast, trailing, followLast);
    }

    private boolean proceed(String after) {
        rest = withoutLeadingSlashes(after);
        return true;
    }

    private boolean stepNode(
            String name, String after, String childPath, boolean isLast, boolean trailing, boolean followLast) {
        if (!node.isDirectory()) {
            throw new ErrnoException(ENOTDIR);
        }
        Node child = node.child(owner, name);
        if (child == null) {
            if (!isLast) {
                throw new ErrnoException(ENOENT);
            }
            found = null;
            return false;
        }
        if (child.isLink() && (!isLast || followLast || trailing)) {
            follow(child, after, isLast);
            return true;
        }
        if (child.isDirectory()) {
            enter(child, childPath);
            return proceed(after);
        }
        if (!isLast || trailing) {
            throw new ErrnoException(ENOTDIR);
        }
        found = child;
        foundPath = childPath;
        return false;
    }

    private void follow(Node link, String after, boolean isLast) {
        OpenFile target = link.jump(owner);
        if (target == null) {
            splice(link.target(owner), after);
            return;
        }
        if ((resolve & (Fcntl.RESOLVE_NO_MAGICLINKS | Fcntl.RESOLVE_NO_SYMLINKS)) != 0) {
            target.release();
            throw new ErrnoException(ELOOP);
        }
        if ((resolve & (Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_IN_ROOT)) != 0) {
            target.release();
            throw new ErrnoException(EXDEV);
        }
        if (isLast && after.isEmpty()) {
            file = target;
            foundPath = target.path();
            return;
        }
        hold(target);
        countLink();
        toFile(target);
        rest = isLast ? "." : withoutLeadingSlashes(after);
    }

    private boolean stepHost(
            String name, String after, String childPath, boolean isLast, boolean trailing, boolean followLast) {
        String target = host.readLink(directory, name);
        if (target != null) {
            if (isLast && !followLast && !trailing) {
                lastIsLink = true;
                last = name;
                return false;
            }
            if (isLast && protectedLinks) {
                checkProtectedLink(name);
            }
            splice(target, after);
            return true;
        }
        int error = host.error;
        if (isLast && (error == EINVAL || error == ENOENT)) {
            last = trailing ? name + "/" : name;
            return false;
        }
        if (error != EINVAL) {
            throw new ErrnoException(error);
        }
        long child = host.openPath(directory, name, OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW);
        if (child == -ELOOP) {
            countLink(); // it became a link since it was looked at: look again
            return true;
        }
        replace((int) ErrnoException.check(child), childPath);
        admitDirectory();
        return proceed(after);
    }

    private void splice(String target, String after) {
        countLink();
        if (target == null || target.isEmpty()) {
            throw new ErrnoException(ENOENT);
        }
        if ((resolve & Fcntl.RESOLVE_NO_SYMLINKS) != 0) {
            throw new ErrnoException(ELOOP);
        }
        if (target.charAt(0) == '/') {
            if ((resolve & Fcntl.RESOLVE_BENEATH) != 0) {
                throw new ErrnoException(EXDEV);
            }
            if (jail == null) {
                toRoot();
            } else {
                toFile(origin);
            }
            rest = withoutLeadingSlashes(target) + after;
        } else {
            rest = target + after;
        }
    }

    private void countLink() {
        if (++links > Limits.MAX_LINKS) {
            throw new ErrnoException(ELOOP);
        }
    }

    /**
     * The rule of {@code fs.protected_symlinks}: in a sticky directory that all may write, a link at the end of a path
     * is followed only for its owner, or if the directory's owner made it (may_follow_link of {@code fs/namei.c}).
     */
    private void checkProtectedLink(String name) {
        if (host.stat(directory) != 0) {
            return;
        }
        int sticky = Stat.S_ISVTX | Stat.S_IWOTH;
        if ((host.mode() & sticky) != sticky) {
            return;
        }
        int directoryOwner = host.uid();
        if (host.stat(directory, name) == 0) {
            int owner = host.uid();
            if (owner != directoryOwner && owner != (int) Linux.geteuid()) {
                throw new ErrnoException(EACCES);
            }
        }
    }

    /** {@code ..} */
    private void up() {
        if (path.equals(jail)) {
            if ((resolve & Fcntl.RESOLVE_BENEATH) != 0) {
                throw new ErrnoException(EXDEV);
            }
            return;
        }
        if (node != null) {
            toPath(MountNamespace.parent(path));
            return;
        }
        for (int attempt = 0; ; attempt++) {
            String now = mounts.currentPath(host, directory, path);
            if (now == null) {
                upByDescriptor();
                return;
            }
            try {
                toPath(MountNamespace.parent(now));
                return;
            } catch (ErrnoException moved) {
                // Renamed between the two calls; a guest that keeps renaming gets the error.
                if (attempt == 3) {
                    throw new ErrnoException(ENOENT);
                }
            }
        }
    }

    /**
     * {@code ..} of a directory whose path the host does not tell, because it is longer than PATH_MAX, or outside the
     * root. Which of the two it is shows on the way from the parent further up.
     */
    private void upByDescriptor() {
        MountNamespace.Mount mount = mounts.covering(path);
        ErrnoException.check(host.stat(mount.root()));
        long device = host.device();
        long inode = host.inode();
        ErrnoException.check(host.stat(directory));
        if (host.device() == device && host.inode() == inode) {
            toPath(MountNamespace.parent(mount.point()));
            return;
        }
        int parent = (int) ErrnoException.check(
                host.open(null, directory, "..", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0, 0));
        int probe = parent;
        boolean inside = false;
        try {
            long lastDevice = -1;
            long lastInode = -1;
            for (; ; ) {
                ErrnoException.check(host.stat(probe));
                inside = host.device() == device && host.inode() == inode;
                if (inside || host.inode() == lastInode && host.device() == lastDevice) {
                    break; // found, or at the top of everything
                }
                lastDevice = host.device();
                lastInode = host.inode();
                int next = (int) ErrnoException.check(
                        host.open(null, probe, "..", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0, 0));
                if (probe != parent) {
                    Linux.close(probe);
                }
                probe = next;
            }
        } finally {
            if (probe != parent) {
                Linux.close(probe);
            }
            if (!inside) {
                Linux.close(parent);
            }
        }
        if (!inside) {
            throw new ErrnoException(ENOENT);
        }
        replace(parent, MountNamespace.parent(path));
    }

    /** Goes to a canonical path, through no link. */
    private void toPath(String canonical) {
        MountNamespace.Mount mount = mounts.covering(canonical);
        String relative = withoutLeadingSlashes(canonical.substring(
                mount.point().equals("/") ? 1 : mount.point().length()));
        if (!mount.isHost()) {
            Node place = mount.node();
            for (String name : relative.isEmpty() ? new String[0] : relative.split("/")) {
                place = place.child(owner, name);
                if (place == null || !place.isDirectory()) {
                    throw new ErrnoException(ENOENT);
                }
            }
            enter(place, canonical);
            return;
        }
        int start = mount.root();
        boolean mine = false;
        try {
            do {
                int cut = chunk(relative);
                String part = relative.substring(0, cut);
                relative = withoutLeadingSlashes(relative.substring(cut));
                long next = host.openPath(start, part.isEmpty() ? "." : part, OpenFlags.O_DIRECTORY);
                if (mine) {
                    Linux.close(start);
                }
                mine = false;
                start = (int) ErrnoException.check(next);
                mine = true;
            } while (!relative.isEmpty());
            replace(start, canonical);
            mine = false;
        } finally {
            if (mine) {
                Linux.close(start);
            }
        }
    }

    /** How much of a path fits into one host call. */
    private static int chunk(String relative) {
        if (relative.length() < Limits.PATH_MAX) {
            return relative.length();
        }
        return relative.lastIndexOf('/', Limits.PATH_MAX - 1);
    }

    private void toRoot() {
        enter(mounts.root());
    }

    private void enter(MountNamespace.Mount mount) {
        leave();
        node = mount.node();
        directory = mount.root();
        path = mount.point();
    }

    private void enter(Node place, String placePath) {
        leave();
        node = place;
        directory = -1;
        path = placePath;
    }

    private void toFile(OpenFile base) {
        leave();
        if (base instanceof NodeFile made) {
            node = made.node();
            directory = -1;
            path = made.path();
        } else if (base.hostDescriptor() >= 0) {
            node = null;
            directory = base.hostDescriptor();
            path = base.path().startsWith("/") ? base.path() : "/";
        } else {
            throw new ErrnoException(ENOTDIR);
        }
    }

    private void replace(int descriptor, String placePath) {
        leave();
        node = null;
        directory = descriptor;
        owned = true;
        path = placePath;
    }

    private void leave() {
        if (owned) {
            Linux.close(directory);
            owned = false;
        }
    }

    private void hold(OpenFile target) {
        leave();
        if (held != null) {
            held.release();
        }
        held = target;
    }

    /** The host's own procfs must not be walked through, wherever it is mounted. */
    private void admitDirectory() {
        if (ErrnoException.check(host.fileSystemType(directory)) == FileSystems.PROC_SUPER_MAGIC) {
            throw new ErrnoException(EACCES);
        }
    }

    private static String withoutLeadingSlashes(String text) {
        int start = 0;
        while (start < text.length() && text.charAt(start) == '/') {
            start++;
        }
        return start == 0 ? text : text.substring(start);
    }

    @Override
    public void close() {
        leave();
        if (held != null) {
            held.release();
            held = null;
        }
        if (file != null) {
            file.release();
            file = null;
        }
    }
}
