package org.nesteddune.x86.vdso;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nesteddune.arch.SyscallNumbers;
import org.nesteddune.arch.Vdso;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Time;
import org.nesteddune.x86.X86Architecture;

/** Runs the vDSO's code natively, with the data page that guests would see, and compares it with the host's clocks. */
class VdsoTest {

    private static final long NANOS = 1_000_000_000;

    private final SyscallNumbers numbers = new X86Architecture().syscallNumbers();
    private final VdsoService service = new VdsoService(numbers, true);
    private final NativeBuffer buffer = new NativeBuffer(64);
    private final long at = buffer.address();
    private MappedVdso mapped;

    @BeforeEach
    void map() {
        assumeThat(System.getProperty("os.arch")).as("the host is an x86-64").isEqualTo("amd64");
        mapped = new MappedVdso(service.vdso());
    }

    @AfterEach
    void close() {
        service.close();
        if (mapped != null) {
            mapped.close();
        }
        buffer.close();
    }

    private void awaitClock() throws InterruptedException {
        assumeThat(Timekeeper.counterIsClock()).as("the host's clock is its time-stamp counter").isTrue();
        for (int i = 0; i < 10_000 && !mapped.computes(); i++) {
            Thread.sleep(1);
        }
        assertThat(mapped.computes()).isTrue();
    }

    private long nanos() {
        return Memory.getLong(at) * NANOS + Memory.getLong(at + 8);
    }

    private long host(int clock) {
        assertThat(Linux.clock_gettime(clock, at)).isZero();
        return nanos();
    }

    private long guest(int clock) {
        assertThat(mapped.call("__vdso_clock_gettime", clock, at)).isZero();
        return nanos();
    }

    @Test
    void clocksAgreeWithTheHosts() throws InterruptedException {
        awaitClock();
        for (int clock : new int[] {Time.CLOCK_REALTIME, Time.CLOCK_MONOTONIC, Time.CLOCK_BOOTTIME, Time.CLOCK_TAI}) {
            assertThat(medianError(clock)).as("median error of clock %d in ns", clock).isLessThan(1000);
        }
    }

    /** Reads both clocks with the counter, so that what lies between the two readings does not count. */
    private long medianError(int clock) throws InterruptedException {
        try (HostClock host = new HostClock(); HostClock guest = new HostClock(mapped.address("clock_gettime"))) {
            Reading first = host.read(clock);
            Thread.sleep(20);
            Reading second = host.read(clock);
            double rate = (double) (second.nanos() - first.nanos()) / (second.counter() - first.counter());
            long[] errors = new long[200];
            for (int i = 0; i < errors.length; i++) {
                Reading ours = guest.read(clock);
                Reading theirs = host.read(clock);
                long between = Math.round((theirs.counter() - ours.counter()) * rate);
                errors[i] = Math.abs(theirs.nanos() - ours.nanos() - between);
                Thread.sleep(1);
            }
            Arrays.sort(errors);
            return errors[errors.length / 2];
        }
    }

    @Test
    void coarseClocksAndTimeAreAtMostATickBehind() throws InterruptedException {
        awaitClock();
        assertThat(mapped.call("clock_getres", Time.CLOCK_REALTIME_COARSE, at)).isZero();
        long tick = nanos();
        assertThat(Linux.clock_getres(Time.CLOCK_REALTIME_COARSE, at)).isZero();
        assertThat(nanos()).isEqualTo(tick);
        long before = guest(Time.CLOCK_MONOTONIC);
        long coarse = guest(Time.CLOCK_MONOTONIC_COARSE);
        long after = guest(Time.CLOCK_MONOTONIC);
        assertThat(coarse).isBetween(before - tick, after);

        long earlier = host(Time.CLOCK_REALTIME) / NANOS;
        long seconds = mapped.call("__vdso_time", at);
        assertThat(Memory.getLong(at)).isEqualTo(seconds);
        assertThat(mapped.call("time", 0)).isGreaterThanOrEqualTo(seconds);
        assertThat(seconds).isBetween(earlier - 1, host(Time.CLOCK_REALTIME) / NANOS);
    }

    @Test
    void gettimeofdayTakesNulls() throws InterruptedException {
        awaitClock();
        long before = host(Time.CLOCK_REALTIME);
        Memory.putLong(at + 16, -1);
        assertThat(mapped.call("gettimeofday", at, at + 16)).isZero();
        long micros = Memory.getLong(at) * 1_000_000 + Memory.getLong(at + 8);
        assertThat(Memory.getLong(at + 8)).isBetween(0L, 999_999L);
        assertThat(micros).isBetween(before / 1000 - 1, host(Time.CLOCK_REALTIME) / 1000 + 1);
        assertThat(Memory.getInt(at + 16)).as("minutes west").isBetween(-1000, 1000);
        assertThat(mapped.call("gettimeofday", 0, 0)).isZero();
    }

    @Test
    void otherClocksAreSystemCalls() {
        assertThat(mapped.call("clock_gettime", 99, at)).isEqualTo(-Errno.EINVAL);
        assertThat(mapped.call("clock_gettime", Time.CLOCK_THREAD_CPUTIME_ID, at)).isZero();
        assertThat(mapped.call("clock_getres", 10, at)).isEqualTo(-Errno.EINVAL);
        assertThat(mapped.call("clock_getres", Time.CLOCK_MONOTONIC, 0)).isZero();
    }

