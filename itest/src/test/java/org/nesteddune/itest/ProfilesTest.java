package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.AddressRule;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.Profile;
import org.nesteddune.Profile.Access;
import org.nesteddune.host.Linux;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** What profiles keep guests from, and that there is no way round them. */
@Needs({"/dev/kvm", "gcc"})
public class ProfilesTest extends DuneTest {

    private static final Path BUILD = Path.of(System.getProperty("dune.itest.sources", "."), "../../../target").normalize();

    private static final Path DISTRIBUTION =
            Path.of(System.getProperty("dune.itest.sources", "."), "../../../../features/src/main/distribution/etc").normalize();

    /** The directories that are private to guests of the profile "untrusted". */
    private static final List<Path> PRIVATE = List.of(Path.of("/tmp"), Path.of("/var/tmp"), Path.of("/dev/shm"));

    private Path place;

    /** A directory that no profile here hides, wherever the project has been checked out to. */
    @Before
    public void makePlace() throws IOException {
        Path parent = Stream.of(BUILD.toAbsolutePath(), Path.of(System.getProperty("user.home")), Path.of("/var"), Path.of("/"))
                .filter(each -> Files.isWritable(each) && PRIVATE.stream().noneMatch(each::startsWith))
                .findFirst()
                .orElse(null);
        assumeTrue("no directory outside of " + PRIVATE + " can be written", parent != null);
        place = Files.createTempDirectory(parent, "dune-itest");
        Files.setAttribute(place, "unix:mode", 0755);
    }

    @After
    public void removePlace() throws IOException {
        if (place != null) {
            try (Stream<Path> files = Files.list(place)) {
                for (Path each : files.toList()) {
                    Files.delete(each);
                }
            }
            Files.delete(place);
        }
    }

    /** A program where guests with a private /tmp find it. */
    private Path program(String name) throws Exception {
        Path made = CProgram.compile(name);
        return Files.copy(made, place.resolve(name));
    }

    private static String run(GuestSpec.Builder spec) throws Exception {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        Guest guest = Services.get(Dune.class).enter(spec.output(output).error(output).build());
        ExitStatus status = GuestRunner.await(guest, "guest");
        return output.toString(StandardCharsets.UTF_8) + (status.shellStatus() == 0 ? "" : "status " + status.shellStatus());
    }

