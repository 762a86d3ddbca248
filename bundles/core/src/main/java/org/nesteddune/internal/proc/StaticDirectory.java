package org.nesteddune.internal.proc;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Node;
import org.nesteddune.linux.Stat;

/** A directory whose entries never change. */
class StaticDirectory extends Node {

    private final Map<String, Node> children;

    StaticDirectory(long inode, Map<String, ? extends Node> children) {
        super(inode, Stat.S_IFDIR | 0555);
        this.children = new LinkedHashMap<>(children);
    }

    @Override
    public Node child(FsContext.Owner caller, String name) {
        return children.get(name);
    }

    @Override
    public List<Entry> entries(FsContext.Owner caller) {
        List<Entry> entries = new ArrayList<>();
        children.forEach((name, node) -> entries.add(Entry.of(name, node)));
        return entries;
    }
}
