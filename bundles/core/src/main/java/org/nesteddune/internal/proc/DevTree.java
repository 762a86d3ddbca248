package org.nesteddune.internal.proc;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nesteddune.fs.Node;
import org.nesteddune.linux.Stat;

/**
 * A guest's {@code /dev}: the devices that give it nothing it was not given, the links that every Linux has there, and
 * the mount points {@code pts} and {@code shm}. Everything else that the host has is not there.
 */
public final class DevTree extends StaticDirectory {

    private static final String[] DEVICES = {"null", "zero", "full", "random", "urandom", "tty", "ptmx"};

    /** The whole tree. */
    public DevTree() {
        super(1, children());
    }

    private static Map<String, Node> children() {
        Map<String, Node> all = new LinkedHashMap<>();
        long inode = 2;
        for (String device : DEVICES) {
            all.put(device, new HostEntry(inode++, Stat.S_IFCHR | 0666, "/dev/" + device));
        }
        all.put("fd", new Link(inode++, "/proc/self/fd"));
        all.put("stdin", new Link(inode++, "/proc/self/fd/0"));
        all.put("stdout", new Link(inode++, "/proc/self/fd/1"));
        all.put("stderr", new Link(inode++, "/proc/self/fd/2"));
        all.put("core", new Link(inode++, "/proc/kcore"));
        all.put("pts", new PtsDirectory(inode++ << 32));
        all.put("shm", new StaticDirectory(inode, Map.of()));
        return all;
    }

}
