package org.nesteddune.internal.mm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.IoContext;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.OpenFlags;

/** A temporary host file. */
final class TestFile extends OpenFile {

    private final Path path;
    private final int descriptor;
    private final int flags;
    boolean closed;

    TestFile(int pages) throws IOException {
        this(Files.createTempFile("memory", ".test"), pages, OpenFlags.O_RDWR);
    }

    TestFile(Path path, int pages, int flags) throws IOException {
        super(path.toString());
        this.path = path;
        this.flags = flags;
        byte[] content = new byte[pages * 4096];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i / 4096 + 1);
        }
        Files.write(path, content);
        try (NativeBuffer name = NativeBuffer.ofCString(path.toString())) {
            descriptor = (int) HostException.check(
                    "open", Linux.open(name.address(), flags | OpenFlags.O_CLOEXEC, 0));
        }
    }

    void length(long bytes) {
        HostException.check("ftruncate", Linux.ftruncate(descriptor, bytes));
    }

    @Override
    protected void close() {
        closed = true;
        Linux.close(descriptor);
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public int hostDescriptor() {
        return descriptor;
    }

    @Override
    public int statusFlags() {
        return flags;
    }

    @Override
    public long status(FileStatus status) {
        status.device = FileStatus.encode(254, 1);
        status.inode = 4711;
        status.links = 1;
        return 0;
    }

    @Override
    public long read(IoContext io, long address, long length) {
        throw new UnsupportedOperationException();
    }
}
