package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/** The runtime as an OSGi service, and what it says of its guests. */
@Needs("/dev/kvm")
public class RuntimeTest extends DuneTest {

    private static GuestSpec.Builder sleep(String seconds) {
        return GuestSpec.program("/bin/sleep").arguments(List.of(seconds)).descriptors(-1, -1, -1);
    }

    @Test
    public void aGuestOutlivesTheUseOfTheService() throws Exception {
        BundleContext context = Services.context();
        ServiceReference<Dune> reference = context.getServiceReference(Dune.class);
        Guest guest = context.getService(reference).enter(sleep("1000").build());
        context.ungetService(reference);
        assertFalse(guest.exit().toCompletableFuture().isDone());
        assertEquals(List.of(guest.pid()), Services.get(Dune.class).guests().stream().map(Guest::pid).toList());
        guest.signal(Signal.SIGTERM);
        assertEquals(ExitStatus.signaled(Signal.SIGTERM, ""), GuestRunner.await(guest, "sleep"));
    }

    @Test
    public void stoppedAndContinued() throws Exception {
        Guest guest = Services.get(Dune.class).enter(sleep("0.2").build());
        guest.signal(Signal.SIGSTOP);
        while (guest.info().state() != 'T') {
            Thread.sleep(5);
        }
        Thread.sleep(300);
        assertFalse(guest.exit().toCompletableFuture().isDone());
        guest.signal(Signal.SIGCONT);
        assertEquals(0, GuestRunner.await(guest, "sleep").shellStatus());
    }

    @Test
    public void aStoppedGuestCanBeKilled() throws Exception {
        Guest guest = Services.get(Dune.class).enter(sleep("1000").build());
        guest.signal(Signal.SIGSTOP);
        guest.signal(Signal.SIGKILL);
        assertEquals(Signal.SIGKILL, GuestRunner.await(guest, "sleep").signal());
    }

    @Test
    public void traceAndStatistics() throws Exception {
        List<String> lines = java.util.Collections.synchronizedList(new ArrayList<>());
        Guest guest = Services.get(Dune.class)
                .enter(GuestSpec.program("/bin/true").descriptors(-1, -1, -1).statistics(true).trace(lines::add).build());
        GuestRunner.await(guest, "true");
        assertTrue(lines.toString(), lines.stream().anyMatch(line -> line.startsWith("exit_group(0)")));
        Guest.Statistics statistics = guest.statistics();
        assertTrue(statistics.calls().stream().anyMatch(call -> call.name().equals("mmap") && call.count() > 0));
        assertEquals("kvm", statistics.engine());
    }

    @Test
    public void manyAtATime() throws Exception {
        List<Guest> guests = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            guests.add(Services.get(Dune.class).enter(sleep("0.3").build()));
        }
        for (Guest guest : guests) {
            assertEquals(0, GuestRunner.await(guest, "sleep").shellStatus());
        }
        assertEquals(20, guests.stream().map(Guest::pid).distinct().count());
    }
}
