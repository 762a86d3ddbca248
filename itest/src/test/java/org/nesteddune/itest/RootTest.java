package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.LaunchException;

/** A guest with a root of its own: it sees that directory as / and nothing else. */
@Needs({"/dev/kvm", "busybox"})
public class RootTest extends ProgramTest {

    private Path outside;
    private Path root;

    @Before
    public void makeRoot() throws IOException {
        outside = Files.createTempDirectory("dune-itest-root");
        Files.writeString(outside.resolve("secret"), "secret\n");
        root = Files.createDirectories(outside.resolve("root"));
        Files.createDirectories(root.resolve("bin"));
        Files.createDirectories(root.resolve("etc"));
        Files.createDirectories(root.resolve("a/b"));
        Files.writeString(root.resolve("etc/motd"), "inside\n");
        Files.copy(Path.of(Tools.find("busybox")), root.resolve("bin/busybox"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createSymbolicLink(root.resolve("bin/sh"), Path.of("/bin/busybox"));
        Files.createSymbolicLink(root.resolve("absolute"), Path.of("/etc/motd"));
        Files.createSymbolicLink(root.resolve("up"), Path.of("../../../../../../etc/motd"));
        Files.createSymbolicLink(root.resolve("out"), outside.resolve("secret"));
        Files.createSymbolicLink(root.resolve("a/b/rootlink"), Path.of("/"));
    }

    @After
    public void deleteRoot() throws IOException {
        try (Stream<Path> all = Files.walk(outside)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private Outcome inside(String line) throws LaunchException {
        Command command = Command.line(line);
        return guests.inDune(command, spec -> spec.root(root).workingDirectory("/"));
    }

    private void expect(String output, String line) throws LaunchException {
        Outcome outcome = inside(line);
        assertEquals(line + ": " + outcome.errorText() + outcome.note(), output, outcome.outputText());
    }

    private void expectFailure(String error, String line) throws LaunchException {
        Outcome outcome = inside(line);
        assertEquals(line + ": " + outcome.outputText(), "", outcome.outputText());
        assertTrue(line + ": " + outcome.errorText(), outcome.errorText().contains(error));
        assertTrue(line, outcome.status() != 0);
    }

    @Test
    public void theDirectoryIsTheRoot() throws LaunchException {
        expect("/\n", "/bin/busybox pwd");
        expect("inside\n", "/bin/busybox cat /etc/motd");
        expect("inside\n", "/bin/busybox cat etc/motd");
    }

    @Test
    public void absoluteLinksResolveInside() throws LaunchException {
        expect("inside\n", "/bin/busybox cat /absolute");
        expect("inside\n", "/bin/busybox cat /a/b/rootlink/a/b/rootlink/absolute");
        expect("/etc/motd\n", "/bin/busybox readlink /absolute");
    }

    @Test
    public void dotDotStopsAtTheRoot() throws LaunchException {
        expect("inside\n", "/bin/busybox cat /../../../../etc/motd");
        expect("inside\n", "/bin/busybox cat /up");
        expect("inside\n", "/bin/busybox cat a/../../b/../../etc/motd".replace("b/../../", ""));
        expect("/\n", "/bin/sh -c 'cd ../../..; pwd'");
    }

    @Test
    public void nothingOutsideIsReached() throws LaunchException {
        expectFailure("No such file", "/bin/busybox cat /out");
        expectFailure("No such file", "/bin/busybox cat ../secret");
        expectFailure("No such file", "/bin/busybox cat /../secret");
        expectFailure("No such file", "/bin/busybox cat " + outside + "/secret");
        expectFailure("", "/bin/busybox cat /proc/1/environ");
        expectFailure("", "/bin/busybox cat /proc/self/root/../secret");
    }

    @Test
    public void whatIsMadeIsMadeInside() throws LaunchException, IOException {
        expect("", "/bin/sh -c 'echo made > /../made'");
        expect("", "/bin/busybox mkdir /dir");
        expect("", "/bin/busybox ln -s /made /dir/link");
        assertEquals("made\n", Files.readString(root.resolve("made")));
        assertTrue(Files.notExists(outside.resolve("made")));
        expect("made\n", "/bin/busybox cat /dir/link");
    }

    @Test
    @Needs("cat")
    public void aMissingInterpreterIsNamed() throws IOException {
        Files.copy(Path.of(Tools.find("cat")), root.resolve("bin/cat"), StandardCopyOption.COPY_ATTRIBUTES);
        LaunchException refused = assertThrows(LaunchException.class, () -> inside("/bin/cat /etc/motd"));
        assertTrue(refused.getMessage(), refused.getMessage().contains("ld-linux"));
        assertTrue(refused.getMessage(), refused.getMessage().contains("root"));
    }
}
