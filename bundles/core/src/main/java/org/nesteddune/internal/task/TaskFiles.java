package org.nesteddune.internal.task;

import org.nesteddune.fs.FsContext;
import org.nesteddune.kernel.DescriptorTable;

/**
 * A task's working directory and root (CLONE_FS) and its descriptors (CLONE_FILES), which others may share. Changed by the task's own thread,
 * read by any.
 */
final class TaskFiles {

    private volatile Shared<FsContext> fs;
    private volatile Shared<DescriptorTable> descriptors;

    /** Both become the task's. */
    TaskFiles(Shared<FsContext> fs, Shared<DescriptorTable> descriptors) {
        this.fs = fs;
        this.descriptors = descriptors;
    }

    Shared<FsContext> fs() {
        return fs;
    }

    Shared<DescriptorTable> descriptors() {
        return descriptors;
    }

    /** Goes on with other descriptors, which are the process's from now on; the task is the only one. */
    void adopt(GuestProcess process, DescriptorTable table) {
        Shared<DescriptorTable> old = descriptors;
        descriptors = old.with(table);
        process.files().adopt(fs, descriptors);
        old.release();
    }

    /** Goes on with copies of its own of what others have too. */
    void unshare(GuestProcess process, boolean ofFs, boolean ofDescriptors) {
        if (ofFs && fs.isShared()) {
            Shared<FsContext> old = fs;
            fs = old.with(old.value().copy(process.processes().viewOf(process)));
            old.release();
        }
        if (ofDescriptors && descriptors.isShared()) {
            Shared<DescriptorTable> old = descriptors;
            descriptors = old.with(old.value().copy());
            old.release();
        }
    }

    /** Whether working directory and root are also another process's than {@code process}, which is the task's. */
    boolean sharesFs(GuestProcess process) {
        Shared<FsContext> own = fs;
        int mine = process.files().fs() == own ? 1 : 0;
        for (GuestTask each : process.threadGroup().tasks()) {
            mine += each.files().fs() == own ? 1 : 0;
        }
        return own.users() > mine;
    }

    /** They are the task's no more. */
    void release() {
        fs.release();
        descriptors.release();
    }
}
