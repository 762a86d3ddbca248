package org.nesteddune.internal.proc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Node;
import org.nesteddune.linux.Dirent;
import org.nesteddune.linux.Stat;

/**
 * A directory of the host's procfs of which chosen files show through, for reading only. What the host does not have is
 * not there.
 */
final class HostDirectory extends Node {

    private final String path;
    private final Set<String> files;
    private final Map<String, Node> directories;

    /**
     * @param path the directory in the host
     * @param files which of its files a guest may read
     * @param directories what else is in it
     */
    HostDirectory(long inode, String path, Set<String> files, Map<String, Node> directories) {
        super(inode, Stat.S_IFDIR | 0555);
        this.path = path;
        this.files = files;
        this.directories = directories;
    }

    @Override
    public Node child(FsContext.Owner caller, String name) {
        Node directory = directories.get(name);
        if (directory != null || !files.contains(name) || !Files.exists(Path.of(path, name))) {
            return directory;
        }
        return new HostEntry(inodeOf(name), Stat.S_IFREG | 0444, path + "/" + name);
    }

    private long inodeOf(String name) {
        return inode() + 1 + (name.hashCode() & 0xffffffL);
    }

    @Override
    public List<Entry> entries(FsContext.Owner caller) {
        List<Entry> entries = new ArrayList<>();
        directories.forEach((name, node) -> entries.add(Entry.of(name, node)));
        for (String name : files) {
            if (Files.exists(Path.of(path, name))) {
                entries.add(new Entry(name, inodeOf(name), Dirent.DT_REG));
            }
        }
        return entries;
    }

    @Override
    public int creationError() {
        return org.nesteddune.linux.Errno.ENOENT;
    }
}
