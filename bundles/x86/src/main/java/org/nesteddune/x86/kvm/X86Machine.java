package org.nesteddune.x86.kvm;

import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.kvm.GuestPhysicalMemory;
import org.nesteddune.engine.kvm.KvmMachine;
import org.nesteddune.engine.kvm.KvmProcessor;
import org.nesteddune.engine.kvm.KvmState;
import org.nesteddune.engine.kvm.KvmVcpu;
import org.nesteddune.engine.kvm.KvmVm;
import org.nesteddune.x86.vdso.VdsoService;

/** Page tables and supervisor pages of one machine. */
final class X86Machine implements KvmMachine {

    private static final int HWCAP2_FSGSBASE = 1 << 1;

    /** With more slots than this a machine is not used again: they cost the host memory, and so do page tables. */
    private static final int MOST_SLOTS = 32;
    private static final long MOST_TABLES = 4L << 20;

    private final CpuFeatures features;
    private final GuestPhysicalMemory memory;
    private final PageTables tables;
    private long framePage;
    private volatile long cr4;

    X86Machine(KvmVm vm, CpuFeatures features) {
        this.features = features;
        this.memory = new GuestPhysicalMemory(vm, features.physicalBits());
        this.cr4 = features.cr4() | Processor.CR4_OSXSAVE | Processor.CR4_FSGSBASE;
        try {
            tables = new PageTables(memory);
            long stub = memory.allocate(1);
            SupervisorCode.writeStub(memory.host(stub), SystemLayout.PAGE);
            tables.mapSystem(SystemLayout.STUB, stub, PageTables.USER);
            long exceptions = memory.allocate(1);
            SupervisorCode.writeExceptions(memory.host(exceptions), SystemLayout.EXCEPTIONS);
            tables.mapSystem(SystemLayout.EXCEPTIONS, exceptions, 0);
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    @Override
    public void map(long guest, long host, long length, int protection, boolean large) {
        tables.map(guest, host, length, protection, large);
    }

    @Override
    public boolean covers(long host) {
        return memory.covers(host);
    }

    @Override
    public void unmap(long guest, long length) {
        tables.unmap(guest, length);
    }

    @Override
    public boolean isMapped(long guest, int protection) {
        return tables.isMapped(guest, protection);
    }

    @Override
    public long[] hardwareCapabilities() {
        return new long[] {features.featureEdx(), (cr4 & Processor.CR4_FSGSBASE) != 0 ? HWCAP2_FSGSBASE : 0};
    }

    @Override
    public KvmState createState() {
        return new X86State(features);
    }

    @Override
    public KvmProcessor createProcessor(KvmVcpu vcpu) {
        int id = vcpu.id();
        if (id >= SystemLayout.MAX_VCPUS) {
            throw new EngineException("a machine can have at most " + SystemLayout.MAX_VCPUS + " vCPUs");
        }
        long page;
        long frame;
        synchronized (tables) {
            page = memory.allocate(1);
            tables.mapSystem(SystemLayout.VCPU_PAGES + (long) id * SystemLayout.PAGE, page,
                    PageTables.WRITABLE | PageTables.NO_EXECUTE);
            frame = frame(id);
        }
        long virtual = SystemLayout.VCPU_PAGES + (long) id * SystemLayout.PAGE;
        VcpuPage.write(memory.host(page), virtual, features.tscAux() ? 0 : VdsoService.NO_RDTSCP);
        try (VcpuSetup setup = new VcpuSetup(vcpu)) {
            setup.cpuid(features.cpuid());
            cr4 = setup.systemRegisters(tables.root(), virtual, cr4, features.cr4());
            setup.extendedControl(features.xcr0());
            setup.modelSpecific(features.tscAux() ? 0 : -1);
            setup.timeStampCounter();
        }
        X86Processor processor = new X86Processor(vcpu, features.hostVectorSize() > CpuFeatures.HOST_VECTOR_SIZE,
                memory.host(page) + VcpuPage.STACK_TOP, memory.host(frame),
                SystemLayout.FRAMES + (long) id * SystemLayout.FRAME, tables);
        features.ask(processor);
        return processor;
    }

    /** The guest-physical address of a vCPU's frame; ids come in ascending order. */
    private long frame(int id) {
        int offset = id * SystemLayout.FRAME % SystemLayout.PAGE;
        if (framePage == 0 || offset == 0) {
            framePage = memory.allocate(1);
            tables.mapSystem(SystemLayout.FRAMES + (long) id * SystemLayout.FRAME - offset, framePage,
                    PageTables.USER | PageTables.NO_EXECUTE);
        }
        return framePage + offset;
    }

    @Override
    public boolean clear() {
        if (memory.slots() > MOST_SLOTS || memory.supervisorSize() > MOST_TABLES) {
            return false;
        }
        tables.clear();
        return true;
    }

    @Override
    public void close() {
        memory.close();
    }
}
