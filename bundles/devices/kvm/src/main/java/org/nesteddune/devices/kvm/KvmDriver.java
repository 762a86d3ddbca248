package org.nesteddune.devices.kvm;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.DeviceDriver;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;
import org.osgi.service.component.annotations.Component;

/** Opens {@code /dev/kvm} for guests of the host's own architecture: another's programs could do nothing with its registers. */
@Component(property = DeviceDriver.NAME + "=kvm")
public final class KvmDriver implements DeviceDriver {

    @Override
    public OpenFile open(FsContext.Owner caller, int descriptor, String path, int flags, FileStatus status) {
        Process process = caller.process();
        if (process == null || process.architecture().elfMachine() != Elf.EM_X86_64) {
            throw new ErrnoException(Errno.ENODEV);
        }
        return new SystemFile(descriptor, path, flags, status);
    }
}
