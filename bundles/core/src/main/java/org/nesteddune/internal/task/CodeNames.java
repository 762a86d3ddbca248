package org.nesteddune.internal.task;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.linux.Elf;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.Vma;

/**
 * Names of a guest's addresses for people, by the symbols of the ELF files that are mapped there. What is wrong with a file only leaves
 * names out. Used by one thread.
 */
final class CodeNames {

    /** Tables larger than this are not read. */
    private static final int MOST_BYTES = 1 << 24;

    // Offsets in 64-bit ELF structures (elf.h)
    private static final int E_PHOFF = 32;
    private static final int E_SHOFF = 40;
    private static final int E_PHENTSIZE = 54;
    private static final int HEADER = 64;
    private static final int SECTION = 64;
    private static final int PROGRAM = 56;
    private static final int SYMBOL = 24;
    private static final int STT_FUNC = 2;

    /** A function's name and size. */
    private record Function(String name, long size) {}

    /** Functions by address in the file's own numbering, and what leads from offsets to these addresses. */
    private record Image(TreeMap<Long, Function> functions, TreeMap<Long, Long> distances) {}

    private final AddressSpace memory;
    private final Map<String, Image> images = new HashMap<>();

    CodeNames(AddressSpace memory) {
        this.memory = memory;
    }

    /** {@code FUNCTION (FILE)}, {@code FILE+0xOFFSET}, or the address. */
    String of(long address) {
        for (Vma vma : memory.mappings()) {
            if (vma.contains(address)) {
                return vma.file() == null
                        ? "0x" + Long.toHexString(address) + (vma.name().isEmpty() ? "" : " " + vma.name())
                        : of(vma.file(), vma.offset() + address - vma.start());
            }
        }
        return "0x" + Long.toHexString(address);
    }

    private String of(OpenFile file, long offset) {
        String path = file.path() == null ? "?" : file.path();
        String name = path.substring(path.lastIndexOf('/') + 1);
        Image image = images.computeIfAbsent(path, key -> image(file.hostDescriptor()));
        Map.Entry<Long, Long> distance = image.distances.floorEntry(offset);
        if (distance != null) {
            long address = offset + distance.getValue();
            Map.Entry<Long, Function> function = image.functions.floorEntry(address);
            if (function != null && address - function.getKey() < Math.max(1, function.getValue().size)) {
                return function.getValue().name + " (" + name + ")";
            }
        }
        return name + "+0x" + Long.toHexString(offset);
    }

    private static Image image(int descriptor) {
        Image image = new Image(new TreeMap<>(), new TreeMap<>());
        Path path = Path.of("/proc/self/fd/" + descriptor);
        if (descriptor < 0 || !Files.isRegularFile(path)) {
            return image;
        }
        try (FileChannel file = FileChannel.open(path)) {
            fill(image, file);
        } catch (IOException | RuntimeException notReadable) {
            // A file that is not what it says: what has been found is all there is.
            return image;
        }
        return image;
    }

    private static void fill(Image image, FileChannel file) throws IOException {
        ByteBuffer header = read(file, 0, HEADER);
        if (header.getInt(0) != 0x464c457f || header.get(4) != 2) {
            return;
        }
        ByteBuffer programs = read(file, header.getLong(E_PHOFF), PROGRAM * Short.toUnsignedInt(header.getShort(E_PHENTSIZE + 2)));
        for (int at = 0; at < programs.limit(); at += PROGRAM) {
            if (programs.getInt(at) == Elf.PT_LOAD) {
                image.distances.put(programs.getLong(at + 8), programs.getLong(at + 16) - programs.getLong(at + 8));
            }
        }
        int count = Short.toUnsignedInt(header.getShort(E_PHENTSIZE + 6));
        ByteBuffer sections = read(file, header.getLong(E_SHOFF), SECTION * count);
        for (int wanted : new int[] {Elf.SHT_DYNSYM, Elf.SHT_SYMTAB}) {
            for (int at = 0; at < sections.limit(); at += SECTION) {
                if (sections.getInt(at + 4) == wanted) {
                    int strings = SECTION * sections.getInt(at + 40);
                    symbols(image, table(file, sections, at), table(file, sections, strings));
                }
            }
        }
    }

    private static ByteBuffer table(FileChannel file, ByteBuffer sections, int at) throws IOException {
        return read(file, sections.getLong(at + 24), (int) Math.min(sections.getLong(at + 32), MOST_BYTES + 1L));
    }

    private static void symbols(Image image, ByteBuffer symbols, ByteBuffer strings) {
        for (int at = 0; at + SYMBOL <= symbols.limit(); at += SYMBOL) {
            if ((symbols.get(at + 4) & 0xf) == STT_FUNC && symbols.getShort(at + 6) != 0) {
                int start = symbols.getInt(at);
                int end = start;
                while (strings.get(end) != 0) {
                    end++;
                }
                String name = new String(strings.array(), start, end - start, StandardCharsets.ISO_8859_1);
                image.functions.put(symbols.getLong(at + 8), new Function(name, symbols.getLong(at + 16)));
            }
        }
    }

    private static ByteBuffer read(FileChannel file, long offset, int length) throws IOException {
        if (length < 0 || length > MOST_BYTES) {
            throw new IOException("a table of " + length + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, offset + bytes.position()) < 0) {
                throw new IOException("too short");
            }
        }
        return bytes.flip();
    }
}
