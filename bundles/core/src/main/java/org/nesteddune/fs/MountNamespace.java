package org.nesteddune.fs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.Linux;
import org.nesteddune.host.ReferenceCount;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.syscall.ErrnoException;

/**
 * The trees that make up a guest's file system and the guest paths where they are mounted. Immutable but for its count
 * of users: the last {@link #release} closes the descriptors. Mount points are fixed: neither they nor the directories
 * above them can be renamed or removed by a guest, so a path without symbolic links says which tree it is in.
 */
final class MountNamespace {

    /** A tree somewhere in the guest's file system: of the host ({@code root >= 0}) or made up ({@code node}). */
    record Mount(String point, int root, String hostPath, Node node, long device) {

        boolean isHost() {
            return node == null;
        }
    }

    private final List<Mount> mounts;
    private final Mount root;
    private final HostBuffer.Pool buffers = new HostBuffer.Pool();
    private final String abstractSocketPrefix;
    private final ReferenceCount users = new ReferenceCount();
    private final List<PrivateDirectory> owned;
    private volatile PathRules rules;

    private MountNamespace(List<Mount> mounts, List<PrivateDirectory> owned) {
        this.owned = List.copyOf(owned);
        this.mounts = mounts.stream().sorted(Comparator.comparingInt(m -> -m.point.length())).toList();
        this.root = mounts.stream().filter(m -> m.point.equals("/")).findFirst().orElseThrow();
        abstractSocketPrefix = newAbstractSocketPrefix();
    }

    /** Collects mounts; opens their roots. */
    static final class Builder implements AutoCloseable {

        private final List<Mount> mounts = new ArrayList<>();
        private final List<PrivateDirectory> owned = new ArrayList<>();

        /** Mounts a host directory; an {@link ErrnoException} if it cannot be opened. */
        Builder host(String point, String hostPath) {
            try (HostBuffer.Pool pool = new HostBuffer.Pool()) {
                HostBuffer buffer = pool.take();
                try {
                    long fd = Linux.open(buffer.first(hostPath),
                            OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC, 0);
                    int root = (int) ErrnoException.check(fd);
                    String canonical = buffer.descriptorLink(root);
                    mounts.add(new Mount(point, root, canonical == null ? hostPath : canonical, null, 0));
                } finally {
                    pool.give(buffer);
                }
            }
            return this;
        }

        /** The canonical host path of the first mount, the guest's root. */
        String rootPath() {
            return mounts.get(0).hostPath;
        }

        /** Mounts a directory of the root's tree once more, if it is one; symbolic links are not followed. */
        Builder below(String point, String relative) {
            int top = mounts.get(0).root;
            try (HostBuffer.Pool pool = new HostBuffer.Pool()) {
                HostBuffer buffer = pool.take();
                try {
                    long fd = buffer.openPath(top, relative, OpenFlags.O_DIRECTORY);
                    if (fd >= 0) {
                        mounts.add(new Mount(point, (int) fd, buffer.descriptorLink((int) fd), null, 0));
                    }
                } finally {
                    pool.give(buffer);
                }
            }
            return this;
        }

        /** Mounts a made-up tree. */
        Builder node(String point, Node node, long device) {
            mounts.add(new Mount(point, -1, null, node, device));
            return this;
        }

        /** Mounts a directory of the guest's own, in the place of what may be mounted there already. */
        Builder own(String point) {
            PrivateDirectory directory = new PrivateDirectory();
            owned.add(directory);
            for (Mount mount : List.copyOf(mounts)) {
                if (mount.point.equals(point)) {
                    closeAll(List.of(mount));
                    mounts.remove(mount);
                }
            }
            // The guest's user need not be able to go there by himself.
            return HostIdentity.asProcess(() -> host(point, directory.path()));
        }

        MountNamespace build() {
            MountNamespace namespace = new MountNamespace(mounts, owned);
            mounts.clear();
            owned.clear();
            return namespace;
        }

        /** Closes what no namespace took over. */
        @Override
        public void close() {
            closeAll(mounts);
            owned.forEach(PrivateDirectory::close);
        }
    }

    private static void closeAll(List<Mount> mounts) {
        for (Mount mount : mounts) {
            if (mount.isHost()) {
                Linux.close(mount.root());
            }
        }
    }

    MountNamespace retain() {
        users.retain();
        return this;
    }

    /** Takes a reference unless the last one is gone. */
    boolean tryRetain() {
        return users.tryRetain();
    }

    void release() {
        if (users.release()) {
            closeAll(mounts);
            buffers.close();
            owned.forEach(PrivateDirectory::close);
        }
    }

    /** What is granted of it; null for everything. */
    PathRules rules() {
        return rules;
    }

    /** Limits what may be done from now on. */
    void limitTo(PathRules value) {
        rules = value;
    }

    HostBuffer.Pool buffers() {
        return buffers;
    }

    Mount root() {
        return root;
    }

    /** The mount at exactly this path, or null. */
    Mount at(String path) {
        for (Mount mount : mounts) {
            if (mount.point.equals(path)) {
                return mount;
            }
        }
        return null;
    }

