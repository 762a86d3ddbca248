package org.nesteddune.syscalls.memory;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.mm.Vma;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** Calls that make, change and take away mappings. */
final class MappingCalls {

    private MappingCalls() {
    }

    static void addTo(Syscall.Table table) {
        table.partial(
                        "mmap",
                        "addr addr, size length, flags:prot prot, flags:map flags, fd fd, hex offset -> hex",
                        "MAP_HUGETLB finds an empty pool of huge pages",
                        MappingCalls::mmap)
                .full("munmap", "addr addr, size length", (task, a) -> task.memory().unmap(a.get(0), a.get(1)))
                .full(
                        "mprotect",
                        "addr addr, size length, flags:prot prot",
                        (task, a) -> protect(task, a.get(0), a.get(1), a.get(2)))
                .full(
                        "mremap",
                        "addr old_address, size old_size, size new_size, flags:mremap flags, addr new_address -> hex",
                        MappingCalls::mremap)
                .full("brk", "addr addr -> hex", (task, a) -> task.memory().setBreak(a.get(0)))
                .full(
                        "remap_file_pages",
                        "addr addr, size size, flags:prot prot, size pgoff, flags:map flags",
                        MappingCalls::remapFilePages)
                .full(
                        "mseal",
                        "addr addr, size length, hex flags",
                        (task, a) -> a.get(2) != 0 ? -Errno.EINVAL : task.memory().seal(a.get(0), a.get(1)))
                .full("pkey_alloc", "hex flags, flags:pkey access_rights", MappingCalls::pkeyAlloc)
                .full("pkey_free", "int pkey", (task, a) -> -Errno.EINVAL)
                .full(
                        "pkey_mprotect",
                        "addr addr, size length, flags:prot prot, int pkey",
                        // Without protection keys only −1, which stands for none, is a key.
                        (task, a) -> a.getInt(3) != -1
                                ? -Errno.EINVAL
                                : protect(task, a.get(0), a.get(1), a.get(2)));
    }

    private static long mmap(Task task, SyscallArguments a) {
        int flags = task.architecture().abi().mapFlagsFromGuest(a.getInt(3));
        long offset = a.get(5);
        AddressSpace memory = task.memory();
        if ((offset & memory.pageSize() - 1) != 0) {
            return -Errno.EINVAL;
        }
        int protection = a.getInt(2);
        if ((flags & Mman.MAP_ANONYMOUS) != 0) {
            return memory.map(new MapRequest(a.get(0), a.get(1), protection, flags, null, 0, ""));
        }
        OpenFile file = task.descriptors().get(a.getInt(4));
        try {
            return memory.map(new MapRequest(a.get(0), a.get(1), protection, flags, file, offset, ""));
        } finally {
            file.release();
        }
    }

    private static long protect(Task task, long address, long length, long protection) {
        // The kernel takes an unsigned long; bits above an int are as wrong as other unknown ones.
        return (protection & 0xffff_ffffL) != protection
                ? -Errno.EINVAL
                : task.memory().protect(address, length, (int) protection);
    }

    private static long mremap(Task task, SyscallArguments a) {
        long flags = a.get(3);
        return flags != (int) flags
                ? -Errno.EINVAL
                : task.memory().remap(a.get(0), a.get(1), a.get(2), (int) flags, a.get(4));
    }

    /** As Linux since 4.0: other pages of the file are mapped over these (mm/mmap.c). */
    private static long remapFilePages(Task task, SyscallArguments a) {
        AddressSpace memory = task.memory();
        long page = memory.pageSize();
        long start = a.get(0) & -page;
        long size = a.get(1) & -page;
        long offset = a.get(3);
        if (a.get(2) != 0 || start + size <= start || offset + size / page < offset || offset >>> 51 != 0) {
            return -Errno.EINVAL;
        }
        Vma vma = memory.find(start);
        if (vma == null
                || (vma.flags() & Mman.MAP_SHARED) == 0
                || vma.file() == null
                || vma.end() - start < size
                || !vma.file().tryRetain()) {
            return -Errno.EINVAL;
        }
        try {
            int flags = Mman.MAP_SHARED | Mman.MAP_FIXED | Mman.MAP_POPULATE
                    | a.getInt(4) & Mman.MAP_NONBLOCK | vma.flags() & Mman.MAP_LOCKED;
            long result = memory.map(
                    new MapRequest(start, size, vma.protection(), flags, vma.file(), offset * page, vma.name()));
            return Errno.isError(result) ? result : 0;
        } finally {
            vma.file().release();
        }
    }

    /** As on a processor without protection keys (mm/mprotect.c): there is never one left. */
    private static long pkeyAlloc(Task task, SyscallArguments a) {
        boolean wrong = a.get(0) != 0 || (a.get(1) & ~Mman.PKEY_ACCESS_MASK) != 0;
        return wrong ? -Errno.EINVAL : -Errno.ENOSPC;
    }
}
