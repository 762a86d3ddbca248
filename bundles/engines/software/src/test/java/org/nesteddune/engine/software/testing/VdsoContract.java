package org.nesteddune.engine.software.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.Architecture;
import org.nesteddune.arch.Vdso;
import org.nesteddune.engine.Exit;
import org.nesteddune.linux.Mman;
import org.nesteddune.memory.GuestMemory;

/**
 * What a vDSO must do whose clocks come from a {@link org.nesteddune.engine.software.ClockPage}.
 *
 * @param <A> the architecture
 */
public abstract class VdsoContract<A extends Architecture & AutoCloseable> {

    private static final long PLACE = 0x10_0000L;
    private static final int CLOCK_REALTIME = 0;
    private static final int CLOCK_MONOTONIC = 1;
    private static final int CLOCK_PROCESS_CPUTIME_ID = 2;
    private static final int DT_STRTAB = 5;
    private static final int DT_SYMTAB = 6;

    private final Supplier<A> architectures;
    private final Supplier<? extends SoftwareGuest> guests;
    private final int firstArgument;
    private final int result;
    private final int returnAddress;

    /** The numbers are those of registers by the calling convention of C. */
    protected VdsoContract(
            Supplier<A> architectures, Supplier<? extends SoftwareGuest> guests, int firstArgument, int result, int returnAddress) {
        this.architectures = architectures;
        this.guests = guests;
        this.firstArgument = firstArgument;
        this.result = result;
        this.returnAddress = returnAddress;
    }

    /** Where a function is in an image, by its dynamic symbol. */
    protected static long function(byte[] bytes, String name) {
        ByteBuffer image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long dynamic = image.getLong(64 + 56 + 8);
        long strings = 0;
        long symbols = 0;
        for (int at = (int) dynamic; image.getLong(at) != 0; at += 16) {
            strings = image.getLong(at) == DT_STRTAB ? image.getLong(at + 8) : strings;
            symbols = image.getLong(at) == DT_SYMTAB ? image.getLong(at + 8) : symbols;
        }
        for (int at = (int) symbols + 24; at < strings; at += 24) {
            int text = (int) strings + image.getInt(at);
            if (new String(bytes, text, name.length() + 1, StandardCharsets.ISO_8859_1).equals(name + "\0")) {
                return image.getLong(at + 8);
            }
        }
        throw new AssertionError(name);
    }

    /** Calls clock_gettime(clock, DATA); gives the system call that it made, or null if it made none. */
    private String clock(SoftwareGuest guest, long function, int clock) {
        guest.set(firstArgument, clock).set(firstArgument + 1, SoftwareGuest.DATA).set(returnAddress, SoftwareGuest.CODE);
        assertThat(guest.go(function)).isSameAs(Exit.SYSTEM_CALL);
        if (guest.pc() == SoftwareGuest.CODE + 4) {
            assertThat(guest.get(result)).isZero();
            return null;
        }
        Architecture architecture = guest.architecture();
        return architecture.syscallNumbers().name(architecture.syscallNumber(guest.vcpu.state()));
    }

    private static long time(GuestMemory memory) {
        assertThat(memory.readLong(SoftwareGuest.DATA + 8)).isBetween(0L, 999_999_999L);
        return memory.readLong(SoftwareGuest.DATA) * 1_000_000_000 + memory.readLong(SoftwareGuest.DATA + 8);
    }

    @Test
    void clocksAreReadInTheGuest() throws Exception {
        try (A architecture = architectures.get(); SoftwareGuest guest = guests.get()) {
            Vdso vdso = architecture.vdso();
            assertThat(vdso).isSameAs(architecture.vdso());
            assertThat(vdso.image().length % 4096).isZero();
            guest.map(PLACE, vdso.dataLength() + vdso.image().length, Mman.PROT_READ | Mman.PROT_WRITE | Mman.PROT_EXEC);
            long image = PLACE + vdso.dataLength();
            guest.memory.write(image, vdso.image(), 0, vdso.image().length);
            guest.memory.writeLong(PLACE, 1);
            guest.memory.writeLong(PLACE + 8, 5_000_000_000L);
            long function = image + function(vdso.image(), "__vdso_clock_gettime");
            guest.run();

            long before = System.nanoTime();
            assertThat(clock(guest, function, CLOCK_MONOTONIC)).as("no system call").isNull();
            assertThat(time(guest.memory)).isBetween(before, System.nanoTime());
            before = System.nanoTime();
            assertThat(clock(guest, function, CLOCK_REALTIME)).isNull();
            assertThat(time(guest.memory) - 5_000_000_000L).isBetween(before, System.nanoTime());
            assertThat(clock(guest, function, CLOCK_PROCESS_CPUTIME_ID)).as("is the kernel's").isEqualTo("clock_gettime");
            guest.memory.writeLong(PLACE, 0);
            assertThat(clock(guest, function, CLOCK_MONOTONIC)).isEqualTo("clock_gettime");
        }
    }

    @Test
    void thereIsNoneAfterTheEnd() throws Exception {
        A architecture = architectures.get();
        assertThat(architecture.vdso()).isNotNull();
        architecture.close();
        architecture.close();
        assertThat(architecture.vdso()).isNull();
    }
}
