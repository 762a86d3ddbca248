package org.nesteddune.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.nesteddune.Dune;
import org.nesteddune.Guest;
import org.nesteddune.GuestSpec;
import org.nesteddune.LaunchException;
import org.nesteddune.linux.Errno;

/** What cannot be started is refused with the errno of execve and a sentence that says what is wrong. */
@Needs("/dev/kvm")
public class BadInputTest extends DuneTest {

    private Path directory;

    @Before
    public void makeDirectory() throws IOException {
        directory = Files.createTempDirectory("dune-itest-bad");
    }

    @After
    public void deleteDirectory() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private Path file(byte[] content) throws IOException {
        return ElfBuilder.write(directory.resolve("program"), content);
    }

    private static LaunchException refused(String program) {
        return assertThrows(LaunchException.class, () -> {
            Guest guest = Services.get(Dune.class)
                    .enter(GuestSpec.program(program).descriptors(-1, -1, -1).build());
            GuestRunner.await(guest, program);
        });
    }

    private static void expect(int errno, Path program, String... words) {
        LaunchException refused = refused(program.toString());
        assertEquals(refused.getMessage(), Errno.name(errno), Errno.name(refused.errno()));
        for (String word : words) {
            assertTrue("'" + word + "' is not in: " + refused.getMessage(), refused.getMessage().contains(word));
        }
    }

    @Test
    public void theGoodProgramRuns() throws Exception {
        Path program = file(ElfBuilder.program(3).array());
        Guest guest = Services.get(Dune.class)
                .enter(GuestSpec.program(program.toString()).descriptors(-1, -1, -1).build());
        assertEquals(0, GuestRunner.await(guest, "good").shellStatus());
    }

    @Test
    public void noSuchProgram() {
        expect(Errno.ENOENT, Path.of("/no/such/program"), "/no/such/program");
        LaunchException refused = refused("no-such-program-in-path");
        assertEquals(Errno.ENOENT, refused.errno());
        assertTrue(refused.getMessage(), refused.getMessage().contains("no-such-program-in-path"));
    }

    @Test
    public void notExecutable() throws IOException {
        Path program = file(ElfBuilder.program(1).array());
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rw-r--r--"));
        expect(Errno.EACCES, program, program.toString());
        expect(Errno.EACCES, directory, directory.toString());
    }

    @Test
    public void notAnElf() throws IOException {
        expect(Errno.ENOEXEC, file("just text\n".getBytes(StandardCharsets.UTF_8)), "ELF");
        expect(Errno.ENOEXEC, file(new byte[0]));
        expect(Errno.ENOEXEC, file(new byte[] {0x7f}));
        expect(Errno.ENOEXEC, file(new byte[5000]));
    }

    @Test
    public void truncated() throws IOException {
        byte[] good = ElfBuilder.program(3).array();
        for (int length : new int[] {4, 16, 20, 63, 64, 65, 64 + 55, 64 + 3 * 56 - 1}) {
            expect(Errno.ENOEXEC, file(Arrays.copyOf(good, length)));
        }
    }

    @Test
    public void inconsistentHeaders() throws IOException {
        ByteBuffer bits = ElfBuilder.program(1);
        bits.put(4, (byte) 1);
        expect(Errno.ENOEXEC, file(bits.array()));
        ByteBuffer order = ElfBuilder.program(1);
        order.put(5, (byte) 2);
        expect(Errno.ENOEXEC, file(order.array()));
        ByteBuffer size = ElfBuilder.program(1);
        size.putShort(54, (short) 55);
        expect(Errno.ENOEXEC, file(size.array()));
        ByteBuffer none = ElfBuilder.program(1);
        none.putShort(56, (short) 0);
        expect(Errno.ENOEXEC, file(none.array()));
        ByteBuffer type = ElfBuilder.program(1);
        type.putShort(16, (short) 1);
        expect(Errno.ENOEXEC, file(type.array()));
        ByteBuffer offset = ElfBuilder.program(1);
        offset.putLong(32, Long.MAX_VALUE);
        expect(Errno.ENOEXEC, file(offset.array()));
    }

