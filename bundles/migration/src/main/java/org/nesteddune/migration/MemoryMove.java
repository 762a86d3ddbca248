package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.HostArea;
import org.nesteddune.mm.HostContents;
import org.nesteddune.mm.Vma;

/**
 * Gives a new process a guest's memory: files are mapped again, pages that no file has are copied once, straight from the guest's
 * window (process_vm_writev(2)), shared anonymous memory becomes a file in memory, and then everything gets its protection.
 */
final class MemoryMove {

    static final String CLOCK = "[vvar]";

    /** Files of one message. */
    private static final int BATCH = 64;

    private final Shell shell;
    private final Script script;
    private final HostContents contents;
    private final List<NativeMap> kept;
    private final boolean[] opened;

    /** @param kept what the process has of the host's kernel and keeps, ascending; the guest has its own in these places */
    MemoryMove(Shell shell, Script script, HostContents contents, List<NativeMap> kept) {
        this.shell = shell;
        this.script = script;
        this.contents = contents;
        this.kept = kept;
        opened = new boolean[contents.areas().size()];
        for (HostContents.Run run : contents.runs()) {
            opened[run.area()] |= (contents.areas().get(run.area()).vma().protection() & Mman.PROT_WRITE) == 0;
        }
    }

    /** Takes away everything but the table: the program's page, its stack, the kernel's vDSO. */
    void clear() throws EscapeException {
        for (long[] range : disposable(shell, kept)) {
            script.add("munmap", "give back its first memory", range[0], range[1] - range[0]);
        }
        script.run();
    }

    /** All of a process's addresses but the table's and those of some mappings. */
    static List<long[]> disposable(Shell shell, List<NativeMap> kept) {
        List<long[]> stay = new ArrayList<>();
        stay.add(new long[] {shell.tableAddress(), shell.tableAddress() + Shell.TABLE_LENGTH});
        kept.forEach(map -> stay.add(new long[] {map.start(), map.end()}));
        stay.sort(Comparator.comparingLong(range -> range[0]));
        List<long[]> others = new ArrayList<>();
        long reached = 0;
        for (long[] range : stay) {
            if (range[0] > reached) {
                others.add(new long[] {reached, range[0]});
            }
            reached = range[1];
        }
        others.add(new long[] {reached, Placement.HIGHEST});
        return others;
    }

    /** Whether an area stands for what the process has kept. */
    private boolean isKept(HostArea area) {
        Vma vma = area.vma();
        if (vma.file() != null || !vma.name().startsWith("[v")) {
            return false;
        }
        for (NativeMap map : kept) {
            if (vma.start() >= map.start() && vma.end() <= map.end()) {
                return true;
            }
        }
        return false;
    }

    /** Maps everything, what has contents of its own so that it can be written. */
    void map(Descriptors passing) throws EscapeException {
        Map<Integer, List<Integer>> byDescriptor = new LinkedHashMap<>();
        Map<Long, Integer> sharedFiles = new HashMap<>();
        try {
            for (int i = 0; i < opened.length; i++) {
                HostArea area = contents.areas().get(i);
                if (isKept(area)) {
                    continue;
                }
                int descriptor = area.sharedId() != 0 ? sharedFile(sharedFiles, area) : fileOf(area.vma());
                byDescriptor.computeIfAbsent(descriptor, none -> new ArrayList<>()).add(i);
            }
            for (int index : byDescriptor.getOrDefault(-1, List.of())) {
                map(index, -1);
            }
            byDescriptor.remove(-1);
            List<Integer> files = new ArrayList<>(byDescriptor.keySet());
            for (int from = 0; from < files.size(); from += BATCH) {
                List<Integer> batch = files.subList(from, Math.min(files.size(), from + BATCH));
                passing.pass(batch);
                for (int i = 0; i < batch.size(); i++) {
                    for (int index : byDescriptor.get(batch.get(i))) {
                        map(index, i);
                    }
                }
                passing.closePassed(batch.size());
            }
            script.run();
        } finally {
            sharedFiles.values().forEach(Spawner::close);
        }
    }

