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

    /** Guest's socket type with its SOCK_NONBLOCK and SOCK_CLOEXEC to the generic one. */
    default int socketTypeFromGuest(int type) {
        return type;
    }

    /** Generic socket type to the guest's. */
    default int socketTypeToGuest(int type) {
        return type;
    }

    /** Guest's level of a socket option or control message to the generic one (SOL_SOCKET). */
    default int socketLevelFromGuest(int level) {
        return level;
    }

    /** Generic level of a socket option or control message to the guest's. */
    default int socketLevelToGuest(int level) {
        return level;
    }

    /**
     * Guest's socket option to the generic one.
     *
     * @param level the generic level
     */
    default int socketOptionFromGuest(int level, int option) {
        return option;
    }

    /** Guest's signal number to the generic one. */
    default int signalFromGuest(int signal) {
        return signal;
    }

    /** Generic signal number to the guest's. */
    default int signalToGuest(int signal) {
        return signal;
    }

    /** A set of guest's signals to one of generic ones. */
    default SignalSet signalSetFromGuest(SignalSet set) {
        return set;
    }

    /** A set of generic signals to one of the guest's. */
    default SignalSet signalSetToGuest(SignalSet set) {
        return set;
    }

    /** Bytes in the guest's {@code sigset_t} as system calls pass it, 8 or 16: a bit for each of its signals. */
    default int signalSetSize() {
        return Long.BYTES;
    }

    /** Whether the guest has a signal of this number, be it its own or the generic one. */
    default boolean isSignal(int number) {
        return number >= 1 && number <= signalSetSize() * Byte.SIZE;
    }

    /** Reads a {@code sigset_t}; the result is of generic signals. */
    default SignalSet readSignalSet(GuestMemory memory, long address) {
        boolean wide = signalSetSize() > Long.BYTES;
        return signalSetFromGuest(new SignalSet(memory.readLong(address), wide ? memory.readLong(address + Long.BYTES) : 0));
    }

    /** Writes a {@code sigset_t} of generic signals. */
    default void writeSignalSet(GuestMemory memory, long address, SignalSet set) {
        SignalSet guest = signalSetToGuest(set);
        memory.writeLong(address, guest.low());
        if (signalSetSize() > Long.BYTES) {
            memory.writeLong(address + Long.BYTES, guest.high());
        }
    }

    /** Events of {@code struct pollfd} to generic ones. */
    default int pollEventsFromGuest(int events) {
        return events;
    }

    /** Generic events to those of {@code struct pollfd}. */
    default int pollEventsToGuest(int events) {
        return events;
    }

    /** Bytes in the guest's {@code struct termios}, or {@code termios2} with speeds; 0 if both are as generic. */
    default int terminalSettingsSize(boolean speeds) {
        return 0;
    }

    /**
     * Terminal settings as generic headers have them: flags (16 bytes), line discipline, 19 characters, speeds (8).
     *
     * @param guest {@link #terminalSettingsSize} bytes
     */
    default byte[] terminalSettingsFromGuest(byte[] guest, boolean speeds) {
        return guest;
    }

    /**
     * Generic terminal settings as the guest has them.
     *
     * @param generic 36 bytes, 44 with speeds
     */
    default byte[] terminalSettingsToGuest(byte[] generic, boolean speeds) {
        return generic;
    }

    /** Whether {@code struct epoll_event} is packed (12 bytes; only x86-64) rather than 16 bytes. */
    default boolean packedEpollEvent() {
        return false;
    }

    /** Whether {@code clone} has the thread pointer before the child's tid (CONFIG_CLONE_BACKWARDS). */
    default boolean threadPointerBeforeChildTid() {
        return false;
    }

    /** Whether a spare word stands behind each time in {@code struct semid64_ds} (only x86-64). */
    default boolean paddedSemaphoreTimes() {
        return false;
    }

    /** A command of {@code shmctl}, {@code semctl} or {@code msgctl} without what says which structures are meant. */
    default int ipcCommandFromGuest(int command) {
        return command;
    }

    /** What addresses of System V shared memory are multiples of, in bytes (SHMLBA). */
    default long sharedMemoryAlignment(int pageSize) {
        return pageSize;
    }

    /** A command of {@code fcntl}; a number that none has for one that the guest does not know. */
    default int fileCommandFromGuest(int command) {
        return command;
    }

    /** A command of {@code ioctl}; a number that none has for one that the guest does not know. */
    default int deviceCommandFromGuest(int command) {
        return command;
    }

    /** A resource of {@code setrlimit}; a negative number for one that the guest does not know. */
    default int resourceFromGuest(int resource) {
        return resource;
    }

    /** What {@code rt_sigprocmask} is to do ({@code SIG_BLOCK} …); a negative number for what the guest does not know. */
    default int maskOperationFromGuest(int how) {
        return how;
    }

    /** Reads a {@code stack_t}. */
    default SignalFrames.AlternateStack readAlternateStack(GuestMemory memory, long address) {
        return new SignalFrames.AlternateStack(
                memory.readLong(address), memory.readInt(address + 8), memory.readLong(address + 16));
    }

    /** Writes a {@code stack_t}. */
    default void writeAlternateStack(GuestMemory memory, long address, SignalFrames.AlternateStack stack) {
        memory.writeLong(address, stack.base());
        memory.writeInt(address + 8, stack.flags());
        memory.writeInt(address + 12, 0);
        memory.writeLong(address + 16, stack.size());
    }

    /**
     * Writes a {@code struct statfs}.
     *
     * @param host address of the structure as {@code asm-generic/statfs.h} has it, 120 bytes of the caller's
     */
    default void writeFileSystemStatus(GuestMemory memory, long address, long host) {
        memory.writeFrom(address, host, 120);
    }

    /** Reads a {@code struct sigaction} as {@code rt_sigaction} passes it; the generic one has no restorer. */
    default SignalAction readSignalAction(GuestMemory memory, long address) {
        return GenericStructures.readSignalAction(memory, address);
    }

    /** Writes a {@code struct sigaction} as {@code rt_sigaction} passes it. */
    default void writeSignalAction(GuestMemory memory, long address, SignalAction action) {
        GenericStructures.writeSignalAction(memory, address, action);
    }

    /** Writes a {@code siginfo_t}, {@link SignalInfoLayout#SIZE} bytes. */
    default void writeSignalInfo(GuestMemory memory, long address, SignalInfo info) {
        SignalInfoLayout.write(memory, address, info, signalToGuest(info.signal()));
    }

    /**
     * Reads a {@code siginfo_t} that a program made itself.
     *
     * @param signal the generic number that it is to have
     */
    default SignalInfo readSignalInfo(GuestMemory memory, long address, int signal) {
        return SignalInfoLayout.read(memory, address, signal);
    }

    /** Writes a {@code struct stat}. */
    default void writeStat(GuestMemory memory, long address, FileStatus status) {
        GenericStructures.writeStat(memory, address, status);
    }

    /** Bytes in a {@code struct stat}. */
    default int statSize() {
        return GenericStructures.STAT_SIZE;
    }
}
