package org.nesteddune.internal.loader;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.VdsoData;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.OpenFlags;

/** Shared memory of an architecture's that is mapped into guests, read-only. */
final class SharedPages extends OpenFile {

    private final VdsoData data;

    /** @param data with a reference, which is this object's from now on */
    SharedPages(String name, VdsoData data) {
        super(name);
        this.data = data;
    }

    @Override
    protected void close() {
        data.release();
    }

    @Override
    public int hostDescriptor() {
        return data.descriptor();
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
