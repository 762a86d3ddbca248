package org.nesteddune.internal.proc;

import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Node;
import org.nesteddune.linux.Stat;

/** A symbolic link with a fixed text. */
final class Link extends Node {

    private final String text;

    Link(long inode, String text) {
        super(inode, Stat.S_IFLNK | 0777);
        this.text = text;
    }

    @Override
    public String target(FsContext.Owner caller) {
        return text;
    }

    @Override
    public long size() {
        return text.length();
    }
}
