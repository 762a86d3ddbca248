package org.nesteddune.host;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Prctl;
import org.nesteddune.linux.Resource;
import org.nesteddune.linux.Signal;

/**
 * Signals that this process gets, heard by Java code on a thread of its own, with what the kernel says of each: a key of the
 * terminal is told from a {@code kill}. While somebody listens the signals have no other effect, those that the JVM wants for
 * itself (SIGQUIT) included.
 *
 * <p>Java code cannot run in a signal's context, and {@code sun.misc.Signal} neither tells who sent a signal nor takes
 * SIGQUIT. On x86-64 the handler is therefore a few instructions that write the {@code siginfo_t} into a pipe; elsewhere it
 * is {@code sun.misc.Signal} after all. One listener at a time. Thread-safe.
 */
public final class HostSignals implements AutoCloseable {

    /**
     * A signal that has come.
     *
     * @param signal its number
     * @param code {@code si_code}: SI_KERNEL (0x80) from the terminal, 0 or less from a process
     * @param sender the pid of the process that sent it, if one did
     */
    public record Received(int signal, int code, int sender) {

        /** Whether the kernel itself sent it, as it does for the keys and the window of a terminal. */
        public boolean isFromKernel() {
            return code > 0;
        }
    }

    /** Bytes of a {@code siginfo_t} ({@code SI_MAX_SIZE}). */
    private static final int INFO_SIZE = 128;
    private static final int INFO_SIGNAL = 0;
    private static final int INFO_CODE = 8;
    private static final int INFO_PID = 16;

    /** struct sigaction of glibc and musl on all 64-bit hosts but MIPS: handler, a mask of 128 bytes, flags, restorer. */
    private static final int ACTION_SIZE = 152;
    private static final int ACTION_FLAGS = 136;

    /** Handlers are the process's, so there is one who has them. */
    private static final AtomicReference<HostSignals> USER = new AtomicReference<>();

    private final Consumer<Received> listener;
    private final Map<Integer, NativeBuffer> previous = new LinkedHashMap<>();
    private final Map<sun.misc.Signal, sun.misc.SignalHandler> previousInJava = new LinkedHashMap<>();
    private Thread reader;

    private HostSignals(Consumer<Received> listener) {
        this.listener = listener;
    }

    /**
     * Begins to listen. Signals that this process ignores, as {@code nohup} makes it, stay ignored; those that the host
     * refuses are left out.
     *
     * @param listener called on a thread of its own, one signal after the other; must not throw
     * @return null if somebody listens already
     */
    public static HostSignals listen(int[] signals, Consumer<Received> listener) {
        HostSignals made = new HostSignals(listener);
        if (!USER.compareAndSet(null, made)) {
            return null;
        }
        if (isNative()) {
            made.takeNatively(signals);
        } else {
            made.takeInJava(signals);
        }
        return made;
    }

    private static boolean isNative() {
        String machine = System.getProperty("os.arch");
        return machine.equals("amd64") || machine.equals("x86_64");
    }

    // By the pipe.

    private void takeNatively(int[] signals) {
        reader = new Thread(this::read, "host-signals");
        reader.setDaemon(true);
        reader.start();
        try (NativeBuffer action = new NativeBuffer(ACTION_SIZE)) {
            Memory.putLong(action.address(), Pipe.HANDLER.address());
            Memory.putInt(action.address() + ACTION_FLAGS,
                Signal.SA_SIGINFO | Signal.SA_RESTART | Signal.SA_ONSTACK);
            for (int signal : signals) {
                NativeBuffer old = new NativeBuffer(ACTION_SIZE);
                boolean taken = LibC.sigaction(signal, 0, old.address()) == 0
                    && Memory.getLong(old.address()) != Signal.SIG_IGN
                    && LibC.sigaction(signal, action.address(), 0) == 0;
                if (taken) {
                    previous.put(signal, old);
                } else {
                    old.close();
                }
            }
        }
    }

    private void read() {
        try (NativeBuffer info = new NativeBuffer(INFO_SIZE)) {
            for (; ; ) {
                long length = Linux.read(Pipe.READ_END, info.address(), INFO_SIZE);
                if (length == -Errno.EINTR) {
                    continue;
                }
                int signal = Memory.getInt(info.address() + INFO_SIGNAL);
                if (length != INFO_SIZE || signal == 0) {
                    return;
                }
                int code = Memory.getInt(info.address() + INFO_CODE);
                listener.accept(new Received(signal, code, code > 0 ? 0 : Memory.getInt(info.address() + INFO_PID)));
            }
        }
    }

