package org.nesteddune.itest;

import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.Test;
import org.nesteddune.LaunchException;

/** Programs of machines that the host is not, on the software engine; made by {@code src/test/foreign/make.sh}. */
public class ForeignTest extends ForeignMachineTest {

    @Test
    public void mips64Hello() throws LaunchException {
        greets("mips64el");
    }

    @Test
    public void loongArch64Hello() throws LaunchException {
        greets("loongarch64");
    }

    @Test
    public void mips64FaultsAreExact() throws Exception {
        printsWhatIsExpected("mips64el", "faults", 3);
    }

    @Test
    public void mips64CodeChangesAndAccessesNeedNotBeAligned() throws Exception {
        printsWhatIsExpected("mips64el", "code", 0);
    }

    @Test
    public void mips64ThreadsSignalsAndProcesses() throws Exception {
        printsWhatIsExpected("mips64el", "threads", 0);
    }

    @Test
    public void mips64HasTwiceAsManySignals() throws Exception {
        printsWhatIsExpected("mips64el", "signals", 0);
    }

    @Test
    public void loongArch64FaultsAreExact() throws Exception {
        printsWhatIsExpected("loongarch64", "faults", 3);
    }

    @Test
    public void loongArch64StepsByInstruction() throws Exception {
        printsWhatIsExpected("loongarch64", "steps", 0);
    }

    @Test
    public void loongArch64CodeChangesAndThreadsCount() throws Exception {
        printsWhatIsExpected("loongarch64", "code", 0);
    }

    @Test
    public void mips64RandomCodeEndsOnlyItself() throws LaunchException {
        randomCode("mips64el");
    }

    @Test
    public void loongArch64RandomCodeEndsOnlyItself() throws LaunchException {
        randomCode("loongarch64");
    }

    /** Whatever is wrong in its headers, a program is refused or ends, and the runtime goes on. */
    @Test
    public void corruptFilesOfMips64() throws Exception {
        corruptFiles("mips64el");
    }

    @Test
    public void corruptFilesOfLoongArch64() throws Exception {
        corruptFiles("loongarch64");
    }

    /** Those of 32-bit files too. */
    @Test
    public void otherAbisOfMipsAreRefusedByName() throws Exception {
        refuses(0x70001007, "o32");
        refuses(0x80000027, "n32");
    }

    private void refuses(int flags, String name) throws IOException {
        byte[] bytes = Files.readAllBytes(program("mips64el", "hello"));
        bytes[4] = 1; // ELFCLASS32, which has e_flags at 36
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(36, flags);
        Path file = Files.createTempFile("dune-abi", "");
        try {
            Files.write(file, bytes);
            file.toFile().setExecutable(true);
            LaunchException refused = assertThrows(LaunchException.class, () -> guests.inDune(Command.of(file.toString())));
            assertTrue(refused.getMessage(), refused.getMessage().contains("of the " + name + " ABI"));
        } finally {
            Files.delete(file);
        }
    }
}
