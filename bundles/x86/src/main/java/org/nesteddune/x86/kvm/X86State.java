package org.nesteddune.x86.kvm;

import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.kvm.KvmState;
import org.nesteddune.host.Memory;
import org.nesteddune.x86.X86Registers;

/**
 * The user state of a guest thread. General registers are always here; segment bases and vector state are fetched from
 * the processor when asked for, and given back before the next run when they have been changed.
 *
 * <p>What a processor may hold is guarded by the object's monitor, since another thread takes it away from an owner that
 * is not running ({@link #detach}). The general registers are the owner's alone.
 */
final class X86State implements KvmState {

    private static final int GENERAL = KvmX86Layout.REGS_SIZEOF / 8;

    private final long[] general = new long[GENERAL];
    private final VectorState vector;
    private final long[] bases = new long[2];
    private X86Processor processor;
    /** Whether the bases here are the thread's. */
    private boolean basesKnown = true;
    /** Whether the bases on the processor are the thread's. */
    private boolean basesLoaded;

    private long origRax = -1;
    private long trapno;
    private long error;
    private long cr2;

    /** The state of a new process. */
    X86State(CpuFeatures features) {
        vector = new VectorState(features);
        general[X86Registers.RFLAGS] = Processor.RFLAGS_FIXED | Processor.RFLAGS_IF;
    }

    @Override
    public long get(int register) {
        if (register >= 0 && register < GENERAL) {
            return general[register];
        }
        return switch (register) {
            case X86Registers.FS_BASE -> base(0);
            case X86Registers.GS_BASE -> base(1);
            case X86Registers.ORIG_RAX -> origRax;
            case X86Registers.TRAPNO -> trapno;
            case X86Registers.ERR -> error;
            case X86Registers.CR2 -> cr2;
            default -> throw new IndexOutOfBoundsException(register);
        };
    }

    @Override
    public void set(int register, long value) {
        if (register >= 0 && register < GENERAL) {
            general[register] = value;
            return;
        }
        switch (register) {
            case X86Registers.FS_BASE -> setBase(0, value);
            case X86Registers.GS_BASE -> setBase(1, value);
            case X86Registers.ORIG_RAX -> origRax = value;
            case X86Registers.TRAPNO -> trapno = value;
            case X86Registers.ERR -> error = value;
            case X86Registers.CR2 -> cr2 = value;
            default -> throw new IndexOutOfBoundsException(register);
        }
    }

    private synchronized long base(int index) {
        fetchBases();
        return bases[index];
    }

    private synchronized void setBase(int index, long value) {
        fetchBases();
        if (bases[index] != value) {
            bases[index] = value;
            basesLoaded = false;
        }
    }

    private void fetchBases() {
        if (!basesKnown) {
            processor.readBases(bases);
            basesKnown = true;
        }
    }

    @Override
    public int vectorSize() {
        return vector.size();
    }

    @Override
    public synchronized void readVector(byte[] target) {
        vector.read(target);
    }

    @Override
    public synchronized boolean writeVector(byte[] source) {
        return vector.write(source);
    }

    /** The x87 status word in the upper and the control word in the lower half. */
    synchronized int x87Words() {
        return vector.x87Words();
    }

    synchronized int mxcsr() {
        return vector.mxcsr();
    }

    @Override
    public void copyFrom(CpuState source) {
        if (source instanceof X86State other) {
            copyFrom(other);
            return;
        }
        byte[] image = new byte[source.vectorSize()];
        source.readVector(image);
        if (!writeVector(image)) {
            throw new IllegalArgumentException("a vector state that this CPU does not take");
        }
        for (int i = 0; i < X86Registers.COUNT; i++) {
            set(i, source.get(i));
        }
    }

    private void copyFrom(X86State other) {
        long[] theirs;
        VectorState copied;
        // One after the other: two locks at once could be taken in both orders.
        synchronized (other) {
            other.fetchBases();
            theirs = other.bases.clone();
            copied = other.vector.copy();
        }
        synchronized (this) {
            System.arraycopy(theirs, 0, bases, 0, bases.length);
            basesKnown = true;
            basesLoaded = false;
            vector.take(copied);
        }
        System.arraycopy(other.general, 0, general, 0, GENERAL);
        origRax = other.origRax;
        trapno = other.trapno;
        error = other.error;
        cr2 = other.cr2;
    }

    /**
     * Comes to run on a processor.
     *
     * @param fresh whether KVM has just made it, so that it has the state of a new process by itself
     */
    synchronized void attach(X86Processor to, boolean fresh) {
        processor = to;
        basesLoaded = fresh && bases[0] == 0 && bases[1] == 0;
        vector.attach(to, fresh);
    }

    /** Leaves its processor, with all that was there. */
    synchronized void detach() {
        try {
            fetchBases();
            vector.fetch();
        } finally {
            abandon();
        }
    }

    /** Leaves its processor without what is there. */
    synchronized void abandon() {
        processor = null;
        basesKnown = true;
        vector.detach();
    }

    /** Puts the general registers into the shared page, and gives the processor what is not there. */
    void load(long regs) {
        Memory.copyTo(regs, general, 0, GENERAL);
        if (!basesLoaded) {
            processor.writeBases(bases);
            basesLoaded = true;
        }
        vector.flush();
    }

    /** Takes the general registers from the shared page; all else is on the processor. */
    void store(long regs) {
        Memory.copyFrom(regs, general, 0, GENERAL);
        invalidate();
    }

    /** The processor has run: what was fetched is history. */
    void invalidate() {
        basesKnown = false;
        vector.invalidate();
    }

    /** The processor has stopped in a system call. */
    void enterSyscall() {
        origRax = general[X86Registers.RAX];
        general[X86Registers.RIP] = general[X86Registers.RCX];
        general[X86Registers.RFLAGS] = general[X86Registers.R11];
    }

    /** The processor has stopped for a reason other than a system call or an exception. */
    void leaveSyscall() {
        origRax = -1;
    }

    /** The processor has stopped in an exception. */
    void trap(int vector, long code) {
        origRax = -1;
        trapno = vector;
        error = code;
    }

    /** The processor has stopped in a page fault. */
    void pageFault(long code, long address) {
        trap(Processor.PF, code);
        cr2 = address;
    }

    @Override
    public synchronized void close() {
        vector.close();
    }
}
