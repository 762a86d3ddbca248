package org.nesteddune.internal.mm;

import static org.nesteddune.linux.Mman.PROT_NONE;
import static org.nesteddune.linux.Mman.PROT_READ;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.host.Linux;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.HostArea;
import org.nesteddune.mm.HostContents;
import org.nesteddune.mm.PageScan;
import org.nesteddune.syscall.ErrnoException;

/** What an address space consists of, for whoever makes it again elsewhere. Made with the lock of the address space. */
final class HostRuns implements HostContents {

    /** What {@code madvise} was told, by what an area remembers of it. */
    private static final int[][] ADVICE = {
        {Area.HUGEPAGE | Area.HOST_HUGE, Mman.MADV_HUGEPAGE},
        {Area.NOHUGEPAGE, Mman.MADV_NOHUGEPAGE},
        {Area.RANDOM, Mman.MADV_RANDOM},
        {Area.SEQUENTIAL, Mman.MADV_SEQUENTIAL},
        {Area.DONTFORK, Mman.MADV_DONTFORK},
        {Area.DONTDUMP, Mman.MADV_DONTDUMP},
        {Area.WIPEONFORK, Mman.MADV_WIPEONFORK},
        {Area.MERGEABLE, Mman.MADV_MERGEABLE},
        {Area.GUARD, Mman.MADV_GUARD_INSTALL},
    };

    private final List<HostArea> areas = new ArrayList<>();
    private final List<Run> runs = new ArrayList<>();
    private final List<HostArea> opened = new ArrayList<>();

    HostRuns(Mappings mappings) {
        boolean good = false;
        try (PageScan written = PageScan.written(); PageScan resident = PageScan.resident()) {
            for (int i = 0; i < mappings.tree.count(); i++) {
                Area area = mappings.tree.get(i);
                HostArea shown = shown(area, area.start + mappings.window.delta(area.start));
                areas.add(shown);
                if (!area.isShared() && !area.is(Area.GUARD)) {
                    find(written, i, shown);
                } else if (area.shared != null) {
                    find(resident, i, shown);
                }
            }
            for (Run run : runs) {
                HostArea area = areas.get(run.area());
                boolean isNew = opened.isEmpty() || opened.get(opened.size() - 1) != area;
                if (area.vma().protection() == PROT_NONE && isNew) {
                    open(area);
                }
            }
            good = true;
        } finally {
            if (!good) {
                close();
            }
        }
    }

    private static HostArea shown(Area area, long host) {
        List<Integer> advice = new ArrayList<>();
        for (int[] each : ADVICE) {
            if (area.is(each[0])) {
                advice.add(each[1]);
            }
        }
        int kind = area.is(Area.DROPPABLE) ? Mman.MAP_DROPPABLE : 0;
        return new HostArea(
                new org.nesteddune.mm.Vma(
                        area.start, area.end, area.protection, area.flags | kind, area.file, area.offset, area.name),
                host,
                area.shared == null ? 0 : area.shared.id(),
                area.shared == null ? 0 : area.shared.size(),
                advice,
                area.is(Area.LOCKED | Area.LOCKED_ON_FAULT),
                area.is(Area.LOCKED_ON_FAULT),
                area.is(Area.SEALED));
    }

    private void find(PageScan pages, int index, HostArea area) {
        long delta = area.host() - area.vma().start();
        pages.find(area.host(), area.host() + area.vma().length(), (start, end) -> {
            Run last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
            if (last != null && last.area() == index && last.host() + last.length() == start) {
                runs.set(runs.size() - 1, new Run(index, last.start(), last.host(), end - last.host()));
            } else {
                runs.add(new Run(index, start - delta, start, end - start));
            }
        });
    }

    private void open(HostArea area) {
        long result = Linux.mprotect(area.host(), area.vma().length(), PROT_READ);
        if (result < 0) {
            throw new ErrnoException((int) -result);
        }
        opened.add(area);
    }

    @Override
    public List<HostArea> areas() {
        return areas;
    }

    @Override
    public List<Run> runs() {
        return runs;
    }

    @Override
    public void close() {
        for (HostArea area : opened) {
            long result = Linux.mprotect(area.host(), area.vma().length(), PROT_NONE);
            if (result < 0 && result != -Errno.ENOMEM) {
                throw new ErrnoException((int) -result);
            }
        }
        opened.clear();
    }
}
