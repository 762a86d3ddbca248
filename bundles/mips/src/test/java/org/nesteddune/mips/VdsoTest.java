package org.nesteddune.mips;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.mips.MipsGuest.DATA;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.Vdso;
import org.nesteddune.engine.Exit;
import org.nesteddune.linux.Mman;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.mm.MapRequest;

class VdsoTest {

    private static final long PLACE = 0x10_0000L;

    /** Where a function is in the image, by its dynamic symbol. */
    private static long function(byte[] bytes, String name) {
        ByteBuffer image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long dynamic = image.getLong(64 + 56 + 8);
        long strings = 0;
        long symbols = 0;
        for (int at = (int) dynamic; image.getLong(at) != 0; at += 16) {
            strings = image.getLong(at) == 5 ? image.getLong(at + 8) : strings;
            symbols = image.getLong(at) == 6 ? image.getLong(at + 8) : symbols;
        }
        for (int at = (int) symbols + 24; at < strings; at += 24) {
            int text = (int) strings + image.getInt(at);
            if (new String(bytes, text, name.length() + 1, java.nio.charset.StandardCharsets.ISO_8859_1).equals(name + "\0")) {
                return image.getLong(at + 8);
            }
        }
        throw new AssertionError(name);
    }

    private static long clock(MipsGuest guest, long function, int clock) {
        guest.set(MipsRegisters.A0, clock).set(MipsRegisters.A1, DATA).set(MipsRegisters.RA, MipsGuest.CODE);
        guest.memory.writeInt(MipsGuest.CODE, MipsGuest.SYSCALL);
        guest.set(MipsRegisters.PC, function).set(MipsRegisters.V0, -1);
        while (guest.vcpu.run() instanceof Exit.MemoryFault fault) {
            assertThat(guest.memory.fault(fault.address(), fault.access())).isSameAs(org.nesteddune.mm.FaultOutcome.RESOLVED);
        }
        return guest.get(MipsRegisters.V0);
    }

    private static long time(GuestMemory memory) {
        assertThat(memory.readLong(DATA + 8)).isBetween(0L, 999_999_999L);
        return memory.readLong(DATA) * 1_000_000_000 + memory.readLong(DATA + 8);
    }

    @Test
    void clocksAreReadInTheGuest() {
        try (MipsArchitecture architecture = new MipsArchitecture(); MipsGuest guest = new MipsGuest()) {
            Vdso vdso = architecture.vdso();
            assertThat(vdso).isSameAs(architecture.vdso());
            assertThat(vdso.image().length % 4096).isZero();
            int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED;
            int all = Mman.PROT_READ | Mman.PROT_WRITE | Mman.PROT_EXEC;
            guest.memory.map(new MapRequest(PLACE, vdso.dataLength() + vdso.image().length, all, flags, null, 0, ""));
            long image = PLACE + vdso.dataLength();
            guest.memory.write(image, vdso.image(), 0, vdso.image().length);
            guest.memory.writeLong(PLACE, 1);
            guest.memory.writeLong(PLACE + 8, 5_000_000_000L);
            long function = image + function(vdso.image(), "__vdso_clock_gettime");

            long before = System.nanoTime();
            assertThat(clock(guest, function, 1)).as("no system call").isZero();
            assertThat(time(guest.memory)).isBetween(before, System.nanoTime());
            before = System.nanoTime();
            clock(guest, function, 0);
            assertThat(time(guest.memory) - 5_000_000_000L).isBetween(before, System.nanoTime());
            assertThat(clock(guest, function, 2)).as("CLOCK_PROCESS_CPUTIME_ID is the kernel's").isEqualTo(5222);
            guest.memory.writeLong(PLACE, 0);
            assertThat(clock(guest, function, 1)).isEqualTo(5222);
        }
    }

    @Test
    void thereIsNoneAfterTheEnd() {
        MipsArchitecture architecture = new MipsArchitecture();
        assertThat(architecture.vdso()).isNotNull();
        architecture.close();
        architecture.close();
        assertThat(architecture.vdso()).isNull();
    }
}
