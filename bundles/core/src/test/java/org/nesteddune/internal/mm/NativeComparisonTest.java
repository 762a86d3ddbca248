package org.nesteddune.internal.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.nesteddune.linux.Mman.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nesteddune.host.Linux;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.linux.Errno;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.mm.Vma;

/**
 * Makes the same random calls in an address space and natively, and compares results and the mappings that come of them.
 *
 * <p>The native calls work in a range of the JVM's own addresses, far below where the kernel puts mappings by itself, so
 * that nothing else comes to lie in the holes.
 */
class NativeComparisonTest {

    private static final long PAGE = 4096;
    private static final int PAGES = 64;
    private static final long NATIVE = 0x5000_0000_0000L >> 4;
    private static final int STEPS = 400;

    private final FakeMachine machine = new FakeMachine();
    private AddressSpace memory;
    private long guest;
    private TestFile file;
    /** Whether MREMAP_DONTUNMAP was used: Linux then takes VM_ACCOUNT from what stays, which may split or join it. */
    private boolean kept;

    /** One call on both sides. */
    private record Step(String text, long ours, long theirs) {}

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5, 7, 8, 9, 22, 33})
    void doesWhatTheKernelDoes(int seed) throws IOException {
        file = new TestFile(PAGES);
        memory = AddressSpace.create(machine, (int) PAGE, AddressSpaceOptions.defaults());
        guest = memory.programBase();
        Random random = new Random(seed);
        List<String> history = new ArrayList<>();
        try {
            // Before 6.17 mremap moved one mapping at a time and looked at it later.
            assumeTrue(isKernel(6, 17), "needs Linux 6.17 to compare with");
            for (int i = 0; i < STEPS; i++) {
                Step step = step(random);
                history.add(step.text + " = " + step.theirs);
                assertThat(step.ours).as(String.join("\n", history)).isEqualTo(step.theirs);
                assertThat(ours(kept)).as(String.join("\n", history)).isEqualTo(theirs(kept));
                checkMachine(history);
            }
        } finally {
            Linux.munmap(NATIVE, PAGES * PAGE);
            memory.close();
            file.release();
        }
    }

    private static boolean isKernel(int major, int minor) throws IOException {
        String[] release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).split("[^0-9]+");
        int runs = Integer.parseInt(release[0]) * 1000 + Integer.parseInt(release[1]);
        return runs >= major * 1000 + minor;
    }

    /** Result relative to the range, so that both can be compared. */
    private static long relative(long result, long base) {
        return Errno.isError(result) || result == 0 ? result : result - base + PAGE;
    }

    private Step step(Random random) {
        long at = random.nextInt(PAGES) * PAGE;
        long length = (1 + random.nextInt(8)) * PAGE - (random.nextInt(4) == 0 ? 17 : 0);
        length = Math.min(length, PAGES * PAGE - at);
        if (random.nextInt(40) == 0) {
            at += 8;
        }
        if (random.nextInt(40) == 0) {
            length = 0;
        }
        int protection = new int[] {0, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC}[random.nextInt(4)];
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> map(random, at, length, protection);
            case 3, 4 -> step("munmap", at, length, memory.unmap(guest + at, length),
                    Linux.munmap(NATIVE + at, length));
            case 5, 6 -> step("mprotect " + protection, at, length, memory.protect(guest + at, length, protection),
                    Linux.mprotect(NATIVE + at, length, protection));
            case 7, 8 -> remap(random, at, length);
            default -> advise(random, at, length);
        };
    }

    private static Step step(String text, long at, long length, long ours, long theirs) {
        return new Step(text + " " + at / (double) PAGE + " + " + length / (double) PAGE, ours, theirs);
    }

    private Step map(Random random, long at, long length, int protection) {
        int kind = random.nextInt(6);
        int flags = (kind == 5 ? MAP_SHARED : MAP_PRIVATE) | (kind < 4 ? MAP_ANONYMOUS : 0);
        flags |= random.nextInt(4) == 0 ? MAP_FIXED_NOREPLACE : MAP_FIXED;
        flags |= random.nextInt(6) == 0 ? MAP_NORESERVE : 0;
        long offset = kind < 4 ? 0 : random.nextInt(4) == 0 ? random.nextInt(PAGES) * PAGE : at & -PAGE;
        long ours = memory.map(
                new MapRequest(guest + at, length, protection, flags, kind < 4 ? null : file, offset, ""));
        long theirs = Linux.mmap(
                NATIVE + at, length, protection, flags, kind < 4 ? -1 : file.hostDescriptor(), offset);
        return step(
                "mmap " + protection + " flags " + Integer.toHexString(flags) + " offset " + offset / PAGE,
                at,
                length,
                relative(ours, guest),
                relative(theirs, NATIVE));
    }

    private Step remap(Random random, long at, long length) {
        long newLength = (1 + random.nextInt(10)) * PAGE;
        newLength = random.nextInt(3) == 0 ? length : newLength;
        long target = random.nextInt(PAGES - 10) * PAGE;
        // Where the kernel would choose a place, results cannot be compared: always a fixed one, or none.
        int flags = random.nextBoolean() ? MREMAP_MAYMOVE | MREMAP_FIXED : 0;
        flags |= random.nextInt(8) == 0 ? MREMAP_DONTUNMAP : 0;
        kept |= (flags & MREMAP_DONTUNMAP) != 0;
        if (flags == 0 && at + Math.max(length, newLength) > PAGES * PAGE) {
            newLength = length;
        }
        long ours = memory.remap(guest + at, length, newLength, flags, guest + target);
        long theirs = Linux.mremap(NATIVE + at, length, newLength, flags, NATIVE + target);
        return step(
                "mremap to " + target / PAGE + " + " + newLength / (double) PAGE + " flags " + flags,
                at,
                length,
                relative(ours, guest),
                relative(theirs, NATIVE));
    }

    private Step advise(Random random, long at, long length) {
        int[] all = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED, MADV_FREE, MADV_DONTFORK,
            MADV_DOFORK, MADV_DONTDUMP, MADV_DODUMP, MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_COLD, MADV_PAGEOUT, 77, 5};
        int advice = all[random.nextInt(all.length)];
        if (random.nextInt(3) == 0) {
            int flags = random.nextInt(5);
            return step("msync " + flags, at, length, memory.sync(guest + at, length, flags),
                    Linux.msync(NATIVE + at, length, flags));
        }
        if (random.nextInt(6) == 0) {
            boolean lock = random.nextBoolean();
            return step("mlock " + lock, at, length, memory.lock(guest + at, length, lock, true),
                    lock
                            ? Linux.call(SyscallNumbers.SYS_mlock2, NATIVE + at, length, MLOCK_ONFAULT)
                            : Linux.call(SyscallNumbers.SYS_munlock, NATIVE + at, length));
        }
        return step("madvise " + advice, at, length, memory.advise(guest + at, length, advice),
                Linux.madvise(NATIVE + at, length, advice));
    }

    private List<String> ours(boolean joined) {
        List<String> lines = new ArrayList<>();
        for (Vma vma : memory.mappings()) {
            add(lines, joined, vma.start() - guest, vma.end() - guest, access(vma), vma.offset());
        }
        return lines;
    }

    private static String access(Vma vma) {
        return ((vma.protection() & PROT_READ) != 0 ? "r" : "-")
                + ((vma.protection() & PROT_WRITE) != 0 ? "w" : "-")
                + ((vma.protection() & PROT_EXEC) != 0 ? "x" : "-")
                + ((vma.flags() & MAP_SHARED) != 0 ? "s" : "p");
    }

    /** Adds a mapping as {@code "first behind access offset"}, in pages; to the one before, if wanted and it can be. */
    private static void add(List<String> lines, boolean joined, long start, long end, String access, long offset) {
        long first = start / PAGE;
        long at = offset / PAGE;
        if (joined && !lines.isEmpty()) {
            String[] last = lines.get(lines.size() - 1).split(" ");
            long lastStart = Long.parseLong(last[0]);
            long lastOffset = Long.parseLong(last[3]);
            boolean follows = Long.parseLong(last[1]) == first && last[2].equals(access);
            if (follows && (at == 0 ? lastOffset == 0 : lastOffset + first - lastStart == at)) {
                lines.remove(lines.size() - 1);
                first = lastStart;
                at = lastOffset;
            }
        }
        lines.add(first + " " + end / PAGE + " " + access + " " + at);
    }

    private static List<String> theirs(boolean joined) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String text : Files.readAllLines(Path.of("/proc/self/maps"))) {
            String[] words = text.split("[ -]+", 4);
            long start = Long.parseUnsignedLong(words[0], 16);
            long end = Long.parseUnsignedLong(words[1], 16);
            if (start >= NATIVE && end <= NATIVE + PAGES * PAGE) {
                String[] rest = text.split(" +");
                add(lines, joined, start - NATIVE, end - NATIVE, rest[1], Long.parseLong(rest[2], 16));
            }
        }
        return lines;
    }

    /** Every page that is entered belongs to a mapping and has its protection; all accessible ones are entered. */
    private void checkMachine(List<String> history) {
        Map<Long, FakeMachine.Entry> pages = machine.pages();
        long expected = 0;
        for (Vma vma : memory.mappings()) {
            for (long at = vma.start(); at < vma.end() && vma.protection() != 0; at += PAGE) {
                FakeMachine.Entry entry = pages.get(at);
                if (vma.file() != null && vma.offset() + (at - vma.start()) >= PAGES * PAGE) {
                    assertThat(entry).isNull();
                    continue;
                }
                assertThat(entry).as(String.join("\n", history)).isNotNull();
                assertThat(entry.protection()).isEqualTo(vma.protection());
                assertThat(entry.host()).isEqualTo(memory.host(at, PAGE));
                expected++;
            }
        }
        assertThat(pages).hasSize((int) expected);
    }

    @Test
    void theBreakIsLimitedAsNatively() {
        memory = AddressSpace.create(machine, (int) PAGE, AddressSpaceOptions.defaults());
        try {
            long start = memory.programBase();
            memory.initialBreak(start);
            assertThat(memory.setBreak(start + 1)).isEqualTo(start + 1);
            assertThat(memory.setBreak(Long.MAX_VALUE)).isEqualTo(start + 1);
            assertThat(memory.setBreak(Long.MIN_VALUE)).isEqualTo(start + 1);
        } finally {
            memory.close();
        }
    }
}
