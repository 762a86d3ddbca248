package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.mm.PageScan;

/**
 * Gives a guest a native process's memory: files and shared memory are mapped again, private pages that no file has are copied once,
 * straight into the guest's window (process_vm_readv(2)), and then everything gets its protection.
 */
final class MemoryTake {

    /** Bytes in one call. */
    private static final long MOST_BYTES = 1L << 30;

    /** Mappings that lie nearer to each other than this get one range of addresses. */
    private static final long NEAR = 1L << 30;

    /** What {@code madvise} is told again, by VmFlags. */
    private static final Map<String, Integer> ADVICE = Map.of(
            "hg", Mman.MADV_HUGEPAGE,
            "nh", Mman.MADV_NOHUGEPAGE,
            "rr", Mman.MADV_RANDOM,
            "sr", Mman.MADV_SEQUENTIAL,
            "dc", Mman.MADV_DONTFORK,
            "dd", Mman.MADV_DONTDUMP,
            "wf", Mman.MADV_WIPEONFORK,
            "mg", Mman.MADV_MERGEABLE);

    private final int pid;
    private final AddressSpace target;
    private final List<NativeMap> maps = new ArrayList<>();
    private final List<long[]> runs = new ArrayList<>();
    /** Those among them that the process itself may not read. */
    private final List<long[]> hidden = new ArrayList<>();
    private final Set<Integer> opened = new TreeSet<>();

    /** @param all the process's mappings in ascending order */
    MemoryTake(int pid, List<NativeMap> all, AddressSpace target) {
        this.pid = pid;
        this.target = target;
        all.stream().filter(map -> !map.name().equals("[vsyscall]")).forEach(maps::add);
    }

    /** Maps everything, what has contents of its own so that it can be written. */
    void map(long heapStart) throws EscapeException {
        reserve();
        Map<String, OpenFile> files = new HashMap<>();
        try (PageScan written = PageScan.writtenBy(pid)) {
            for (int i = 0; i < maps.size(); i++) {
                map(i, written, files, heapStart);
            }
        } finally {
            files.values().forEach(OpenFile::release);
        }
    }

    private void reserve() throws EscapeException {
        for (int i = 0; i < maps.size(); ) {
            long start = maps.get(i).start();
            long end = maps.get(i).end();
            for (i++; i < maps.size() && maps.get(i).start() - end < NEAR; i++) {
                end = maps.get(i).end();
            }
            if (target.reserve(start, end) < 0) {
                throw new EscapeException("the addresses from 0x" + Long.toHexString(start) + " to 0x" + Long.toHexString(end)
                        + " cannot be had in dune" + (end > target.highest() ? "; start it again, it will lie elsewhere" : ""));
            }
        }
    }

    private void map(int index, PageScan written, Map<String, OpenFile> files, long heapStart) throws EscapeException {
        NativeMap map = maps.get(index);
        OpenFile file = map.isFile() ? file(map, files) : null;
        int before = runs.size();
        if (map.isVdso() || map.isFile() && file == null) {
            runs.add(new long[] {map.start(), map.end()});
        } else if (!map.shared() && !map.isClock()) {
            written.find(map.start(), map.end(), (start, end) -> found(start, end, before));
        }
        if ((map.protection() & Mman.PROT_READ) == 0 && runs.size() > before) {
            hidden.addAll(runs.subList(before, runs.size()));
            runs.subList(before, runs.size()).clear();
            opened.add(index);
        }
        int protection = map.protection();
        if (opened.contains(index) || runs.size() > before && (protection & Mman.PROT_WRITE) == 0) {
            opened.add(index);
            protection = Mman.PROT_READ | Mman.PROT_WRITE;
        }
        int flags = Mman.MAP_FIXED | (map.shared() ? Mman.MAP_SHARED : map.has("dp") ? Mman.MAP_DROPPABLE : Mman.MAP_PRIVATE)
                | (file == null ? Mman.MAP_ANONYMOUS : 0)
                | (map.has("gd") && !map.isKernels() ? Mman.MAP_GROWSDOWN : 0)
                | (map.has("nr") ? Mman.MAP_NORESERVE : 0);
        String name = map.start() == heapStart ? "[heap]" : file == null && map.name().startsWith("[") ? map.name() : "";
        check(map, "mapped", target.map(new MapRequest(
                map.start(), map.length(), protection, flags, file, file == null ? 0 : map.offset(), name)));
    }

