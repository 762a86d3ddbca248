package org.nesteddune.x86.kvm;

import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.kvm.KvmIoctl;
import org.nesteddune.engine.kvm.KvmVcpu;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.x86.X86Registers;

/**
 * The user state of a vCPU. The general registers are those in the shared {@code kvm_run}, where rip, rflags and rsp are
 * the user's between two runs, whatever code the vCPU has stopped in. The segment bases are fetched when asked for.
 * For one thread at a time.
 */
final class X86State implements CpuState {

    private static final int GENERAL = 18;
    private static final int[] BASE_MSRS = {Processor.MSR_FS_BASE, Processor.MSR_GS_BASE};

    private final KvmVcpu vcpu;
    private final long regs;
    private final VectorState vector;
    private final long[] bases = new long[2];
    private final NativeBuffer msrs = new NativeBuffer(KvmX86Layout.MSRS_ENTRIES + 2 * KvmX86Layout.MSR_ENTRY);
    private boolean basesFetched;
    private boolean basesDirty;

    private long origRax = -1;
    private long trapno;
    private long error;
    private long cr2;

    X86State(KvmVcpu vcpu, VectorState vector) {
        this.vcpu = vcpu;
        this.regs = vcpu.run() + KvmX86Layout.REGS;
        this.vector = vector;
        for (int i = 0; i < BASE_MSRS.length; i++) {
            Memory.putInt(msrs.address() + KvmX86Layout.MSRS_ENTRIES + (long) i * KvmX86Layout.MSR_ENTRY, BASE_MSRS[i]);
        }
        Memory.putInt(msrs.address(), BASE_MSRS.length);
    }

    @Override
    public long get(int register) {
        if (register >= 0 && register < GENERAL) {
            return Memory.getLong(regs + 8L * register);
        }
        return switch (register) {
            case X86Registers.FS_BASE -> fetchBases()[0];
            case X86Registers.GS_BASE -> fetchBases()[1];
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
            Memory.putLong(regs + 8L * register, value);
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

    private long[] fetchBases() {
        if (!basesFetched) {
            vcpu.ioctl(KvmIoctl.KVM_GET_MSRS, msrs.address());
            for (int i = 0; i < bases.length; i++) {
                bases[i] = Memory.getLong(base(i));
            }
            basesFetched = true;
        }
        return bases;
    }

    private void setBase(int index, long value) {
        if (fetchBases()[index] != value) {
            bases[index] = value;
            basesDirty = true;
        }
    }

    private long base(int index) {
        return msrs.address() + KvmX86Layout.MSRS_ENTRIES + (long) index * KvmX86Layout.MSR_ENTRY
                + KvmX86Layout.MSR_DATA;
    }

    @Override
    public int vectorSize() {
        return vector.size();
    }

    @Override
    public void readVector(byte[] target) {
        vector.read(target);
    }

    @Override
    public boolean writeVector(byte[] source) {
        return vector.write(source);
    }

    VectorState vector() {
        return vector;
    }

    /** Gives the vCPU what is not in the shared page. */
    void flush() {
        if (basesDirty) {
            for (int i = 0; i < bases.length; i++) {
                Memory.putLong(base(i), bases[i]);
            }
            vcpu.ioctl(KvmIoctl.KVM_SET_MSRS, msrs.address());
            basesDirty = false;
        }
        vector.flush();
    }

    /** The vCPU has run: what was fetched is history. */
    void invalidate() {
        basesFetched = false;
        vector.invalidate();
    }

    /** The vCPU has stopped in a system call. */
    void enterSyscall(long number) {
        origRax = number;
    }

    /** The vCPU has stopped for a reason other than a system call or an exception. */
    void leaveSyscall() {
        origRax = -1;
    }

    /** The vCPU has stopped in an exception. */
    void trap(int vector, long code) {
        origRax = -1;
        trapno = vector;
        error = code;
    }

    /** The vCPU has stopped in a page fault. */
    void pageFault(long code, long address) {
        trap(Processor.PF, code);
        cr2 = address;
    }

    /** The state of a new process, on a vCPU that KVM has just made: it has the rest by itself. */
    void begin() {
        for (int i = 0; i < GENERAL; i++) {
            set(i, 0);
        }
        set(X86Registers.RFLAGS, Processor.RFLAGS_FIXED | Processor.RFLAGS_IF);
        origRax = -1;
        trapno = 0;
        error = 0;
        cr2 = 0;
        bases[0] = 0;
        bases[1] = 0;
        basesFetched = true;
    }

    /** The state of a new process, on a vCPU that has run. */
    void reset() {
        begin();
        basesDirty = true;
        vector.reset();
    }

    void close() {
        msrs.close();
        vector.close();
    }
}