    /** The mount that a canonical path lies in. */
    Mount covering(String path) {
        for (Mount mount : mounts) {
            if (isWithin(path, mount.point)) {
                return mount;
            }
        }
        return root;
    }

    /** The mounts whose points lie directly in a directory. */
    List<Mount> within(String directory) {
        return mounts.stream()
                .filter(m -> m != root && parent(m.point).equals(directory))
                .toList();
    }

    /** Whether a path is a mount point or has one below it, so that it must stay where it is. */
    boolean isBusy(String path) {
        for (Mount mount : mounts) {
            if (isWithin(mount.point, path)) {
                return true;
            }
        }
        return false;
    }

    /** Whether {@code path} is {@code directory} or lies below it. */
    static boolean isWithin(String path, String directory) {
        return directory.equals("/")
                || path.startsWith(directory)
                        && (path.length() == directory.length() || path.charAt(directory.length()) == '/');
    }

    /** A canonical path's parent; the root is its own. */
    static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? "/" : path.substring(0, slash);
    }

    /** A directory's path and a name in it. */
    static String child(String directory, String name) {
        return directory.equals("/") ? "/" + name : directory + "/" + name;
    }

    /**
     * Follows a relative path by its letters, which is right as long as no symbolic link is in it.
     *
     * @return the canonical path at its end; or null if the way goes above {@code base} or touches a mount point, so
     *     that one host call relative to {@code base} will not do
     */
    String lexical(String base, String rest) {
        StringBuilder way = new StringBuilder(base.length() + rest.length() + 1);
        if (base.length() > 1) {
            way.append(base);
        }
        int floor = way.length();
        int length = rest.length();
        for (int i = 0; i < length; ) {
            if (rest.charAt(i) == '/') {
                i++;
                continue;
            }
            int end = rest.indexOf('/', i);
            if (end < 0) {
                end = length;
            }
            int size = end - i;
            if (size == 2 && rest.charAt(i) == '.' && rest.charAt(i + 1) == '.') {
                if (way.length() <= floor) {
                    return null;
                }
                way.setLength(way.lastIndexOf("/"));
            } else if (size != 1 || rest.charAt(i) != '.') {
                way.append('/').append(rest, i, end);
                if (isMountPoint(way)) {
                    return null;
                }
            }
            i = end;
        }
        return way.length() == 0 ? "/" : way.toString();
    }

    private boolean isMountPoint(StringBuilder path) {
        for (Mount mount : mounts) {
            if (mount.point.length() == path.length() && mount.point.contentEquals(path)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The guest path of an open host directory or file as it is now.
     *
     * @param known a guest path it was once found under, which says in which mount it is
     * @return the path, with {@code " (deleted)"} behind it if it has none any more; null if it lies outside the
     *     mount's root
     */
    String currentPath(HostBuffer buffer, int descriptor, String known) {
        Mount mount = covering(known);
        String host = buffer.descriptorLink(descriptor);
        if (host == null || !mount.isHost()) {
            return null;
        }
        String top = mount.hostPath;
        if (!isWithin(host, top)) {
            top = buffer.descriptorLink(mount.root);
            if (top == null || !isWithin(host, top)) {
                return null;
            }
        }
        String relative = top.equals("/") ? host : host.substring(top.length());
        if (relative.isEmpty() || relative.equals("/")) {
            return mount.point;
        }
        return mount.point.equals("/") ? relative : mount.point + relative;
    }

    /** The guest path of a host path; null if the guest does not see that file, or another in its place. */
    String guestPath(String host) {
        Mount best = null;
        for (Mount mount : mounts) {
            boolean fits = mount.isHost() && isWithin(host, mount.hostPath);
            if (fits && (best == null || mount.hostPath.length() > best.hostPath.length())) {
                best = mount;
            }
        }
        if (best == null) {
            return null;
        }
        String relative = best.hostPath.equals("/") ? host : host.substring(best.hostPath.length());
        String path = best.point.equals("/") ? relative : best.point + relative;
        return covering(path) == best ? path.isEmpty() ? "/" : path : null;
    }

    /** See {@link FsContext#abstractSocketPrefix}. */
    String abstractSocketPrefix() {
        return abstractSocketPrefix;
    }

    /** What makes abstract names those of one root directory alone, wherever it is seen from. */
    private String newAbstractSocketPrefix() {
        if (isHostTree()) {
            return "";
        }
        HostBuffer buffer = buffers.take();
        try {
            ErrnoException.check(buffer.stat(root.root));
            return "dune-" + Long.toHexString(buffer.device()) + "-" + Long.toHexString(buffer.inode());
        } finally {
            buffers.give(buffer);
        }
    }

    /** Whether the guest's root is the host's. */
    boolean isHostTree() {
        return "/".equals(root.hostPath);
    }

    /** A host path as an ISO-8859-1 byte string. */
    static String bytes(Path path) {
        return new String(
                path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8),
                java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** The error of a path operation that a mount point is in the way of. */
    static ErrnoException busy() {
        return new ErrnoException(Errno.EBUSY);
    }
}
