package org.nesteddune.linux;

/**
 * Signals in the generic numbering, the flags of sigaction(2) and the codes of siginfo_t. Source: {@code
 * include/uapi/asm-generic/signal.h}, {@code signal-defs.h}, {@code siginfo.h}. MIPS numbers differ. Real-time
 * signals are SIGRTMIN to NSIG. Constants only: stateless, safe for any thread.
 */
public final class Signal {
    // Signals
    public static final int SIGHUP = 1;
    public static final int SIGINT = 2;
    public static final int SIGQUIT = 3;
    public static final int SIGILL = 4;
    public static final int SIGTRAP = 5;
    public static final int SIGABRT = 6;
    public static final int SIGBUS = 7;
    public static final int SIGFPE = 8;
    public static final int SIGKILL = 9;
    public static final int SIGUSR1 = 10;
    public static final int SIGSEGV = 11;
    public static final int SIGUSR2 = 12;
    public static final int SIGPIPE = 13;
    public static final int SIGALRM = 14;
    public static final int SIGTERM = 15;
    public static final int SIGSTKFLT = 16;
    public static final int SIGCHLD = 17;
    public static final int SIGCONT = 18;
    public static final int SIGSTOP = 19;
    public static final int SIGTSTP = 20;
    public static final int SIGTTIN = 21;
    public static final int SIGTTOU = 22;
    public static final int SIGURG = 23;
    public static final int SIGXCPU = 24;
    public static final int SIGXFSZ = 25;
    public static final int SIGVTALRM = 26;
    public static final int SIGPROF = 27;
    public static final int SIGWINCH = 28;
    public static final int SIGIO = 29;
    public static final int SIGPWR = 30;
    public static final int SIGSYS = 31;
    public static final int SIGRTMIN = 32;
    public static final int NSIG = 64;
    /** {@code _NSIG} of MIPS, which has more than all others ({@code arch/mips/include/uapi/asm/signal.h}). */
    public static final int MIPS_NSIG = 128;

    // Handlers that are none
    public static final int SIG_DFL = 0;
    public static final int SIG_IGN = 1;

    // sigprocmask
    public static final int SIG_BLOCK = 0;
    public static final int SIG_UNBLOCK = 1;
    public static final int SIG_SETMASK = 2;

    // sigaction flags
    public static final int SA_NOCLDSTOP = 0x1;
    public static final int SA_NOCLDWAIT = 0x2;
    public static final int SA_SIGINFO = 0x4;
    public static final int SA_EXPOSE_TAGBITS = 0x800;
    public static final int SA_ONSTACK = 0x8000000;
    public static final int SA_RESTART = 0x10000000;
    public static final int SA_NODEFER = 0x40000000;
    public static final int SA_RESETHAND = 0x80000000;
    public static final int SA_NOMASK = 0x40000000;
    public static final int SA_ONESHOT = 0x80000000;
    public static final int SA_RESTORER = 0x4000000;

    // sigaltstack
    public static final int MINSIGSTKSZ = 0x800;
    public static final int SIGSTKSZ = 0x2000;
    public static final int SS_ONSTACK = 0x1;
    public static final int SS_DISABLE = 0x2;
    public static final int SS_AUTODISARM = 0x80000000;

    // Whom pidfd_send_signal means (linux/pidfd.h)
    public static final int PIDFD_SIGNAL_THREAD = 1;
    public static final int PIDFD_SIGNAL_THREAD_GROUP = 2;
    public static final int PIDFD_SIGNAL_PROCESS_GROUP = 4;

    // Codes of any signal
    public static final int SI_USER = 0;
    public static final int SI_KERNEL = 128;
    public static final int SI_QUEUE = -1;
    public static final int SI_TIMER = -2;
    public static final int SI_MESGQ = -3;
    public static final int SI_ASYNCIO = -4;
    public static final int SI_SIGIO = -5;
    public static final int SI_TKILL = -6;
    public static final int SI_DETHREAD = -7;
    public static final int SI_ASYNCNL = -60;

    // SIGILL
    public static final int ILL_ILLOPC = 1;
    public static final int ILL_ILLOPN = 2;
    public static final int ILL_ILLADR = 3;
    public static final int ILL_ILLTRP = 4;
    public static final int ILL_PRVOPC = 5;
    public static final int ILL_PRVREG = 6;
    public static final int ILL_COPROC = 7;
    public static final int ILL_BADSTK = 8;
    public static final int ILL_BADIADDR = 9;

