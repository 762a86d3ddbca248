package org.nesteddune.x86.vdso;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.nesteddune.arch.Vdso;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeCode;
import org.nesteddune.linux.Mman;

/** A vDSO mapped into the JVM as a guest has it: data page, directly behind it the image. */
final class MappedVdso implements AutoCloseable {

    private final long data;
    private final long length;
    private final Map<String, Long> functions = new HashMap<>();

    MappedVdso(Vdso vdso) {
        length = (long) vdso.dataLength() + vdso.image().length;
        data = HostException.check("mmap", Linux.mmap(
                0, length, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0));
        HostException.check("mmap", Linux.mmap(
                data, vdso.dataLength(), Mman.PROT_READ, Mman.MAP_SHARED | Mman.MAP_FIXED, vdso.data().descriptor(), 0));
        long image = data + vdso.dataLength();
        Memory.copyTo(image, vdso.image(), 0, vdso.image().length);
        HostException.check(
                "mprotect", Linux.mprotect(image, vdso.image().length, Mman.PROT_READ | Mman.PROT_EXEC));
        ElfSymbols.of(vdso.image()).forEach((name, value) -> functions.put(name, image + value));
    }

    long data() {
        return data;
    }

    /** Whether guests would compute the time now. */
    boolean computes() {
        return Memory.getInt(data + ClockPage.MODE) == ClockPage.MODE_COMPUTE;
    }

    long address(String function) {
        return functions.get(function);
    }

    long call(String function, long... arguments) {
        return NativeCode.callFunction(functions.get(function), arguments);
    }

    @Override
    public void close() {
        Linux.munmap(data, length);
    }

    /** The dynamic symbols of an image, found as a run-time linker finds them. */
    static final class ElfSymbols {

        private ElfSymbols() {
        }

        static Map<String, Long> of(byte[] bytes) {
            ByteBuffer image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            Map<Long, Long> dynamic = dynamic(image);
            int symtab = dynamic.get(6L).intValue();
            int strtab = dynamic.get(5L).intValue();
            int count = image.getInt(dynamic.get(4L).intValue() + 4);
            Map<String, Long> symbols = new HashMap<>();
            for (int i = 1; i < count; i++) {
                int symbol = symtab + 24 * i;
                symbols.put(string(bytes, strtab + image.getInt(symbol)), image.getLong(symbol + 8));
            }
            return symbols;
        }

        static Map<Long, Long> dynamic(ByteBuffer image) {
            Map<Long, Long> entries = new HashMap<>();
            for (int i = 0; i < image.getShort(56); i++) {
                int header = 64 + 56 * i;
                if (image.getInt(header) == 2) {
                    int at = (int) image.getLong(header + 8);
                    for (; image.getLong(at) != 0; at += 16) {
                        entries.put(image.getLong(at), image.getLong(at + 8));
                    }
                }
            }
            return entries;
        }

        static String string(byte[] bytes, int at) {
            int end = at;
            while (bytes[end] != 0) {
                end++;
            }
            return new String(bytes, at, end - at, java.nio.charset.StandardCharsets.ISO_8859_1);
        }
    }
}
