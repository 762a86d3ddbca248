package org.nesteddune.loongarch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nesteddune.engine.Exit;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.MapRequest;

/** A static program that only writes and exits, in an address space of its own; what it writes is kept. */
final class StaticProgram implements AutoCloseable {

    private static final int WRITE = 64;
    private static final int EXIT = 93;
    private static final long STACK = 0x7000_0000L;

    private final LoongGuest guest = new LoongGuest();
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    StaticProgram(byte[] file) {
        ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int headers = (int) elf.getLong(32);
        for (int i = 0; i < elf.getShort(56); i++) {
            int header = headers + i * elf.getShort(54);
            if (elf.getInt(header) == 1) {
                load(file, (int) elf.getLong(header + 8), elf.getLong(header + 16), (int) elf.getLong(header + 32),
                        elf.getLong(header + 40));
            }
        }
        map(STACK, 0x10000);
        new LoongArchitecture().start(guest.vcpu.state(), elf.getLong(24), STACK + 0xff00);
    }

    private void map(long address, long length) {
        guest.memory.map(new MapRequest(address, length, Mman.PROT_READ | Mman.PROT_WRITE | Mman.PROT_EXEC,
                Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED, null, 0, ""));
    }

    private void load(byte[] file, int offset, long address, int length, long size) {
        long start = address & -0x1000;
        map(start, (address + size + 0xfff & -0x1000) - start);
        guest.memory.write(address, file, offset, length);
    }

    /** Runs it to its end. */
    byte[] run() {
        LoongArchitecture architecture = new LoongArchitecture();
        while (true) {
            Exit exit = guest.vcpu.run();
            if (exit instanceof Exit.MemoryFault fault) {
                assertThat(guest.memory.fault(fault.address(), fault.access()))
                        .as("%s at %x", exit, guest.pc())
                        .isSameAs(org.nesteddune.mm.FaultOutcome.RESOLVED);
                continue;
            }
            assertThat(exit).as("at %x", guest.pc()).isSameAs(Exit.SYSTEM_CALL);
            if (architecture.syscallNumber(guest.vcpu.state()) != WRITE) {
                assertThat(architecture.syscallNumber(guest.vcpu.state())).isEqualTo(EXIT);
                return output.toByteArray();
            }
            byte[] bytes = new byte[(int) architecture.syscallArgument(guest.vcpu.state(), 2)];
            try {
                guest.memory.read(architecture.syscallArgument(guest.vcpu.state(), 1), bytes, 0, bytes.length);
                output.writeBytes(bytes);
                architecture.setSyscallResult(guest.vcpu.state(), bytes.length);
            } catch (GuestFault nowhere) {
                architecture.setSyscallResult(guest.vcpu.state(), -Errno.EFAULT);
            }
        }
    }

    /** usage: StaticProgram FILE > OUTPUT */
    public static void main(String[] arguments) throws java.io.IOException {
        try (StaticProgram program = new StaticProgram(java.nio.file.Files.readAllBytes(java.nio.file.Path.of(arguments[0])))) {
            System.out.write(program.run());
            System.out.flush();
        }
    }

    @Override
    public void close() {
        guest.close();
    }
}
