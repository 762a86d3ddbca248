package org.nesteddune.internal.loader;

import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.MapRequest;

/** Maps the segments of an ELF file as load_elf_binary does: file pages where the file has bytes, zero pages behind. */
final class ImageMapper {

    private final AddressSpace memory;
    private final long page;

    ImageMapper(AddressSpace memory) {
        this.memory = memory;
        this.page = memory.pageSize();
    }

    long down(long address) {
        return address & -page;
    }

    long up(long address) {
        return address + page - 1 & -page;
    }

    /**
     * Maps an image.
     *
     * @param bias what is added to all addresses of the file
     */
    void map(ProgramFile file, ElfFile elf, long bias) throws LoadException {
        for (ElfFile.Segment segment : elf.segments()) {
            map(file, segment, bias);
        }
    }

    private void map(ProgramFile file, ElfFile.Segment segment, long bias) throws LoadException {
        int protection = protection(segment.flags());
        long start = segment.address() + bias;
        long fileEnd = start + segment.fileSize();
        long end = start + segment.memorySize();
        long zeroFrom = down(start);
        if (segment.fileSize() > 0) {
            long offset = segment.offset() - (start - down(start));
            int flags = Mman.MAP_PRIVATE | Mman.MAP_FIXED;
            check(file, memory.map(new MapRequest(
                    down(start), up(fileEnd) - down(start), protection, flags, file.file(), offset, "")));
            zeroFrom = up(fileEnd);
            if (end > fileEnd && zeroFrom > fileEnd) {
                clear(file, fileEnd, Math.min(zeroFrom, up(end)) - fileEnd, protection);
            }
        }
        if (up(end) > zeroFrom) {
            int flags = Mman.MAP_PRIVATE | Mman.MAP_FIXED | Mman.MAP_ANONYMOUS;
            check(file, memory.map(new MapRequest(zeroFrom, up(end) - zeroFrom, protection, flags, null, 0, "")));
        }
    }

    /** The rest of the last file page belongs to the zero part; without write permission it stays, as in the kernel. */
    private void clear(ProgramFile file, long address, long length, int protection) throws LoadException {
        if ((protection & Mman.PROT_WRITE) == 0) {
            return;
        }
        try {
            memory.clear(address, length);
        } catch (GuestFault bad) {
            throw LoadException.notExecutable(file.path(), "the end of a segment cannot be written");
        }
    }

    private static void check(ProgramFile file, long result) throws LoadException {
        if (result < 0 && result >= -4095) {
            throw new LoadException(
                    (int) -result, file.path() + ": a segment cannot be mapped: " + Errno.text((int) -result));
        }
    }

    static int protection(int segmentFlags) {
        return ((segmentFlags & Elf.PF_R) != 0 ? Mman.PROT_READ : 0)
                | ((segmentFlags & Elf.PF_W) != 0 ? Mman.PROT_WRITE : 0)
                | ((segmentFlags & Elf.PF_X) != 0 ? Mman.PROT_EXEC : 0);
    }
}
