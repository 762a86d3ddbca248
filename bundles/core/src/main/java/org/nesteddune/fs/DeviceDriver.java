package org.nesteddune.fs;

import org.nesteddune.arch.FileStatus;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What stands behind a device file of guests that is more than reading and writing: its requests reach the host only as far as the driver
 * carries them over. An OSGi service; what is open stays with the driver that opened it. Thread-safe.
 */
@ConsumerType
public interface DeviceDriver {

    /** Service property: the file's name in {@code /dev}, a string. */
    String NAME = "dune.device";

    /**
     * Makes an open file of the host's device, which has just been opened by the guest's rights.
     *
     * @param caller who opens it
     * @param descriptor the host's; taken over if and only if this returns
     * @param path the guest's
     * @param flags as the guest gave them
     * @param status the device file's
     * @throws org.nesteddune.syscall.ErrnoException if the caller cannot have it
     */
    OpenFile open(FsContext.Owner caller, int descriptor, String path, int flags, FileStatus status);
}