    /** The profile that the distribution ships, by way of a configuration. */
    private static Configuration untrusted() throws Exception {
        Path file = DISTRIBUTION.resolve("org.nesteddune.profile-untrusted.cfg");
        Properties text = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            text.load(reader);
        }
        Hashtable<String, Object> properties = new Hashtable<>();
        text.forEach((key, value) -> properties.put((String) key, value));
        Configuration configuration = AppliancesTest.admin()
                .getFactoryConfiguration("org.nesteddune.profile", "untrusted", "?");
        configuration.update(properties);
        return configuration;
    }

    private static Profile profile(String name) throws Exception {
        for (int i = 0; i < 2000; i++) {
            for (ServiceReference<Profile> each :
                    Services.context().getServiceReferences(Profile.class, "(" + Profile.NAME + "=" + name + ")")) {
                return Services.context().getService(each);
            }
            Thread.sleep(5);
        }
        throw new AssertionError("no profile " + name);
    }

    @Test
    public void untrustedProgramsHaveNoWayRound() throws Exception {
        Configuration configuration = untrusted();
        Path victim = place.resolve("victim");
        Path socket = place.resolve("socket");
        Files.writeString(victim, "keep me");
        Files.setAttribute(victim, "unix:mode", 0644);
        Guest other = Services.get(Dune.class)
                .enter(GuestSpec.program("/bin/sleep").arguments(List.of("1000")).descriptors(-1, -1, -1).build());
        int input = open(victim);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            String output = run(GuestSpec.program(program("confined").toString())
                    .arguments(List.of(victim.toString(), socket.toString(), "dune-itest", Integer.toString(other.pid())))
                    .descriptors(input, -1, -1)
                    .profile(profile("untrusted")));
            assertEquals("end\n", output);
            assertEquals("keep me", Files.readString(victim));
            assertEquals(0644, (Integer) Files.getAttribute(victim, "unix:mode") & 07777);
            assertFalse(Files.exists(Path.of("/etc/dune-new")) || Files.exists(Path.of("/etc/dune-socket")));
            assertFalse(other.exit().toCompletableFuture().isDone());
        } finally {
            Linux.close(input);
            other.signal(Signal.SIGKILL);
            configuration.delete();
        }
    }

    private static int open(Path path) {
        try (NativeBuffer name = NativeBuffer.ofCString(path.toString())) {
            return (int) Linux.open(name.address(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0);
        }
    }

    @Test
    public void untrustedProgramsWork() throws Exception {
        Configuration configuration = untrusted();
        try {
            String output = run(GuestSpec.program("/bin/sh")
                    .arguments(List.of("-c", "echo one > /tmp/a && cat /tmp/a && ls /tmp | wc -l && (echo two) | cat > /dev/stdout"
                            + " && mkdir -p /tmp/b/c && echo three > /dev/null && test -r /etc/passwd && cd /usr && pwd"))
                    .environment(List.of("PATH=/bin:/usr/bin"))
                    .input(InputStream.nullInputStream())
                    .profile(profile("untrusted")));
            assertEquals("one\n1\ntwo\n/usr\n", output);
            assertTrue(privateDirectories(), privateDirectories().isEmpty());
        } finally {
            configuration.delete();
        }
    }

    private static String privateDirectories() {
        String[] all = new java.io.File(System.getProperty("java.io.tmpdir"))
                .list((directory, name) -> name.startsWith("nested-dune-private"));
        return all.length == 0 ? "" : Arrays.toString(all);
    }

    @Test
    public void addresses() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            Profile profile = Profile.named("addresses")
                    .addresses(List.of(
                            AddressRule.parse("connect 127.0.0.1:" + server.getLocalPort()),
                            AddressRule.parse("bind 127.0.0.1:0")))
                    .build();
            String output = run(GuestSpec.program(program("addresses").toString())
                    .arguments(List.of(Integer.toString(server.getLocalPort())))
                    .descriptors(-1, -1, -1)
                    .profile(profile));
            assertEquals("end\n", output);
        }
    }

    @Test
    public void families() throws Exception {
        Profile profile = Profile.named("no-time")
                .families(Set.of("files", "memory", "process", "signals", "system", "futex", "x86"))
                .refusal(Profile.Refusal.ENOSYS)
                .build();
        GuestSpec.Builder spec = GuestSpec.program("/bin/sleep")
                .arguments(List.of("0.01"))
                .environment(List.of("LC_ALL=C"))
                .descriptors(-1, -1, -1)
                .profile(profile);
        assertTrue(run(spec).contains("Function not implemented"));
        assertEquals("hello\n", run(GuestSpec.program("/bin/echo").arguments(List.of("hello")).profile(profile).descriptors(-1, -1, -1)));
    }

    @Test
    public void onlyWhatIsGrantedIsExecuted() throws Exception {
        Profile.Builder profile = Profile.named("narrow");
        for (String path : List.of("/lib", "/lib64", "/usr/lib", "/etc", "/bin/sh")) {
            profile.path(path, Access.READ);
        }
        String output = run(GuestSpec.program("/bin/sh")
                .arguments(List.of("-c", "echo here; /bin/cat /etc/passwd; exec /bin/echo there"))
                .input(InputStream.nullInputStream())
                .profile(profile.build()));
        assertEquals("here\nsh: 1: /bin/cat: Operation not permitted\nsh: 1: exec: /bin/echo: Operation not permitted\nstatus 126",
                output.replace("/bin/sh: ", "sh: "));
    }

    @Test
    public void aProgramOutsideOfWhatIsGranted() throws Exception {
        Profile profile = Profile.named("narrow").path("/usr/share", Access.READ).build();
        try {
            Services.get(Dune.class).enter(GuestSpec.program("/bin/true").profile(profile).build());
            throw new AssertionError("it started");
        } catch (org.nesteddune.LaunchException refused) {
            assertTrue(refused.getMessage(), refused.getMessage().contains("Operation not permitted"));
        }
    }

    @Test
    public void aWrongProfileIsNone() throws Exception {
        Path file = BUILD.resolve("org.nesteddune.profile-wrong.cfg");
        Files.writeString(file, "# wrong\nname = wrong\n\npaths = ro:/,\\\n  write:/tmp\naddresses = 1.2.3\nadresses = none\n");
        Hashtable<String, Object> properties = new Hashtable<>();
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            Properties text = new Properties();
            text.load(in);
            text.forEach((key, value) -> properties.put((String) key, value));
        }
        properties.put("felix.fileinstall.filename", file.toUri().toString());
        Configuration configuration = AppliancesTest.admin()
                .getFactoryConfiguration("org.nesteddune.profile", "wrong", "?");
        configuration.update(properties);
        try {
            String report = AppliancesTest.eventually("paths:", () -> AppliancesTest.reports());
            assertTrue(report, report.contains(file + ":4: paths: 'write:/tmp'"));
            assertTrue(report, report.contains(file + ":6: addresses: '1.2.3'"));
            assertTrue(report, report.contains(file + ":7: adresses: there is no such setting; is it 'addresses'?"));
            assertEquals(0, Services.context().getServiceReferences(Profile.class, "(" + Profile.NAME + "=wrong)").size());
        } finally {
            configuration.delete();
            Files.delete(file);
        }
    }
}
