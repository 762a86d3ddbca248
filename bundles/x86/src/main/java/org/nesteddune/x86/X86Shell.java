package org.nesteddune.x86;

import static org.nesteddune.x86.asm.Register.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.arch.TracedCpu;
import org.nesteddune.escape.ShellCode;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.x86.asm.Assembler;
import org.nesteddune.x86.asm.Condition;
import org.nesteddune.x86.asm.Label;
import org.nesteddune.x86.asm.Operand;
import org.nesteddune.x86.asm.Register;
import org.osgi.service.component.annotations.Component;

/** Native processes of x86-64. Registers are those of {@code struct user_regs_struct} (asm/user_64.h). */
@Component(service = ShellCode.class, property = Architecture.ELF_MACHINE + ":Integer=" + Elf.EM_X86_64)
public final class X86Shell implements ShellCode {

    private static final int PAGE = 4096;
    private static final int SYSCALL_LENGTH = 2;
    private static final int INT3_LENGTH = 1;

    /** Of the first vDSO data page: how guests are to get the time; 0 is by system calls. */
    private static final int CLOCK_MODE = 0;

    // Offsets in struct user_regs_struct
    private static final int REG_R12 = 3 * 8;
    private static final int REG_R10 = 7 * 8;
    private static final int REG_R9 = 8 * 8;
    private static final int REG_R8 = 9 * 8;
    private static final int REG_RAX = 10 * 8;
    private static final int REG_RDX = 12 * 8;
    private static final int REG_RSI = 13 * 8;
    private static final int REG_RDI = 14 * 8;
    private static final int REG_ORIG_RAX = 15 * 8;
    private static final int REG_RIP = 16 * 8;
    private static final int REG_RSP = 19 * 8;

    private static final int[] ARGUMENT_OFFSETS = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
    private static final Register[] ARGUMENTS = {RDI, RSI, RDX, R10, R8, R9};

    private final TracedCpu registers = new X86TracedCpu(XStateLayout::host);
    private final byte[] loop;
    private int callOffset;

    public X86Shell() {
        loop = assembleLoop();
    }

    @Override
    public int elfMachine() {
        return Elf.EM_X86_64;
    }

    @Override
    public SyscallNumbers syscallNumbers() {
        return X86SyscallTable.NUMBERS;
    }

    @Override
    public boolean packedEpollEvent() {
        return true;
    }

    @Override
    public boolean isHostCpu() {
        return HostCpu.isX86();
    }

    @Override
    public byte[] beginning(long address, long length, int descriptor) {
        Assembler code = new Assembler();
        code.jmp(waiting(code));
        map(code, address, PAGE, Mman.PROT_READ | Mman.PROT_EXEC, descriptor, 0);
        map(code, address + PAGE, length - PAGE, Mman.PROT_READ | Mman.PROT_WRITE, descriptor, PAGE);
        code.movq(RAX, address).jmp(RAX);
        return code.toBytes();
    }

    /** Emits pause(2), to which its own end jumps back. */
    private static Label waiting(Assembler code) {
        Label again = new Label();
        code.bind(again).movl(RAX, X86SyscallTable.NUMBERS.number("pause")).syscall();
        return again;
    }

    private static void map(Assembler code, long address, long length, int protection, int descriptor, int offset) {
        long[] arguments = {address, length, protection, Mman.MAP_SHARED | Mman.MAP_FIXED, descriptor, offset};
        for (int i = 0; i < arguments.length; i++) {
            code.movq(ARGUMENTS[i], arguments[i]);
        }
        code.movl(RAX, X86SyscallTable.NUMBERS.number("mmap")).syscall();
    }

    @Override
    public int mappingOffset() {
        Assembler code = new Assembler();
        code.jmp(waiting(code));
        return code.position();
    }

    /** The list is in r12, the entry of the moment in rbx; a system call leaves both. */
    private byte[] assembleLoop() {
        Assembler code = new Assembler();
        Label stop = new Label();
        Label next = new Label();
        Label good = new Label();
        code.bind(stop).int3();
        code.movq(RBX, R12);
        code.bind(next).movl(RAX, Operand.at(RBX, 0)).testl(RAX, RAX).j(Condition.SIGN, stop);
        for (int i = 0; i < ARGUMENTS.length; i++) {
            code.movq(ARGUMENTS[i], Operand.at(RBX, 8 + 8 * i));
        }
        callOffset = code.position();
        code.syscall();
        code.movq(Operand.at(RBX, 56), RAX);
        code.movl(RDX, Operand.at(RBX, 4)).testl(RDX, RDX).j(Condition.NOT_EQUAL, good);
        // An address is a page multiple, and so none that looks like an error number in its lower half.
        code.cmpl(RAX, -Errno.MAX_ERRNO).j(Condition.ABOVE_OR_EQUAL, stop);
        code.bind(good).addq(RBX, ENTRY).jmp(next);
        return code.toBytes();
    }

