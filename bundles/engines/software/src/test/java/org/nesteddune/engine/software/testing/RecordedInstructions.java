package org.nesteddune.engine.software.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;

/**
 * A program that tries instructions, and what they left when {@code oracle/compare.sh record} ran it under qemu-user: the resources {@code
 * instructions.gz}, which writes a record for each test, all of them three times so that an engine may translate them, and {@code
 * instructions.txt.gz}, a line for each test: the CRC of its record, a character, what the test is. With * for the character, four bytes of
 * the record do not count, because the architecture leaves them open.
 *
 * @param home the class that the resources lie beside
 * @param length bytes of a record
 * @param open where the four bytes are
 */
public record RecordedInstructions(Class<?> home, int length, int open) {

    private static final int ROUNDS = 3;
    private static final int CRC_DIGITS = 8;

    private byte[] resource(String name) throws IOException {
        try (InputStream packed = home.getResourceAsStream(name)) {
            return new GZIPInputStream(packed).readAllBytes();
        }
    }

    /** Runs the program and gives the tests whose records differ. */
    public List<String> differences(Supplier<? extends SoftwareGuest> guests) throws IOException {
        String[] tests = new String(resource("instructions.txt.gz"), StandardCharsets.US_ASCII).split("\n");
        try (SoftwareGuest guest = guests.get()) {
            return differences(new StaticProgram(guest, resource("instructions.gz")).run(), tests);
        }
    }

    /** The same with everything translated, from the first run on: once into compact code, and once into large regions. */
    public List<String> differencesTranslated(Supplier<? extends SoftwareGuest> guests) throws IOException {
        List<String> all = new ArrayList<>(differencesTranslated(guests, "compact"));
        all.addAll(differencesTranslated(guests, "large"));
        return all;
    }

    private List<String> differencesTranslated(Supplier<? extends SoftwareGuest> guests, String grade) throws IOException {
        System.setProperty("dune.software.threshold", "1");
        System.setProperty("dune.software.patient", grade);
        try {
            return differences(guests);
        } finally {
            System.clearProperty("dune.software.threshold");
            System.clearProperty("dune.software.patient");
        }
    }

    private List<String> differences(byte[] output, String[] tests) {
        List<String> different = new ArrayList<>();
        if (output.length != ROUNDS * length * tests.length) {
            different.add(output.length + " bytes instead of " + ROUNDS * length * tests.length);
        }
        for (int i = 0; i < output.length / length; i++) {
            String test = tests[i % tests.length];
            byte[] record = Arrays.copyOfRange(output, length * i, length * (i + 1));
            if (test.charAt(CRC_DIGITS) == '*') {
                Arrays.fill(record, open, open + Integer.BYTES, (byte) 0);
            }
            CRC32 crc = new CRC32();
            crc.update(record);
            if (crc.getValue() != Long.parseLong(test.substring(0, CRC_DIGITS), 16)) {
                different.add(test.substring(CRC_DIGITS + 1));
            }
        }
        return different;
    }
}
