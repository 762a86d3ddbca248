package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.Assume;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.kernel.ExitStatus;
import org.osgi.service.cm.Configuration;

/** Native processes and guests that ask by themselves to enter dune and to leave it, and many round trips. */
@Needs({"/dev/kvm", "gcc", "/usr/bin/python3"})
public class TravelTest extends DuneTest {

    /** As often as one likes. */
    @Test
    public void roundTripsLeaveNothingBehind() throws Exception {
        String program = CProgram.compile("escape").toString();
        int trips = Integer.getInteger("dune.trips", 20);
        try (NativeProgram travelling = NativeProgram.start(program, "2", "io".repeat(trips) + "i", "tell")) {
            travelling.await("ready\n");
            Leaks before = null;
            long mappings = 0;
            for (int i = 0; i < trips; i++) {
                Guest guest = travelling.enter();
                travelling.await("station " + (2 * i + 1) + "\n");
                guest.escape();
                travelling.await("station " + (2 * i + 2) + "\n");
                if (i == 3) {
                    before = Journeys.leaks();
                    mappings = mappings(travelling);
                }
            }
            Journeys.leaks().assertNoMoreThan(before);
            assertTrue(mappings(travelling) <= mappings);
            travelling.enter();
            travelling.awaitEnd(60);
            assertTrue(travelling.text(), travelling.text().endsWith("station " + (2 * trips + 1) + "\ngood\nstatus 7\n"));
        }
    }

    /** By the socket of the runtime, and by the call that only dune has; a thousand times with -Ddune.trips=1000. */
    @Test
    public void aProgramTravelsByItself() throws Exception {
        int trips = Integer.getInteger("dune.trips", 20);
        try (Entrance entrance = new Entrance()) {
            String program = CProgram.compile("travel", "-I" + Journeys.INSIDE).toString();
            travel(entrance, program, 3);
            Leaks before = Journeys.leaks();
            travel(entrance, program, trips);
            Journeys.leaks().assertNoMoreThan(before);
        }
    }

    /** It is a guest with a parent in dune, which waits for it wherever it is. */
    @Test
    public void aGuestTravelsByItself() throws Exception {
        try (Entrance entrance = new Entrance()) {
            String program = CProgram.compile("travel", "-I" + Journeys.INSIDE).toString();
            Leaks before = null;
            for (int trips = 2; trips < 10; trips += 3) {
                ByteArrayOutputStream output = new ByteArrayOutputStream();
                Guest guest = Services.get(Dune.class).enter(GuestSpec.program("/bin/sh")
                        .arguments(List.of("-c", "\"$@\"; echo status $?", "sh", program, "" + trips, "guest"))
                        .environment(List.of("DUNE_SOCKET=" + entrance.environment().get("DUNE_SOCKET")))
                        .input(InputStream.nullInputStream())
                        .output(output)
                        .error(OutputStream.nullOutputStream())
                        .build());
                assertEquals(ExitStatus.exited(0), Journeys.end(guest));
                assertEquals("good\nstatus 0\n", output.toString());
                if (before != null) {
                    Journeys.leaks().assertNoMoreThan(before);
                }
                before = Journeys.leaks();
            }
        }
    }

    private static void travel(Entrance entrance, String program, int trips) throws Exception {
        try (NativeProgram travelling = NativeProgram.start(entrance.environment(), program, Integer.toString(trips))) {
            travelling.awaitEnd(60 + trips);
            String text = travelling.text();
            assertTrue(text, text.contains("\ngood\nstatus 0\n"));
        }
    }

    @Test
    public void pythonTravelsByItself() throws Exception {
        String script = "import sys\nsys.path.insert(0, sys.argv[1])\nimport dune\n"
                + "for i in range(5):\n"
                + "    assert not dune.inside()\n"
                + "    dune.enter()\n"
                + "    assert dune.inside()\n"
                + "    dune.escape()\n"
                + "print('good')\n";
        try (Entrance entrance = new Entrance();
                NativeProgram python = NativeProgram.start(
                        entrance.environment(), "/usr/bin/python3", "-B", "-c", script, Journeys.INSIDE.toString())) {
            python.assertEnds("good\n", 0);
        }
        String alone = "import sys\nsys.path.insert(0, sys.argv[1])\nimport dune\n"
                + "try: dune.enter()\nexcept KeyError as absent: print(absent)\n";
        try (NativeProgram python = NativeProgram.start("/usr/bin/python3", "-B", "-c", alone, Journeys.INSIDE.toString())) {
            python.assertEnds("'DUNE_SOCKET'\n", 0);
        }
    }