    @Override
    public byte[] loop() {
        return loop.clone();
    }

    @Override
    public int loopOffset() {
        return INT3_LENGTH;
    }

    @Override
    public int callOffset() {
        return callOffset;
    }

    @Override
    public int callLength() {
        return SYSCALL_LENGTH;
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void jump(byte[] set, long address) {
        buffer(set).putLong(REG_RIP, address).putLong(REG_ORIG_RAX, -1);
    }

    @Override
    public void carryOut(byte[] set, long address, long list) {
        jump(set, address);
        // No stack is needed; and while it is on its alternate one the kernel lets a thread have no other (sigaltstack(2), EPERM).
        buffer(set).putLong(REG_R12, list).putLong(REG_RSP, 0);
    }

    @Override
    public void call(byte[] set, long address, long number, long... arguments) {
        jump(set, address);
        ByteBuffer values = buffer(set).putLong(REG_RAX, number);
        for (int i = 0; i < arguments.length; i++) {
            values.putLong(ARGUMENT_OFFSETS[i], arguments[i]);
        }
    }

    @Override
    public long result(byte[] set) {
        return buffer(set).getLong(REG_RAX);
    }

    @Override
    public void result(byte[] set, long value) {
        buffer(set).putLong(REG_RAX, value);
    }

    @Override
    public byte[] registers(CpuState cpu) {
        byte[] set = registers.readSet(cpu, Elf.NT_PRSTATUS);
        buffer(set).putLong(REG_ORIG_RAX, -1);
        return set;
    }

    @Override
    public void resume(byte[] set, int number) {
        buffer(set).putLong(REG_ORIG_RAX, number).putLong(REG_RAX, -Errno.ERESTART_RESTARTBLOCK);
    }

    @Override
    public int vectorSet() {
        return X86TracedCpu.NT_X86_XSTATE;
    }

    @Override
    public boolean vector(byte[] present, CpuState cpu) {
        byte[] area = new byte[cpu.vectorSize()];
        cpu.readVector(area);
        if (!FloatingPointFrame.isExtended(area.length) || !FloatingPointFrame.isExtended(present.length)) {
            return false;
        }
        long components = buffer(area).getLong(XStateLayout.XSTATE_BV);
        if ((components & ~XStateLayout.host().components(Math.min(present.length, area.length))) != 0) {
            return false;
        }
        System.arraycopy(area, 0, present, 0, XStateLayout.SOFTWARE);
        int extended = Math.min(present.length, area.length);
        System.arraycopy(area, XStateLayout.HEADER, present, XStateLayout.HEADER, extended - XStateLayout.HEADER);
        buffer(present).putLong(XStateLayout.XCOMP_BV, 0);
        return true;
    }

    @Override
    public long programCounter(byte[] set) {
        return buffer(set).getLong(REG_RIP);
    }

    @Override
    public int interruptedCall(byte[] set) {
        return (int) buffer(set).getLong(REG_ORIG_RAX);
    }

    @Override
    public long[] arguments(byte[] set) {
        return Arrays.stream(ARGUMENT_OFFSETS).mapToLong(offset -> buffer(set).getLong(offset)).toArray();
    }

    @Override
    public boolean adopt(byte[] set, byte[] vector, CpuState cpu) {
        int size = cpu.vectorSize();
        if (!FloatingPointFrame.isExtended(size) || !FloatingPointFrame.isExtended(vector.length)) {
            return false;
        }
        long used = buffer(vector).getLong(XStateLayout.XSTATE_BV);
        long missing = used & ~XStateLayout.host().components(Math.min(size, vector.length));
        if (missing == XStateLayout.PKRU && hasInitialKeys(vector)) {
            // Every program has this, and it means nothing where memory has no keys.
            missing = 0;
        }
        byte[] area = Arrays.copyOf(vector, size);
        buffer(area).putLong(XStateLayout.XSTATE_BV, used & XStateLayout.host().components(size));
        return missing == 0
                && registers.writeSet(cpu, Elf.NT_PRSTATUS, set) == 0
                && registers.writeSet(cpu, X86TracedCpu.NT_X86_XSTATE, area) == 0;
    }

    private static boolean hasInitialKeys(byte[] vector) {
        int offset = XStateLayout.host().offset(XStateLayout.PKRU);
        return offset + Integer.BYTES <= vector.length && buffer(vector).getInt(offset) == XStateLayout.INITIAL_PKRU;
    }

    @Override
    public byte[] leap(long address) {
        return new Assembler().movq(RAX, address).jmp(RAX).toBytes();
    }

    @Override
    public void detachClock(byte[] data) {
        buffer(data).putInt(CLOCK_MODE, 0);
    }
}
