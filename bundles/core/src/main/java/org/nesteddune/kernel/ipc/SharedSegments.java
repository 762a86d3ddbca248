package org.nesteddune.kernel.ipc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Resource;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.mm.Vma;
import org.nesteddune.syscall.ErrnoException;

/**
 * System V shared memory. How often a segment is attached follows its mappings, which a fork copies and an exec or an exit
 * takes away: see {@link org.nesteddune.fs.OpenFile#mappingsChanged}. Methods throw {@link ErrnoException} with the
 * error that the call gets. Thread-safe; the monitor of the table guards all segments' counters.
 */
public final class SharedSegments {

    private static final String HUGE_PAGES = "/sys/kernel/mm/hugepages";

    /** Offsets in {@code struct sysinfo}, and its size. */
    private static final int TOTAL_RAM = 32;
    private static final int TOTAL_SWAP = 64;
    private static final int MEMORY_UNIT = 104;
    private static final int SYSINFO_SIZE = 112;

    private final IpcIds<SharedSegment> ids = new IpcIds<>();
    private final IpcLimits limits;
    private final IntSupplier currentPid;

    /** @param currentPid the process on whose behalf the calling thread works, 0 if that is not known */
    SharedSegments(IpcLimits limits, IntSupplier currentPid) {
        this.limits = limits;
        this.currentPid = currentPid;
    }

    /**
     * A segment as {@code shmctl} shows it. Times are seconds since the epoch.
     *
     * @param size bytes
     * @param creatorPid and {@code lastPid}: who has made it, and who attached or detached it last
     * @param mappings how many there are of it (nattch)
     * @param resident bytes in the host's memory
     */
    public record Status(
            int id,
            IpcPermissions permissions,
            long size,
            long attachTime,
            long detachTime,
            long changeTime,
            int creatorPid,
            int lastPid,
            long mappings,
            long resident) {}

    /** What all segments take: how many there are, their pages, and of these those in memory. */
    public record Usage(int segments, long pages, long residentPages) {}

    /** {@code shmget}; the id. */
    public int get(Task task, int key, long size, int flags) {
        Credentials who = task.credentials();
        return ids.get(key, flags, limits.get(IpcLimit.SHMMNI), who, found -> {
            if (Long.compareUnsigned(found.size, size) < 0) {
                throw new ErrnoException(Errno.EINVAL);
            }
        }, () -> make(task, key, size, flags, who));
    }

    private SharedSegment make(Task task, int key, long size, int flags, Credentials who) {
        if (size == 0 || Long.compareUnsigned(size, limits.get(IpcLimit.SHMMAX)) > 0) {
            throw new ErrnoException(Errno.EINVAL);
        }
        long needed = Long.divideUnsigned(size + Linux.PAGE_SIZE - 1, Linux.PAGE_SIZE);
        long pages = pages();
        if (Long.compareUnsigned(needed * Linux.PAGE_SIZE, size) < 0
                || Long.compareUnsigned(pages + needed, pages) < 0
                || Long.compareUnsigned(pages + needed, limits.get(IpcLimit.SHMALL)) > 0) {
            throw new ErrnoException(Errno.ENOSPC);
        }
        if ((flags & Ipc.SHM_HUGETLB) != 0) {
            throw new ErrnoException(hugePagesError(who, flags >> Ipc.SHM_HUGE_SHIFT & Ipc.SHM_HUGE_MASK));
        }
        if (size < 0) {
            throw new ErrnoException(Errno.EINVAL);
        }
        if ((flags & Ipc.SHM_NORESERVE) == 0 && needed > hostPages()) {
            throw new ErrnoException(Errno.ENOMEM);
        }
        return new SharedSegment(key, flags, size, who, task.process().pid());
    }

    /** Pages of all segments. */
    private long pages() {
        return ids.all().stream().mapToLong(SharedSegment::pages).sum();
    }

