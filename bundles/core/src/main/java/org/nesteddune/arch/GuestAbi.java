package org.nesteddune.arch;

import org.nesteddune.memory.GuestMemory;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Numbers and structures in which architectures differ. The defaults are those of the kernel's {@code asm-generic}
 * headers for 64-bit machines; system-call families work with generic numbers and neutral structures only.
 */
@ConsumerType
public interface GuestAbi {

    /** Generic error number to the guest's. */
    default int errno(int generic) {
        return generic;
    }

    /** Guest's {@code open} flags to generic ones. */
    default int openFlagsFromGuest(int flags) {
        return flags;
    }

    /** Generic {@code open} flags to the guest's. */
    default int openFlagsToGuest(int flags) {
        return flags;
    }

    /** Guest's {@code mmap} flags to generic ones. */
    default int mapFlagsFromGuest(int flags) {
        return flags;
    }

    /** Guest's signal number to the generic one. */
    default int signalFromGuest(int signal) {
        return signal;
    }

    /** Generic signal number to the guest's. */
    default int signalToGuest(int signal) {
        return signal;
    }

    /** Bytes in the guest's {@code sigset_t} as system calls pass it. */
    default int signalSetSize() {
        return 8;
    }

    /** Whether {@code struct epoll_event} is packed (12 bytes; only x86-64) rather than 16 bytes. */
    default boolean packedEpollEvent() {
        return false;
    }

    /** Reads a {@code struct sigaction} as {@code rt_sigaction} passes it. */
    SignalAction readSignalAction(GuestMemory memory, long address);

    /** Writes a {@code struct sigaction} as {@code rt_sigaction} passes it. */
    void writeSignalAction(GuestMemory memory, long address, SignalAction action);

    /** Writes a {@code struct stat}. */
    void writeStat(GuestMemory memory, long address, FileStatus status);

    /** Bytes in a {@code struct stat}. */
    int statSize();
}
