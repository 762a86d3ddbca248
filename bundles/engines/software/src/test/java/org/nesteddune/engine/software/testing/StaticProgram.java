package org.nesteddune.engine.software.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.CpuState;
import org.nesteddune.engine.Exit;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.memory.GuestFault;

/** Runs a static program that only writes and exits, in the memory of a guest; what it writes is kept. */
public final class StaticProgram {

    private static final int PT_LOAD = 1;
    private static final long STACK = 0x7000_0000L;
    private static final int STACK_LENGTH = 0x10000;

    private final SoftwareGuest guest;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    /** @param file a 64-bit ELF file whose segments lie below {@code 0x7000_0000} or above the stack there */
    public StaticProgram(SoftwareGuest guest, byte[] file) {
        this.guest = guest;
        ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int headers = (int) elf.getLong(32);
        for (int i = 0; i < elf.getShort(56); i++) {
            int header = headers + i * elf.getShort(54);
            if (elf.getInt(header) == PT_LOAD) {
                load(file, (int) elf.getLong(header + 8), elf.getLong(header + 16), (int) elf.getLong(header + 32),
                        elf.getLong(header + 40));
            }
        }
        map(STACK, STACK_LENGTH);
        guest.architecture().start(guest.vcpu.state(), elf.getLong(24), STACK + STACK_LENGTH - 0x100);
    }

    private void map(long address, long length) {
        guest.map(address, length, Mman.PROT_READ | Mman.PROT_WRITE | Mman.PROT_EXEC);
    }

    private void load(byte[] file, int offset, long address, int length, long size) {
        long start = address & -0x1000;
        map(start, (address + size + 0xfff & -0x1000) - start);
        guest.memory.write(address, file, offset, length);
    }

    /** Runs it to its end and gives what it has written, to whatever descriptor. */
    public byte[] run() {
        Architecture architecture = guest.architecture();
        CpuState cpu = guest.vcpu.state();
        while (true) {
            assertThat(guest.go()).as("at %x", guest.pc()).isSameAs(Exit.SYSTEM_CALL);
            String call = architecture.syscallNumbers().name(architecture.syscallNumber(cpu));
            if (!"write".equals(call)) {
                assertThat(call).startsWith("exit");
                return output.toByteArray();
            }
            byte[] bytes = new byte[(int) architecture.syscallArgument(cpu, 2)];
            try {
                guest.memory.read(architecture.syscallArgument(cpu, 1), bytes, 0, bytes.length);
                output.writeBytes(bytes);
                architecture.setSyscallResult(cpu, bytes.length);
            } catch (GuestFault nowhere) {
                architecture.setSyscallResult(cpu, -Errno.EFAULT);
            }
        }
    }
}