    @Test
    void getcpuIsTheHosts() {
        assertThat(mapped.call("getcpu", at, at + 4, 0)).isZero();
        assertThat(Memory.getInt(at)).isBetween(0, Runtime.getRuntime().availableProcessors() + 4096);
        try (NativeBuffer mask = new NativeBuffer(128)) {
            long bytes = Linux.sched_getaffinity(0, 128, mask.address());
            long usual = Memory.getLong(mask.address());
            for (long rest = usual; rest != 0; rest &= rest - 1) {
                Memory.putLong(mask.address(), Long.lowestOneBit(rest));
                Linux.call(org.nesteddune.host.SyscallNumbers.SYS_sched_setaffinity, 0, bytes, mask.address());
                assertThat(mapped.call("getcpu", at, at + 4, 0)).isZero();
                assertThat(Memory.getInt(at)).isEqualTo(Long.numberOfTrailingZeros(rest));
            }
            Memory.putLong(mask.address(), usual);
            Linux.call(org.nesteddune.host.SyscallNumbers.SYS_sched_setaffinity, 0, bytes, mask.address());
        }
        assertThat(mapped.call("__vdso_getcpu", 0, 0, 0)).isZero();
    }

    @Test
    void timeNeverGoesBackWhoeverReadsIt() throws Exception {
        awaitClock();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            long[] shared = new long[1];
            List<Future<Boolean>> results = threads.invokeAll(java.util.Collections.nCopies(3, () -> {
                try (NativeBuffer own = new NativeBuffer(16)) {
                    long end = System.nanoTime() + 300_000_000;
                    while (System.nanoTime() < end) {
                        synchronized (shared) {
                            mapped.call("clock_gettime", Time.CLOCK_MONOTONIC, own.address());
                            long now = Memory.getLong(own.address()) * NANOS + Memory.getLong(own.address() + 8);
                            if (now < shared[0]) {
                                return false;
                            }
                            shared[0] = now;
                        }
                    }
                    return true;
                }
            }));
            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
        } finally {
            threads.shutdown();
            threads.awaitTermination(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void afterTheEndGuestsMakeSystemCalls() throws InterruptedException {
        awaitClock();
        service.close();
        assertThat(mapped.computes()).isFalse();
        long before = host(Time.CLOCK_MONOTONIC);
        assertThat(guest(Time.CLOCK_MONOTONIC)).isBetween(before, host(Time.CLOCK_MONOTONIC));
        assertThat(service.vdso()).isNull();
    }

    @Test
    void guestsCannotWriteTheClockPage() {
        assertThat(Linux.mprotect(mapped.data(), 4096, Mman.PROT_READ | Mman.PROT_WRITE)).isEqualTo(-Errno.EACCES);
    }

    @Test
    void theImageIsAWellFormedSharedObject() {
        Vdso vdso = service.vdso();
        assertThat(service.vdso()).isSameAs(vdso);
        ByteBuffer image = ByteBuffer.wrap(vdso.image()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(vdso.image().length % 4096).isZero();
        assertThat(vdso.dataLength()).isEqualTo(4096);
        assertThat(image.getInt(0)).isEqualTo(0x464c457f);
        assertThat(image.getShort(16)).as("ET_DYN").isEqualTo((short) 3);
        Map<String, Long> symbols = MappedVdso.ElfSymbols.of(vdso.image());
        assertThat(symbols).containsKeys("LINUX_2.6");
        for (String name : List.of("clock_gettime", "gettimeofday", "time", "clock_getres", "getcpu")) {
            assertThat(symbols.get("__vdso_" + name)).isEqualTo(symbols.get(name)).isPositive();
            assertThat(gnuLookup(image, vdso.image(), name)).isEqualTo(symbols.get(name));
        }
        assertThat(gnuLookup(image, vdso.image(), "clock_settime")).isZero();
    }

    @Test
    void theKernelsVersionIsACode() {
        assertThat(VdsoService.versionCode("6.18.44-fc-v657\n")).isEqualTo(0x06122c);
        assertThat(VdsoService.versionCode("6.1.0-13-amd64")).isEqualTo(0x060100);
        assertThat(VdsoService.versionCode("4.14.336")).isEqualTo(0x040eff);
        assertThat(VdsoService.versionCode("5.10-rc1")).isEqualTo(0x050a00);
        assertThat(VdsoService.versionCode("")).isZero();
    }

    /** Finds a symbol by DT_GNU_HASH as run-time linkers do. */
    private static long gnuLookup(ByteBuffer image, byte[] bytes, String name) {
        Map<Long, Long> dynamic = MappedVdso.ElfSymbols.dynamic(image);
        int table = dynamic.get(0x6ffffef5L).intValue();
        int symtab = dynamic.get(6L).intValue();
        int strtab = dynamic.get(5L).intValue();
        int hash = GnuHash.hash(name);
        int buckets = image.getInt(table);
        long filter = image.getLong(table + 16);
        if ((filter >>> hash & filter >>> (hash >>> image.getInt(table + 12)) & 1) == 0) {
            return 0;
        }
        int symbol = image.getInt(table + 24 + 4 * Integer.remainderUnsigned(hash, buckets));
        for (; symbol != 0; symbol++) {
            int chained = image.getInt(table + 24 + 4 * buckets + 4 * (symbol - image.getInt(table + 4)));
            int entry = symtab + 24 * symbol;
            if ((chained | 1) == (hash | 1)
                    && MappedVdso.ElfSymbols.string(bytes, strtab + image.getInt(entry)).equals(name)) {
                return image.getLong(entry + 8);
            }
            if ((chained & 1) != 0) {
                break;
            }
        }
        return 0;
    }
}
