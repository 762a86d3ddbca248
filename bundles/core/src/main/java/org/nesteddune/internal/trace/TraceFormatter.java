package org.nesteddune.internal.trace;

import org.nesteddune.arch.GuestAbi;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.kernel.ExitStatus;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/**
 * Writes what a guest does as lines in the manner of strace(1). One a guest ABI; immutable, safe for any thread. No method
 * throws for anything that a guest can pass.
 */
public final class TraceFormatter {

    private final GuestAbi abi;
    private final Structures structures;

    /** @param abi the guest's, or null if only what is the same everywhere can be decoded */
    public TraceFormatter(GuestAbi abi) {
        this.abi = abi;
        this.structures = new Structures(abi);
    }

    /**
     * Takes down a call before it is carried out: everything that the guest passes in is read now.
     *
     * @param syscall the row that serves it, or null if there is none: then the arguments are bare numbers
     * @param name canonical name, or null if the number has none
     * @param arguments read now, not kept
     * @param memory the guest's, kept for {@link TraceLine#finish}
     */
    public TraceLine begin(Syscall syscall, String name, SyscallArguments arguments, GuestMemory memory) {
        return new TraceLine(abi, structures, syscall, name, arguments, memory);
    }

    /** {@code --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10} ---}, when a signal is delivered. */
    public static String signal(SignalInfo info) {
        String name = Text.signal(info.signal());
        StringBuilder line = new StringBuilder("--- ").append(name).append(" {si_signo=").append(name)
                .append(", si_code=").append(SignalCodes.name(info.signal(), info.code()));
        if (SignalCodes.hasAddress(info.signal(), info.code())) {
            if (info.code() != Signal.SI_KERNEL) {
                line.append(", si_addr=").append(Text.address(info.address()));
            }
        } else if (info.code() != Signal.SI_KERNEL) {
            line.append(", si_pid=").append(info.pid()).append(", si_uid=").append(info.uid());
            if (info.signal() == Signal.SIGCHLD && info.code() > 0) {
                line.append(", si_status=").append(info.value());
            } else if (info.code() == Signal.SI_QUEUE) {
                line.append(", si_value=").append(Text.hex(info.value()));
            }
        }
        return line.append("} ---").toString();
    }

    /** {@code +++ exited with 0 +++} or {@code +++ killed by SIGSEGV +++}. */
    public static String end(ExitStatus status) {
        return status.signal() == 0
                ? "+++ exited with " + status.code() + " +++"
                : "+++ killed by " + Text.signal(status.signal()) + (status.coreDumped() ? " (core dumped) +++" : " +++");
    }

    /** Puts {@code [pid N]} before a line, for a trace of more than one thread. */
    public static String withPid(int pid, String line) {
        return "[pid " + pid + "] " + line;
    }
}
