package org.nesteddune.internal.proc;

import java.util.function.Supplier;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Node;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Stat;

/** A link that leads to an open object itself, and only shows a path. */
final class MagicLink extends Node {

    private final Supplier<String> text;
    private final Supplier<OpenFile> object;

    /**
     * @param text what {@code readlink} says: a path among the mounts, or a description
     * @param object gives the object with a reference for the caller
     */
    MagicLink(long inode, int permissions, Supplier<String> text, Supplier<OpenFile> object) {
        super(inode, Stat.S_IFLNK | permissions);
        this.text = text;
        this.object = object;
    }

    @Override
    public long size() {
        return 64; // what the kernel shows for these
    }

    @Override
    public String target(FsContext.Owner caller) {
        Task task = caller.currentTask();
        return task == null ? text.get() : task.fs().shown(text.get());
    }

    @Override
    public OpenFile jump(FsContext.Owner caller) {
        return object.get();
    }
}
