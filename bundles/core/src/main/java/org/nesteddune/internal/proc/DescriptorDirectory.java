package org.nesteddune.internal.proc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.Node;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Inspection;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Seek;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/** {@code /proc/PID/fd} and {@code /proc/PID/fdinfo}: for those who may look into the process. */
final class DescriptorDirectory extends Node {

    /** How such lines begin (Documentation/filesystems/proc.rst, 3.8). */
    private static final List<String> PARTICULARS =
            List.of("eventfd-", "clockid:", "ticks:", "settime flags:", "it_value:", "it_interval:", "inotify ");

    private final Process process;
    private final boolean details;
    private final long device;

    /** @param details whether it is {@code fdinfo} */
    DescriptorDirectory(long inode, Process process, boolean details, long device) {
        super(inode, Stat.S_IFDIR | (details ? 0555 : 0500));
        this.process = process;
        this.details = details;
        this.device = device;
    }

    @Override
    public int uid() {
        return process.credentials().effectiveUid();
    }

    @Override
    public int gid() {
        return process.credentials().effectiveGid();
    }

    private void check(FsContext.Owner caller) {
        if (!Inspection.isAllowed(caller, process)) {
            throw new ErrnoException(Errno.EACCES);
        }
    }

    @Override
    public Node child(FsContext.Owner caller, String name) {
        check(caller);
        int descriptor = PidNames.parse(name);
        if (descriptor < 0 || !process.descriptors().isOpen(descriptor)) {
            return null;
        }
        long number = inode() + 1 + descriptor;
        if (details) {
            return TextNode.text(number, device, () -> information(descriptor));
        }
        OpenFile file = open(descriptor);
        int access;
        try {
            access = file.accessFlags();
        } finally {
            file.release();
        }
        int permissions = 0100
                | (OpenFlags.isReadable(access) ? 0400 : 0)
                | (OpenFlags.isWritable(access) ? 0200 : 0);
        return new MagicLink(number, permissions, () -> pathOf(descriptor), () -> open(descriptor));
    }

    private OpenFile open(int descriptor) {
        try {
            return process.descriptors().get(descriptor);
        } catch (ErrnoException closed) {
            throw new ErrnoException(Errno.ENOENT);
        }
    }

    private String pathOf(int descriptor) {
        OpenFile file = open(descriptor);
        try {
            return file.currentPath();
        } finally {
            file.release();
        }
    }

    private String information(int descriptor) {
        OpenFile file = open(descriptor);
        try {
            long position = Math.max(0, file.seek(0, Seek.SEEK_CUR));
            int flags = file.statusFlags() & ~OpenFlags.O_CLOEXEC
                    | (process.descriptors().closeOnExec(descriptor) == 1 ? OpenFlags.O_CLOEXEC : 0);
            String inode = file instanceof HostFile host ? "ino:\t" + host.inode() + "\n" : "";
            return "pos:\t" + position + "\nflags:\t0" + Integer.toOctalString(flags) + "\nmnt_id:\t1\n" + inode
                    + file.information() + particulars(file);
        } finally {
            file.release();
        }
    }

    /** What the host says about counters, timers and watches; its descriptors and processes are not the guest's. */
    private static String particulars(OpenFile file) {
        int host = file.hostDescriptor();
        if (host < 0 || !file.path().startsWith("anon_inode:")) {
            return "";
        }
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/fdinfo/" + host))) {
            return lines.filter(line -> PARTICULARS.stream().anyMatch(line::startsWith))
                    .map(line -> line + "\n")
                    .collect(Collectors.joining());
        } catch (IOException | UncheckedIOException closed) {
            return "";
        }
    }

    @Override
    public List<Entry> entries(FsContext.Owner caller) {
        check(caller);
        List<Entry> entries = new ArrayList<>();
        process.descriptors().forEach(descriptor -> entries.add(new Entry(
                Integer.toString(descriptor),
                inode() + 1 + descriptor,
                details ? org.nesteddune.linux.Dirent.DT_REG : org.nesteddune.linux.Dirent.DT_LNK)));
        return entries;
    }
}
