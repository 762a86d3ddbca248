package org.nesteddune.fs;

import static org.nesteddune.host.SyscallNumbers.SYS_rt_sigprocmask;
import static org.nesteddune.host.SyscallNumbers.SYS_rt_sigtimedwait;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/**
 * Takes what the host's kernel can say by signals alone: that somebody wants a file whose lease a guest has (F_SETLEASE), and
 * that a directory has changed (F_NOTIFY). The signals go to a thread that has them blocked and waits for them, never to the
 * runtime as a whole. The thread is there only while it is needed. Thread-safe.
 */
final class HostMessages {

    /** A real-time signal that neither the C library nor the JVM uses, nor {@link org.nesteddune.host.KickSignal}. */
    private static final int NUMBER = 41;

    /** {@code siginfo_t}: its bytes, and where si_code and si_fd are (asm-generic/siginfo.h). */
    private static final int SIGINFO = 128;

    private static final int CODE = 8;
    private static final int DESCRIPTOR = 24;

    /** Bytes in the kernel's {@code sigset_t}. */
    private static final int SIGSET = 8;

    private final Map<Integer, FileSignals> listening = new HashMap<>();
    private Session session;

    /**
     * Sees to it that what the host says about a file arrives. It is done before the host is asked to say anything: from
     * then on the signals have an owner, and the host does not choose the runtime for it.
     *
     * @param descriptor the file's host descriptor
     */
    synchronized void listen(int descriptor, FileSignals whose) {
        if (session == null) {
            session = new Session();
            session.begin();
        }
        try (NativeBuffer owner = new NativeBuffer(8)) { // struct f_owner_ex: type, id
            Memory.putInt(owner.address(), Fcntl.F_OWNER_TID);
            Memory.putInt(owner.address() + 4, session.tid);
            ErrnoException.check(Linux.fcntl(descriptor, Fcntl.F_SETSIG, NUMBER));
            ErrnoException.check(Linux.fcntl(descriptor, Fcntl.F_SETOWN_EX, owner.address()));
        }
        listening.put(descriptor, whose);
    }

    /** The file is closed. */
    synchronized void forget(int descriptor) {
        if (listening.remove(descriptor) != null) {
            Linux.fcntl(descriptor, Fcntl.F_SETOWN, 0);
        }
        if (listening.isEmpty() && session != null) {
            session.end();
            session = null;
        }
    }

    private synchronized FileSignals find(int descriptor) {
        return listening.get(descriptor);
    }

    private synchronized List<FileSignals> all() {
        return List.copyOf(listening.values());
    }

    /** The thread that waits. */
    private final class Session extends Thread {

        private final CountDownLatch ready = new CountDownLatch(1);
        private volatile int tid;

        Session() {
            super("dune host messages");
            setDaemon(true);
        }

        void begin() {
            start();
            boolean interrupted = false;
            while (ready.getCount() > 0) {
                try {
                    ready.await();
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        void end() {
            Linux.tgkill((int) Linux.getpid(), tid, NUMBER);
        }

        @Override
        public void run() {
            try (NativeBuffer buffer = new NativeBuffer(SIGINFO + SIGSET)) {
                long info = buffer.address();
                long set = info + SIGINFO;
                // With too many signals in its queue the kernel sends SIGIO instead, which would end the runtime.
                Memory.putLong(set, Signal.bit(NUMBER) | Signal.bit(Signal.SIGIO));
                Linux.call(SYS_rt_sigprocmask, Signal.SIG_BLOCK, set, 0, SIGSET);
                tid = (int) Linux.gettid();
                ready.countDown();
                // Whatever is left when it ends, the JVM unblocks: only the signal that ends it may end it, and it is the last.
                for (; ; ) {
                    long signal = Linux.call(SYS_rt_sigtimedwait, set, info, 0, SIGSET);
                    if (signal == NUMBER && Memory.getInt(info + CODE) == Signal.SI_TKILL) {
                        return;
                    }
                    if (signal == Signal.SIGIO) {
                        all().forEach(FileSignals::message);
                    } else if (signal == NUMBER && Memory.getInt(info + CODE) == Signal.POLL_MSG) {
                        FileSignals whose = find(Memory.getInt(info + DESCRIPTOR));
                        if (whose != null) {
                            whose.message();
                        }
                    }
                }
            }
        }
    }
}
