package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.examples.batch.Batch;
import org.nesteddune.linux.Signal;
import org.osgi.framework.Bundle;

/** The example of a bundle that runs programs in dune, and by it the API that other bundles use. */
@Needs("/dev/kvm")
public class BatchTest extends DuneTest {

    private static final long PATIENCE_SECONDS = 60;

    private static Batch.Result await(Batch.Job job) throws Exception {
        return job.result().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(what, System.nanoTime() < end);
            Thread.sleep(5);
        }
    }

    @Test
    public void argumentsEnvironmentDirectoryAndStreams() throws Exception {
        Batch.Work work = new Batch.Work(
                List.of("sh", "-c", "cat; pwd; echo \"$NAME $1\"; echo gone >&2; exit 3", "sh", "w\u00f6rd"),
                Map.of("NAME", "v\u00e4lue", "PATH", "/bin:/usr/bin"), "/usr", null, "in\n", 1 << 30, 10);
        assertEquals(new Batch.Result(3, "in\n/usr\nv\u00e4lue w\u00f6rd\n", "gone\n"), await(Services.get(Batch.class).start(work)));
    }

    @Test
    public void muchInputAndOutput() throws Exception {
        String text = "0123456789abcde\n".repeat(100_000);
        Batch.Work work = new Batch.Work(List.of("/bin/cat"), Map.of(), "/", null, text, Long.MAX_VALUE, 4);
        assertEquals(text, await(Services.get(Batch.class).start(work)).output());
    }

    @Test
    @Needs({"/dev/kvm", "busybox"})
    public void aRootOfItsOwn() throws Exception {
        Path root = Files.createTempDirectory("dune-itest-batch");
        Path program = root.resolve("busybox");
        try {
            Files.copy(Path.of(Tools.find("busybox").toString()), program);
            Batch.Work work = new Batch.Work(List.of("/busybox", "ls", "/busybox"), Map.of(), "/", root, "", 1 << 28, 4);
            assertEquals(new Batch.Result(0, "/busybox\n", ""), await(Services.get(Batch.class).start(work)));
        } finally {
            Files.deleteIfExists(program);
            Files.delete(root);
        }
    }

    @Test
    public void limits() throws Exception {
        Batch.Work work = new Batch.Work(
                List.of("/bin/bash", "-c", "( : ) & wait"), Map.of(), "/", null, "", Long.MAX_VALUE, 1);
        Batch.Result result = await(Services.get(Batch.class).start(work));
        assertTrue(result.errors(), result.errors().contains("fork"));
    }

    @Test
    public void listedSignaledAndHeardOf() throws Exception {
        Batch batch = Services.get(Batch.class);
        Batch.Job job = batch.start(Batch.Work.of("/bin/sleep", "1000"));
        assertEquals(List.of(job.pid() + " /bin/sleep 1000"), batch.list());
        assertFalse(job.result().toCompletableFuture().isDone());
        assertTrue(batch.cancel(job.pid()));
        assertEquals(128 + Signal.SIGTERM, await(job).status());
        assertEquals(List.of(), batch.list());
        assertFalse(batch.cancel(job.pid()));
        eventually("journal: " + batch.journal(), () -> batch.journal().contains("EXITED " + job.pid() + " 143"));
        assertTrue(batch.journal().indexOf("STARTED " + job.pid()) < batch.journal().indexOf("EXITED " + job.pid() + " 143"));
    }

    @Test
    public void stopsAndHoldsAreEvents() throws Exception {
        Batch batch = Services.get(Batch.class);
        Batch.Job job = batch.start(Batch.Work.of("/bin/sleep", "1000"));
        Guest guest = Services.get(Dune.class).guest(job.pid()).orElseThrow();
        guest.signal(Signal.SIGSTOP);
        eventually("stopped: " + batch.journal(), () -> batch.journal().contains("STOPPED " + job.pid()));
        guest.signal(Signal.SIGCONT);
        eventually("continued: " + batch.journal(), () -> batch.journal().contains("CONTINUED " + job.pid()));
        Bundle architecture = null;
        for (Bundle bundle : Services.context().getBundles()) {
            architecture = "org.nesteddune.x86".equals(bundle.getSymbolicName()) ? bundle : architecture;
        }
        architecture.stop();
        try {
            eventually("held: " + batch.journal(), () -> batch.journal().contains("HELD " + job.pid()
                    + " architecture x86-64 is away"));
        } finally {
            architecture.start();
        }
        eventually("resumed: " + batch.journal(), () -> batch.journal().contains("RESUMED " + job.pid()));
        batch.cancel(job.pid());
        await(job);
    }

    @Test
    public void aProgramThatIsNotThere() {
        LaunchException failed = assertThrows(
                LaunchException.class, () -> Services.get(Batch.class).start(Batch.Work.of("/nope/program")));
        assertTrue(failed.getMessage(), failed.getMessage().contains("/nope/program"));
    }

    @Test
    @Needs({"/dev/kvm", Needs.ROOT})
    public void asAnotherUser() throws Exception {
        java.io.ByteArrayOutputStream output = new java.io.ByteArrayOutputStream();
        Guest guest = Services.get(Dune.class).enter(GuestSpec.program("/bin/sh")
                .arguments(List.of("-c", "id -u; id -g; id -G; cat /etc/shadow 2>/dev/null || echo refused"))
                .environment(List.of("PATH=/bin:/usr/bin"))
                .user(new GuestSpec.User(12345, 54321, List.of(54321, 77)))
                .input(java.io.InputStream.nullInputStream())
                .output(output)
                .build());
        assertEquals(0, GuestRunner.await(guest, "sh").shellStatus());
        assertEquals("12345\n54321\n54321 77\nrefused\n", output.toString());
    }
}
