package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.LaunchException;

/**
 * The quick ones of the judges in {@code itest/judges}, which are programs that nobody here wrote, made to do less by {@code QUICK}. What
 * they print and how they end is compared with native runs.
 */
@Needs({"bash", "timeout"})
public class JudgesTest extends ProgramTest {

    private static final Path JUDGES = Path.of(System.getProperty("dune.itest.judges"));
    private static final long PATIENCE_SECONDS = 60;

    /** As the judge gets it: so many requests of a kind that costs nothing. */
    private static final String QUICK = "200";

    private Path directory;

    @Before
    public void makeDirectory() throws IOException {
        directory = Files.createTempDirectory("dune-judge");
    }

    @After
    public void deleteDirectory() throws IOException {
        delete(directory);
    }

    @Test
    @Needs({"seq", "sort"})
    public void bash() throws Exception {
        judge("bash");
    }

    @Test
    @Needs({"dash", "seq", "sort"})
    public void dash() throws Exception {
        judge("dash");
    }

    @Test
    @Needs("gcc")
    public void gcc() throws Exception {
        judge("gcc");
    }

    @Test
    @Needs("git")
    public void git() throws Exception {
        judge("git");
    }

    @Test
    @Needs("fzf")
    public void go() throws Exception {
        judge("go");
    }

    @Test
    @Needs({"java", "javac"})
    public void java() throws Exception {
        judge("java");
    }

    @Test
    @Needs({"make", "gcc", "ar"})
    public void make() throws Exception {
        judge("make");
    }

    @Test
    @Needs({"nginx", "ab", "curl"})
    public void nginx() throws Exception {
        judge("nginx");
    }

    @Test
    @Needs("node")
    public void node() throws Exception {
        judge("node");
    }

    @Test
    @Needs("perl")
    public void perl() throws Exception {
        judge("perl");
    }

    @Test
    @Needs({"pg_ctlcluster", "psql", "setpriv"})
    public void postgres() throws Exception {
        judge("postgres");
    }

    @Test
    @Needs("/usr/bin/python3")
    public void python() throws Exception {
        judge("python");
    }

    @Test
    @Needs({"redis-server", "redis-cli", "redis-benchmark", "redis-check-rdb"})
    public void redis() throws Exception {
        judge("redis");
    }

    private void judge(String name) throws IOException, InterruptedException, LaunchException {
        Path script = JUDGES.resolve(name + ".sh");
        Outcome natively = natively(script, fresh("native"));
        assertEquals(
                "natively " + name + " is cut off: " + natively.outputText() + natively.errorText(),
                false,
                natively.status() == 124 || natively.status() == 137);
        Path work = fresh("dune");
        Outcome inDune = guests.inDune(command(script), spec -> spec.workingDirectory(work.toString()));
        String expected = natively.status() + "\n" + compared(name, natively.output());
        String actual = inDune.status() + "\n" + compared(name, inDune.output());
        if (!expected.equals(actual)) {
            assertEquals(name + " in dune; its errors: " + inDune.errorText() + inDune.note(), expected, actual);
        }
    }

    private static Command command(Path script) {
        return Command.of("bash", script.toString()).with("QUICK", QUICK);
    }

    private Path fresh(String where) throws IOException {
        // A judge may become another user.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path work = Files.createDirectory(directory.resolve(where));
        Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxr-xr-x"));
        return work;
    }

    private Outcome natively(Path script, Path work) throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Path errors = directory.resolve("errors");
        Command command = command(script);
        // The whole process group is ended if need be.
        ProcessBuilder builder = new ProcessBuilder(
                        "timeout", "-k", "5", Long.toString(PATIENCE_SECONDS), "bash", script.toString())
                .directory(work.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(out.toFile())
                .redirectError(errors.toFile());
        builder.environment().clear();
        builder.environment().putAll(command.environment());
        Process process = builder.start();
        if (!process.waitFor(PATIENCE_SECONDS + 10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return new Outcome(process.waitFor(), Files.readAllBytes(out), Files.readAllBytes(errors), "", "");
    }

    /** The output without lines that are known to differ: {@code NAME.known} beside the judge has their patterns. */
    private static String compared(String name, byte[] output) throws IOException {
        String text = new String(output, StandardCharsets.ISO_8859_1);
        Path known = JUDGES.resolve(name + ".known");
        if (!Files.exists(known)) {
            return text;
        }
        List<Pattern> patterns;
        try (Stream<String> lines = Files.lines(known)) {
            patterns = lines.map(line -> line.replaceFirst("\\s*#.*", ""))
                    .filter(line -> !line.isEmpty())
                    .map(Pattern::compile)
                    .toList();
        }
        return text.lines()
                .filter(line -> patterns.stream().noneMatch(pattern -> pattern.matcher(line).find()))
                .collect(Collectors.joining("\n"));
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
