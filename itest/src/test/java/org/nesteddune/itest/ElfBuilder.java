package org.nesteddune.itest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Makes small executables byte by byte, right ones and wrong ones, without a compiler. */
final class ElfBuilder {

    static final int HEADER = 64;
    static final int PROGRAM_HEADER = 56;
    static final long BASE = 0x400000;

    /** x86-64: write(1, "ok\n", 3); exit_group(0). */
    private static final byte[] CODE = {
        (byte) 0xb8, 1, 0, 0, 0, // mov $1, %eax
        (byte) 0xbf, 1, 0, 0, 0, // mov $1, %edi
        0x48, (byte) 0x8d, 0x35, 0x10, 0, 0, 0, // lea 16(%rip), %rsi
        (byte) 0xba, 3, 0, 0, 0, // mov $3, %edx
        0x0f, 0x05, // syscall
        (byte) 0xb8, (byte) 0xe7, 0, 0, 0, // mov $231, %eax
        0x31, (byte) 0xff, // xor %edi, %edi
        0x0f, 0x05, // syscall
        'o', 'k', '\n'
    };

    private ElfBuilder() {
    }

    /** A good executable with a number of program headers: the first loads the file, the others are PT_NULL. */
    static ByteBuffer program(int headers) {
        int code = HEADER + headers * PROGRAM_HEADER;
        ByteBuffer file = ByteBuffer.allocate(code + CODE.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0});
        file.putShort(16, (short) 2); // ET_EXEC
        file.putShort(18, (short) 62); // EM_X86_64
        file.putInt(20, 1);
        file.putLong(24, BASE + code);
        file.putLong(32, HEADER);
        file.putShort(52, (short) HEADER);
        file.putShort(54, (short) PROGRAM_HEADER);
        file.putShort(56, (short) headers);
        load(file, 0, 5, 0, BASE, file.capacity(), file.capacity());
        System.arraycopy(CODE, 0, file.array(), code, CODE.length);
        return file;
    }

    /** Makes a program header a PT_LOAD. */
    static void load(ByteBuffer file, int index, int flags, long offset, long address, long fileSize, long memorySize) {
        int at = HEADER + index * PROGRAM_HEADER;
        file.putInt(at, 1);
        file.putInt(at + 4, flags);
        file.putLong(at + 8, offset);
        file.putLong(at + 16, address);
        file.putLong(at + 24, address);
        file.putLong(at + 32, fileSize);
        file.putLong(at + 40, memorySize);
        file.putLong(at + 48, 4096);
    }

    /** Writes a file that may be executed. */
    static Path write(Path path, byte[] content) throws IOException {
        Files.write(path, content);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        return path;
    }
}
