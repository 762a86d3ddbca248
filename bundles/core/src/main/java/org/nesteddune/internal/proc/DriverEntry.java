package org.nesteddune.internal.proc;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.DeviceDriver;
import org.nesteddune.fs.DeviceDrivers;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.fs.Node;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Confinement;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * A device of the host that a driver carries over to guests. The host decides by the guest's user who may open it, and the guest's profile
 * whether it is granted at all.
 */
final class DriverEntry extends Node {

    private final String name;
    private final DeviceDrivers drivers;
    private final Confinement confinement;

    private DriverEntry(long inode, int mode, String name, DeviceDrivers drivers, Confinement confinement) {
        super(inode, mode);
        this.name = name;
        this.drivers = drivers;
        this.confinement = confinement;
    }

    /** The entry of a device; null if the host has none of that name. */
    static Node find(long inode, String name, DeviceDrivers drivers, Confinement confinement) {
        FileStatus status = new FileStatus();
        return HostStatus.ofHost("/dev/" + name, status) != 0
                ? null
                : new DriverEntry(inode, status.mode, name, drivers, confinement).ownedBy(status.uid, status.gid);
    }

    @Override
    public String hostPath() {
        return "/dev/" + name;
    }

    @Override
    public OpenFile opened(FsContext.Owner caller, int descriptor, String path, int flags, FileStatus status) {
        if (confinement != null && !confinement.mayUseDevice(hostPath())) {
            throw confinement.refuse(caller.process(), "the device " + hostPath());
        }
        DeviceDriver driver = drivers.find(name);
        if (driver == null) {
            throw new ErrnoException(Errno.ENODEV);
        }
        return driver.open(caller, descriptor, path, flags, status);
    }
}
