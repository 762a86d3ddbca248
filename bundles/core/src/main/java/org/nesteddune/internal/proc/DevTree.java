package org.nesteddune.internal.proc;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.fs.DeviceDrivers;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.Node;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.linux.Stat;

/**
 * A guest's {@code /dev}: the devices that give it nothing it was not given, the links that every Linux has there, the
 * mount points {@code pts} and {@code shm}, and what has a driver. Everything else that the host has is not there.
 */
public final class DevTree extends StaticDirectory {

    private static final String[] DEVICES = {"null", "zero", "full", "random", "urandom", "tty", "ptmx"};

    /** Devices that need a driver. */
    private static final List<String> DRIVEN = List.of("kvm");

    /** Inode numbers of these, above all others. */
    private static final long DRIVEN_INODES = 1L << 48;

    private final DeviceDrivers drivers;
    private final Confinement confinement;

    /**
     * The whole tree.
     *
     * @param confinement says which of the devices that need a driver are granted; null for all
     */
    public DevTree(DeviceDrivers drivers, Confinement confinement) {
        super(1, children());
        this.drivers = drivers;
        this.confinement = confinement;
    }

    @Override
    public Node child(FsContext.Owner caller, String name) {
        Node found = super.child(caller, name);
        return found == null && DRIVEN.contains(name) ? driven(name) : found;
    }

    @Override
    public List<Entry> entries(FsContext.Owner caller) {
        List<Entry> all = new ArrayList<>(super.entries(caller));
        for (String name : DRIVEN) {
            Node node = driven(name);
            if (node != null) {
                all.add(Entry.of(name, node));
            }
        }
        return all;
    }

    private Node driven(String name) {
        return DriverEntry.find(DRIVEN_INODES + DRIVEN.indexOf(name), name, drivers, confinement);
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