    /** A Java virtual machine, with all its threads. */
    @Test
    public void javaTravelsByItself() throws Exception {
        Path home = jdk();
        Assume.assumeTrue("needs a JDK of 22 or later in /usr/lib/jvm", home != null);
        String program = """
                public class Travel {
                    public static void main(String[] arguments) throws Exception {
                        for (int i = 0; i < 3; i++) {
                            if (Dune.inside()) throw new AssertionError("inside");
                            Dune.enter();
                            if (!Dune.inside()) throw new AssertionError("outside");
                            Dune.escape();
                        }
                        System.out.println("good");
                    }
                }
                """;
        String alone = """
                public class Alone {
                    public static void main(String[] arguments) {
                        try {
                            Dune.enter();
                        } catch (java.io.IOException absent) {
                            System.out.println("no runtime");
                        }
                    }
                }
                """;
        Path directory = Files.createTempDirectory("dune-itest-java");
        try (Entrance entrance = new Entrance()) {
            Files.writeString(directory.resolve("Travel.java"), program);
            Files.writeString(directory.resolve("Alone.java"), alone);
            assertEquals(0, new ProcessBuilder(home + "/bin/javac", "-d", directory.toString(), Journeys.INSIDE.resolve("Dune.java").toString(),
                    directory.resolve("Travel.java").toString(), directory.resolve("Alone.java").toString())
                    .inheritIO().start().waitFor());
            String[] command = {
                home + "/bin/java", "-Xint", "-Xshare:auto", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED", "-cp", directory.toString(), "Travel"};
            try (NativeProgram java = NativeProgram.start(entrance.environment(), command)) {
                java.awaitEnd(120);
                assertTrue(java.text(), java.text().endsWith("\ngood\nstatus 0\n"));
            }
            command[command.length - 1] = "Alone";
            try (NativeProgram java = NativeProgram.start(command)) {
                java.assertEnds("no runtime\n", 0);
            }
        } finally {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path each : files.toList()) {
                    Files.delete(each);
                }
            }
            Files.delete(directory);
        }
    }

    /** Where one is that has the calls that Dune.java makes; or null. */
    private static Path jdk() throws IOException {
        Path all = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(all)) {
            return null;
        }
        try (Stream<Path> found = Files.list(all)) {
            return found.filter(each -> Files.exists(each.resolve("bin/javac")) && version(each) >= 22).findFirst().orElse(null);
        }
    }

    /** The first number of a JDK's version; 0 if it does not tell. */
    private static int version(Path home) {
        try {
            return Files.readAllLines(home.resolve("release")).stream()
                    .filter(line -> line.startsWith("JAVA_VERSION="))
                    .mapToInt(line -> Integer.parseInt(line.replaceAll("^[^0-9]*([0-9]+).*$", "$1")))
                    .findFirst().orElse(0);
        } catch (IOException absent) {
            return 0;
        }
    }

    /** A runtime's socket, by configuration. */
    private static final class Entrance implements AutoCloseable {

        private final Path socket = Files.createTempDirectory("dune-itest-entrance").resolve("dune.sock");
        private final Configuration configuration =
                AppliancesTest.admin().getConfiguration("org.nesteddune.entrance", "?");

        Entrance() throws Exception {
            configuration.update(new Hashtable<>(Map.of("socket", socket.toString())));
            AppliancesTest.eventually("true", () -> "" + Files.exists(socket));
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        }

        Map<String, String> environment() {
            return Map.of("DUNE_SOCKET", socket.toString());
        }

        @Override
        public void close() throws Exception {
            configuration.delete();
            AppliancesTest.eventually("false", () -> "" + Files.exists(socket));
            Files.delete(socket.getParent());
        }
    }

    private static long mappings(NativeProgram program) throws Exception {
        return Files.readAllLines(Path.of("/proc/" + program.pid() + "/maps")).size();
    }
}
