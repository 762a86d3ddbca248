package org.nesteddune.internal.task;

import org.nesteddune.fs.FsContext;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

/**
 * A process's working directory, root and descriptors as others see them, which are its first task's. A child has none before
 * that task is there. Changed with the process's monitor held, read by any thread.
 */
final class ProcessFiles {

    private final GuestProcess process;
    private volatile Shared<FsContext> fs;
    private volatile Shared<DescriptorTable> descriptors;

    /** A child's. */
    ProcessFiles(GuestProcess process) {
        this.process = process;
    }

    /** Those of a process that the runtime starts; they become its own. */
    ProcessFiles(GuestProcess process, FsContext fs, DescriptorTable descriptors) {
        this(process);
        this.fs = new Shared<>(fs, FsContext::close);
        this.descriptors = new Shared<>(descriptors, DescriptorTable::closeAll);
    }

    Shared<FsContext> fs() {
        return made(fs);
    }

    Shared<DescriptorTable> descriptors() {
        return made(descriptors);
    }

    private static <T> Shared<T> made(Shared<T> shared) {
        if (shared == null) {
            throw new ErrnoException(Errno.ESRCH);
        }
        return shared;
    }

    /** A task comes in: what it has is the process's if there is nothing yet. The caller holds the process's monitor. */
    void begin(TaskFiles task) {
        if (fs == null) {
            fs = task.fs().retain();
            descriptors = task.descriptors().retain();
        }
    }

    /** The first task goes on with others. */
    void adopt(Shared<FsContext> newFs, Shared<DescriptorTable> newDescriptors) {
        synchronized (process) {
            Shared<FsContext> oldFs = fs;
            Shared<DescriptorTable> oldDescriptors = descriptors;
            fs = newFs.retain();
            descriptors = newDescriptors.retain();
            oldFs.release();
            oldDescriptors.release();
        }
    }

    /** They are the process's no more. */
    void release() {
        descriptors.release();
        fs.release();
    }
}
