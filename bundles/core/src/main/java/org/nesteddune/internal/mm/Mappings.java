package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.*;

import java.util.Map;
import org.nesteddune.engine.Access;
import org.nesteddune.engine.Machine;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.FaultOutcome;
import org.nesteddune.mm.HostShare;
import org.nesteddune.mm.MemoryLimits;

/**
 * The state of one address space: its areas, where they lie, what they cost, what the machine sees of them; and the steps
 * that the calls are made of. Rules and error numbers are those of Linux' mm/mmap.c and mm/vma.c.
 *
 * <p>A change goes: machine (pages leave), host, tree, machine (pages enter). If the host refuses, what was there is
 * entered again.
 *
 * <p>Guarded by the lock of the address space.
 */
final class Mappings implements AutoCloseable {

    /** Pages that stay free below an area that grows down (stack_guard_gap of mm/mmap.c). */
    private static final int GUARD_PAGES = 256;

    /** Room that should lie behind a program for its heap. */
    private static final long HEAP_ROOM = 64L << 30;

    static final int ACCESS = PROT_READ | PROT_WRITE | PROT_EXEC;

    final AreaTree tree;
    final Window window;
    final PagePopulator pages;
    final MemoryAccount account;
    final Stacks stacks;
    final long page;

    private final int maxMappings;
    final HostShare share;
    final long guard;
    private boolean closed;
    /** MCL_FUTURE: attributes of new areas. */
    int futureLocks;

    // What is to be brought in once the lock is free: a host range and the advice.
    private long prefaultHost;
    private long prefaultLength;
    private int prefaultAdvice;

    Mappings(Machine machine, int pageSize, AddressSpaceOptions options) {
        page = pageSize;
        maxMappings = options.maxMappings();
        guard = GUARD_PAGES * page;
        account = new MemoryAccount(options);
        share = options.share() != null ? options.share() : new HostShare(Integer.MAX_VALUE);
        window = new Window(options, share);
        tree = new AreaTree(window, share);
        pages = new PagePopulator(machine, window, page);
        stacks = new Stacks(this);
    }

    /**
     * The mappings of a child: none yet.
     *
     * @param machine the child's
     * @param limits the child's
     * @param window of the child, which belongs to the mappings from now on
     */
    Mappings(Mappings parent, Machine machine, MemoryLimits limits, Window window) {
        page = parent.page;
        maxMappings = parent.maxMappings;
        guard = parent.guard;
        account = new MemoryAccount(parent.account, limits);
        this.window = window;
        share = parent.share;
        tree = new AreaTree(window, share);
        pages = new PagePopulator(machine, window, page);
        stacks = new Stacks(this);
    }

    boolean isClosed() {
        return closed;
    }

    long up(long value) {
        return value + page - 1 & -page;
    }

    boolean isAligned(long value) {
        return (value & page - 1) == 0;
    }

    /** Whether a range of addresses is one that a guest could use. */
    boolean isUserRange(long start, long length) {
        return start >= 0 && length >= 0 && start <= window.highest() && length <= window.highest() - start;
    }

    void prefault(long host, long length, boolean write) {
        prefaultHost = host;
        prefaultLength = length;
        prefaultAdvice = write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
    }

    /** Hands out what is to be prefaulted; the caller does it without the lock. */
    Prefault takePrefault() {
        if (prefaultLength <= 0) {
            return null;
        }
        Prefault work = new Prefault(prefaultHost, prefaultLength, prefaultAdvice);
        prefaultLength = 0;
        return work;
    }

    /** A host range to bring in. Best effort: if its mapping has changed meanwhile, the host refuses. */
    record Prefault(long host, long length, int advice) {
        void run() {
            Linux.madvise(host, length, advice);
        }
    }

    /** As the processors have it: what can be written or executed can be read. */
    static int hostProtection(int protection) {
        return (protection & (PROT_WRITE | PROT_EXEC)) != 0 ? protection | PROT_READ : protection;
    }

    /** Whether it is worth while to back a range with huge pages. */
    boolean mayBeLarge(Area area, long start, long end) {
        return area.isPrivateAnonymous()
                && !area.growsDown()
                && !area.is(Area.NOHUGEPAGE | Area.DROPPABLE)
                && (end & -Window.LARGE_PAGE) - (start + Window.LARGE_PAGE - 1 & -Window.LARGE_PAGE) > 0;
    }

    /** Asks the host for huge pages and gives the area as it is then. */
    static Area advisedLarge(Area area, long host) {
        return Linux.madvise(host, area.length(), MADV_HUGEPAGE) == 0
                ? area.withAttributes(area.attributes | Area.HOST_HUGE)
                : area;
    }

    // Bookkeeping

    /** Puts an area into a gap of the tree. */
    void add(Area area) {
        int index = tree.indexFrom(area.start);
        tree.splice(index, index, area);
        account.add(area);
        tree.join(area.start, area.end);
        if (area.growsDown()) {
            stacks.changed(area.start, area.end, true);
        }
    }

    /** Replaces the areas of a range, which must begin and end it, by changed ones. */
    void replace(int from, int to, Area... areas) {
        for (int i = from; i < to; i++) {
            account.remove(tree.get(i));
        }
        tree.splice(from, to, areas);
        for (Area area : areas) {
            account.add(area);
        }
    }

