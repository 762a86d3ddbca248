package org.nesteddune.bench;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.Guest;
import org.nesteddune.linux.Signal;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;

/**
 * The bundle of an architecture is stopped and started while guests of it run: from the beginning of the stop until the last of
 * them goes on; and the longest that one which computes stood still meanwhile, by its own clock.
 */
final class HotUpdate implements Benchmark {

    private static final double BAR_MILLISECONDS = 100;
    private static final int GUESTS = 50;
    private static final int ROUNDS = 12;
    private static final int WARM_UP = 3;

    @Override
    public String id() {
        return "update";
    }

    @Override
    public List<Figure> runAll(Laboratory laboratory) throws BenchmarkException, InterruptedException {
        Bundle bundle = FrameworkUtil.getBundle(laboratory.architecture().getClass());
        List<Guest> guests = new ArrayList<>();
        try (Capture output = new Capture(); Capture longest = new Capture()) {
            for (int i = 0; i < GUESTS; i++) {
                // One of them computes, the others wait, as in most appliances.
                guests.add(i == 0
                        ? laboratory.start(longest, laboratory.guestProgram(), "still")
                        : laboratory.start(output, "/bin/sleep", "1000"));
            }
            Samples samples = new Samples();
            int rounds = laboratory.rounds(ROUNDS);
            for (int i = -WARM_UP; i < rounds; i++) {
                if (i == 0) {
                    guests.get(0).signal(Signal.SIGUSR1);
                }
                long start = System.nanoTime();
                bundle.stop();
                bundle.start();
                awaitRelease(guests);
                if (i >= 0) {
                    samples.add(System.nanoTime() - start);
                }
            }
            guests.get(0).signal(Signal.SIGTERM);
            Laboratory.await(guests.get(0));
            return List.of(
                    Figure.valueAtMost(
                            "hot update, " + GUESTS + " guests", "", samples.median() / 1e6, BAR_MILLISECONDS, "ms"),
                    Figure.part("longest pause of a guest", Laboratory.number(longest.text())));
        } catch (BundleException failed) {
            throw new BenchmarkException(failed.getMessage(), failed);
        } finally {
            guests.forEach(guest -> guest.signal(Signal.SIGKILL));
            for (Guest guest : guests) {
                Laboratory.await(guest);
            }
        }
    }

    private static void awaitRelease(List<Guest> guests) throws BenchmarkException, InterruptedException {
        for (Guest guest : guests) {
            if (guest.exit().toCompletableFuture().isDone()) {
                throw new BenchmarkException("a guest has ended: " + guest.info());
            }
            while (guest.info().blockedIn().startsWith("held")) {
                Thread.onSpinWait();
            }
        }
    }
}