    /** As on a host whose pool of huge pages is empty ({@code hugetlb_file_setup}). */
    private static int hugePagesError(Credentials who, int shift) {
        boolean known = shift == 0
                ? Files.isDirectory(Path.of(HUGE_PAGES))
                : shift >= 10 && Files.isDirectory(Path.of(HUGE_PAGES, "hugepages-" + (1L << shift - 10) + "kB"));
        if (!known) {
            return Errno.EINVAL;
        }
        // Group 0 is what vm.hugetlb_shm_group is at first.
        boolean allowed = who.has(Capabilities.CAP_IPC_LOCK) || who.fsGid() == 0 || who.groups().contains(0);
        return allowed ? Errno.ENOMEM : Errno.EPERM;
    }

    /** Memory and swap of the host: more than that is never promised (OVERCOMMIT_GUESS of {@code mm/util.c}). */
    private static long hostPages() {
        try (NativeBuffer info = new NativeBuffer(SYSINFO_SIZE)) {
            if (Linux.sysinfo(info.address()) < 0) {
                return Long.MAX_VALUE;
            }
            long bytes = (Memory.getLong(info.address() + TOTAL_RAM) + Memory.getLong(info.address() + TOTAL_SWAP))
                    * Integer.toUnsignedLong(Memory.getInt(info.address() + MEMORY_UNIT));
            return bytes / Linux.PAGE_SIZE;
        }
    }

    /**
     * {@code shmat}; the address.
     *
     * @param alignment what an address must be a multiple of, or is rounded down to with SHM_RND (SHMLBA)
     */
    public long attach(Task task, int id, long address, int flags, long alignment) {
        AddressSpace memory = task.memory();
        long start = address;
        boolean replace = (flags & Ipc.SHM_REMAP) != 0;
        if (start != 0) {
            if ((start & alignment - 1) != 0) {
                if ((flags & Ipc.SHM_RND) == 0) {
                    throw new ErrnoException(Errno.EINVAL);
                }
                start &= -alignment;
                if (start == 0 && replace) {
                    throw new ErrnoException(Errno.EINVAL);
                }
            }
        } else if (replace) {
            throw new ErrnoException(Errno.EINVAL);
        }
        boolean readOnly = (flags & Ipc.SHM_RDONLY) != 0;
        int protection = Mman.PROT_READ | (readOnly ? 0 : Mman.PROT_WRITE);
        int wanted = IpcObject.READ | (readOnly ? 0 : IpcObject.WRITE);
        if ((flags & Ipc.SHM_EXEC) != 0) {
            protection |= Mman.PROT_EXEC;
            wanted |= IpcObject.EXECUTE;
        }
        SharedSegment segment;
        SegmentFile file;
        synchronized (ids) {
            segment = ids.find(id);
            segment.check(task.credentials(), wanted);
            file = new SegmentFile(this, segment, readOnly);
            segment.mappings++; // so that it stays until it is mapped
        }
        try {
            int place = address == 0 ? 0 : replace ? Mman.MAP_FIXED : Mman.MAP_FIXED_NOREPLACE;
            long result = memory.map(
                    new MapRequest(start, segment.size, protection, Mman.MAP_SHARED | place, file, 0, ""));
            return result == -Errno.EEXIST ? -Errno.EINVAL : result;
        } finally {
            file.release();
            synchronized (ids) {
                segment.mappings--;
                destroyIfUnused(segment);
            }
        }
    }

    /** Takes note that mappings have come or gone ({@code shm_open}, {@code shm_close} of {@code ipc/shm.c}). */
    void mappingsChanged(SharedSegment segment, int change) {
        int pid = currentPid.getAsInt();
        synchronized (ids) {
            segment.mappings += change;
            segment.lastPid = pid == 0 ? segment.lastPid : pid;
            if (change > 0) {
                segment.attachTime = IpcObject.now();
            } else {
                segment.detachTime = IpcObject.now();
                destroyIfUnused(segment);
            }
        }
    }

    private void destroyIfUnused(SharedSegment segment) {
        boolean doomed = (segment.mode() & Ipc.SHM_DEST) != 0 || limits.get(IpcLimit.SHM_RMID_FORCED) != 0;
        if (segment.mappings == 0 && doomed) {
            destroy(segment);
        }
    }

    private void destroy(SharedSegment segment) {
        if (ids.remove(segment)) {
            segment.dispose();
        }
    }

