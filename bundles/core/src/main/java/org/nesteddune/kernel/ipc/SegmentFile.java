package org.nesteddune.kernel.ipc;

import java.util.Locale;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;

/** What the mappings of one {@code shmat} map; those that a fork has made of them too. No descriptor leads to it. */
final class SegmentFile extends OpenFile {

    /** The device of the kernel's internal tmpfs: 0:1. */
    private static final long DEVICE = FileStatus.encode(0, 1);

    private final SharedSegments segments;
    private final SharedSegment segment;
    private final boolean readOnly;

    SegmentFile(SharedSegments segments, SharedSegment segment, boolean readOnly) {
        super(String.format(Locale.ROOT, "/SYSV%08x", segment.creatorKey));
        segment.descriptor(readOnly);
        segment.use();
        this.segments = segments;
        this.segment = segment;
        this.readOnly = readOnly;
    }

    SharedSegment segment() {
        return segment;
    }

    @Override
    protected void close() {
        segment.dispose();
    }

    @Override
    public int hostDescriptor() {
        return segment.descriptor(readOnly);
    }

    @Override
    public int statusFlags() {
        return readOnly ? OpenFlags.O_RDONLY : OpenFlags.O_RDWR;
    }

    /** As {@code /proc/PID/maps} shows it: the id as inode number, and no name any more. */
    @Override
    public long status(FileStatus status) {
        status.device = DEVICE;
        status.inode = segment.id();
        status.links = 0;
        status.mode = Stat.S_IFREG | segment.mode() & 0777;
        status.size = segment.size;
        return 0;
    }

    @Override
    public boolean watchesMappings() {
        return true;
    }

    @Override
    public void mappingsChanged(int change) {
        segments.mappingsChanged(segment, change);
    }
}