    // SIGFPE
    public static final int FPE_INTDIV = 1;
    public static final int FPE_INTOVF = 2;
    public static final int FPE_FLTDIV = 3;
    public static final int FPE_FLTOVF = 4;
    public static final int FPE_FLTUND = 5;
    public static final int FPE_FLTRES = 6;
    public static final int FPE_FLTINV = 7;
    public static final int FPE_FLTSUB = 8;
    public static final int FPE_FLTUNK = 14;
    public static final int FPE_CONDTRAP = 15;

    // SIGSEGV
    public static final int SEGV_MAPERR = 1;
    public static final int SEGV_ACCERR = 2;
    public static final int SEGV_BNDERR = 3;
    public static final int SEGV_PKUERR = 4;
    public static final int SEGV_ACCADI = 5;
    public static final int SEGV_ADIDERR = 6;
    public static final int SEGV_ADIPERR = 7;
    public static final int SEGV_MTEAERR = 8;
    public static final int SEGV_MTESERR = 9;

    // SIGBUS
    public static final int BUS_ADRALN = 1;
    public static final int BUS_ADRERR = 2;
    public static final int BUS_OBJERR = 3;
    public static final int BUS_MCEERR_AR = 4;
    public static final int BUS_MCEERR_AO = 5;

    // SIGTRAP
    public static final int TRAP_BRKPT = 1;
    public static final int TRAP_TRACE = 2;
    public static final int TRAP_BRANCH = 3;
    public static final int TRAP_HWBKPT = 4;
    public static final int TRAP_UNK = 5;
    public static final int TRAP_PERF = 6;

    // SIGCHLD
    public static final int CLD_EXITED = 1;
    public static final int CLD_KILLED = 2;
    public static final int CLD_DUMPED = 3;
    public static final int CLD_TRAPPED = 4;
    public static final int CLD_STOPPED = 5;
    public static final int CLD_CONTINUED = 6;

    // SIGIO
    public static final int POLL_IN = 1;
    public static final int POLL_OUT = 2;
    public static final int POLL_MSG = 3;
    public static final int POLL_ERR = 4;
    public static final int POLL_PRI = 5;
    public static final int POLL_HUP = 6;

    // SIGSYS
    public static final int SYS_SECCOMP = 1;
    public static final int SYS_USER_DISPATCH = 2;

    // Where a sigevent goes
    public static final int SIGEV_SIGNAL = 0;
    public static final int SIGEV_NONE = 1;
    public static final int SIGEV_THREAD = 2;
    public static final int SIGEV_THREAD_ID = 4;
    public static final int SIGEV_MAX_SIZE = 64;
    public static final int SIGEV_PAD_SIZE = 12;

    private static final String[] NAMES = {null, "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS",
        "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD",
        "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF",
        "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS"};

    /** Whether the number is that of a signal, from 1 to NSIG. */
    public static boolean isValid(int signal) {
        return signal >= 1 && signal <= NSIG;
    }

    /** The bit of a signal in a 64-bit signal set as the kernel has it. */
    public static long bit(int signal) {
        return 1L << (signal - 1);
    }

    /** The name of a signal: SIGSEGV, SIGRTMIN+3; the number with a word before it when there is no such signal. */
    public static String name(int signal) {
        if (signal >= 1 && signal < NAMES.length) {
            return NAMES[signal];
        }
        if (signal == SIGRTMIN) {
            return "SIGRTMIN";
        }
        return signal > SIGRTMIN && signal <= MIPS_NSIG ? "SIGRTMIN+" + (signal - SIGRTMIN) : "signal " + signal;
    }

    /** The number of a signal by its name with or without SIG, in any case, or by its decimal number; 0 when there is none. */
    public static int number(String name) {
        String wanted = name.trim().toUpperCase(java.util.Locale.ROOT);
        if (!wanted.startsWith("SIG")) {
            wanted = "SIG" + wanted;
        }
        for (int signal = 1; signal <= MIPS_NSIG; signal++) {
            if (wanted.equals(name(signal)) || wanted.equals("SIG" + signal)) {
                return signal;
            }
        }
        return 0;
    }

    private Signal() {
    }
}
