package org.nesteddune.x86.kvm;

import java.util.HexFormat;
import java.util.Map;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.Exit;
import org.nesteddune.engine.Machine;
import org.nesteddune.engine.Vcpu;
import org.nesteddune.engine.kvm.internal.KvmEngine;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.linux.Mman;
import org.nesteddune.x86.X86Architecture;
import org.nesteddune.x86.X86Registers;

/** A machine with one vCPU and a window of memory, in which a few instructions are run. */
final class TestGuest implements AutoCloseable {

    static final int NONE = Mman.PROT_NONE;
    static final int R = Mman.PROT_READ;
    static final int RW = Mman.PROT_READ | Mman.PROT_WRITE;
    static final int RX = Mman.PROT_READ | Mman.PROT_EXEC;
    static final int RWX = RW | Mman.PROT_EXEC;
    static final long PAGE = 4096;
    static final long LARGE = 2 << 20;

    /** Where code, stack and data begin in the window. */
    static final long CODE = 0;
    static final long STACK = 0x10000;
    static final long DATA = LARGE;

    static final Architecture X86 = new X86Architecture();

    private static final long WINDOW = 64 << 20;
    private static final int HOST_MASK = RW;

    final Machine machine;
    final Vcpu vcpu;
    final CpuState state;
    private final long reserved;
    private final long base;

    TestGuest(KvmEngine engine) {
        machine = engine.createMachine(X86);
        vcpu = machine.createVcpu();
        state = vcpu.state();
        reserved = HostException.check("mmap", Linux.mmap(0, WINDOW + LARGE, NONE,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE, -1, 0));
        base = reserved + LARGE - 1 & -LARGE;
        map(CODE, PAGE, RX);
        map(STACK, PAGE, RW);
    }

    /** An engine that knows x86-64. */
    static KvmEngine engine() {
        KvmEngine engine = new KvmEngine();
        engine.addArchitecture(new X86KvmArchitecture(), Map.of(Architecture.ELF_MACHINE, X86.elfMachine()));
        return engine;
    }

    /** Why no guest can be run here, or null. */
    static String refusal() {
        return engine().refusal(X86);
    }

    /** The address, the same for host and guest, at an offset in the window. */
    long at(long offset) {
        return base + offset;
    }

    /** Maps anonymous memory as an address space would: host first, then guest. Host memory is never executable. */
    void map(long offset, long length, int protection) {
        HostException.check("mmap", Linux.mmap(at(offset), length, protection & HOST_MASK | R,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED, -1, 0));
        machine.map(at(offset), at(offset), length, protection, false);
    }

    /** The same, backed by huge pages. */
    void mapLarge(long offset, long length, int protection) {
        HostException.check("mmap", Linux.mmap(at(offset), length, protection & HOST_MASK,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED, -1, 0));
        Linux.madvise(at(offset), length, Mman.MADV_HUGEPAGE);
        machine.map(at(offset), at(offset), length, protection, true);
    }

    /** Changes rights as an address space would. */
    void protect(long offset, long length, int protection, boolean large) {
        machine.unmap(at(offset), length);
        HostException.check("mprotect", Linux.mprotect(at(offset), length, protection & HOST_MASK));
        if (protection != NONE) {
            machine.map(at(offset), at(offset), length, protection, large);
        }
    }

    /** Takes memory away as an address space would. */
    void unmap(long offset, long length) {
        machine.unmap(at(offset), length);
        HostException.check("mmap", Linux.mmap(at(offset), length, NONE,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED | Mman.MAP_NORESERVE, -1, 0));
    }

    /** Puts code at the beginning of the code page and the CPU in front of it, with fresh flags and stack. */
    TestGuest code(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        Linux.mprotect(at(CODE), PAGE, RW);
        Memory.copyTo(at(CODE), bytes, 0, bytes.length);
        state.set(X86Registers.RIP, at(CODE));
        state.set(X86Registers.RSP, at(STACK) + PAGE);
        state.set(X86Registers.RFLAGS, 0x202);
        return this;
    }

    TestGuest with(int register, long value) {
        state.set(register, value);
        return this;
    }

    Exit run() {
        return vcpu.run();
    }

    /** Where the CPU stands, from the beginning of the code. */
    long position() {
        return state.get(X86Registers.RIP) - at(CODE);
    }

    /** Runs an instruction that reads 4 bytes at rdi, and a system call. */
    Exit read(long address) {
        return code("8b07 0f05").with(X86Registers.RDI, address).run();
    }

    /** Runs an instruction that writes 4 bytes at rdi, and a system call. */
    Exit write(long address) {
        return code("c70707000000 0f05").with(X86Registers.RDI, address).run();
    }

    /** Jumps to an address. */
    Exit execute(long address) {
        return code("ffe7").with(X86Registers.RDI, address).run();
    }

    @Override
    public void close() {
        vcpu.close();
        machine.close();
        Linux.munmap(reserved, WINDOW + LARGE);
    }
}
