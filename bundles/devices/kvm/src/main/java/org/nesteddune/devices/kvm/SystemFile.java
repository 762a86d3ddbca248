package org.nesteddune.devices.kvm;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.HostStatus;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;

/** The opened {@code /dev/kvm}, which any process may use that has it. */
final class SystemFile extends KvmFile {

    private static final Requests REQUESTS = Requests.ofSystem();

    SystemFile(int descriptor, String path, int flags, FileStatus status) {
        super(descriptor, path, flags, status, REQUESTS);
    }

    @Override
    boolean belongsTo(Task task) {
        return true;
    }

    @Override
    protected HostFile openedAgain(int further, int flags, FileStatus status) {
        return new SystemFile(further, path(), flags, status);
    }

    @Override
    public HostFile revive(int further) {
        try (NativeBuffer buffer = new NativeBuffer(HostStatus.STATX_SIZE + 1)) {
            FileStatus status = new FileStatus();
            HostStatus.query(further, buffer.address(), status);
            return new SystemFile(further, path(), accessFlags(), status);
        }
    }
}
