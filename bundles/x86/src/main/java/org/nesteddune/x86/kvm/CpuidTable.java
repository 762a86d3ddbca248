package org.nesteddune.x86.kvm;

import org.nesteddune.engine.kvm.Kvm;
import org.nesteddune.engine.kvm.KvmIoctl;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;

/** A {@code struct kvm_cpuid2} that is being worked on. For one thread. */
final class CpuidTable implements AutoCloseable {

    private static final int MAX_ENTRIES = 256;

    private final NativeBuffer table =
            new NativeBuffer(KvmX86Layout.CPUID_ENTRIES + MAX_ENTRIES * KvmX86Layout.CPUID_ENTRY);

    /** What the host's KVM can offer. */
    static CpuidTable supportedBy(Kvm kvm) {
        CpuidTable made = new CpuidTable();
        try {
            Memory.putInt(made.table.address(), MAX_ENTRIES);
            kvm.ioctl(KvmIoctl.KVM_GET_SUPPORTED_CPUID, made.table.address());
            return made;
        } catch (RuntimeException | Error e) {
            made.close();
            throw e;
        }
    }

    int count() {
        return Memory.getInt(table.address());
    }

    /** The address of an entry by its place. */
    long at(int place) {
        return table.address() + KvmX86Layout.CPUID_ENTRIES + (long) place * KvmX86Layout.CPUID_ENTRY;
    }

    /** The address of an entry, or 0. */
    long entry(int function, int index) {
        int count = count();
        for (int i = 0; i < count; i++) {
            long entry = at(i);
            if (Memory.getInt(entry + KvmX86Layout.CPUID_FUNCTION) == function
                    && Memory.getInt(entry + KvmX86Layout.CPUID_INDEX) == index) {
                return entry;
            }
        }
        return 0;
    }

    void clear(int function, int index, int register, int bits) {
        long entry = entry(function, index);
        if (entry != 0) {
            Memory.putInt(entry + register, Memory.getInt(entry + register) & ~bits);
        }
    }

    boolean has(int function, int register, int bit) {
        long entry = entry(function, 0);
        return entry != 0 && (Memory.getInt(entry + register) >>> bit & 1) != 0;
    }

    /** The structure with as many entries as there are. */
    byte[] bytes() {
        return table.bytes(0, KvmX86Layout.CPUID_ENTRIES + count() * KvmX86Layout.CPUID_ENTRY);
    }

    @Override
    public void close() {
        table.close();
    }
}
