package org.nesteddune.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.nesteddune.linux.Elf;
import org.nesteddune.linux.Errno;
import org.nesteddune.syscall.ErrnoException;

class X86TracedCpuTest {

    /** Offsets in struct user_regs_struct (asm/user_64.h). */
    private static final int RAX_AT = 80;
    private static final int RIP_AT = 128;
    private static final int CS_AT = 136;
    private static final int FLAGS_AT = 144;
    private static final int FS_BASE_AT = 168;

    private final X86TracedCpu traced = new X86TracedCpu(() -> {
        throw new AssertionError("not asked for");
    });
    private final FakeCpu cpu = new FakeCpu(512);

    private ByteBuffer registers() {
        return ByteBuffer.wrap(traced.readSet(cpu, Elf.NT_PRSTATUS)).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void laysOutRegistersAsTheKernelDoes() {
        cpu.set(X86Registers.RAX, 11);
        cpu.set(X86Registers.RIP, 22);
        cpu.set(X86Registers.FS_BASE, 33);

        ByteBuffer set = registers();

        assertThat(set.capacity()).isEqualTo(216);
        assertThat(set.getLong(RAX_AT)).isEqualTo(11);
        assertThat(set.getLong(RIP_AT)).isEqualTo(22);
        assertThat(set.getLong(CS_AT)).isEqualTo(0x33);
        assertThat(set.getLong(FS_BASE_AT)).isEqualTo(33);
        assertThat(traced.readUser(cpu, RAX_AT)).isEqualTo(11);
    }

    @Test
    void changesWhatAUserMayChange() {
        ByteBuffer set = registers();
        set.putLong(RAX_AT, 5).putLong(FLAGS_AT, -1);

        assertThat(traced.writeSet(cpu, Elf.NT_PRSTATUS, set.array())).isZero();
        assertThat(cpu.get(X86Registers.RAX)).isEqualTo(5);
        assertThat(cpu.get(X86Registers.RFLAGS)).isEqualTo(0x50dd5);
    }

    @Test
    void refusesWhatNoUserCanHaveAndChangesNothing() {
        ByteBuffer set = registers();
        set.putLong(RAX_AT, 5).putLong(FS_BASE_AT, 1L << 47);

        assertThat(traced.writeSet(cpu, Elf.NT_PRSTATUS, set.array())).isEqualTo(-Errno.EIO);
        assertThat(cpu.get(X86Registers.RAX)).isZero();
        assertThat(traced.writeUser(cpu, CS_AT, 0x10)).isEqualTo(-Errno.EIO);
        assertThat(traced.writeUser(cpu, 3, 0)).isEqualTo(-Errno.EIO);
        assertThatThrownBy(() -> traced.readUser(cpu, 912)).isInstanceOf(ErrnoException.class);
    }

    @Test
    void knowsNoOtherSets() {
        assertThat(traced.readSet(cpu, 0x7777)).isNull();
        assertThat(traced.writeSet(cpu, 0x7777, new byte[8])).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void stepsByTheTrapFlag() {
        traced.singleStep(cpu, true);
        assertThat(cpu.get(X86Registers.RFLAGS) & 0x100).isEqualTo(0x100);
        traced.singleStep(cpu, false);
        assertThat(cpu.get(X86Registers.RFLAGS) & 0x100).isZero();
    }
}
