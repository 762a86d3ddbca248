package org.nesteddune.internal.loader;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;

/**
 * The headers of an ELF64 executable or shared object, checked. Layouts: {@code Elf64_Ehdr} and {@code Elf64_Phdr} of
 * linux/elf.h.
 *
 * @param type ET_EXEC or ET_DYN
 * @param machine {@code e_machine}
 * @param flags {@code e_flags}
 * @param entry entry point as in the file
 * @param headerOffset where the program headers begin in the file
 * @param headerCount how many program headers there are
 * @param segments PT_LOAD segments in ascending order of address
 * @param interpreter path in PT_INTERP, or null
 * @param executableStack whether PT_GNU_STACK asks for one
 */
record ElfFile(
        int type,
        int machine,
        int flags,
        long entry,
        long headerOffset,
        int headerCount,
        List<Segment> segments,
        String interpreter,
        boolean executableStack) {

    /** Bytes of an Elf64_Ehdr. */
    static final int HEADER_SIZE = 64;

    /** Bytes of an Elf64_Phdr. */
    static final int PROGRAM_HEADER_SIZE = 56;

    /** The kernel reads at most 64 KiB of program headers (load_elf_phdrs of fs/binfmt_elf.c). */
    private static final int MAX_PROGRAM_HEADERS = 65536 / PROGRAM_HEADER_SIZE;

    /** PATH_MAX of linux/limits.h. */
    private static final int PATH_MAX = 4096;

    /** One past the greatest user address of any supported architecture with 4 levels of tables. */
    private static final long ADDRESS_LIMIT = 1L << 47;

    /** A PT_LOAD program header. */
    record Segment(long offset, long address, long fileSize, long memorySize, int flags, long alignment) {

        long end() {
            return address + memorySize;
        }
    }

    /** Where {@code e_flags} is in an {@code Elf32_Ehdr}. */
    private static final int FLAGS_OF_32_BITS = 36;

    /** Whether a file begins like an ELF file. */
    static boolean isElf(byte[] start) {
        return start.length >= Elf.SELFMAG && start[0] == 0x7f && start[1] == 'E' && start[2] == 'L' && start[3] == 'F';
    }

    /** Says by {@code e_machine} and {@code e_flags} why a 32-bit file's ABI is not supported; null if it cannot tell. */
    @FunctionalInterface
    interface Refusal {
        String of(int machine, int flags);
    }

    /** Reads and checks the headers. */
    static ElfFile read(ProgramFile file) throws LoadException {
        return read(file, (machine, flags) -> null);
    }

    /** Reads and checks the headers. */
    static ElfFile read(ProgramFile file, Refusal refusal) throws LoadException {
        String path = file.path();
        try (NativeBuffer header = new NativeBuffer(HEADER_SIZE)) {
            long at = header.address();
            if (file.read(at, HEADER_SIZE, 0) < HEADER_SIZE) {
                throw LoadException.notExecutable(path, "truncated: the file ends inside the ELF header");
            }
            if (Memory.getByte(at + Elf.EI_CLASS) != Elf.ELFCLASS64) {
                int machine = Memory.getShort(at + 18) & 0xffff;
                String known = refusal.of(machine, Memory.getInt(at + FLAGS_OF_32_BITS));
                if (known != null) {
                    throw LoadException.notExecutable(path, known);
                }
                throw LoadException.notExecutable(
                        path, "a 32-bit ELF file for " + Elf.name(machine) + "; only 64-bit programs can run in dune");
            }
            if (Memory.getByte(at + Elf.EI_DATA) != Elf.ELFDATA2LSB) {
                throw LoadException.notExecutable(path, "a big-endian ELF file; only little-endian programs can run in dune");
            }
            int type = Memory.getShort(at + 16) & 0xffff;
            if (type != Elf.ET_EXEC && type != Elf.ET_DYN) {
                throw LoadException.notExecutable(path, "an ELF file of type " + type + ", not an executable");
            }
            int count = Memory.getShort(at + 56) & 0xffff;
            int size = Memory.getShort(at + 54) & 0xffff;
            if (size != PROGRAM_HEADER_SIZE) {
                throw LoadException.notExecutable(path, "program headers of " + size + " bytes instead of 56");
            }
            if (count == 0 || count > MAX_PROGRAM_HEADERS) {
                throw LoadException.notExecutable(path, count + " program headers; 1 to " + MAX_PROGRAM_HEADERS + " can be loaded");
            }
            return readProgramHeaders(
                    file,
                    type,
                    Memory.getShort(at + 18) & 0xffff,
                    Memory.getInt(at + 48),
                    Memory.getLong(at + 24),
                    Memory.getLong(at + 32),
                    count);
        }
    }

    private static ElfFile readProgramHeaders(
            ProgramFile file, int type, int machine, int flags, long entry, long offset, int count)
            throws LoadException {
        List<Segment> segments = new ArrayList<>();
        String interpreter = null;
        boolean executableStack = false;
        int bytes = count * PROGRAM_HEADER_SIZE;
        try (NativeBuffer table = new NativeBuffer(bytes)) {
            if (offset < 0 || offset > file.size() - bytes || file.read(table.address(), bytes, offset) < bytes) {
                throw LoadException.notExecutable(file.path(), "truncated: the program headers lie behind the file's end");
            }
            for (int i = 0; i < count; i++) {
                long at = table.address() + (long) i * PROGRAM_HEADER_SIZE;
                switch (Memory.getInt(at)) {
                    case Elf.PT_LOAD -> segments.add(segment(file, at));
                    case Elf.PT_INTERP -> interpreter = interpreter == null ? interpreter(file, at) : interpreter;
                    case Elf.PT_GNU_STACK -> executableStack = (Memory.getInt(at + 4) & Elf.PF_X) != 0;
                    default -> {
                        // The rest is for the program's own start-up code.
                    }
                }
            }
        }
        segments.removeIf(segment -> segment.memorySize() == 0);
        if (segments.isEmpty()) {
            throw LoadException.notExecutable(file.path(), "no segment to load");
        }
        segments.sort(Comparator.comparingLong(Segment::address));
        for (int i = 1; i < segments.size(); i++) {
            if (segments.get(i).address() < segments.get(i - 1).end()) {
                throw LoadException.notExecutable(
                        file.path(),
                        "segments overlap at 0x" + Long.toHexString(segments.get(i).address()));
            }
        }
        return new ElfFile(
                type, machine, flags, entry, offset, count, List.copyOf(segments), interpreter, executableStack);
    }

    private static Segment segment(ProgramFile file, long at) throws LoadException {
        Segment segment = new Segment(
                Memory.getLong(at + 8),
                Memory.getLong(at + 16),
                Memory.getLong(at + 32),
                Memory.getLong(at + 40),
                Memory.getInt(at + 4),
                Memory.getLong(at + 48));
        String where = "segment at 0x" + Long.toHexString(segment.address());
        if (segment.address() < 0
                || segment.memorySize() < 0
                || segment.address() > ADDRESS_LIMIT
                || segment.memorySize() > ADDRESS_LIMIT - segment.address()) {
            throw LoadException.notExecutable(file.path(), where + " wraps or leaves the user's addresses");
        }
        if (segment.fileSize() < 0 || segment.fileSize() > segment.memorySize()) {
            throw LoadException.notExecutable(file.path(), where + " has more bytes in the file than in memory");
        }
        if (segment.offset() < 0
                || segment.fileSize() > 0
                        && (segment.offset() > file.size() || segment.fileSize() > file.size() - segment.offset())) {
            throw LoadException.notExecutable(file.path(), "truncated: " + where + " lies behind the file's end");
        }
        if (segment.alignment() > 1 && Long.bitCount(segment.alignment()) != 1) {
            throw LoadException.notExecutable(file.path(), where + " has an alignment that is not a power of two");
        }
        return segment;
    }

    private static String interpreter(ProgramFile file, long at) throws LoadException {
        long offset = Memory.getLong(at + 8);
        long length = Memory.getLong(at + 32);
        if (length < 2 || length > PATH_MAX || offset < 0 || offset > file.size() - length) {
            throw LoadException.notExecutable(file.path(), "the interpreter's path has a bad place or length");
        }
        byte[] bytes = file.read(offset, (int) length);
        if (bytes.length < length || bytes[(int) length - 1] != 0) {
            throw LoadException.notExecutable(file.path(), "the interpreter's path is not terminated");
        }
        int end = 0;
        while (bytes[end] != 0) {
            end++;
        }
        return new String(Arrays.copyOf(bytes, end), java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** Lowest address of a segment. */
    long lowest() {
        return segments.get(0).address();
    }

    /** One past the highest address of a segment. */
    long highest() {
        return segments.get(segments.size() - 1).end();
    }

    /** The greatest alignment that a segment asks for, at least the page size given. */
    long alignment(int pageSize) {
        long greatest = pageSize;
        for (Segment segment : segments) {
            greatest = Math.max(greatest, segment.alignment());
        }
        return greatest;
    }

    /** Checks what depends on the machine's page size. */
    void checkPages(String path, int pageSize) throws LoadException {
        for (Segment segment : segments) {
            if (segment.fileSize() > 0 && (segment.address() - segment.offset()) % pageSize != 0) {
                throw new LoadException(
                        Errno.EINVAL,
                        path + ": segment at 0x" + Long.toHexString(segment.address())
                                + " is not aligned to pages of " + pageSize + " bytes like its place in the file");
            }
        }
    }
}
