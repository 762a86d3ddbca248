package org.nesteddune.internal.loader;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.OpenFlags;

/** Shared memory of the runtime that is mapped into guests, read-only; the descriptor is not this object's. */
final class SharedPages extends OpenFile {

    private final int descriptor;

    SharedPages(String name, int descriptor) {
        super(name);
        this.descriptor = descriptor;
    }

    @Override
    protected void close() {
        // The owner of the descriptor closes it.
    }

    @Override
    public int hostDescriptor() {
        return descriptor;
    }

    @Override
    public int statusFlags() {
        return OpenFlags.O_RDONLY;
    }

    @Override
    public long status(FileStatus status) {
        return 0;
    }
}