    /** Takes a range out of the tree and the account. */
    void forget(long start, long end) {
        int from = tree.isolate(start, end);
        int to = from;
        boolean stack = false;
        while (to < tree.count() && tree.get(to).start < end) {
            stack |= tree.get(to).growsDown();
            to++;
        }
        replace(from, to);
        tree.freed(start, end);
        stacks.changed(start, end, stack);
    }

    /** After a host call failed that would have replaced a range. */
    void recover(long host, long start, long end) {
        if (window.plug(host, end - start)) {
            forget(start, end);
        } else {
            reenter(start, end);
        }
    }

    /** Enters again what of a range had to leave. */
    void reenter(long start, long end) {
        for (int i = tree.indexFrom(start); i < tree.count() && tree.get(i).start < end; i++) {
            Area area = tree.get(i);
            pages.enter(area, Math.max(start, area.start), Math.min(end, area.end));
        }
    }

    boolean isSealed(long start, long end) {
        for (int i = tree.indexFrom(start); i < tree.count() && tree.get(i).start < end; i++) {
            if (tree.get(i).is(Area.SEALED)) {
                return true;
            }
        }
        return false;
    }

    boolean hasRoomFor(int more) {
        return tree.count() + more <= maxMappings && share.hasRoomFor(more);
    }

    // munmap

    long unmap(long start, long length) {
        long size = up(length);
        if (!isAligned(start) || !isUserRange(start, length) || size == 0) {
            return -Errno.EINVAL;
        }
        return unmapRange(start, start + size);
    }

    void unmapWatched() {
        for (int i = tree.count() - 1; i >= 0 && tree.hasWatched(); i--) {
            Area area = tree.get(i);
            if (area.file != null && AreaTree.leavesEarly(area.file)) {
                unmapRange(area.start, area.end);
            }
        }
    }

    /** Unmaps a range of whole pages; gaps in it do not matter. */
    long unmapRange(long start, long end) {
        int from = tree.indexFrom(start);
        if (from == tree.count() || tree.get(from).start >= end) {
            return 0;
        }
        if (isSealed(start, end)) {
            return -Errno.EPERM;
        }
        Area first = tree.get(from);
        if (first.start < start && first.end > end && !hasRoomFor(1)) {
            return -Errno.ENOMEM;
        }
        long low = Math.max(start, first.start);
        int after = tree.indexFrom(end - 1);
        boolean spans = after < tree.count() && tree.get(after).start < end;
        long high = spans ? end : tree.get(after - 1).end;
        pages.leave(low, high);
        long result = window.release(low, high);
        if (result != 0) {
            reenter(low, high);
            return result;
        }
        forget(low, high);
        return 0;
    }

    // Faults

    FaultOutcome fault(long address, Access access) {
        Area area = tree.at(address);
        if (area == null) {
            if (!stacks.growDown(address)) {
                return FaultOutcome.NOT_MAPPED;
            }
            area = tree.at(address);
        }
        if (area.is(Area.GUARD)) {
            return FaultOutcome.NOT_MAPPED;
        }
        int needed =
                switch (access) {
                    case READ -> ACCESS; // any right lets a page be read, as on most processors
                    case WRITE -> PROT_WRITE;
                    case EXECUTE -> PROT_EXEC;
                };
        if ((area.protection & needed) == 0) {
            // As in Linux a page is looked for before the right to execute it is.
            boolean looked = access == Access.EXECUTE && (area.protection & ACCESS) != 0;
            return looked && address >= pages.backedEnd(area) ? FaultOutcome.NO_BACKING : FaultOutcome.FORBIDDEN;
        }
        int asked = access == Access.READ ? PROT_READ : needed;
        if (address >= pages.backedEnd(area)) {
            return FaultOutcome.NO_BACKING;
        }
        if (!pages.isEntered(address, asked)) {
            pages.enterBlock(area, address);
        }
        return FaultOutcome.RESOLVED;
    }

    boolean revalidate() {
        boolean taken = false;
        for (int i = 0; i < tree.count(); i++) {
            taken |= pages.retreat(tree.get(i));
        }
        return taken;
    }

    /** Lets the machine look anew at a page that somebody else than its own CPUs has written. */
    void codeWritten(long address) {
        Area area = tree.at(address);
        if (area != null && (area.protection & PROT_EXEC) != 0) {
            pages.leave(address & -page, (address & -page) + page);
        }
    }

    boolean revalidate(long device, long inode) {
        boolean taken = false;
        for (int i = 0; i < tree.count(); i++) {
            Area area = tree.get(i);
            if (area.file instanceof HostFile file && file.inode() == inode && file.device() == device) {
                taken |= pages.retreat(area);
            }
        }
        return taken;
    }

    boolean reserve(long start, long end) {
        return !closed && window.reserveWithRoom(start & -page, up(end), HEAP_ROOM);
    }

    /** Locks an area's pages in the host too. What the host's own limit forbids is left out. */
    void hostLock(Area area) {
        long host = window.host(area.start, area.length());
        Linux.call(SyscallNumbers.SYS_mlock2, host, area.length(), MLOCK_ONFAULT);
    }

    Map<OpenFile, Integer> takeChanges() {
        return tree.takeChanges();
    }

    OpenFile[] takeGarbage() {
        return tree.takeGarbage();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        stacks.close();
        window.close();
        if (tree.count() > 0) {
            replace(0, tree.count());
        }
        account.detach();
        pages.close();
    }
}
