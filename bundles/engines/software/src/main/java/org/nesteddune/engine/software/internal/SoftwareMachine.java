package org.nesteddune.engine.software.internal;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.software.RegisterFile;
import org.nesteddune.engine.software.SoftwareArchitecture;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Mman;

/**
 * What the vCPUs of one address space see: the page table and the code decoded from it.
 *
 * <p>Pages that go while vCPUs run: the entries are cleared first, then each vCPU that is in guest code is asked to pass a safe point
 * ({@link SoftwareVcpu#flush}), and only when all have done so {@link #unmap} returns and the host's mapping may change. What a vCPU
 * has read from the table it uses before its next safe point. So no access leads to host memory that has gone.
 */
final class SoftwareMachine implements Machine {

    /** As many hot spots are told. */
    private static final int HOT_SPOTS = 12;

    private final SoftwareArchitecture architecture;
    private final RegisterFile file;
    private final PageTable table = new PageTable();
    private final CodeCache code = new CodeCache(table, this::recall, this::forgetRanges);
    private final Translator translator;
    private final List<SoftwareVcpu> vcpus = new CopyOnWriteArrayList<>();
    private final NativeBuffer common;
    private final AtomicLong flushes = new AtomicLong();
    /** vCPUs that wait in {@link #settle} because a page has become watched for them. */
    private final AtomicInteger watching = new AtomicInteger();
    private final long[] retired = new long[SoftwareVcpu.Count.values().length];
    private volatile boolean closed;

    SoftwareMachine(SoftwareArchitecture architecture, Translator translator) {
        this.architecture = architecture;
        this.translator = translator;
        this.file = architecture.registers();
        int[] page = architecture.commonPage();
        // Twice the size, so that a whole page lies in it.
        common = new NativeBuffer(2 * PageTable.PAGE_SIZE);
        long address = common.address() + PageTable.PAGE_SIZE - 1 & -PageTable.PAGE_SIZE;
        Memory.fill(address, PageTable.PAGE_SIZE, (byte) 0);
        for (int i = 0; i < page.length; i++) {
            Memory.putInt(address + 4L * i, page[i]);
        }
        table.mapOwn(SoftwareArchitecture.COMMON_PAGE, address, PageTable.PAGE_SIZE, Mman.PROT_READ | Mman.PROT_EXEC);
    }

    /** Makes every vCPU look up anew what it runs. */
    private void recall() {
        vcpus.forEach(SoftwareVcpu::requestFlush);
    }

    /** A page has become watched: makes every vCPU forget that it may be written directly, as soon as it comes to a safe point. */
    private void forgetRanges() {
        watching.incrementAndGet();
        flushes.incrementAndGet();
        recall();
    }

    /**
     * A page is about to be decoded: waits until no vCPU writes to it directly any more.
     *
     * @param vcpu the caller's, which meanwhile does what others ask of it, since they may wait in the same way
     * @param first whether it was the caller for whom the page became watched
     */
    void settle(SoftwareVcpu vcpu, boolean first) {
        if (first || watching.get() != 0) {
            for (SoftwareVcpu other : vcpus) {
                if (other != vcpu) {
                    other.requestFlush();
                }
            }
            for (SoftwareVcpu other : vcpus) {
                if (other != vcpu) {
                    other.awaitFlush(vcpu::answerEarly);
                }
            }
            if (first) {
                watching.decrementAndGet();
            }
        }
    }

    /** Changes whenever what vCPUs know of pages may no longer be true. */
    long flushes() {
        return flushes.get();
    }

    Translator translator() {
        return translator;
    }

    SoftwareArchitecture architecture() {
        return architecture;
    }

    RegisterFile file() {
        return file;
    }

    PageTable table() {
        return table;
    }

    CodeCache code() {
        return code;
    }

    boolean isExecutable(long address) {
        return table.isExecutable(address);
    }

    @Override
    public void map(long guest, long host, long length, int protection, boolean large) {
        if (takeAway(guest, length)) {
            flush();
        }
        table.map(guest, host, length, protection);
    }

    @Override
    public void unmap(long guest, long length) {
        if (takeAway(guest, length)) {
            flush();
        }
    }

    private boolean takeAway(long guest, long length) {
        boolean any = table.unmap(guest, length);
        code.remap(guest, length);
        return any;
    }

    @Override
    public void changesElsewhere(long guest, long length) {
        code.share(guest, length);
    }

    /** Waits until no vCPU uses what it has read from the table before. */
    private void flush() {
        Memory.fullFence();
        flushes.incrementAndGet();
        for (SoftwareVcpu vcpu : vcpus) {
            vcpu.requestFlush();
        }
        for (SoftwareVcpu vcpu : vcpus) {
            vcpu.awaitFlush(() -> { });
        }
    }

    @Override
    public boolean isMapped(long guest, int protection) {
        return ((protection & Mman.PROT_READ) == 0 || table.isReadable(guest))
                && ((protection & Mman.PROT_WRITE) == 0 || table.isWritable(guest))
                && ((protection & Mman.PROT_EXEC) == 0 || isExecutable(guest))
                && (table.isReadable(guest) || table.isWritable(guest));
    }

    @Override
    public Vcpu createVcpu() {
        if (closed) {
            throw new EngineException("the machine is closed");
        }
        SoftwareVcpu vcpu = new SoftwareVcpu(this);
        vcpus.add(vcpu);
        return vcpu;
    }

    /** A vCPU has been closed. */
    synchronized void retire(SoftwareVcpu vcpu) {
        if (vcpus.remove(vcpu)) {
            vcpu.addCounts(retired);
        }
    }

    @Override
    public long[] hardwareCapabilities() {
        return architecture.hardwareCapabilities();
    }

    @Override
    public synchronized List<ExitCount> exitCounts() {
        long[] sum = retired.clone();
        vcpus.forEach(vcpu -> vcpu.addCounts(sum));
        List<ExitCount> counts = new java.util.ArrayList<>();
        for (SoftwareVcpu.Count count : SoftwareVcpu.Count.values()) {
            counts.add(new ExitCount(count.text(), sum[count.ordinal()]));
        }
        counts.add(new ExitCount("regions entered", code.regions().stream().mapToLong(Region::entries).sum()));
        counts.add(new ExitCount("regions in use", code.regions().size()));
        counts.add(new ExitCount("regions translated", code.translated()));
        counts.add(new ExitCount("instructions translated", code.instructions()));
        counts.add(new ExitCount("microseconds in translation", code.translationNanos() / 1000));
        counts.add(new ExitCount("blocks decoded", code.decoded()));
        counts.add(new ExitCount("blocks dropped", code.dropped()));
        counts.add(new ExitCount("table flushes", flushes.get()));
        return counts;
    }

    @Override
    public List<HotSpot> hotSpots() {
        return code.regions().stream()
                .filter(region -> region.entries() > 0)
                .sorted(Comparator.comparingLong(Region::entries).reversed())
                .limit(HOT_SPOTS)
                .map(region -> new HotSpot(region.head().pc(), region.entries()))
                .toList();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            code.close();
            table.close();
            common.close();
        }
    }
}
