package org.nesteddune.x86.kvm;

import org.nesteddune.engine.EngineException;
import org.nesteddune.engine.kvm.KvmException;
import org.nesteddune.engine.kvm.KvmIoctl;
import org.nesteddune.engine.kvm.KvmVcpu;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;

/** Brings a new vCPU into 64-bit user mode. Used once, then closed. */
final class VcpuSetup implements AutoCloseable {

    // kvm_segment.type
    private static final int CODE = 11;
    private static final int DATA = 3;
    private static final int BUSY_TSS = 11;

    private final KvmVcpu vcpu;
    private final NativeBuffer buffer = new NativeBuffer(512);
    private final long at = buffer.address();

    VcpuSetup(KvmVcpu vcpu) {
        this.vcpu = vcpu;
    }

    void cpuid(byte[] table) {
        try (NativeBuffer copy = new NativeBuffer(table.length)) {
            Memory.copyTo(copy.address(), table, 0, table.length);
            vcpu.ioctl(KvmIoctl.KVM_SET_CPUID2, copy.address());
        }
    }

    /**
     * Sets segments, tables and control registers.
     *
     * @param root guest-physical address of the page tables' root
     * @param page guest virtual address of the {@link VcpuPage}
     * @param wanted what CR4 is best
     * @param least what CR4 is to be if KVM does not take that
     * @return CR4 as it now is
     */
    long systemRegisters(long root, long page, long wanted, long least) {
        vcpu.ioctl(KvmIoctl.KVM_GET_SREGS, at);
        segment(KvmX86Layout.SREGS_CS, Processor.USER_CS, CODE, true);
        segment(KvmX86Layout.SREGS_SS, Processor.USER_DS, DATA, false);
        for (int offset : new int[] {KvmX86Layout.SREGS_DS, KvmX86Layout.SREGS_ES, KvmX86Layout.SREGS_FS,
            KvmX86Layout.SREGS_GS, KvmX86Layout.SREGS_LDT}) {
            noSegment(offset);
        }
        long task = at + KvmX86Layout.SREGS_TR;
        Memory.fill(task, 24, (byte) 0);
        Memory.putLong(task + KvmX86Layout.SEGMENT_BASE, page + VcpuPage.TSS);
        Memory.putInt(task + KvmX86Layout.SEGMENT_LIMIT, VcpuPage.TSS_LIMIT);
        Memory.putShort(task + KvmX86Layout.SEGMENT_SELECTOR, (short) Processor.TSS);
        Memory.putByte(task + KvmX86Layout.SEGMENT_TYPE, (byte) BUSY_TSS);
        Memory.putByte(task + KvmX86Layout.SEGMENT_PRESENT, (byte) 1);
        table(KvmX86Layout.SREGS_GDT, page + VcpuPage.GDT, VcpuPage.GDT_LIMIT);
        table(KvmX86Layout.SREGS_IDT, SystemLayout.EXCEPTIONS, SupervisorCode.IDT_LIMIT);
        Memory.putLong(at + KvmX86Layout.SREGS_CR0, Processor.CR0);
        Memory.putLong(at + KvmX86Layout.SREGS_CR2, 0);
        Memory.putLong(at + KvmX86Layout.SREGS_CR3, root);
        Memory.putLong(at + KvmX86Layout.SREGS_EFER,
                Processor.EFER_SCE | Processor.EFER_LME | Processor.EFER_LMA | Processor.EFER_NXE);
        Memory.putLong(at + KvmX86Layout.SREGS_CR4, wanted);
        if (vcpu.tryIoctl(KvmIoctl.KVM_SET_SREGS, at) == 0) {
            return wanted;
        }
        Memory.putLong(at + KvmX86Layout.SREGS_CR4, least);
        vcpu.ioctl(KvmIoctl.KVM_SET_SREGS, at);
        return least;
    }

