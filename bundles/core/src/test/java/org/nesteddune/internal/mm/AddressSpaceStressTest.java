package org.nesteddune.internal.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.linux.Mman.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nesteddune.engine.Access;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.AddressSpaceOptions;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.testing.OpenDescriptors;

@Timeout(120)
class AddressSpaceStressTest {

    private static final long PAGE = 4096;
    private static final int RW = PROT_READ | PROT_WRITE;
    private static final int ANON = MAP_PRIVATE | MAP_ANONYMOUS;

    private static AddressSpace create() {
        return AddressSpace.create(new FakeMachine(), (int) PAGE, AddressSpaceOptions.defaults());
    }

    /** If an access could fault in the JVM, this ends it. */
    @Test
    void accessesWhileMappingsGoNeverHurtTheJvm() throws Exception {
        TestFile file = new TestFile(16);
        AddressSpace memory = create();
        long base = memory.programBase();
        int pages = 64;
        AtomicBoolean stop = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Random random = new Random(i);
            readers.add(new Thread(() -> {
                try (NativeBuffer own = new NativeBuffer(16384)) {
                    byte[] bytes = new byte[9000];
                    while (!stop.get()) {
                        access(memory, base + random.nextInt(pages * (int) PAGE), random.nextInt(9), bytes, own);
                    }
                } catch (Throwable bad) {
                    failure.compareAndSet(null, bad);
                }
            }));
        }
        readers.forEach(Thread::start);
        Random random = new Random(99);
        long until = System.nanoTime() + 3_000_000_000L;
        while (System.nanoTime() < until && failure.get() == null) {
            long at = base + random.nextInt(pages - 8) * PAGE;
            long length = (1 + random.nextInt(8)) * PAGE;
            switch (random.nextInt(8)) {
                case 0, 1 -> memory.map(new MapRequest(at, length, RW, ANON | MAP_FIXED, null, 0, ""));
                case 2 -> memory.map(new MapRequest(at, length, RW, MAP_SHARED | MAP_FIXED, file, 0, ""));
                case 3 -> memory.unmap(at, length);
                case 4 -> memory.protect(at, length, random.nextInt(4));
                case 5 -> memory.remap(at, length, length, MREMAP_MAYMOVE | MREMAP_FIXED,
                        base + random.nextInt(pages - 8) * PAGE);
                case 6 -> file.length(random.nextInt(16) * PAGE);
                default -> memory.advise(at, length, MADV_DONTNEED);
            }
        }
        stop.set(true);
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(failure.get()).isNull();
        memory.close();
        file.release();
        assertThat(file.closed).isTrue();
    }

    private static void access(AddressSpace memory, long address, int kind, byte[] bytes, NativeBuffer own) {
        try {
            switch (kind) {
                case 0 -> memory.readLong(address);
                case 1 -> memory.writeInt(address, 1);
                case 2 -> memory.read(address, bytes, 0, bytes.length);
                case 3 -> memory.write(address, bytes, 0, bytes.length);
                case 4 -> memory.readTo(address, own.address(), own.size());
                case 5 -> memory.readString(address, 4096);
                case 6 -> memory.clear(address, 5000);
                case 7 -> memory.compareAndExchangeInt(address & -4, 0, 1);
                default -> memory.fault(address, Access.READ);
            }
        } catch (GuestFault expected) {
            // the other thread was first
        }
    }

    private static int mappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).size();
    }

    @Test
    void hundredsOfAddressSpacesLeaveNothingBehind() throws IOException {
        useOne(0);
        int before = mappings();
        var open = OpenDescriptors.now();
        for (int i = 0; i < 500; i++) {
            useOne(i);
        }
        assertThat(mappings()).isLessThan(before + 40);
        assertThat(OpenDescriptors.now()).isEqualTo(open);
    }

    private static void useOne(int seed) throws IOException {
        TestFile file = new TestFile(2);
        try (AddressSpace memory = create()) {
            assertThat(memory.reserve(0x400000, 0x500000)).isZero();
            assertThat(memory.mapStack(8 << 20, RW)).isPositive();
            memory.initialBreak(0x500000);
            memory.setBreak(0x500000 + seed * 1000L);
            long address = memory.map(new MapRequest(0, 8192, RW, MAP_PRIVATE, file, 0, ""));
            memory.writeLong(address, 1);
            memory.map(new MapRequest(0xc000000000L, 8192, RW, ANON, null, 0, ""));
        } finally {
            file.release();
        }
        assertThat(file.closed).isTrue();
    }

    @Test
    void manyAddressSpacesLiveSideBySide() {
        List<AddressSpace> spaces = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                AddressSpace memory = create();
                spaces.add(memory);
                assertThat(memory.map(new MapRequest(0x400000, PAGE, RW, ANON | MAP_FIXED, null, 0, "")))
                        .isEqualTo(0x400000);
                memory.writeInt(0x400000, i);
            }
            for (int i = 0; i < 100; i++) {
                assertThat(spaces.get(i).readInt(0x400000)).isEqualTo(i);
            }
        } finally {
            spaces.forEach(AddressSpace::close);
        }
    }

    @Test
    void thousandsOfMappingsAreFoundAndFilled() {
        try (AddressSpace memory = create()) {
            List<Long> places = new ArrayList<>();
            for (int i = 0; i < 6000; i++) {
                int protection = i % 2 == 0 ? RW : PROT_READ;
                long place = memory.map(new MapRequest(0, PAGE, protection, ANON | MAP_NORESERVE, null, 0, ""));
                assertThat(place).isPositive();
                places.add(place);
            }
            assertThat(places).doesNotHaveDuplicates();
            for (int i = 0; i < places.size(); i += 3) {
                assertThat(memory.unmap(places.get(i), PAGE)).isZero();
            }
            // The gaps are used again before anything lower is.
            long lowest = places.stream().mapToLong(Long::longValue).min().orElseThrow();
            for (int i = 0; i < places.size(); i += 3) {
                assertThat(memory.map(new MapRequest(0, PAGE, PROT_EXEC, ANON | MAP_NORESERVE, null, 0, "")))
                        .isGreaterThanOrEqualTo(lowest);
            }
        }
    }

    @Test
    void noHoleIsLeftInTheWindow() throws IOException {
        try (AddressSpace memory = create()) {
            long base = memory.programBase();
            Random random = new Random(5);
            for (int i = 0; i < 2000; i++) {
                long at = base + random.nextInt(64) * PAGE;
                long length = (1 + random.nextInt(8)) * PAGE;
                switch (random.nextInt(5)) {
                    case 0, 1 -> memory.map(new MapRequest(at, length, RW, ANON | MAP_FIXED, null, 0, ""));
                    case 2 -> memory.unmap(at, length);
                    case 3 -> memory.remap(at, length, length + PAGE, MREMAP_MAYMOVE, 0);
                    default -> memory.remap(at, length, length, MREMAP_MAYMOVE | MREMAP_FIXED,
                            base + random.nextInt(64) * PAGE);
                }
            }
            for (long at = base; at < base + 80 * PAGE; at += PAGE) {
                long result = Linux.mmap(at, PAGE, PROT_NONE, ANON | MAP_FIXED_NOREPLACE, -1, 0);
                assertThat(result).isEqualTo(-Errno.EEXIST);
            }
        }
    }
}
