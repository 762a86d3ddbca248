package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.linux.Signal;

/** Many guests in one runtime leave nothing behind, good ones or broken ones. */
@Needs("/dev/kvm")
public class ManyGuestsTest extends DuneTest {

    private static final int GUESTS = 500;
    private static final int MUTATIONS = 10_000;
    private static final long MUTANT_MILLIS = 300;

    /** Guests that are run to fill caches and start threads that stay. */
    private static final int WARM_UP = 50;

    @Test
    public void fiveHundredGuestsLeaveNothing() throws Exception {
        Dune dune = Services.get(Dune.class);
        List<GuestSpec> specs = new ArrayList<>();
        specs.add(GuestSpec.program("/bin/true").descriptors(-1, -1, -1).build());
        specs.add(GuestSpec.program("/bin/ls").arguments(List.of("/")).descriptors(-1, -1, -1).build());
        specs.add(GuestSpec.program("/bin/sleep").arguments(List.of("100")).descriptors(-1, -1, -1).build());
        Leaks before = null;
        for (int i = 0; i < WARM_UP + GUESTS; i++) {
            if (i == WARM_UP) {
                before = Leaks.now();
            }
            Guest guest = dune.enter(specs.get(i % specs.size()));
            if (i % specs.size() == specs.size() - 1) {
                guest.signal(Signal.SIGKILL);
            }
            GuestRunner.await(guest, "guest " + i);
        }
        Leaks.now().assertNoMoreThan(before);
        assertEquals(List.of(), dune.guests());
    }

    /**
     * Broken executables neither crash nor hang nor leak. Most are refused; what starts does so in a root that holds
     * nothing but itself.
     */
    @Test
    public void tenThousandMutatedExecutables() throws Exception {
        Dune dune = Services.get(Dune.class);
        Path root = Files.createTempDirectory("dune-itest-mutants");
        Path program = root.resolve("program");
        byte[] good = ElfBuilder.program(4).array();
        Random random = new Random(20);
        Leaks before = null;
        int started = 0;
        try {
            for (int i = 0; i < MUTATIONS; i++) {
                if (i == WARM_UP) {
                    before = Leaks.now();
                }
                ElfBuilder.write(program, mutate(good, random));
                try {
                    Guest guest = dune.enter(GuestSpec.program("/program")
                            .root(root)
                            .memoryLimit(64L << 20)
                            .descriptors(-1, -1, -1)
                            .build());
                    started++;
                    awaitMutant(guest, i);
                } catch (LaunchException refused) {
                    if (refused.getMessage() == null || refused.getMessage().isBlank()) {
                        throw new AssertionError("mutant " + i + " is refused without a word");
                    }
                }
            }
            Leaks.now().assertNoMoreThan(before);
        } finally {
            Files.deleteIfExists(program);
            Files.delete(root);
        }
        if (started == 0 || started == MUTATIONS) {
            throw new AssertionError(started + " of " + MUTATIONS + " mutants started: the mutations are no test");
        }
    }

    private static void awaitMutant(Guest guest, int number) throws Exception {
        try {
            guest.exit().toCompletableFuture().get(MUTANT_MILLIS, java.util.concurrent.TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.TimeoutException runsOn) {
            guest.signal(Signal.SIGKILL);
            GuestRunner.await(guest, "mutant " + number + " after SIGKILL");
        }
    }

    private static byte[] mutate(byte[] good, Random random) {
        byte[] bytes = good.clone();
        int headers = ElfBuilder.HEADER + 4 * ElfBuilder.PROGRAM_HEADER;
        switch (random.nextInt(4)) {
            case 0 -> {
                return java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            case 1 -> bytes[4 + random.nextInt(headers - 4)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> {
                for (int n = 1 + random.nextInt(8); n > 0; n--) {
                    bytes[random.nextInt(headers)] = (byte) random.nextInt();
                }
            }
            default -> {
                // One program header becomes something plausible.
                int at = ElfBuilder.HEADER + random.nextInt(4) * ElfBuilder.PROGRAM_HEADER;
                java.nio.ByteBuffer file =
                        java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
                file.putInt(at, random.nextInt(8));
                file.putInt(at + 4, random.nextInt(8));
                file.putLong(at + 8, number(random, bytes.length));
                file.putLong(at + 16, ElfBuilder.BASE + number(random, 0x10000));
                file.putLong(at + 32, number(random, bytes.length));
                file.putLong(at + 40, number(random, 0x100000));
            }
        }
        return bytes;
    }

    /** Mostly small, sometimes at a boundary, sometimes anything. */
    private static long number(Random random, int usual) {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextLong();
            case 1 -> -random.nextInt(usual);
            case 2 -> random.nextInt(usual) & ~0xfffL;
            default -> random.nextInt(usual);
        };
    }
}
