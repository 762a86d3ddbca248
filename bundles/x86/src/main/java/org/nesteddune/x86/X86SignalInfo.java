package org.nesteddune.x86;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.linux.Signal;

/**
 * A {@code siginfo_t} in its 64-bit layout. Which parts a signal has follows from its number and code as in {@code
 * siginfo_layout} of {@code kernel/signal.c}; offsets: {@code include/uapi/asm-generic/siginfo.h}. Stateless.
 *
 * <pre>
 * 0 si_signo  4 si_errno  8 si_code
 *           16           20          24         32         40
 * kill      si_pid       si_uid
 * queue     si_pid       si_uid      si_value
 * timer     si_tid       si_overrun  si_value
 * child     si_pid       si_uid      si_status  si_utime   si_stime
 * fault     si_addr                  si_addr_lsb
 * poll      si_band                  si_fd
 * seccomp   si_call_addr             si_syscall, 28 si_arch
 * </pre>
 */
final class X86SignalInfo {

    /** AUDIT_ARCH_X86_64 of {@code uapi/linux/audit.h}. */
    private static final int AUDIT_ARCH = 0xc000003e;

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private X86SignalInfo() {
    }

    /**
     * Writes the structure's 128 bytes, which are 0 before.
     *
     * @param signal the number as the guest knows it
     */
    static void write(byte[] target, int at, int signal, SignalInfo info) {
        INT.set(target, at, signal);
        INT.set(target, at + 8, info.code());
        int code = info.code();
        if (code > Signal.SI_USER && code < Signal.SI_KERNEL) {
            fromKernel(target, at, signal, info);
        } else if (code == Signal.SI_TIMER) {
            INT.set(target, at + 16, (int) (info.address() >>> 32));
            INT.set(target, at + 20, (int) info.address());
            LONG.set(target, at + 24, info.value());
        } else if (code == Signal.SI_SIGIO) {
            poll(target, at, info);
        } else {
            INT.set(target, at + 16, info.pid());
            INT.set(target, at + 20, info.uid());
            if (code < 0) {
                LONG.set(target, at + 24, info.value());
            }
        }
    }

    /** A code that belongs to the signal itself. */
    private static void fromKernel(byte[] target, int at, int signal, SignalInfo info) {
        switch (signal) {
            case Signal.SIGILL, Signal.SIGFPE, Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGTRAP -> fault(target, at, signal, info);
            case Signal.SIGCHLD -> child(target, at, info);
            case Signal.SIGSYS -> {
                LONG.set(target, at + 16, info.address());
                INT.set(target, at + 24, (int) info.value());
                INT.set(target, at + 28, AUDIT_ARCH);
            }
            default -> {
                // Any signal may be chosen for a child's end by clone, and for I/O by F_SETSIG, with SIGIO's codes.
                if (info.pid() != 0) {
                    child(target, at, info);
                } else {
                    poll(target, at, info);
                }
            }
        }
    }

    private static void child(byte[] target, int at, SignalInfo info) {
        INT.set(target, at + 16, info.pid());
        INT.set(target, at + 20, info.uid());
        INT.set(target, at + 24, (int) info.value());
        LONG.set(target, at + 32, info.userTime());
        LONG.set(target, at + 40, info.systemTime());
    }

    private static void fault(byte[] target, int at, int signal, SignalInfo info) {
        LONG.set(target, at + 16, info.address());
        if (signal == Signal.SIGBUS
                && (info.code() == Signal.BUS_MCEERR_AR || info.code() == Signal.BUS_MCEERR_AO)) {
            SHORT.set(target, at + 24, (short) info.value());
        } else if (signal == Signal.SIGSEGV && info.code() == Signal.SEGV_PKUERR) {
            INT.set(target, at + 32, (int) info.value());
        }
    }

    private static void poll(byte[] target, int at, SignalInfo info) {
        LONG.set(target, at + 16, info.address());
        INT.set(target, at + 24, (int) info.value());
    }
}
