package org.nesteddune.bench;

import java.nio.charset.StandardCharsets;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Mman;

/** A file in memory that a guest writes its output to. */
final class Capture implements AutoCloseable {

    private static final int LIMIT = 65536;

    private final int fd;

    Capture() {
        try (NativeBuffer name = NativeBuffer.ofCString("output")) {
            fd = (int) HostException.check("memfd_create", Linux.memfd_create(name.address(), Mman.MFD_CLOEXEC));
        }
    }

    int descriptor() {
        return fd;
    }

    /** What has been written so far, at most 64 KiB. */
    String text() {
        try (NativeBuffer buffer = new NativeBuffer(LIMIT)) {
            int length = (int) HostException.check("pread", Linux.pread(fd, buffer.address(), LIMIT, 0));
            return new String(buffer.bytes(0, length), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        Linux.close(fd);
    }
}
