package org.nesteddune.engine.kvm;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.nesteddune.engine.EngineException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A machine's guest-physical memory. It is compact and says nothing of where memory lies in the host:
 *
 * <pre>
 *   0       supervisor memory: page tables and the like, a mapping of its own, in slots as it grows
 *   3 GiB   a slot that holds nothing, moved between two addresses to make KVM forget what it derived from page tables
 *   4 GiB   host memory in granules of 64 MiB, in the order of first use; each in one slot or several
 * </pre>
 *
 * <p>A slot costs 8 bytes of host kernel memory for each of its pages, and time: some 10 µs and 1.5 µs a MiB, about 50 µs
 * more once there are vCPUs, and with shadow paging 1 µs a MiB whenever host memory under it is unmapped, however little of
 * it the guest has used. So slots are made when first needed and small as long as there are few of them: a small process
 * needs three or four. What a slot holds that the guest has no business with is out of its reach, because only the page
 * tables lead there. Between 3 and 4 GiB KVM puts pages of its own on some hosts; nothing else lies there.
 *
 * <p>Once given, a host address keeps its guest-physical address as long as the machine lives. For one thread at a time.
 */
@ProviderType
public final class GuestPhysicalMemory implements AutoCloseable {

    private static final int GRANULE_SHIFT = 26;
    private static final long GRANULE = 1L << GRANULE_SHIFT;
    private static final int CHUNK_SHIFT = 21;
    private static final long CHUNK = 1L << CHUNK_SHIFT;
    private static final int CHUNKS = (int) (GRANULE / CHUNK);
    private static final int ALL_CHUNKS = -1;
    /** With fewer slots than this one is made for the chunks that are asked for. */
    private static final int FEW_SLOTS = 10;
    /** With fewer than this for eight mebibytes, with more for what is missing of the granule. */
    private static final int SEVERAL_SLOTS = 20;
    private static final int SEVERAL_CHUNKS = 4;
    /** Granules in one slot at most. */
    private static final int LARGEST_SLOT = 16;
    private static final long SUPERVISOR_LIMIT = 3L << 30;
    private static final long SUPERVISOR_FIRST = 1L << 20;
    private static final long SUPERVISOR_STEP = 16L << 20;
    private static final long MARKER = 3L << 30;
    private static final long MEMORY = 4L << 30;
    private static final int MARKER_SLOT = 0;

    private final KvmVm vm;
    private final int page;
    private final int slotLimit;
    private final long end;
    private final long supervisor;
    private final Map<Long, Granule> granules = new HashMap<>();

    private long[] free = {};
    private int freeCount;
    private long supervisorUsed;
    private long supervisorReady;
    private long next = MEMORY;
    private int slots = 1;
    private long marker;
    private long lastGranule = -1;
    private long lastPhysical;
    private boolean closed;

    /** Where 64 MiB of host memory are, and which chunks of it lie in a slot. */
    private static final class Granule {
        private final long physical;
        private int covered;

        Granule(long physical) {
            this.physical = physical;
        }

        boolean has(int chunk) {
            return (covered & 1 << chunk) != 0;
        }
    }

    /**
     * Reserves the supervisor memory; no slot is made yet.
     *
     * @param vm the machine
     * @param physicalBits bits of a guest-physical address, as the guest's CPU has them
     * @throws EngineException if the host has no address range left
     */
    public GuestPhysicalMemory(KvmVm vm, int physicalBits) {
        this.vm = vm;
        this.page = Linux.PAGE_SIZE;
        this.slotLimit = Math.max(32, vm.kvm().check(KvmCapability.KVM_CAP_NR_MEMSLOTS));
        this.end = 1L << Math.min(physicalBits, 52);
        long result = Linux.mmap(0, SUPERVISOR_LIMIT, Mman.PROT_NONE,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE, -1, 0);
        if (Errno.isError(result)) {
            throw new EngineException("no address range is left for a machine's page tables: "
                    + Errno.text((int) -result));
        }
        supervisor = result;
    }

