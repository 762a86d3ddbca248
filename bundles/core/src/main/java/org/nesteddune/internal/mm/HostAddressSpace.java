package org.nesteddune.internal.mm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Machine;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.CoreSegment;
import org.nesteddune.mm.FaultOutcome;
import org.nesteddune.mm.HostContents;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.mm.MappedRange;
import org.nesteddune.mm.MemoryLimits;
import org.nesteddune.mm.MemoryUsage;
import org.nesteddune.mm.Vma;
import org.nesteddune.syscall.ErrnoException;

/**
 * An address space whose mappings are mappings of this very process, in a {@link Window}.
 *
 * <p>One lock guards everything; it is held for writing by whatever changes mappings and for reading by accesses. It is
 * a leaf: nothing else is locked under it but what the machine locks. Files are closed, and host memory is brought in,
 * after it has been given back.
 */
public final class HostAddressSpace extends GuestAccess {

    private final int pageSize;
    private final Machine machine;
    private final Placement placement;
    private final Mapper mapper;
    private final Protector protector;
    private final Heap heap;
    private final Remapper remapper;
    private final Adviser adviser;
    private final MapsText text;
    private final ResidentSet resident;

    /**
     * @param machine where the memory is to be visible; stays the caller's
     * @param pageSize bytes, a power of two and a multiple of the host's
     * @throws org.nesteddune.engine.EngineException if the host has no room for a window
     */
    public HostAddressSpace(Machine machine, int pageSize, AddressSpaceOptions options) {
        this(machine, pageSize, new Mappings(machine, checked(pageSize), options), new AtomicLong());
    }

    private HostAddressSpace(Machine machine, int pageSize, Mappings mappings, AtomicLong sharedObjects) {
        super(mappings);
        this.pageSize = pageSize;
        this.machine = machine;
        this.placement = new Placement(mappings);
        this.mapper = new Mapper(mappings, placement, sharedObjects);
        this.protector = new Protector(mappings);
        this.heap = new Heap(mappings);
        this.remapper = new Remapper(mappings, placement);
        this.adviser = new Adviser(mappings);
        this.text = new MapsText(mappings);
        this.resident = new ResidentSet(lock, mappings);
    }