    private void segment(int offset, int selector, int type, boolean code) {
        long segment = at + offset;
        Memory.fill(segment, 24, (byte) 0);
        Memory.putInt(segment + KvmX86Layout.SEGMENT_LIMIT, -1);
        Memory.putShort(segment + KvmX86Layout.SEGMENT_SELECTOR, (short) selector);
        Memory.putByte(segment + KvmX86Layout.SEGMENT_TYPE, (byte) type);
        Memory.putByte(segment + KvmX86Layout.SEGMENT_PRESENT, (byte) 1);
        Memory.putByte(segment + KvmX86Layout.SEGMENT_DPL, (byte) 3);
        Memory.putByte(segment + KvmX86Layout.SEGMENT_S, (byte) 1);
        Memory.putByte(segment + (code ? KvmX86Layout.SEGMENT_L : KvmX86Layout.SEGMENT_DB), (byte) 1);
        Memory.putByte(segment + KvmX86Layout.SEGMENT_G, (byte) 1);
    }

    /** The null selector, as Linux starts programs with. */
    private void noSegment(int offset) {
        Memory.fill(at + offset, 24, (byte) 0);
        Memory.putByte(at + offset + KvmX86Layout.SEGMENT_UNUSABLE, (byte) 1);
    }

    private void table(int offset, long base, int limit) {
        Memory.putLong(at + offset, base);
        Memory.putShort(at + offset + KvmX86Layout.DTABLE_LIMIT, (short) limit);
    }

    void extendedControl(long xcr0) {
        buffer.clear();
        Memory.putInt(at, 1);
        Memory.putLong(at + KvmX86Layout.XCRS_VALUE, xcr0);
        vcpu.ioctl(KvmIoctl.KVM_SET_XCRS, at);
    }

    /**
     * Sets the registers of SYSCALL.
     *
     * @param tscAux what RDTSCP and RDPID read, or a negative number where the guest has neither
     */
    void modelSpecific(int tscAux) {
        buffer.clear();
        int count = 0;
        count = register(count, Processor.MSR_STAR, Processor.STAR);
        count = register(count, Processor.MSR_LSTAR, SystemLayout.STUB + SupervisorCode.SYSCALL);
        count = register(count, Processor.MSR_CSTAR, SystemLayout.STUB + SupervisorCode.COMPAT_SYSCALL);
        count = register(count, Processor.MSR_SYSCALL_MASK, Processor.SYSCALL_MASK);
        // SYSENTER then is an exception. There is no 32-bit code segment to use it from either.
        count = register(count, Processor.MSR_IA32_SYSENTER_CS, 0);
        if (tscAux >= 0) {
            count = register(count, Processor.MSR_TSC_AUX, tscAux);
        }
        Memory.putInt(at, count);
        long done = vcpu.ioctl(KvmIoctl.KVM_SET_MSRS, at);
        if (done < count) {
            throw new KvmException("KVM_SET_MSRS", Errno.EINVAL, "register " + done + " was refused", null,
                    Memory.getInt(at + KvmX86Layout.MSRS_ENTRIES + done * KvmX86Layout.MSR_ENTRY) & 0xffffffffL);
        }
    }

    private int register(int index, int number, long value) {
        long entry = at + KvmX86Layout.MSRS_ENTRIES + (long) index * KvmX86Layout.MSR_ENTRY;
        Memory.putInt(entry, number);
        Memory.putLong(entry + KvmX86Layout.MSR_DATA, value);
        return index + 1;
    }

    /** Makes the guest's time stamp counter the host's, which the vDSO's clocks rely on (Linux 5.16 or later). */
    void timeStampCounter() {
        buffer.clear();
        long offset = at + KvmX86Layout.DEVICE_ATTR_SIZEOF;
        // Group KVM_VCPU_TSC_CTRL and attribute KVM_VCPU_TSC_OFFSET are both 0.
        Memory.putLong(at + KvmX86Layout.DEVICE_ATTR_ADDR, offset);
        long result = vcpu.tryIoctl(KvmIoctl.KVM_SET_DEVICE_ATTR, at);
        if (Errno.isError(result)) {
            throw new EngineException("this host's KVM cannot give a guest the host's time stamp counter ("
                    + Errno.name((int) -result) + "): update its kernel (5.16 or later is needed)");
        }
    }

    @Override
    public void close() {
        buffer.close();
    }
}