    @Test
    public void segmentsThatWrapOrOverlap() throws IOException {
        ByteBuffer wraps = ElfBuilder.program(2);
        ElfBuilder.load(wraps, 1, 6, 0, 0xffff_ffff_ffff_f000L, 16, 0x2000);
        expect(Errno.ENOEXEC, file(wraps.array()));
        ByteBuffer kernel = ElfBuilder.program(2);
        ElfBuilder.load(kernel, 1, 6, 0, 0xffff_8000_0000_0000L, 16, 0x1000);
        expect(Errno.ENOEXEC, file(kernel.array()));
        ByteBuffer overlap = ElfBuilder.program(2);
        ElfBuilder.load(overlap, 1, 6, 0, ElfBuilder.BASE, 64, 64);
        expect(Errno.ENOEXEC, file(overlap.array()), "overlap");
        ByteBuffer inverted = ElfBuilder.program(1);
        inverted.putLong(ElfBuilder.HEADER + 40, 1);
        expect(Errno.ENOEXEC, file(inverted.array()));
        ByteBuffer crooked = ElfBuilder.program(1);
        crooked.putLong(ElfBuilder.HEADER + 16, ElfBuilder.BASE + 1);
        // The segment's place in memory and in the file cannot be had by one mapping: mmap's own error.
        expect(Errno.EINVAL, file(crooked.array()), "aligned");
    }

    @Test
    public void unknownMachine() throws IOException {
        ByteBuffer arm = ElfBuilder.program(1);
        arm.putShort(18, (short) 183);
        expect(Errno.ENOEXEC, file(arm.array()), "AArch64", "x86-64");
        ByteBuffer unheardOf = ElfBuilder.program(1);
        unheardOf.putShort(18, (short) 0x7777);
        expect(Errno.ENOEXEC, file(unheardOf.array()), Integer.toString(0x7777), "x86-64");
    }

    @Test
    public void missingInterpreter() throws IOException {
        String path = "/no/such/ld.so";
        ByteBuffer program = ElfBuilder.program(2);
        byte[] bytes = Arrays.copyOf(program.array(), program.capacity() + path.length() + 1);
        System.arraycopy(path.getBytes(StandardCharsets.US_ASCII), 0, bytes, program.capacity(), path.length());
        ByteBuffer file = ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        ElfBuilder.load(file, 1, 4, program.capacity(), 0, path.length() + 1, path.length() + 1);
        file.putInt(ElfBuilder.HEADER + ElfBuilder.PROGRAM_HEADER, 3);
        expect(Errno.ENOENT, file(bytes), path);
        expect(Errno.ENOENT, file("#!/no/such/interpreter\n".getBytes(StandardCharsets.US_ASCII)),
                "/no/such/interpreter");
        file.putLong(ElfBuilder.HEADER + ElfBuilder.PROGRAM_HEADER + 8, 1L << 60);
        expect(Errno.ENOEXEC, file(bytes));
    }

    @Test
    public void scriptsThatNeverEnd() throws IOException {
        Path program = directory.resolve("program");
        expect(Errno.ELOOP, file(("#!" + program + "\n").getBytes(StandardCharsets.UTF_8)));
        expect(Errno.ENOEXEC, file("#!\n".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    public void unknownEngine() throws IOException {
        Path program = file(ElfBuilder.program(1).array());
        LaunchException refused = assertThrows(LaunchException.class, () -> Services.get(Dune.class)
                .enter(GuestSpec.program(program.toString()).engine("steam").build()));
        assertTrue(refused.getMessage(), refused.getMessage().contains("steam"));
        assertTrue(refused.getMessage(), refused.getMessage().contains("kvm"));
    }
}