    /** Runs come in ascending order, but may touch; those of different mappings stay apart. */
    private void found(long start, long end, int first) {
        long[] last = runs.size() <= first ? null : runs.get(runs.size() - 1);
        if (last != null && last[1] == start) {
            last[1] = end;
        } else {
            runs.add(new long[] {start, end});
        }
    }

    /** The file behind a mapping; null if it cannot be opened any more and its pages are to be copied. */
    private OpenFile file(NativeMap map, Map<String, OpenFile> files) throws EscapeException {
        boolean writable = map.shared() && (map.has("mw") || (map.protection() & Mman.PROT_WRITE) != 0);
        String key = map.device() + " " + map.inode() + " " + writable;
        OpenFile known = files.get(key);
        if (known == null) {
            known = open(map, writable);
            if (known != null) {
                files.put(key, known);
            }
        }
        return known;
    }

    private OpenFile open(NativeMap map, boolean writable) throws EscapeException {
        int flags = (writable ? OpenFlags.O_RDWR : OpenFlags.O_RDONLY) | OpenFlags.O_CLOEXEC;
        String entry = "/proc/" + pid + "/map_files/" + Long.toHexString(map.start()) + "-" + Long.toHexString(map.end());
        long descriptor = open(entry, flags);
        if (descriptor < 0 && !map.isDeleted()) {
            descriptor = open(map.path(), flags);
        }
        if (descriptor >= 0) {
            HostFile file = HostFile.adopt((int) descriptor, map.name());
            if (file.inode() == map.inode()) {
                return file;
            }
            file.release();
        }
        if (map.shared()) {
            throw new EscapeException("the file of its mapping at 0x" + Long.toHexString(map.start()) + " (" + map.name()
                    + ") cannot be opened" + (descriptor < 0 ? ": " + Errno.text((int) -descriptor) : " any more"));
        }
        return null;
    }

    private static long open(String path, int flags) {
        try (NativeBuffer name = NativeBuffer.ofCString(path)) {
            return Linux.open(name.address(), flags, 0);
        }
    }

    private static void check(NativeMap map, String what, long result) throws EscapeException {
        check("its mapping at 0x" + Long.toHexString(map.start()) + " could not be " + what, result);
    }

    /** Copies the pages that no file has. */
    void copy() throws EscapeException {
        try (MemoryCopy copy = MemoryCopy.from(pid)) {
            for (long[] run : runs) {
                copy.add(target.host(run[0], run[1] - run[0]), run[0], run[1] - run[0]);
            }
            copy.finish();
        }
        if (!hidden.isEmpty()) {
            copyHidden();
        }
    }

    /** As a debugger does. */
    private void copyHidden() throws EscapeException {
        long file = open("/proc/" + pid + "/mem", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
        check("its memory could not be opened", file);
        try {
            for (long[] run : hidden) {
                for (long from = run[0]; from < run[1]; ) {
                    long part = Math.min(run[1] - from, MOST_BYTES);
                    long result = Linux.pread((int) file, target.host(from, part), part, from);
                    check("its memory could not be copied", result == 0 ? -Errno.EIO : result);
                    from += result;
                }
            }
        } finally {
            Linux.close((int) file);
        }
    }

    private static void check(String what, long result) throws EscapeException {
        if (Errno.isError(result)) {
            throw new EscapeException(what + ": " + Errno.text((int) -result));
        }
    }

    /** Gives everything its protection and what it was advised. */
    void finish() throws EscapeException {
        for (int i = 0; i < maps.size(); i++) {
            NativeMap map = maps.get(i);
            if (opened.contains(i)) {
                check(map, "protected", target.protect(map.start(), map.length(), map.protection()));
            }
            if (map.isKernels()) {
                continue;
            }
            ADVICE.forEach((flag, advice) -> {
                if (map.has(flag)) {
                    target.advise(map.start(), map.length(), advice);
                }
            });
            if (map.has("lo")) {
                check(map, "locked", target.lock(map.start(), map.length(), true));
            }
        }
    }

    /** Where a mapping holds certain bytes and no file: the first page of it; 0 if none does. */
    static long find(int pid, List<NativeMap> maps, byte[] content) {
        for (NativeMap map : maps) {
            if (!map.isFile() && !map.isKernels() && map.length() == content.length && (map.protection() & Mman.PROT_EXEC) != 0) {
                try {
                    if (Arrays.equals(MemoryCopy.read(pid, map.start(), content.length), content)) {
                        return map.start();
                    }
                } catch (EscapeException unreadable) {
                    // Then it is none.
                    continue;
                }
            }
        }
        return 0;
    }
}
