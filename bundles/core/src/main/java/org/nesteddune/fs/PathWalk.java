package org.nesteddune.fs;

import static org.nesteddune.linux.Errno.EACCES;
import static org.nesteddune.linux.Errno.EAGAIN;
import static org.nesteddune.linux.Errno.EINVAL;
import static org.nesteddune.linux.Errno.ELOOP;
import static org.nesteddune.linux.Errno.ENOENT;
import static org.nesteddune.linux.Errno.ENOTDIR;
import static org.nesteddune.linux.Errno.ETXTBSY;
import static org.nesteddune.linux.Errno.EXDEV;

import org.nesteddune.Profile.Access;
import org.nesteddune.host.Linux;
import org.nesteddune.kernel.Task;
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
    private final FileOpener opener;
    private final long resolve;
    private final OpenFile origin;
    private final PathRules rules;
    private final OpenFile top; // the root, if it is not that of the mounts

    private final Place place;

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
        opener = fs.opener();
        rules = mounts.rules();
        this.host = host;
        this.resolve = resolve;
        origin = base;
        if (text.isEmpty()) {
            throw new ErrnoException(ENOENT);
        }
        place = new Place(mounts, owner, host);
        boolean absolute = text.charAt(0) == '/';
        boolean confined = (resolve & (Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_IN_ROOT)) != 0;
        if (absolute && (resolve & Fcntl.RESOLVE_BENEATH) != 0) {
            throw new ErrnoException(EXDEV);
        }
        if (!absolute || confined) {
            place.toFile(base);
            jail = confined ? place.path() : null;
        }
        top = fs.directories().root();
        if (absolute && !confined) {
            place.toRoot(top);
        }
        rest = absolute ? withoutLeadingSlashes(text) : text;
    }

    /** The host directory after {@link #toParent}; −1 if it is a {@link #node}. */
    int directory() {
        return place.node() == null ? place.directory() : -1;
    }

    /** The made-up directory after {@link #toParent}, or null. */
    Node node() {
        return place.node();
    }

    /** The path of the directory after {@link #toParent}. */
    String path() {
        return place.path();
    }

    /**
     * Opens what the path leads to.
     *
     * @param caller see {@link FsContext#open}
     * @param flags generic {@code O_*}; O_NOFOLLOW decides about a link at the end
     * @return a host descriptor that is the caller's, {@link #NODE} or {@link #FILE}
     */
    int open(IoContext caller, long flags, long mode) {
        // With O_NONBLOCK nothing waits, so no signal counts.
        IoContext io = (flags & OpenFlags.O_NONBLOCK) != 0 ? null : caller;
        boolean exclusive = (flags & (OpenFlags.O_CREAT | OpenFlags.O_EXCL)) == (OpenFlags.O_CREAT | OpenFlags.O_EXCL);
        boolean follow = (flags & OpenFlags.O_NOFOLLOW) == 0 && !exclusive;
        for (; ; ) {
            if (place.node() == null && rest.length() < Limits.PATH_MAX && (top == null || !rest.contains(".."))) {
                String target = mounts.lexical(place.path(), rest);
                if (target != null && grants(target, flags)) {
                    long result = open(io, rest.isEmpty() ? "." : rest, flags, mode, hostResolve(true));
                    if (result >= 0) {
                        foundPath = target;
                        return (int) result;
                    }
                    boolean other = result == -ELOOP || result == -EXDEV
                            || result == -EAGAIN && (resolve & Fcntl.RESOLVE_CACHED) == 0
                                    && rest.contains(".."); // else it is a lease that says so
                    if (!other) {
                        throw new ErrnoException((int) -result);
                    }
                }
            }
            if (step(follow)) {
                if (file != null) {
                    return FILE;
                }
                if (place.node() != null && rest.isEmpty()) {
                    found = place.node();
                    foundPath = place.path();
                    check(foundPath, PathRules.wanted(flags));
                    return NODE;
                }
                continue;
            }
            if (place.node() != null) {
                if (rules != null) {
                    check(MountNamespace.child(place.path(), firstName(rest)), PathRules.wanted(flags));
                }
                if (found == null) {
                    throw new ErrnoException((flags & OpenFlags.O_CREAT) != 0 ? place.node().creationError() : ENOENT);
                }
                return NODE;
            }
            long result = rules == null
                    ? open(io, last, flags, mode, hostResolve(!lastIsLink))
                    : openGranted(io, flags, mode);
            if (result >= 0) {
                foundPath = mounts.lexical(place.path(), last);
                return (int) result;
            }
            if (result != -ELOOP || lastIsLink || !follow) {
                throw new ErrnoException((int) -result);
            }
            countLink(); // it became a link since it was looked at
        }
    }

    /** Whether a path may be opened so at once; if not, the way to it is gone step by step, because it may lead elsewhere. */
    private boolean grants(String path, long flags) {
        return rules == null
                || rules.grants(path, PathRules.wanted(flags))
                        && ((flags & OpenFlags.O_CREAT) == 0 || rules.grants(path, Access.WRITE));
    }

    private static String firstName(String path) {
        String text = withoutLeadingSlashes(path);
        int slash = text.indexOf('/');
        return slash < 0 ? text : text.substring(0, slash);
    }

    private void check(String path, Access wanted) {
        if (rules != null) {
            rules.check(owner, path, wanted);
        }
    }

    /** Opens the last component if the profile grants that. */
    private long openGranted(IoContext io, long flags, long mode) {
        String target = mounts.lexical(place.path(), last);
        if (target == null) {
            throw new ErrnoException(EACCES); // it has become a mount point, which none can
        }
        check(target, PathRules.wanted(flags));
        boolean creates = (flags & OpenFlags.O_CREAT) != 0 && !rules.grants(target, Access.WRITE);
        long result = open(
                io, last, creates ? flags & ~(long) OpenFlags.O_CREAT : flags, creates ? 0 : mode, hostResolve(!lastIsLink));
        if (creates && result == -ENOENT) {
            throw rules.refuse(owner, target, Access.WRITE);
        }
        return result;
    }

    private long open(IoContext io, String name, long flags, long mode, long hostResolve) {
        if ((flags & (OpenFlags.O_TRUNC | OpenFlags.O_PATH)) == OpenFlags.O_TRUNC) {
            checkNotRunning(name, hostResolve);
        }
        return host.open(io, place.directory(), name, flags, mode, hostResolve);
    }

    /** Refuses to truncate what a guest executes: after the open it would be too late. */
    private void checkNotRunning(String name, long hostResolve) {
        if (host.stat(place.directory(), name) != 0 || !opener.isRunning(host.device(), host.inode())) {
            return;
        }
        long file = host.open(null, place.directory(), name, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, 0, hostResolve);
        if (file < 0) {
            return; // something else, through a link that leads out of the root
        }
        try {
            boolean running = host.stat((int) file) == 0
                    && opener.isRunning(host.device(), host.inode())
                    && Linux.faccessat2((int) file, host.first(""), Fcntl.W_OK, Fcntl.AT_EACCESS | Fcntl.AT_EMPTY_PATH) == 0;
            if (running) {
                throw new ErrnoException(ETXTBSY);
            }
        } finally {
            Linux.close((int) file);
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
                place.hold(target);
                place.toFile(target);
            } else if (result == NODE) {
                place.enter(found, foundPath);
                found = null;
            } else {
                place.replace(result, foundPath);
                place.admitDirectory();
            }
        }
        if (place.node() != null && !place.node().isDirectory()) {
            throw new ErrnoException(ENOTDIR);
        }
        last = name;
    }

    /** The path of the last component after {@link #toParent}; null if it is {@code .}, {@code ..} or {@code /}. */
    String lastPath() {
        String name = lastName();
        boolean ordinary = !name.equals(".") && !name.equals("..") && !name.isEmpty();
        return ordinary ? MountNamespace.child(place.path(), name) : null;
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
            return place.node() != null;
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
            if (place.path().equals(jail)) {
                if ((resolve & Fcntl.RESOLVE_BENEATH) != 0) {
                    throw new ErrnoException(EXDEV);
                }
            } else if (top == null || !place.isAt(top)) {
                place.up();
            }
            return proceed(after);
        }
        String childPath = MountNamespace.child(place.path(), name);
        MountNamespace.Mount mount = mounts.at(childPath);
        if (mount != null) {
            if ((resolve & Fcntl.RESOLVE_NO_XDEV) != 0) {
                throw new ErrnoException(EXDEV);
            }
            place.enter(mount);
            return proceed(after);
        }
        return place.node() != null
                ? stepNode(name, after, childPath, isLast, trailing, followLast)
                : stepHost(name, after, childPath, isLast, trailing, followLast);
    }

    private boolean proceed(String after) {
        rest = withoutLeadingSlashes(after);
        return true;
    }

    private boolean stepNode(
            String name, String after, String childPath, boolean isLast, boolean trailing, boolean followLast) {
        if (!place.node().isDirectory()) {
            throw new ErrnoException(ENOTDIR);
        }
        Node child = place.node().child(owner, name);
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
            place.enter(child, childPath);
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
        place.hold(target);
        countLink();
        place.toFile(target);
        rest = isLast ? "." : withoutLeadingSlashes(after);
    }

    private boolean stepHost(
            String name, String after, String childPath, boolean isLast, boolean trailing, boolean followLast) {
        String target = host.readLink(place.directory(), name);
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
        long child = host.openPath(place.directory(), name, OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW);
        if (child == -ELOOP) {
            countLink(); // it became a link since it was looked at: look again
            return true;
        }
        place.replace((int) ErrnoException.check(child), childPath);
        place.admitDirectory();
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
                place.toRoot(top);
            } else {
                place.toFile(origin);
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
        if (host.stat(place.directory()) != 0) {
            return;
        }
        int sticky = Stat.S_ISVTX | Stat.S_IWOTH;
        if ((host.mode() & sticky) != sticky) {
            return;
        }
        int directoryOwner = host.uid();
        if (host.stat(place.directory(), name) == 0) {
            int linkOwner = host.uid();
            Task task = owner.currentTask();
            int follower = task == null ? (int) Linux.geteuid() : task.credentials().fsUid();
            if (linkOwner != directoryOwner && linkOwner != follower) {
                throw new ErrnoException(EACCES);
            }
        }
    }

    static String withoutLeadingSlashes(String text) {
        int start = 0;
        while (start < text.length() && text.charAt(start) == '/') {
            start++;
        }
        return start == 0 ? text : text.substring(start);
    }

    @Override
    public void close() {
        place.close();
        if (top != null) {
            top.release();
        }
        if (file != null) {
            file.release();
            file = null;
        }
    }
}