    /** The data page of the clock becomes memory of the process's own. */
    static boolean isClock(Vma vma) {
        return vma.file() != null && vma.file().path().equals(CLOCK);
    }

    private static int fileOf(Vma vma) {
        OpenFile file = vma.file();
        return file == null || isClock(vma) ? -1 : file.hostDescriptor();
    }

    private int sharedFile(Map<Long, Integer> files, HostArea area) throws EscapeException {
        Integer known = files.get(area.sharedId());
        if (known == null) {
            known = Spawner.memoryFile("shared", new byte[1], area.sharedSize());
            files.put(area.sharedId(), known);
        }
        return known;
    }

    private void map(int index, int descriptor) throws EscapeException {
        HostArea area = contents.areas().get(index);
        Vma vma = area.vma();
        int flags = vma.flags() & (Mman.MAP_SHARED | Mman.MAP_PRIVATE | Mman.MAP_NORESERVE | Mman.MAP_GROWSDOWN);
        if ((vma.flags() & Mman.MAP_DROPPABLE) != 0) {
            flags = flags & ~Mman.MAP_PRIVATE | Mman.MAP_DROPPABLE;
        }
        if (descriptor < 0) {
            flags |= Mman.MAP_ANONYMOUS;
            flags = isClock(vma) ? flags & ~Mman.MAP_SHARED | Mman.MAP_PRIVATE : flags;
        }
        int protection = vma.protection();
        if (opened[index] || isClock(vma)) {
            protection = Mman.PROT_READ | Mman.PROT_WRITE;
        }
        script.expect(vma.start(), "mmap", "map 0x" + Long.toHexString(vma.start()) + " " + nameOf(vma),
                vma.start(), vma.length(), protection, flags | Mman.MAP_FIXED_NOREPLACE,
                descriptor, descriptor < 0 ? 0 : vma.offset());
        if (area.advice().contains(Mman.MADV_HUGEPAGE)) {
            script.attempt("madvise", vma.start(), vma.length(), Mman.MADV_HUGEPAGE);
        }
    }

    private static String nameOf(Vma vma) {
        return vma.file() == null ? vma.name() : vma.file().path();
    }

    /** Copies the pages that no file has. */
    void copy() throws EscapeException {
        try (MemoryCopy copy = MemoryCopy.to(shell.pid())) {
            for (HostContents.Run run : contents.runs()) {
                if (!isKept(contents.areas().get(run.area()))) {
                    copy.add(run.host(), run.start(), run.length());
                }
            }
            copy.finish();
        }
        copyClocks();
    }

    private void copyClocks() throws EscapeException {
        for (HostArea area : contents.areas()) {
            if (isClock(area.vma())) {
                byte[] page = new byte[(int) area.vma().length()];
                Memory.copyFrom(area.host(), page, 0, page.length);
                shell.code().detachClock(page);
                MemoryCopy.write(shell.pid(), area.vma().start(), page);
            }
        }
    }

    /** Gives everything its protection and what it was advised. */
    void finish() throws EscapeException {
        for (int i = 0; i < opened.length; i++) {
            HostArea area = contents.areas().get(i);
            if (isKept(area)) {
                continue;
            }
            Vma vma = area.vma();
            if (opened[i] || isClock(vma)) {
                script.add("mprotect", "protect 0x" + Long.toHexString(vma.start()), vma.start(), vma.length(), vma.protection());
            }
            for (int advice : area.advice()) {
                if (advice == Mman.MADV_GUARD_INSTALL) {
                    script.add("madvise", "guard 0x" + Long.toHexString(vma.start()), vma.start(), vma.length(), advice);
                } else if (advice != Mman.MADV_HUGEPAGE) {
                    script.attempt("madvise", vma.start(), vma.length(), advice);
                }
            }
            if (area.locked()) {
                script.add("mlock2", "lock memory", vma.start(), vma.length(), area.lockedOnFault() ? 1 : 0);
            }
            if (area.sealed()) {
                script.add("mseal", "seal memory", vma.start(), vma.length(), 0);
            }
        }
        script.run();
    }
}
