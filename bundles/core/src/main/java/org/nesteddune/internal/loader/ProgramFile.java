package org.nesteddune.internal.loader;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.fs.RunningPrograms;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.syscall.ErrnoException;

/** A file that is to be executed, open for reading and checked to be executable by this user. */
public final class ProgramFile implements AutoCloseable {

    private final String path;
    private final OpenFile file;
    private final FileStatus status;
    private final RunningPrograms programs;

    /** Takes over the file; nobody writes to it as long as this is open. */
    private ProgramFile(RunningPrograms programs, String path, OpenFile file, FileStatus status) {
        this.programs = programs;
        this.path = path;
        this.file = file;
        this.status = status;
        programs.began(id());
    }

    /** Opens a program; the error says which path was tried and why it cannot be executed. */
    static ProgramFile open(RunningPrograms programs, FsContext fs, String path) throws LoadException {
        return open(programs, fs, null, path, true);
    }

    /** As {@link #open(RunningPrograms, FsContext, String)}; see {@link FsContext#openExecutable}. */
    static ProgramFile open(RunningPrograms programs, FsContext fs, OpenFile base, String path, boolean followLast)
            throws LoadException {
        OpenFile file;
        try {
            file = fs.openExecutable(base, path, followLast);
        } catch (ErrnoException failed) {
            throw new LoadException(failed.errno(), display(path) + ": " + explain(failed.errno()));
        }
        FileStatus status = new FileStatus();
        boolean good = false;
        try {
            long result = file.status(status);
            if (result < 0) {
                throw new LoadException((int) -result, display(path) + ": " + Errno.text((int) -result));
            }
            good = true;
        } finally {
            if (!good) {
                file.release();
            }
        }
        ProgramFile program = new ProgramFile(programs, path, file, status);
        if (RunningPrograms.isOpenForWriting(file.hostDescriptor())) {
            program.close();
            throw new LoadException(Errno.ETXTBSY, display(path) + ": " + Errno.text(Errno.ETXTBSY)
                    + " (somebody has it open for writing)");
        }
        return program;
    }

    private static String explain(int errno) {
        return errno == Errno.EACCES
                ? "Permission denied: it is not an executable regular file (chmod +x?), or a directory on the way is closed"
                : Errno.text(errno);
    }

    /** A byte string as text for people. */
    public static String display(String bytes) {
        return new String(
                bytes.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), java.nio.charset.StandardCharsets.UTF_8);
    }

    /** The path for messages. */
    String path() {
        return display(path);
    }

    /** The file itself; it stays this object's. */
    OpenFile file() {
        return file;
    }

    /** Which file it is. */
    RunningPrograms.Program id() {
        return new RunningPrograms.Program(status.device, status.inode);
    }

    long size() {
        return status.size;
    }

    /** Type and permissions. */
    int mode() {
        return status.mode;
    }

    /** The owner. */
    int uid() {
        return status.uid;
    }

    /** The group. */
    int gid() {
        return status.gid;
    }

    /** Whether its user may read it too, and so everything about a process that runs it. */
    boolean isReadable() {
        if (HostIdentity.present() == HostIdentity.PROCESS) {
            return true; // it has been opened
        }
        try (NativeBuffer empty = NativeBuffer.ofCString("")) {
            int flags = Fcntl.AT_EACCESS | Fcntl.AT_EMPTY_PATH;
            return Linux.faccessat2(file.hostDescriptor(), empty.address(), Fcntl.R_OK, flags) == 0;
        }
    }

    /** Reads into host memory; how many bytes there were, 0 at the end or on an error. */
    long read(long address, long length, long offset) {
        long done = 0;
        while (done < length) {
            long n = Linux.pread(file.hostDescriptor(), address + done, length - done, offset + done);
            if (n <= 0) {
                break;
            }
            done += n;
        }
        return done;
    }

    /** Reads into an array that is as long as what there was. */
    byte[] read(long offset, int length) {
        try (NativeBuffer buffer = new NativeBuffer(length)) {
            byte[] bytes = new byte[(int) read(buffer.address(), length, offset)];
            Memory.copyFrom(buffer.address(), bytes, 0, bytes.length);
            return bytes;
        }
    }

    @Override
    public void close() {
        programs.ended(id());
        file.release();
    }
}
