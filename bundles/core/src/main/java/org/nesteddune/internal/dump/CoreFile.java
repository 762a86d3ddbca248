package org.nesteddune.internal.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Stat;
import org.nesteddune.mm.CoreSegment;
import org.nesteddune.syscall.ErrnoException;

/**
 * Writes a core file ({@code do_coredump} of fs/coredump.c, {@code elf_core_dump} of fs/binfmt_elf.c): in the guest's file tree
 * and with its rights, never longer than RLIMIT_CORE says, never to what is no new file of its own. For one thread.
 */
public final class CoreFile {

    /** {@code min_coredump} of the kernel's ELF format: with less room there is no file. */
    private static final long LEAST = 4096;

    private static final int MODE = 0600;
    private static final int HEADER_SIZE = 64;
    private static final int PROGRAM_HEADER_SIZE = 56;
    private static final int SECTION_HEADER_SIZE = 64;
    private static final int ELF64_LITTLE_ENDIAN = 0x00010102; // EI_CLASS, EI_DATA, EI_VERSION
    private static final int ELF_MAGIC = 0x464c457f;

    /** This many program headers or more are counted in the first section header (linux/elf.h). */
    private static final int PN_XNUM = 0xffff;

    private final int descriptor;
    private final long limit;
    private final BooleanSupplier cancelled;
    private long written;

    private CoreFile(int descriptor, long limit, BooleanSupplier cancelled) {
        this.descriptor = descriptor;
        this.limit = limit;
        this.cancelled = cancelled;
    }

    /** Whether a process's limit, architecture and settings let it dump core at all. */
    public static boolean isWanted(Task task) {
        return Long.compareUnsigned(task.process().limits().soft(Resource.RLIMIT_CORE), LEAST) >= 0
                && task.process().settings().dumpable() == 1
                && task.process().architecture().coreLayout() != null;
    }

    /**
     * Writes the file of a process whose tasks all stand still.
     *
     * @param task to which the signal came; the calling thread's
     * @param threads of which the task's is the first
     * @param cancelled asked between two pieces; true when somebody wants it to end now
     * @return whether there is a file, though it may be shorter than it should
     */
    public static boolean write(Task task, SignalInfo info, List<CoreThread> threads, BooleanSupplier cancelled) {
        long limit = task.process().limits().soft(Resource.RLIMIT_CORE);
        String name = CoreName.of(task, info.signal(), limit);
        OpenFile file;
        try {
            remove(task, name);
            file = task.fs().open(
                    null, name, OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_WRONLY | OpenFlags.O_NOFOLLOW, MODE);
        } catch (ErrnoException refused) {
            return false;
        }
        try {
            if (!isOwn(file, task)) {
                return false;
            }
            new CoreFile(file.hostDescriptor(), limit, cancelled).write(task, info, threads);
            return true;
        } finally {
            file.release();
        }
    }

    private static void remove(Task task, String name) {
        try {
            task.fs().remove(null, name, false);
        } catch (ErrnoException absent) {
            // Opening it says what is the matter, if anything is.
        }
    }

    private static boolean isOwn(OpenFile file, Task task) {
        FileStatus status = new FileStatus();
        return file.hostDescriptor() >= 0
                && file.status(status) == 0
                && Stat.S_ISREG(status.mode)
                && status.links == 1
                && status.uid == task.credentials().fsUid()
                && (status.mode & 0677) == MODE;
    }

