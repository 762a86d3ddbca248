package org.nesteddune.arch;

import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestMemory;

/**
 * A {@code siginfo_t} in memory, 128 bytes, as {@code asm-generic/siginfo.h} lays it out on 64-bit machines:
 *
 * <pre>
 *  0 si_signo   4 si_errno   8 si_code   (12 padding)
 * 16 kill      pid  20 uid
 *    queue     pid  20 uid   24 value
 *    timer     tid  20 overrun 24 value
 *    child     pid  20 uid   24 status   32 utime 40 stime
 *    fault     addr                   32 lower 40 upper (SEGV_BNDERR)
 *    poll      band 24 fd
 *    system    call_addr 24 syscall 28 arch
 * </pre>
 *
 * Stateless.
 */
public final class SignalInfoLayout {

    /** Bytes in a {@code siginfo_t}. */
    public static final int SIZE = 128;

    private static final int SIGNO = 0;
    private static final int CODE = 8;
    private static final int FIRST = 16;
    private static final int SECOND = 20;
    private static final int VALUE = 24;
    private static final int USER_TIME = 32;
    private static final int SYSTEM_TIME = 40;
    private static final int LOWER = USER_TIME;
    private static final int UPPER = SYSTEM_TIME;

    private SignalInfoLayout() {
    }

    /** Writes all 128 bytes. {@code signal} is the guest's number of the signal. */
    public static void write(GuestMemory memory, long address, SignalInfo info, int signal) {
        memory.clear(address, SIZE);
        memory.writeInt(address + SIGNO, signal);
        memory.writeInt(address + CODE, info.code());
        if (info.code() > 0 && info.code() < Signal.SI_KERNEL) {
            switch (info.signal()) {
                case Signal.SIGILL, Signal.SIGFPE, Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGTRAP -> {
                    memory.writeLong(address + FIRST, info.address());
                    memory.writeLong(address + LOWER, info.userTime());
                    memory.writeLong(address + UPPER, info.systemTime());
                }
                case Signal.SIGCHLD -> child(memory, address, info);
                case Signal.SIGSYS -> {
                    memory.writeLong(address + FIRST, info.address());
                    memory.writeLong(address + VALUE, info.value());
                }
                // Any signal may be chosen for a child's end by clone, and for I/O by F_SETSIG, with SIGIO's codes.
                default -> {
                    if (info.pid() != 0) {
                        child(memory, address, info);
                    } else {
                        poll(memory, address, info);
                    }
                }
            }
        } else if (info.code() == Signal.SI_SIGIO) {
            poll(memory, address, info);
        } else if (info.code() == Signal.SI_TIMER) {
            memory.writeInt(address + FIRST, (int) (info.address() >>> 32));
            memory.writeInt(address + SECOND, (int) info.address());
            memory.writeLong(address + VALUE, info.value());
        } else if (info.code() < 0 && info.code() != Signal.SI_TKILL) {
            sender(memory, address, info);
            memory.writeLong(address + VALUE, info.value());
        } else {
            sender(memory, address, info);
        }
    }

    private static void child(GuestMemory memory, long address, SignalInfo info) {
        sender(memory, address, info);
        memory.writeInt(address + VALUE, (int) info.value());
        memory.writeLong(address + USER_TIME, info.userTime());
        memory.writeLong(address + SYSTEM_TIME, info.systemTime());
    }

    private static void poll(GuestMemory memory, long address, SignalInfo info) {
        memory.writeLong(address + FIRST, info.address());
        memory.writeInt(address + VALUE, (int) info.value());
    }

    private static void sender(GuestMemory memory, long address, SignalInfo info) {
        memory.writeInt(address + FIRST, info.pid());
        memory.writeInt(address + SECOND, info.uid());
    }

    /** Reads what a program gives to {@code rt_sigqueueinfo}. {@code signal} is the generic number of the signal. */
    public static SignalInfo read(GuestMemory memory, long address, int signal) {
        memory.readByte(address + SIZE - 1);
        return read(memory, address, signal, memory.readInt(address + CODE));
    }

    /** The same for an architecture that has {@code si_code}, given as the generic one, elsewhere. */
    public static SignalInfo read(GuestMemory memory, long address, int signal, int code) {
        memory.readByte(address + SIZE - 1);
        int first = memory.readInt(address + FIRST);
        int second = memory.readInt(address + SECOND);
        long value = memory.readLong(address + VALUE);
        long both = code == Signal.SI_TIMER
                ? (long) first << 32 | second & 0xffff_ffffL
                : memory.readLong(address + FIRST);
        return new SignalInfo(signal, code, first, second, value, both, 0, 0);
    }
}
