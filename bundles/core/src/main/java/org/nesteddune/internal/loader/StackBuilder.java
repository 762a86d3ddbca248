package org.nesteddune.internal.loader;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.nesteddune.linux.Auxv;
import org.nesteddune.linux.Errno;
import org.nesteddune.memory.GuestMemory;

/**
 * The first contents of a program's stack, from high to low addresses (create_elf_tables of fs/binfmt_elf.c):
 *
 * <pre>
 * 8 zero bytes
 * the executable's path, as AT_EXECFN points to it
 * environment strings, argument strings
 * platform string, 16 random bytes
 * auxiliary vector: pairs of words, ended by AT_NULL
 * environment pointers, NULL
 * argument pointers, NULL
 * argc                                              &lt;- stack pointer, a multiple of 16
 * </pre>
 */
final class StackBuilder {

    private final GuestMemory memory;
    private final long lowest;
    private final List<long[]> auxiliary = new ArrayList<>();
    private long pointer;

    /** @param size bytes that arguments, environment and vectors may take in all */
    StackBuilder(GuestMemory memory, long top, long size) {
        this.memory = memory;
        this.lowest = top - size;
        this.pointer = top - 8;
    }

    /** The finished stack. */
    record Stack(
            long pointer,
            long argumentsStart,
            long argumentsEnd,
            long environmentStart,
            long environmentEnd,
            byte[] arguments,
            byte[] environment,
            byte[] auxiliaryVector) {}

    void auxiliary(int type, long value) {
        auxiliary.add(new long[] {type, value});
    }

    /** Pushes bytes and gives their address. */
    private long push(byte[] bytes) throws LoadException {
        pointer -= bytes.length;
        if (pointer < lowest) {
            throw new LoadException(Errno.E2BIG, "argument list and environment are too long for the stack");
        }
        memory.write(pointer, bytes, 0, bytes.length);
        return pointer;
    }

    private long push(String string) throws LoadException {
        return push((string + '\0').getBytes(StandardCharsets.ISO_8859_1));
    }

    Stack build(List<String> arguments, List<String> environment, String execfn, String platform, byte[] random)
            throws LoadException {
        auxiliary(Auxv.AT_EXECFN, push(execfn));
        byte[] environmentBytes = join(environment);
        long environmentStart = push(environmentBytes);
        byte[] argumentBytes = join(arguments);
        long argumentsStart = push(argumentBytes);
        if (platform != null) {
            auxiliary(Auxv.AT_PLATFORM, push(platform));
        }
        pointer &= -16;
        auxiliary(Auxv.AT_RANDOM, push(random));
        auxiliary(Auxv.AT_NULL, 0);

        int words = 1 + arguments.size() + 1 + environment.size() + 1 + 2 * auxiliary.size();
        ByteBuffer table = ByteBuffer.allocate(words * 8).order(ByteOrder.LITTLE_ENDIAN);
        table.putLong(arguments.size());
        pointers(table, arguments, argumentsStart);
        pointers(table, environment, environmentStart);
        int vectorAt = table.position();
        auxiliary.forEach(pair -> table.putLong(pair[0]).putLong(pair[1]));
        pointer = (pointer - table.capacity() & -16) + table.capacity();
        long stackPointer = push(table.array());
        byte[] vector = java.util.Arrays.copyOfRange(table.array(), vectorAt, table.capacity());
        return new Stack(
                stackPointer,
                argumentsStart,
                argumentsStart + argumentBytes.length,
                environmentStart,
                environmentStart + environmentBytes.length,
                argumentBytes,
                environmentBytes,
                vector);
    }

    private static void pointers(ByteBuffer table, List<String> strings, long start) {
        long at = start;
        for (String string : strings) {
            table.putLong(at);
            at += string.length() + 1;
        }
        table.putLong(0);
    }

    private static byte[] join(List<String> strings) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String string : strings) {
            all.writeBytes(string.getBytes(StandardCharsets.ISO_8859_1));
            all.write(0);
        }
        return all.toByteArray();
    }
}