    private void write(Task task, SignalInfo info, List<CoreThread> threads) {
        List<CoreSegment> segments = task.memory().coreSegments(task.process().settings().coreFilter());
        byte[] notes = CoreNotes.of(task, info, threads, segments);
        int pageSize = task.memory().pageSize();
        int count = segments.size() + 1;
        long notesAt = HEADER_SIZE + (long) count * PROGRAM_HEADER_SIZE;
        long contentsAt = notesAt + notes.length + pageSize - 1 & -pageSize;
        long end = contentsAt + segments.stream().mapToLong(CoreSegment::size).sum();
        if (!put(0, header(task, count, end)) || !put(HEADER_SIZE, programHeaders(segments, notesAt, notes.length, contentsAt, pageSize))
                || !put(notesAt, notes)) {
            return;
        }
        long at = contentsAt;
        for (CoreSegment segment : segments) {
            long start = at;
            boolean[] whole = {true};
            if (segment.size() != 0) {
                task.memory().coreContents(
                        segment, (offset, host, length) -> whole[0] = put(start + offset, host, length));
            }
            if (!whole[0]) {
                return;
            }
            at += segment.size();
        }
        if (count >= PN_XNUM) {
            put(end, sectionHeader(count));
        } else {
            Linux.ftruncate(descriptor, end);
        }
    }

    private static byte[] header(Task task, int count, long end) {
        boolean many = count >= PN_XNUM;
        ByteBuffer header = ByteBuffer.allocate(HEADER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(ELF_MAGIC).putInt(ELF64_LITTLE_ENDIAN).putLong(0);
        header.putShort((short) Elf.ET_CORE)
                .putShort((short) task.process().architecture().elfMachine())
                .putInt(1)
                .putLong(0)
                .putLong(HEADER_SIZE)
                .putLong(many ? end : 0)
                .putInt(0)
                .putShort((short) HEADER_SIZE)
                .putShort((short) PROGRAM_HEADER_SIZE)
                .putShort((short) Math.min(count, PN_XNUM))
                .putShort((short) (many ? SECTION_HEADER_SIZE : 0))
                .putShort((short) (many ? 1 : 0))
                .putShort((short) 0);
        return header.array();
    }

    /** The one that has the number of program headers in sh_info. */
    private static byte[] sectionHeader(int count) {
        ByteBuffer header = ByteBuffer.allocate(SECTION_HEADER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(32, 1).putInt(44, count);
        return header.array();
    }

    private static byte[] programHeaders(
            List<CoreSegment> segments, long notesAt, long notesSize, long contentsAt, int pageSize) {
        ByteBuffer headers =
                ByteBuffer.allocate((segments.size() + 1) * PROGRAM_HEADER_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        headers.putInt(Elf.PT_NOTE).putInt(0).putLong(notesAt).putLong(0).putLong(0);
        headers.putLong(notesSize).putLong(0).putLong(4);
        long at = contentsAt;
        for (CoreSegment segment : segments) {
            int protection = segment.vma().protection();
            int flags = ((protection & Mman.PROT_READ) != 0 ? 4 : 0) // PF_R
                    | ((protection & Mman.PROT_WRITE) != 0 ? 2 : 0) // PF_W
                    | ((protection & Mman.PROT_EXEC) != 0 ? 1 : 0); // PF_X
            headers.putInt(Elf.PT_LOAD).putInt(flags).putLong(at).putLong(segment.vma().start()).putLong(0);
            headers.putLong(segment.size()).putLong(segment.vma().length()).putLong(pageSize);
            at += segment.size();
        }
        return headers.array();
    }

    private boolean put(long offset, byte[] bytes) {
        try (NativeBuffer buffer = new NativeBuffer(bytes.length)) {
            Memory.copyTo(buffer.address(), bytes, 0, bytes.length);
            return put(offset, buffer.address(), bytes.length);
        }
    }

    /** Holes do not count for the limit, as in the kernel. */
    private boolean put(long offset, long host, int length) {
        for (int done = 0; done < length; ) {
            long room = limit - written;
            if (cancelled.getAsBoolean() || limit >= 0 && room < length - done) {
                return false;
            }
            long result = Linux.pwrite(descriptor, host + done, length - done, offset + done);
            if (result == -Errno.EINTR) {
                continue;
            }
            if (result <= 0) {
                return false;
            }
            done += (int) result;
            written += result;
        }
        return true;
    }
}
