package org.nesteddune.migration;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The functions that a vDSO offers. Of an ELF shared object of 64 bits in memory, by its dynamic section (System V ABI, chapter 5).
 * Stateless.
 */
final class ElfFunctions {

    private static final int PROGRAM_HEADERS = 32;
    private static final int PROGRAM_HEADER_SIZE = 54;
    private static final int PROGRAM_HEADER_COUNT = 56;
    private static final int PT_LOAD = 1;
    private static final int PT_DYNAMIC = 2;
    private static final int DT_STRTAB = 5;
    private static final int DT_SYMTAB = 6;
    private static final int SYMBOL = 24;
    private static final int FUNCTION = 2;

    private ElfFunctions() {}

    /**
     * Finds them.
     *
     * @return offsets in the image by name; none if it is no such image
     */
    static Map<String, Long> of(byte[] image) {
        Map<String, Long> functions = new HashMap<>();
        try {
            find(Script.buffer(image), functions);
        } catch (IndexOutOfBoundsException otherKind) {
            functions.clear();
        }
        return functions;
    }

    private static void find(ByteBuffer image, Map<String, Long> functions) {
        int headers = (int) image.getLong(PROGRAM_HEADERS);
        long base = 0;
        int dynamic = -1;
        for (int i = 0; i < image.getShort(PROGRAM_HEADER_COUNT); i++) {
            int header = headers + i * image.getShort(PROGRAM_HEADER_SIZE);
            switch (image.getInt(header)) {
                case PT_LOAD -> base = image.getLong(header + 16) - image.getLong(header + 8);
                case PT_DYNAMIC -> dynamic = (int) image.getLong(header + 8);
                default -> {
                    // Says nothing about functions.
                }
            }
        }
        int strings = 0;
        int symbols = 0;
        for (int entry = dynamic; image.getLong(entry) != 0; entry += 16) {
            int value = (int) (image.getLong(entry + 8) - base);
            strings = image.getLong(entry) == DT_STRTAB ? value : strings;
            symbols = image.getLong(entry) == DT_SYMTAB ? value : symbols;
        }
        // The names follow the symbols, in the kernel's images as in ours.
        for (int symbol = symbols + SYMBOL; symbol + SYMBOL <= strings; symbol += SYMBOL) {
            if ((image.get(symbol + 4) & 0xf) == FUNCTION && image.getShort(symbol + 6) != 0) {
                functions.put(text(image, strings + image.getInt(symbol)), image.getLong(symbol + 8) - base);
            }
        }
    }

    private static String text(ByteBuffer image, int at) {
        int end = at;
        while (image.get(end) != 0) {
            end++;
        }
        return new String(image.array(), at, end - at, StandardCharsets.US_ASCII);
    }
}
