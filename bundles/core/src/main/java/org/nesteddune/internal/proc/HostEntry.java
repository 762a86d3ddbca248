package org.nesteddune.internal.proc;

import org.nesteddune.fs.Node;

/** A file of the host that shows through at a fixed place. */
final class HostEntry extends Node {

    private final String path;

    /** @param path absolute, in the host */
    HostEntry(long inode, int mode, String path) {
        super(inode, mode);
        this.path = path;
    }

    @Override
    public String hostPath() {
        return path;
    }
}