    /**
     * {@code shmdt}: takes away all that is still mapped by the {@code shmat} that gave an address.
     *
     * @return 0
     */
    public long detach(Task task, long address) {
        AddressSpace memory = task.memory();
        if ((address & memory.pageSize() - 1) != 0) {
            throw new ErrnoException(Errno.EINVAL);
        }
        List<Vma> all = memory.mappings();
        SegmentFile file = null;
        long end = 0;
        for (Vma vma : all) {
            boolean here = Long.compareUnsigned(vma.start(), address) >= 0
                    && vma.file() instanceof SegmentFile
                    && vma.start() - address == vma.offset()
                    && (file == null || vma.file() == file && vma.end() <= end);
            if (here) {
                if (file == null) {
                    file = (SegmentFile) vma.file();
                    end = address + (file.segment().size + memory.pageSize() - 1 & -memory.pageSize());
                }
                memory.unmap(vma.start(), vma.length());
            }
        }
        return file == null ? -Errno.EINVAL : 0;
    }

    /** IPC_STAT. */
    public Status status(Task task, int id) {
        return status(task, id, IpcIds.Lookup.ID, true);
    }

    /** SHM_STAT, or SHM_STAT_ANY if {@code anybody} may ask. */
    public Status statusAt(Task task, int index, boolean anybody) {
        return status(task, index, IpcIds.Lookup.INDEX, !anybody);
    }

    private Status status(Task task, int id, IpcIds.Lookup lookup, boolean checked) {
        synchronized (ids) {
            SharedSegment segment = ids.find(id, lookup);
            if (checked) {
                segment.check(task.credentials(), IpcObject.READ);
            }
            return status(segment);
        }
    }

    private static Status status(SharedSegment segment) {
        return new Status(
                segment.id(),
                segment.permissions(),
                segment.size,
                segment.attachTime,
                segment.detachTime,
                segment.changeTime,
                segment.creatorPid,
                segment.lastPid,
                segment.mappings,
                segment.resident());
    }

    /** All segments, for {@code /proc/sysvipc/shm}. */
    public List<Status> all() {
        List<Status> all = new ArrayList<>();
        synchronized (ids) {
            for (SharedSegment segment : ids.all()) {
                all.add(status(segment));
            }
        }
        return all;
    }

    /** What SHM_INFO tells. */
    public Usage usage() {
        synchronized (ids) {
            long resident = 0;
            for (SharedSegment segment : ids.all()) {
                resident += segment.resident();
            }
            return new Usage(ids.count(), pages(), resident / Linux.PAGE_SIZE);
        }
    }

    /** What the {@code *_INFO} commands return. */
    public int greatestIndex() {
        return ids.greatestIndex();
    }

    /** IPC_SET. */
    public void update(Task task, int id, int uid, int gid, int mode) {
        synchronized (ids) {
            SharedSegment segment = ids.find(id);
            segment.checkControl(task.credentials());
            segment.update(uid, gid, mode);
            segment.changeTime = IpcObject.now();
        }
    }

    /** IPC_RMID: the segment goes with its last mapping. */
    public void remove(Task task, int id) {
        synchronized (ids) {
            SharedSegment segment = ids.find(id);
            segment.checkControl(task.credentials());
            if (segment.mappings > 0) {
                segment.mark(Ipc.SHM_DEST, true);
                ids.hide(segment);
            } else {
                destroy(segment);
            }
        }
    }

    /** SHM_LOCK, SHM_UNLOCK. Whether the host swaps is the host's business: it is noted, and counted against no limit. */
    public void lock(Task task, int id, boolean locked) {
        synchronized (ids) {
            SharedSegment segment = ids.find(id);
            Credentials who = task.credentials();
            if (!who.has(Capabilities.CAP_IPC_LOCK)) {
                long limit = task.process().limits().soft(Resource.RLIMIT_MEMLOCK);
                if (!segment.isOwner(who) || locked && limit == 0) {
                    throw new ErrnoException(Errno.EPERM);
                }
                if (locked && Long.compareUnsigned(segment.size, limit) > 0) {
                    throw new ErrnoException(Errno.ENOMEM);
                }
            }
            segment.mark(Ipc.SHM_LOCKED, locked);
        }
    }

    /** Removes all; nobody has one mapped any more. */
    void close() {
        synchronized (ids) {
            ids.all().forEach(this::destroy);
        }
    }
}
