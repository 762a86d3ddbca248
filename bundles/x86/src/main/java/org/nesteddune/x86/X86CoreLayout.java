package org.nesteddune.x86;

import static org.nesteddune.x86.X86Registers.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.nesteddune.arch.CoreLayout;
import org.nesteddune.arch.CpuState;
import org.nesteddune.linux.Elf;

/** Registers in core files of x86-64: {@code struct user_regs_struct}, FXSAVE's area and XSAVE's (arch/x86/kernel/ptrace.c). */
final class X86CoreLayout implements CoreLayout {

    private static final int REGISTER_COUNT = 27;
    private static final int USER_CS = 0x33;
    private static final int USER_SS = 0x2b;

    /** {@code linux/elf.h}. */
    private static final int NT_X86_XSTATE = 0x202;

    private static final int FXSAVE_SIZE = 512;

    /** In front of the code segment, in the order of the structure. */
    private static final int[] FIRST =
            {R15, R14, R13, R12, RBP, RBX, R11, R10, R9, R8, RAX, RCX, RDX, RSI, RDI, ORIG_RAX, RIP};

    private final Supplier<XStateLayout> layout;

    /** @param layout asked at every dump, so that the processor is not before the first one */
    X86CoreLayout(Supplier<XStateLayout> layout) {
        this.layout = layout;
    }

    @Override
    public byte[] generalRegisters(CpuState cpu) {
        ByteBuffer registers = ByteBuffer.allocate(REGISTER_COUNT * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int register : FIRST) {
            registers.putLong(cpu.get(register));
        }
        registers.putLong(USER_CS).putLong(cpu.get(RFLAGS)).putLong(cpu.get(RSP)).putLong(USER_SS);
        registers.putLong(cpu.get(FS_BASE)).putLong(cpu.get(GS_BASE));
        return registers.array();
    }

    @Override
    public List<Note> registerNotes(CpuState cpu) {
        int size = cpu.vectorSize();
        byte[] area = new byte[size];
        cpu.readVector(area);
        List<Note> notes = new ArrayList<>();
        byte[] legacy = new byte[FXSAVE_SIZE];
        System.arraycopy(area, 0, legacy, 0, Math.min(FXSAVE_SIZE, size));
        notes.add(new Note("CORE", Elf.NT_FPREGSET, legacy));
        if (FloatingPointFrame.isExtended(size)) {
            // Debuggers learn from the software's bytes which components there are (struct user_xstateregs).
            ByteBuffer.wrap(area)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(XStateLayout.SOFTWARE, layout.get().components(size));
            notes.add(new Note("LINUX", NT_X86_XSTATE, area));
        }
        return notes;
    }
}