    /**
     * Does what a stop signal does by default: stops this process, until somebody sends it SIGCONT. Called by a listener. An
     * orphaned process group is not stopped by what the keyboard sends; the call returns at once then.
     *
     * @param signal SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU
     */
    public void stop(int signal) {
        try (NativeBuffer action = new NativeBuffer(ACTION_SIZE); NativeBuffer old = new NativeBuffer(ACTION_SIZE)) {
            boolean handled = signal != Signal.SIGSTOP
                && LibC.sigaction(signal, action.address(), old.address()) == 0;
            // To this thread, so that it has taken effect before the handler is back.
            Linux.tgkill((int) Linux.getpid(), (int) Linux.gettid(), signal);
            if (handled) {
                LibC.sigaction(signal, old.address(), 0);
            }
        }
    }

    /**
     * Ends this process by a signal, without a core dump, so that whoever waits for it sees what ended it. Returns only if the
     * signal does not end processes.
     */
    public static void end(int signal) {
        try (NativeBuffer action = new NativeBuffer(ACTION_SIZE); NativeBuffer words = new NativeBuffer(16)) {
            Linux.prlimit64(0, Resource.RLIMIT_CORE, words.address(), 0);
            // The limit is not asked where dumps go to a program.
            Linux.call(SyscallNumbers.SYS_prctl, Prctl.PR_SET_DUMPABLE, 0);
            LibC.sigaction(signal, action.address(), 0);
            // The JVM's threads block SIGQUIT.
            Memory.putLong(words.address(), Signal.bit(signal));
            Linux.call(SyscallNumbers.SYS_rt_sigprocmask, Signal.SIG_UNBLOCK, words.address(), 0, 8);
            Linux.tgkill((int) Linux.getpid(), (int) Linux.gettid(), signal);
        }
    }

    /** Gives the signals back to whoever had them. What has come until now is heard before this returns. */
    @Override
    public void close() {
        previous.forEach((signal, old) -> {
            LibC.sigaction(signal, old.address(), 0);
            old.close();
        });
        previous.clear();
        previousInJava.forEach(sun.misc.Signal::handle);
        previousInJava.clear();
        if (reader != null) {
            Pipe.end();
            if (Thread.currentThread() != reader) {
                try {
                    reader.join();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
            reader = null;
        }
        USER.compareAndSet(this, null);
    }

    /**
     * The pipe and the handler. They are made once and stay: a handler that still runs on some thread must find its code.
     * The class initialiser is the once.
     */
    private static final class Pipe {
        static final int READ_END;
        static final NativeCode HANDLER;
        private static final int WRITE_END;

        static {
            try (NativeBuffer ends = new NativeBuffer(8)) {
                HostException.check("pipe2", Linux.pipe2(ends.address(), OpenFlags.O_CLOEXEC));
                READ_END = Memory.getInt(ends.address());
                WRITE_END = Memory.getInt(ends.address() + 4);
                // A full pipe must not hold up the thread that was interrupted.
                Linux.fcntl(WRITE_END, org.nesteddune.linux.Fcntl.F_SETFL, OpenFlags.O_NONBLOCK);
                HANDLER = new NativeCode(handler(WRITE_END));
            }
        }

        private Pipe() {
        }

        /** {@code void handler(int signal, siginfo_t *info, void *context)}: writes the information to a descriptor. */
        private static byte[] handler(int descriptor) {
            return new byte[] {
                (byte) 0xf3, 0x0f, 0x1e, (byte) 0xfa, // endbr64
                (byte) 0xbf, (byte) descriptor, (byte) (descriptor >> 8), (byte) (descriptor >> 16),
                (byte) (descriptor >> 24), // mov edi, descriptor; rsi has the information
                (byte) 0xba, (byte) INFO_SIZE, 0, 0, 0, // mov edx, size
                (byte) 0xb8, (byte) SyscallNumbers.SYS_write, 0, 0, 0, // mov eax, SYS_write
                0x0f, 0x05, // syscall
                (byte) 0xc3, // ret
            };
        }

        /** Makes the reader end: a message about no signal. */
        static void end() {
            try (NativeBuffer info = new NativeBuffer(INFO_SIZE)) {
                while (Linux.write(WRITE_END, info.address(), INFO_SIZE) == -Errno.EAGAIN) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    // By the JVM.

    private void takeInJava(int[] signals) {
        for (int number : signals) {
            try {
                sun.misc.Signal signal = new sun.misc.Signal(Signal.name(number).substring("SIG".length()));
                previousInJava.put(signal, sun.misc.Signal.handle(signal, each -> heard(number)));
            } catch (IllegalArgumentException unknown) {
                // This JVM wants the signal for itself, or has no name for it.
            }
        }
    }

    private synchronized void heard(int signal) {
        boolean key = switch (signal) {
            case Signal.SIGINT, Signal.SIGQUIT, Signal.SIGTSTP, Signal.SIGWINCH, Signal.SIGHUP -> true;
            default -> false;
        };
        listener.accept(new Received(signal, key ? Signal.SI_KERNEL : Signal.SI_USER, 0));
    }
}
