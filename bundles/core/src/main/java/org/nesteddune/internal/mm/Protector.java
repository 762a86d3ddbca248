package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.*;

import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;

/** {@code mprotect}, by the rules of mm/mprotect.c. Guarded by the lock of the address space. */
final class Protector {

    /** PROT_SEM of asm-generic/mman-common.h: accepted and without effect. */
    private static final int PROT_SEM = 0x8;

    /** What is brought in at the top of a thread's stack. */
    private static final long STACK_PREFAULT = 32L << 10;

    private final Mappings mappings;
    private final AreaTree tree;
    private final Window window;
    private final PagePopulator pages;
    private final MemoryAccount account;

    Protector(Mappings mappings) {
        this.mappings = mappings;
        this.tree = mappings.tree;
        this.window = mappings.window;
        this.pages = mappings.pages;
        this.account = mappings.account;
    }

    long protect(long start, long length, int protection) {
        int grows = protection & (PROT_GROWSDOWN | PROT_GROWSUP);
        int wanted = protection & ~grows;
        if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || !mappings.isAligned(start)) {
            return -Errno.EINVAL;
        }
        if (length == 0) {
            return 0;
        }
        long size = mappings.up(length);
        long end = start + size;
        if (Long.compareUnsigned(end, start) <= 0) {
            return -Errno.ENOMEM;
        }
        if ((wanted & ~(Mappings.ACCESS | PROT_SEM)) != 0) {
            return -Errno.EINVAL;
        }
        if (!mappings.isUserRange(start, size)) {
            return -Errno.ENOMEM;
        }
        int index = tree.indexFrom(start);
        if (index == tree.count() || tree.get(index).start >= end) {
            return -Errno.ENOMEM;
        }
        Area first = tree.get(index);
        if (grows == PROT_GROWSDOWN) {
            if (!first.growsDown()) {
                return -Errno.EINVAL;
            }
            start = first.start;
        } else if (first.start > start) {
            return -Errno.ENOMEM;
        } else if (grows == PROT_GROWSUP) {
            return -Errno.EINVAL;
        }
        return protectRange(start, end, wanted & Mappings.ACCESS);
    }

    private long protectRange(long start, long end, int protection) {
        long reached = start;
        while (reached < end) {
            int index = tree.indexFrom(reached);
            if (index == tree.count() || tree.get(index).start > reached) {
                return -Errno.ENOMEM;
            }
            Area area = tree.get(index);
            long to = Math.min(end, area.end);
            long result = protectPart(area, reached, to, protection);
            if (result != 0) {
                return result;
            }
            reached = to;
        }
        return 0;
    }

    /** Protects a part of one area. */
    private long protectPart(Area area, long from, long to, int protection) {
        if (area.is(Area.SEALED)) {
            return -Errno.EPERM;
        }
        if (area.protection == protection) {
            return 0;
        }
        int splits = (area.start < from ? 1 : 0) + (area.end > to ? 1 : 0);
        if (splits > 0 && !mappings.hasRoomFor(splits)) {
            return -Errno.ENOMEM;
        }
        boolean becomesWritable = (protection & PROT_WRITE) != 0;
        int attributes = area.attributes;
        if (becomesWritable && !area.isShared() && !area.is(Area.ACCOUNTED) && (area.flags & MAP_NORESERVE) == 0) {
            if (!account.mayCommit(to - from)) {
                return -Errno.ENOMEM;
            }
            attributes |= Area.ACCOUNTED;
        }
        if (becomesWritable
                && !area.isData()
                && !area.isShared()
                && !area.growsDown()
                && !account.mayMap(0, to - from)) {
            return -Errno.ENOMEM;
        }
        long host = window.host(from, to - from);
        if (area.protection != PROT_NONE) {
            pages.leave(from, to);
        }
        long result = Linux.mprotect(host, to - from, Mappings.hostProtection(protection));
        if (result != 0) {
            pages.enter(area, from, to);
            return result;
        }
        Area changed = area.part(from, to).withProtection(protection, attributes);
        if (!changed.is(Area.HOST_HUGE) && becomesWritable && mappings.mayBeLarge(changed, from, to)) {
            changed = Mappings.advisedLarge(changed, host);
        }
        int index = tree.isolate(from, to);
        mappings.replace(index, index + 1, changed);
        tree.join(from, to);
        pages.enter(tree.at(from), from, to);
        if (becomesWritable && area.protection == PROT_NONE && changed.isPrivateAnonymous()) {
            prefaultProtected(changed, host);
        }
        return 0;
    }

    /** Memory that was reserved without access and is to be used now: an arena's next piece, a thread's stack. */
    private void prefaultProtected(Area area, long host) {
        long length = area.length();
        if (length <= Mapper.PREFAULT) {
            mappings.prefault(host, length, true);
        } else if (area.is(Area.NOHUGEPAGE)) {
            mappings.prefault(host + length - STACK_PREFAULT, STACK_PREFAULT, true);
        }
    }
}