    /**
     * Takes zeroed pages of the supervisor memory.
     *
     * @return the guest-physical address of the first
     * @throws EngineException if there are none left
     */
    public long allocate(int pages) {
        if (pages == 1 && freeCount > 0) {
            return free[--freeCount];
        }
        long start = supervisorUsed;
        long until = start + (long) pages * page;
        while (until > supervisorReady) {
            growSupervisor();
        }
        supervisorUsed = until;
        return start;
    }

    /** Takes a page of the supervisor memory back. It may be given out again only after a {@link #flush}. */
    public void free(long physical) {
        Memory.fill(host(physical), page, (byte) 0);
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, Math.max(64, 2 * freeCount));
        }
        free[freeCount++] = physical;
    }

    private void growSupervisor() {
        long size = supervisorReady == 0 ? SUPERVISOR_FIRST
                : Math.min(supervisorReady == SUPERVISOR_FIRST ? SUPERVISOR_STEP - SUPERVISOR_FIRST : SUPERVISOR_STEP,
                        SUPERVISOR_LIMIT - supervisorReady);
        if (size <= 0) {
            throw new EngineException("a machine's page tables have reached " + (SUPERVISOR_LIMIT >> 30) + " GiB");
        }
        long host = supervisor + supervisorReady;
        long result = Linux.mprotect(host, size, Mman.PROT_READ | Mman.PROT_WRITE);
        if (Errno.isError(result)) {
            throw new EngineException("the host has no memory for a machine's page tables: "
                    + Errno.text((int) -result));
        }
        // Page tables are scattered pages: a huge page would cost 2 MiB for the few that a small guest needs.
        Linux.madvise(host, size, Mman.MADV_NOHUGEPAGE);
        addSlot(supervisorReady, size, host);
        supervisorReady += size;
    }

    /** The host address of supervisor memory. */
    public long host(long physical) {
        return supervisor + physical;
    }

    /** Bytes of supervisor memory that have been in use at the same time. */
    public long supervisorSize() {
        return supervisorUsed;
    }

    /** How many slots the machine has. */
    public int slots() {
        return slots;
    }

    /**
     * Makes host memory reachable by a guest-physical address.
     *
     * @param host the first byte, anywhere in the process
     * @param length bytes, above 0
     * @throws EngineException if there are no slots or no guest-physical addresses left
     */
    public void cover(long host, long length) {
        long end = host + length;
        for (long at = host; at < end; ) {
            long number = at >>> GRANULE_SHIFT;
            long until = Math.min(end, number + 1 << GRANULE_SHIFT);
            Granule granule = granules.get(number);
            if (granule == null && until - at == GRANULE) {
                int count = 1;
                while (count < LARGEST_SLOT && until + GRANULE <= end
                        && !granules.containsKey(number + count)) {
                    count++;
                    until += GRANULE;
                }
                addGranules(number, count);
                setSlot(number, 0, count * CHUNKS);
                for (int i = 0; i < count; i++) {
                    granules.get(number + i).covered = ALL_CHUNKS;
                }
            } else {
                if (granule == null) {
                    granule = addGranules(number, 1);
                }
                if (granule.covered != ALL_CHUNKS) {
                    coverChunks(number, granule, chunk(at), chunk(until - 1));
                }
            }
            at = until;
        }
    }

    /** Whether {@link #cover} has been called for a host address. */
    public boolean covers(long host) {
        Granule granule = granules.get(host >>> GRANULE_SHIFT);
        return granule != null && granule.has(chunk(host));
    }

    private static int chunk(long host) {
        return (int) (host >>> CHUNK_SHIFT) & CHUNKS - 1;
    }

    /** Makes slots for what is missing of some chunks, and the more around them the more slots there are already. */
    private void coverChunks(long number, Granule granule, int first, int last) {
        int unit = slots < FEW_SLOTS ? 1 : slots < SEVERAL_SLOTS ? SEVERAL_CHUNKS : CHUNKS;
        try {
            coverChunks(number, granule, first, last, unit);
        } catch (KvmException refused) {
            if (refused.errno() != Errno.EINVAL || unit == 1) {
                throw refused;
            }
            // KVM in dune takes no slot that reaches beyond its guest's window: then what is needed, and no more.
            coverChunks(number, granule, first, last, 1);
        }
    }

    private void coverChunks(long number, Granule granule, int first, int last, int unit) {
        int least = first & -unit;
        int most = (last | unit - 1) + 1;
        for (int from = least; from < most; from++) {
            int to = from;
            boolean asked = false;
            while (to < most && !granule.has(to)) {
                asked |= to >= first && to <= last;
                to++;
            }
            if (asked) {
                setSlot(number, from, to - from);
                for (int chunk = from; chunk < to; chunk++) {
                    granule.covered |= 1 << chunk;
                }
            }
            from = to;
        }
    }

    private void setSlot(long number, int chunk, int chunks) {
        long offset = chunk * CHUNK;
        addSlot(granules.get(number).physical + offset, chunks * CHUNK, (number << GRANULE_SHIFT) + offset);
    }

    /** Gives guest-physical addresses to granules that follow each other; the first of them. */
    private Granule addGranules(long number, int count) {
        long size = count * GRANULE;
        if (next + size > end) {
            throw new EngineException("the guest's CPU has no physical addresses left: it uses "
                    + (next - MEMORY >> 30) + " GiB in pieces of " + (GRANULE >> 20) + " MiB");
        }
        for (int i = 0; i < count; i++) {
            granules.put(number + i, new Granule(next + i * GRANULE));
        }
        next += size;
        return granules.get(number);
    }

    /** Makes a slot more; one that KVM refuses does not count. */
    private void addSlot(long physical, long size, long host) {
        if (slots >= slotLimit) {
            throw new EngineException("the guest's memory is scattered over more than the " + slotLimit
                    + " slots that this host's KVM has");
        }
        vm.setSlot(slots, physical, size, host);
        slots++;
    }

    /** The guest-physical address of host memory that {@link #cover} has been called for. */
    public long physical(long host) {
        long granule = host >>> GRANULE_SHIFT;
        if (granule != lastGranule) {
            Granule found = granules.get(granule);
            if (found == null) {
                throw new IllegalArgumentException("0x" + Long.toHexString(host) + " is in no slot");
            }
            lastGranule = granule;
            lastPhysical = found.physical;
        }
        return lastPhysical + (host & GRANULE - 1);
    }

    /** How many bytes from a host address on have guest-physical addresses in the same order as far as is known. */
    public long contiguous(long host) {
        return GRANULE - (host & GRANULE - 1);
    }

    /** The host address of memory with a guest-physical address that {@link #physical} has given. */
    public long memoryHost(long physical) {
        for (Map.Entry<Long, Granule> granule : granules.entrySet()) {
            long offset = physical - granule.getValue().physical;
            if (offset >= 0 && offset < GRANULE) {
                return (granule.getKey() << GRANULE_SHIFT) + offset;
            }
        }
        throw new IllegalArgumentException("0x" + Long.toHexString(physical) + " is in no slot");
    }

    /**
     * Makes KVM forget all it has derived from the guest's page tables, shadow tables and TLB entries, on every vCPU
     * before this returns. KVM does not see that a host process writes guest page tables; it does drop everything when a
     * slot moves. Costs some 0.1 ms, and each page in use a fault that the guest does not see.
     */
    public void flush() {
        if (supervisorReady == 0) {
            return;
        }
        if (marker == 0) {
            marker = MARKER;
            vm.setSlot(MARKER_SLOT, marker, page, supervisor);
        }
        marker = marker == MARKER ? MARKER + page : MARKER;
        vm.setSlot(MARKER_SLOT, marker, page, supervisor);
    }

    /** Gives the supervisor memory back, after the machine has been closed. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Linux.munmap(supervisor, SUPERVISOR_LIMIT);
        }
    }
}
