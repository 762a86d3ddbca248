package org.nesteddune.fs;

import static org.nesteddune.linux.Errno.EACCES;
import static org.nesteddune.linux.Errno.ENOENT;
import static org.nesteddune.linux.Errno.ENOTDIR;

import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;

/**
 * The directory where a {@link PathWalk} stands: a made-up one or a host descriptor, and its guest path. Going up is by
 * the directory's present path and reopened from the mount's root, so that a directory that was moved out of the root
 * leads nowhere. For one thread.
 */
final class Place implements AutoCloseable {

    private final MountNamespace mounts;
    private final FsContext.Owner owner;
    private final HostBuffer host;

    private Node node;
    private int directory;
    private boolean owned;
    private String path;
    private OpenFile held;

    Place(MountNamespace mounts, FsContext.Owner owner, HostBuffer host) {
        this.mounts = mounts;
        this.owner = owner;
        this.host = host;
    }

    /** The made-up directory (or other node), or null in a host directory. */
    Node node() {
        return node;
    }

    /** The host directory, where there is no {@link #node}. */
    int directory() {
        return directory;
    }

    /** The guest path. */
    String path() {
        return path;
    }

    /** Goes to {@code ..}; from the root of everything to itself. */
    void up() {
        if (node == null) {
            ErrnoException.check(Linux.faccessat2(directory, host.first(""), Fcntl.X_OK,
                    Fcntl.AT_EACCESS | Fcntl.AT_EMPTY_PATH));
        }
        // The way to the parent from the mount's root is not one that the caller must be able to go.
        HostIdentity.asProcess(() -> {
            toParent();
            return null;
        });
    }

    private void toParent() {
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
    void toPath(String canonical) {
        MountNamespace.Mount mount = mounts.covering(canonical);
        String relative = PathWalk.withoutLeadingSlashes(canonical.substring(
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
                relative = PathWalk.withoutLeadingSlashes(relative.substring(cut));
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

    /** Goes to a root directory; to that of the mounts for null. */
    void toRoot(OpenFile root) {
        if (root == null) {
            enter(mounts.root());
        } else {
            toFile(root);
        }
    }

    /** Whether this is the given directory. */
    boolean isAt(OpenFile other) {
        if (node != null || other instanceof NodeFile) {
            return node != null && other instanceof NodeFile && path.equals(other.path());
        }
        ErrnoException.check(host.stat(directory));
        return other instanceof HostFile file && file.device() == host.device() && file.inode() == host.inode();
    }

    void enter(MountNamespace.Mount mount) {
        leave();
        node = mount.node();
        directory = mount.root();
        path = mount.point();
    }

    void enter(Node place, String placePath) {
        leave();
        node = place;
        directory = -1;
        path = placePath;
    }

    void toFile(OpenFile base) {
        leave();
        if (base instanceof NodeFile made) {
            node = made.node();
            directory = -1;
            path = made.path();
        } else if (base.hostDescriptor() >= 0) {
            if (mounts.rules() != null && !(base instanceof HostFile file && file.isOf(mounts))) {
                throw new ErrnoException(EACCES); // given from elsewhere: no rule is about what is below it
            }
            node = null;
            directory = base.hostDescriptor();
            path = base.path().startsWith("/") ? base.path() : "/";
        } else {
            throw new ErrnoException(ENOTDIR);
        }
    }

    void replace(int descriptor, String placePath) {
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

    void hold(OpenFile target) {
        leave();
        if (held != null) {
            held.release();
        }
        held = target;
    }

    /** The host's own procfs must not be walked through, wherever it is mounted. */
    void admitDirectory() {
        if (ErrnoException.check(host.fileSystemType(directory)) == FileSystems.PROC_SUPER_MAGIC) {
            throw new ErrnoException(EACCES);
        }
    }

    @Override
    public void close() {
        leave();
        if (held != null) {
            held.release();
            held = null;
        }
    }
}