    private static int checked(int pageSize) {
        if (Integer.bitCount(pageSize) != 1 || pageSize % Linux.PAGE_SIZE != 0 || pageSize > Window.LOWEST) {
            throw new IllegalArgumentException(
                    "pages of " + pageSize + " bytes cannot be made of the host's of " + Linux.PAGE_SIZE);
        }
        return pageSize;
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public void readForced(long address, byte[] target, int offset, int length) {
        new ForcedAccess(this).transfer(address, target, offset, length, false);
    }

    @Override
    public void writeForced(long address, byte[] source, int offset, int length) {
        new ForcedAccess(this).transfer(address, source, offset, length, true);
    }

    @Override
    public AddressSpace fork(Machine childMachine, MemoryLimits limits) {
        for (boolean exclusive = false; ; exclusive = true) {
            HostAddressSpace child = fork(childMachine, limits, exclusive);
            if (child != null) {
                tell(child.mappings.takeChanges());
                return child;
            }
        }
    }

    /** Gives null if it must be done once more, with the lock held for writing. */
    private HostAddressSpace fork(Machine childMachine, MemoryLimits limits, boolean exclusive) {
        Forker forker = null;
        HostAddressSpace child = null;
        long stamp = exclusive ? lock.writeLock() : lock.readLock();
        try {
            if (mappings.isClosed()) {
                throw new ErrnoException(Errno.ENOMEM);
            }
            forker = new Forker(mappings, childMachine, limits);
            if (forker.survey() && !exclusive) {
                return null;
            }
            forker.copy();
            child = new HostAddressSpace(childMachine, pageSize, forker.child(), mapper.sharedObjects());
            child.placement.copy(placement);
            child.heap.copy(heap);
            return child;
        } catch (EngineException e) {
            throw new ErrnoException(Errno.ENOMEM);
        } finally {
            lock.unlock(stamp);
            if (forker != null && child == null) {
                forker.abandon();
            }
        }
    }

    /** Gives the write lock back after a change, by which memory may have gone, and then does what was left for later. */
    void unlock(long stamp) {
        resident.lost();
        unlockWithoutLoss(stamp);
    }

    /** The same after what only brings memory. */
    private void unlockWithoutLoss(long stamp) {
        mappings.account.settle();
        Mappings.Prefault prefault = mappings.takePrefault();
        Map<OpenFile, Integer> changes = mappings.takeChanges();
        OpenFile[] garbage = mappings.takeGarbage();
        lock.unlockWrite(stamp);
        if (prefault != null) {
            prefault.run();
        }
        tell(changes);
        if (garbage != null) {
            for (OpenFile file : garbage) {
                file.release();
            }
        }
    }

    private static void tell(Map<OpenFile, Integer> changes) {
        if (changes != null) {
            changes.forEach((file, change) -> {
                if (change != 0) {
                    file.mappingsChanged(change);
                }
            });
        }
    }

    @Override
    public void ending() {
        long stamp = lock.writeLock();
        try {
            mappings.unmapWatched();
            mappings.account.detach();
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long map(MapRequest request) {
        long stamp = lock.writeLock();
        try {
            return mapper.map(request);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long unmap(long address, long length) {
        resident.unmapping(address, length);
        long stamp = lock.writeLock();
        try {
            return mappings.unmap(address, length);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long protect(long address, long length, int protection) {
        long stamp = lock.writeLock();
        try {
            return protector.protect(address, length, protection);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long remap(long address, long oldLength, long newLength, int flags, long newAddress) {
        long stamp = lock.writeLock();
        try {
            return remapper.remap(address, oldLength, newLength, flags, newAddress);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long advise(long address, long length, int advice) {
        long stamp = lock.writeLock();
        try {
            return adviser.advise(address, length, advice);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long sync(long address, long length, int flags) {
        List<long[]> ranges = new ArrayList<>();
        long stamp = lock.readLock();
        long result;
        try {
            result = adviser.rangesToSync(address, length, flags, ranges);
        } finally {
            lock.unlockRead(stamp);
        }
        // Writing to a disk takes long: not under the lock. If a range is another's by now, it is written in vain.
        for (long[] range : ranges) {
            long failed = Linux.msync(range[0], range[1], flags);
            if (failed != 0) {
                return failed;
            }
        }
        return result;
    }

    @Override
    public long residency(long address, long length, long vector) {
        if ((address & pageSize - 1) != 0) {
            return -Errno.EINVAL;
        }
        if (!mappings.isUserRange(address, length)) {
            return -Errno.ENOMEM;
        }
        long end = address + mappings.up(length);
        byte[] pages = new byte[(int) Math.min((end - address) / pageSize, 4096)];
        for (long from = address; from < end; ) {
            int count = (int) Math.min((end - from) / pageSize, pages.length);
            long result;
            long stamp = lock.readLock();
            try {
                result = adviser.residency(from, count, pages);
            } finally {
                lock.unlockRead(stamp);
            }
            if (result < 0) {
                return result;
            }
            write(vector + (from - address) / pageSize, pages, 0, count);
            from += (long) count * pageSize;
        }
        return 0;
    }

    @Override
    public long lock(long address, long length, boolean locked, boolean onFault) {
        long stamp = lock.writeLock();
        try {
            return adviser.lock(address, length, locked, onFault);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long lockAll(int flags) {
        long stamp = lock.writeLock();
        try {
            return adviser.lockAll(flags);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long seal(long address, long length) {
        long stamp = lock.writeLock();
        try {
            return adviser.seal(address, length);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long setBreak(long address) {
        long stamp = lock.writeLock();
        try {
            return heap.setBreak(address);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public void initialBreak(long address) {
        long stamp = lock.writeLock();
        try {
            heap.initialBreak(address);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public void placeBreak(long start, long end) {
        long stamp = lock.writeLock();
        try {
            heap.place(start, end);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long reserve(long start, long end) {
        long stamp = lock.writeLock();
        try {
            return mappings.reserve(start, end) ? 0 : -Errno.ENOMEM;
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public long mapStack(long size, int protection) {
        long stamp = lock.writeLock();
        try {
            return mappings.stacks.mapStack(size, protection, placement, mapper);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    boolean growTo(long address) {
        long stamp = lock.writeLock();
        try {
            return mappings.stacks.growDown(address);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public FaultOutcome fault(long address, Access access) {
        long stamp = lock.writeLock();
        try {
            return mappings.fault(address, access);
        } finally {
            unlockWithoutLoss(stamp);
        }
    }

    @Override
    public boolean revalidate(long device, long inode) {
        long stamp = lock.writeLock();
        try {
            return mappings.revalidate(device, inode);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public boolean revalidate() {
        long stamp = lock.writeLock();
        try {
            return mappings.revalidate();
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public Vma find(long address) {
        long stamp = lock.readLock();
        try {
            int index = mappings.tree.indexFrom(address);
            if (index == mappings.tree.count() || mappings.tree.get(index).start > address) {
                return null;
            }
            return text.vma(mappings.tree.firstAlike(index), mappings.tree.lastAlike(index));
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public List<Vma> mappings() {
        long stamp = lock.readLock();
        try {
            return text.mappings();
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public String mapsText() {
        return MapsText.format(ranges());
    }

    @Override
    public List<MappedRange> ranges() {
        List<Vma> vmas;
        List<Area.SharedMemory> shared = new ArrayList<>();
        long stamp = lock.readLock();
        try {
            vmas = text.mappings(shared);
            for (Vma vma : vmas) {
                if (vma.file() != null) {
                    vma.file().retain();
                }
            }
        } finally {
            lock.unlockRead(stamp);
        }
        try {
            return MapsText.ranges(vmas, shared);
        } finally {
            for (Vma vma : vmas) {
                if (vma.file() != null) {
                    vma.file().release();
                }
            }
        }
    }

    @Override
    public List<CoreSegment> coreSegments(int filter) {
        List<CoreContents.Candidate> candidates;
        long stamp = lock.readLock();
        try {
            candidates = new CoreContents(mappings, text).candidates();
        } finally {
            lock.unlockRead(stamp);
        }
        return CoreContents.segments(candidates, filter, this, pageSize);
    }

    @Override
    public void coreContents(CoreSegment segment, CoreSegment.Sink sink) {
        List<CoreContents.Piece> pieces;
        long stamp = lock.readLock();
        try {
            pieces = new CoreContents(mappings, text).pieces(segment);
        } finally {
            lock.unlockRead(stamp);
        }
        CoreContents.read(pieces, sink);
    }

    @Override
    public HostContents hostContents() {
        long stamp = lock.writeLock();
        try {
            return new HostRuns(mappings);
        } finally {
            unlock(stamp);
        }
    }

    @Override
    public MemoryUsage usage() {
        long stamp = lock.readLock();
        try {
            return mappings.account.usage();
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public long size() {
        long stamp = lock.readLock();
        try {
            return mappings.account.total();
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public long residentSize() {
        return resident.size();
    }

    @Override
    public long residentSize(long start, long end) {
        return resident.size(start, end);
    }

    @Override
    public long peakResidentSize() {
        return resident.peak();
    }

    @Override
    public long lowest() {
        return mappings.window.lowest();
    }

    @Override
    public long highest() {
        return mappings.window.highest();
    }

    @Override
    public long programBase() {
        Window.Segment main = mappings.window.main();
        long quarter = (main.end() - main.start()) / 4;
        return main.start() + (quarter & -Window.LARGE_PAGE);
    }

    @Override
    public void close() {
        tellUsers();
        long stamp = lock.writeLock();
        try {
            mappings.close();
            closeAccess();
        } finally {
            unlock(stamp);
        }
    }
}
