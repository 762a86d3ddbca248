package org.nesteddune.internal.mm;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.HostIdentity;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.mm.CoreSegment;
import org.nesteddune.mm.PageScan;
import org.nesteddune.mm.Vma;

/**
 * What of an address space goes into a core file ({@code vma_dump_size} of fs/coredump.c): by default anonymous memory that
 * was touched, files' pages of mappings that were written, and the first page of programs and libraries. Contents are read by
 * {@code /proc/self/mem}, which asks for no right and fails where nothing is.
 */
final class CoreContents {

    // Bits of /proc/PID/coredump_filter (core(5)). Guests have no huge pages of their own and no DAX.
    private static final int ANONYMOUS_PRIVATE = 1;
    private static final int ANONYMOUS_SHARED = 1 << 1;
    private static final int FILE_PRIVATE = 1 << 2;
    private static final int FILE_SHARED = 1 << 3;
    private static final int ELF_HEADERS = 1 << 4;

    private static final int ELF_MAGIC = 0x464c457f; // "\x7fELF", little-endian
    private static final int ANY_EXECUTE = 0111;
    private static final int CHUNK = 256 << 10;
    private static final String VDSO = "[vdso]";

    private final Mappings mappings;
    private final MapsText text;

    CoreContents(Mappings mappings, MapsText text) {
        this.mappings = mappings;
        this.text = text;
    }

    /** A mapping, and whether something in it was written that no file and no other process has. */
    record Candidate(Vma vma, boolean skipped, boolean written, boolean sharedAnonymous) {}

    /** Looks at what is there. Needs the lock. */
    List<Candidate> candidates() {
        List<Candidate> found = new ArrayList<>();
        AreaTree tree = mappings.tree;
        try (PageScan pages = PageScan.written()) {
            for (int i = 0; i < tree.count(); ) {
                int last = tree.lastAlike(i);
                Area area = tree.get(i);
                boolean written = false;
                for (int j = i; j <= last && !area.isShared() && !area.is(Area.DONTDUMP); j++) {
                    written = written || isWritten(pages, tree.get(j));
                }
                found.add(new Candidate(text.vma(i, last), area.is(Area.DONTDUMP), written, area.isShared() && area.file == null));
                i = last + 1;
            }
        }
        return found;
    }

    private boolean isWritten(PageScan pages, Area area) {
        boolean[] any = new boolean[1];
        long host = area.start + mappings.window.delta(area.start);
        pages.find(host, host + area.length(), (start, end) -> any[0] = true);
        return any[0];
    }

    /** How much of each is for the file. Asks files for their status and reads memory, so this is not for under the lock. */
    static List<CoreSegment> segments(List<Candidate> candidates, int filter, GuestMemory memory, int pageSize) {
        List<CoreSegment> segments = new ArrayList<>(candidates.size());
        for (Candidate each : candidates) {
            segments.add(new CoreSegment(each.vma, size(each, filter, memory, pageSize)));
        }
        return segments;
    }

    private static long size(Candidate candidate, int filter, GuestMemory memory, int pageSize) {
        Vma vma = candidate.vma;
        OpenFile file = vma.file();
        if (vma.name().equals(VDSO)) {
            return vma.length();
        }
        if (candidate.skipped || file != null && !vma.name().isEmpty()) {
            return 0;
        }
        if (candidate.written && (filter & ANONYMOUS_PRIVATE) != 0) {
            return vma.length();
        }
        if (file == null) {
            return candidate.sharedAnonymous && (filter & ANONYMOUS_SHARED) != 0 ? vma.length() : 0;
        }
        FileStatus status = new FileStatus();
        boolean known = file.status(status) == 0;
        if ((vma.flags() & Mman.MAP_SHARED) != 0) {
            int kind = known && status.links == 0 ? ANONYMOUS_SHARED : FILE_SHARED;
            return (filter & kind) != 0 ? vma.length() : 0;
        }
        if ((filter & FILE_PRIVATE) != 0) {
            return vma.length();
        }
        boolean first = (filter & ELF_HEADERS) != 0 && vma.offset() == 0 && (vma.protection() & Mman.PROT_READ) != 0;
        return first && (known && (status.mode & ANY_EXECUTE) != 0 || isElf(memory, vma.start())) ? pageSize : 0;
    }

    private static boolean isElf(GuestMemory memory, long address) {
        try {
            return memory.readInt(address) == ELF_MAGIC;
        } catch (GuestFault unreadable) {
            return false;
        }
    }

    /** Part of a mapping in the host. */
    record Piece(long start, long length, long host, boolean onlyWritten) {}

    /** Where the contents of a segment are. Needs the lock. */
    List<Piece> pieces(CoreSegment segment) {
        List<Piece> pieces = new ArrayList<>();
        long start = segment.vma().start();
        long end = start + segment.size();
        AreaTree tree = mappings.tree;
        for (int i = tree.indexFrom(start); i < tree.count() && tree.get(i).start < end; i++) {
            Area area = tree.get(i);
            long from = Math.max(start, area.start);
            long to = Math.min(end, area.end);
            if (from < to) {
                pieces.add(new Piece(
                        from - start, to - from, from + mappings.window.delta(from), area.isPrivateAnonymous()));
            }
        }
        return pieces;
    }

    /**
     * Hands out the contents. What another process that shares the memory unmaps meanwhile is missing: the window stays
     * reserved, so nothing else is ever in its place.
     */
    static void read(List<Piece> pieces, CoreSegment.Sink sink) {
        int memory = openMemory();
        if (memory < 0) {
            return;
        }
        try (NativeBuffer buffer = new NativeBuffer(CHUNK); PageScan pages = PageScan.written()) {
            boolean[] goOn = {true};
            for (Piece piece : pieces) {
                PageScan.Sink run = (start, end) -> goOn[0] = goOn[0]
                        && copy(memory, buffer, start, end, piece.start - piece.host, sink);
                if (piece.onlyWritten) {
                    pages.find(piece.host, piece.host + piece.length, run);
                } else {
                    run.found(piece.host, piece.host + piece.length);
                }
            }
        } finally {
            Linux.close(memory);
        }
    }

    private static int openMemory() {
        try (NativeBuffer path = NativeBuffer.ofCString("/proc/self/mem")) {
            return HostIdentity.asProcess(
                    () -> (int) Linux.open(path.address(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0));
        }
    }

    private static boolean copy(
            int memory, NativeBuffer buffer, long start, long end, long distance, CoreSegment.Sink sink) {
        for (long at = start; at < end; ) {
            long got = Linux.pread(memory, buffer.address(), Math.min(CHUNK, end - at), at);
            if (Errno.isError(got) || got == 0) {
                at = (at & -Linux.PAGE_SIZE) + Linux.PAGE_SIZE;
                continue;
            }
            if (!sink.take(at + distance, buffer.address(), (int) got)) {
                return false;
            }
            at += got;
        }
        return true;
    }
}
