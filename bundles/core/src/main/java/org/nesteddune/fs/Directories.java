package org.nesteddune.fs;

import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * Where a process's paths start: its working directory and its root. Thread-safe. "Places" are paths among the mounts,
 * whatever the process's root is.
 */
final class Directories {

    private final MountNamespace mounts;
    private OpenFile working; // guarded by this; null when released
    private volatile OpenFile root; // written under this; null for the mounts' own

    /** The directory's reference becomes this object's; the namespace must outlive it. */
    Directories(MountNamespace mounts, OpenFile working) {
        this.mounts = mounts;
        this.working = working;
    }

    /** The same directories, with references of their own; ENOENT if these have been released. */
    synchronized Directories copy() {
        Directories same = new Directories(mounts, working());
        same.root = root();
        return same;
    }

    /** Gives the directories back. @return whether they had not been given back already */
    boolean release() {
        OpenFile directory;
        OpenFile top;
        synchronized (this) {
            directory = working;
            top = root;
            working = null;
            root = null;
        }
        if (top != null) {
            top.release();
        }
        if (directory != null) {
            directory.release();
        }
        return directory != null;
    }

    /** The working directory, with a reference for the caller. */
    synchronized OpenFile working() {
        if (working == null) {
            throw new ErrnoException(Errno.ENOENT);
        }
        return working.retain();
    }

    /** Changes the working directory. The reference becomes this object's unless this throws. */
    void working(OpenFile target) {
        OpenFile old;
        synchronized (this) {
            if (working == null) {
                throw new ErrnoException(Errno.ENOENT);
            }
            old = working;
            working = target;
        }
        old.release();
    }

    /** The root with a reference for the caller; null if it is that of the mounts, as it nearly always is. */
    OpenFile root() {
        if (root == null) {
            return null;
        }
        synchronized (this) {
            return root == null ? null : root.retain();
        }
    }

    /** Changes the root. The reference becomes this object's unless this throws. */
    void root(OpenFile target) {
        boolean top = "/".equals(place(target));
        OpenFile old;
        synchronized (this) {
            if (working == null) {
                throw new ErrnoException(Errno.ENOENT);
            }
            old = root;
            root = top ? null : target;
        }
        if (top) {
            target.release();
        }
        if (old != null) {
            old.release();
        }
    }

    /** The working directory's place; null if it has been removed or cannot be reached any more. */
    String workingPlace() {
        OpenFile here = working();
        try {
            return place(here);
        } finally {
            here.release();
        }
    }

    /** The root's place, {@code "/"} unless it was changed; null if it has been removed or cannot be reached any more. */
    String rootPlace() {
        OpenFile top = root();
        if (top == null) {
            return "/";
        }
        try {
            return place(top);
        } finally {
            top.release();
        }
    }

    /** A place as it is seen from the root; null if it is not below it. What is no path stays as it is. */
    String shown(String place) {
        if (root == null || !place.startsWith("/")) {
            return place;
        }
        String top = rootPlace();
        if (top == null || !MountNamespace.isWithin(place, top)) {
            return null;
        }
        String below = top.equals("/") ? place : place.substring(top.length());
        return below.isEmpty() ? "/" : below;
    }

    private String place(OpenFile directory) {
        if (directory instanceof NodeFile) {
            return directory.path();
        }
        HostBuffer buffer = mounts.buffers().take();
        try {
            String path = mounts.currentPath(buffer, directory.hostDescriptor(), directory.path());
            return path == null || isDeleted(buffer, directory.hostDescriptor(), path) ? null : path;
        } finally {
            mounts.buffers().give(buffer);
        }
    }

    /** Whether the suffix is the kernel's remark and not part of a name: a removed directory has no links left. */
    private static boolean isDeleted(HostBuffer buffer, int descriptor, String path) {
        return path.endsWith(" (deleted)") && buffer.stat(descriptor) == 0 && buffer.links() == 0;
    }
}
