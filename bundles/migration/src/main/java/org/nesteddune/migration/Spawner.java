package org.nesteddune.migration;

import org.nesteddune.escape.EscapeException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.NativeCode;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Mman;
import org.nesteddune.linux.Signal;

/**
 * Starts a child of the runtime that executes a file which has no name. By posix_spawn(3) of the C library, which shares the
 * memory until the child executes and so costs nothing for the size of this process; a Java program cannot fork.
 */
final class Spawner {

    /** More than the C libraries' posix_spawn_file_actions_t and posix_spawnattr_t have. */
    private static final int STRUCTURE = 512;

    /** {@code spawn.h}. */
    private static final int POSIX_SPAWN_SETSIGDEF = 4;
    private static final int POSIX_SPAWN_SETSIGMASK = 8;

    /** Descriptors of ours are duplicated from here on, so that none is in another's way in the child. */
    private static final int HIGH = 10;

    private static final int SIGNAL_SET = 128;

    private Spawner() {}

    /** A file in memory with a content; the caller closes it. */
    static int memoryFile(String name, byte[] content, long size) throws EscapeException {
        try (NativeBuffer text = NativeBuffer.ofCString(name); NativeBuffer bytes = new NativeBuffer(content.length)) {
            int descriptor = (int) check("memfd_create", Linux.memfd_create(text.address(), Mman.MFD_CLOEXEC));
            boolean good = false;
            try {
                Memory.copyTo(bytes.address(), content, 0, content.length);
                check("ftruncate", Linux.ftruncate(descriptor, size));
                check("pwrite", Linux.pwrite(descriptor, bytes.address(), content.length, 0));
                good = true;
                return descriptor;
            } finally {
                if (!good) {
                    Linux.close(descriptor);
                }
            }
        }
    }

    /** Maps a file into this process, to be written; the caller unmaps it. */
    static long map(int descriptor, long length) throws EscapeException {
        return check("mmap", Linux.mmap(0, length, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED, descriptor, 0));
    }

    /**
     * Starts the child.
     *
     * @param program a descriptor of the file
     * @param first becomes its descriptor 3
     * @param second becomes its descriptor 4
     * @return its process id
     */
    static int spawn(int program, int first, int second) throws EscapeException {
        int one = -1;
        int two = -1;
        try (NativeBuffer actions = new NativeBuffer(STRUCTURE);
                NativeBuffer attributes = new NativeBuffer(STRUCTURE);
                NativeBuffer signals = new NativeBuffer(SIGNAL_SET);
                NativeBuffer path = NativeBuffer.ofCString("/proc/self/fd/" + program);
                NativeBuffer pointers = new NativeBuffer(32)) {
            one = (int) check("fcntl(F_DUPFD_CLOEXEC)", Linux.fcntl(first, Fcntl.F_DUPFD_CLOEXEC, HIGH));
            two = (int) check("fcntl(F_DUPFD_CLOEXEC)", Linux.fcntl(second, Fcntl.F_DUPFD_CLOEXEC, HIGH));
            call("posix_spawn_file_actions_init", actions.address());
            try {
                call("posix_spawnattr_init", attributes.address());
                call("posix_spawn_file_actions_adddup2", actions.address(), one, Shell.TABLE_DESCRIPTOR);
                call("posix_spawn_file_actions_adddup2", actions.address(), two, Shell.SOCKET_DESCRIPTOR);
                call("posix_spawnattr_setflags", attributes.address(), POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
                Memory.putLong(signals.address(), ~0L);
                call("posix_spawnattr_setsigdefault", attributes.address(), signals.address());
                // All but the one that its code stops by.
                Memory.putLong(signals.address(), ~(1L << Signal.SIGTRAP - 1));
                call("posix_spawnattr_setsigmask", attributes.address(), signals.address());
                Memory.putLong(pointers.address() + 8, path.address());
                call("posix_spawn", pointers.address(), path.address(), actions.address(), attributes.address(),
                        pointers.address() + 8, pointers.address() + 16);
                return Memory.getInt(pointers.address());
            } finally {
                NativeCode.callFunction(
                        NativeCode.libraryFunction("posix_spawn_file_actions_destroy"), actions.address());
            }
        } finally {
            close(one);
            close(two);
        }
    }

    private static void call(String function, long... arguments) throws EscapeException {
        int error = (int) NativeCode.callFunction(NativeCode.libraryFunction(function), arguments);
        if (error != 0) {
            throw new EscapeException("no native process can be started: " + function + ": " + Errno.text(error));
        }
    }

    static void close(int descriptor) {
        if (descriptor >= 0) {
            Linux.close(descriptor);
        }
    }

    static long check(String what, long result) throws EscapeException {
        if (Errno.isError(result)) {
            throw new EscapeException("no native process can be made: " + what + ": " + Errno.text((int) -result));
        }
        return result;
    }
}
