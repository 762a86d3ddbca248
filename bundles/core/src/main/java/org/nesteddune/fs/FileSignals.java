package org.nesteddune.fs;

import java.util.Set;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.host.EventPoll;
import org.nesteddune.host.HostException;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Signal;
import org.nesteddune.linux.Stat;
import org.nesteddune.syscall.ErrnoException;

/**
 * Signal-driven I/O of one open file description: its owner (F_SETOWN), its signal (F_SETSIG), whether it is on (O_ASYNC).
 * The host is not asked to send signals, because they would go to the runtime: a poll instance of the description's own
 * sees what happens there, and {@link FileNotifier} passes it on. Thread-safe.
 */
public final class FileSignals {

    /** What counts when it is on. */
    private static final int ALL = Poll.EPOLLIN | Poll.EPOLLOUT | Poll.EPOLLPRI | Poll.EPOLLRDHUP;

    /** Majors of terminals in the kernel's {@code devices.txt}: TTY, alternate TTY, UNIX98 pseudo-terminals. */
    private static final int TTY_MAJOR = 4;

    private static final int TTYAUX_MAJOR = 5;
    private static final int FIRST_PTY_MAJOR = 128;
    private static final int LAST_PTY_MAJOR = 143;

    /** Signals whose own codes would be mistaken for those of I/O (SIG_SPECIFIC_SICODES_MASK of linux/signal.h, without SIGIO). */
    private static final Set<Integer> OWN_CODES = Set.of(
            Signal.SIGILL, Signal.SIGFPE, Signal.SIGSEGV, Signal.SIGBUS, Signal.SIGTRAP, Signal.SIGCHLD, Signal.SIGSYS);

    private final int descriptor;
    private final boolean isSocket;
    private final boolean isTerminal;
    private final boolean supported;

    private FileOwner owner;
    private ProcessTable table;
    private int signal;
    private boolean on;
    private int shownDescriptor = -1;
    private EventPoll events;
    private int mask;
    private FileNotifier.Watch watch;
    private boolean closed;
    private HostMessages messages; // null until something is expected
    private int messageDescriptor;

    FileSignals(OpenFile file) {
        descriptor = file.hostDescriptor();
        int type = file instanceof HostFile host ? host.type() : 0;
        isSocket = type == Stat.S_IFSOCK;
        isTerminal = type == Stat.S_IFCHR && isTerminal(((HostFile) file).specialDevice());
        supported = descriptor >= 0
                && (isSocket || isTerminal || type == Stat.S_IFIFO || file.path().equals("anon_inode:inotify"));
    }

    private static boolean isTerminal(long device) {
        int major = (int) (device >>> 8 & 0xfff);
        return major == TTY_MAJOR || major == TTYAUX_MAJOR || major >= FIRST_PTY_MAJOR && major <= LAST_PTY_MAJOR;
    }

    /** Whether the kind of file can send signals at all, as those can that have {@code fasync} in the kernel. */
    public boolean isSupported() {
        return supported;
    }

    /** Whether it is a socket, whose owner can also be set by {@code ioctl}. */
    public boolean isSocket() {
        return isSocket;
    }

    /** Whether it is a terminal, which gets an owner by itself when signals are switched on. */
    public boolean isTerminal() {
        return isTerminal;
    }

    /** The owner, or null. */
    public synchronized FileOwner owner() {
        return owner;
    }

    /** Sets the owner; null for none. */
    public synchronized void owner(ProcessTable among, FileOwner value) {
        owner = value;
        table = among;
        adjust();
    }

    /** The signal that was chosen, 0 for SIGIO without particulars. */
    public synchronized int signal() {
        return signal;
    }

    /** Chooses the signal. */
    public synchronized void signal(int value) {
        signal = value;
    }

    /** Whether signals are switched on (O_ASYNC). */
    public synchronized boolean isOn() {
        return on;
    }

    /**
     * Switches signals on or off, where they are supported.
     *
     * @param number the descriptor that the signals name in {@code si_fd}
     */
    public synchronized void on(ProcessTable among, boolean value, int number) {
        on = value && supported;
        table = among;
        shownDescriptor = number;
        adjust();
    }

    /** What has to be looked at, given owner and switch. */
    private int wanted() {
        if (closed || owner == null || !supported) {
            return 0;
        }
        return on ? ALL : isSocket ? Poll.EPOLLPRI : 0;
    }

    private void adjust() {
        int wanted = wanted();
        if (mask == wanted) {
            return;
        }
        stop();
        if (wanted == 0) {
            return;
        }
        try {
            EventPoll made = new EventPoll();
            boolean good = false;
            try {
                made.add(descriptor, wanted | Poll.EPOLLET, 0);
                // What is there already is no news.
                made.await(0);
                watch = table.fileNotifier().watch(made, this);
                good = true;
            } finally {
                if (!good) {
                    made.close();
                }
            }
            events = made;
            mask = wanted;
        } catch (HostException full) {
            throw new ErrnoException(Errno.ENOMEM);
        }
    }

    private void stop() {
        if (events != null) {
            watch.close();
            events.close();
            events = null;
            mask = 0;
        }
    }

    /** Tells the owner what has happened since the last time. */
    void happened() {
        FileOwner to;
        ProcessTable among;
        int chosen;
        int number;
        boolean io;
        int seen;
        synchronized (this) {
            if (events == null) {
                return;
            }
            seen = events.await(0) == 0 ? 0 : events.events(0);
            to = owner;
            among = table;
            chosen = signal;
            number = shownDescriptor;
            io = on;
        }
        if (seen == 0) {
            return;
        }
        if (isSocket && (seen & Poll.EPOLLPRI) != 0) {
            to.signal(among, SignalInfo.kernel(Signal.SIGURG));
        }
        if (io) {
            to.signal(among, chosen == 0 ? SignalInfo.kernel(Signal.SIGIO) : particulars(chosen, seen, number));
        }
    }

    /**
     * Has the host tell what it tells about leases and changes of directories; the owner is told in its turn. To be called
     * before the host is asked for either.
     *
     * @param caller becomes the owner if there is none
     * @param number the descriptor that the signals name in {@code si_fd}
     */
    public void expectMessages(Task caller, int number) {
        synchronized (this) {
            if (owner == null) {
                owner = FileOwner.of(caller, Fcntl.F_OWNER_PID, caller.process().pid());
            }
            table = caller.process().table();
            messageDescriptor = number;
            if (messages != null) {
                return;
            }
            messages = table.fileNotifier().messages();
        }
        messages.listen(descriptor, this);
    }

    /** The host has told something. */
    void message() {
        FileOwner to;
        ProcessTable among;
        int chosen;
        int number;
        synchronized (this) {
            if (closed || owner == null) {
                return;
            }
            to = owner;
            among = table;
            chosen = signal;
            number = messageDescriptor;
        }
        int band = Poll.POLLIN | Poll.POLLRDNORM | Poll.POLLMSG;
        to.signal(among, chosen == 0 ? SignalInfo.kernel(Signal.SIGIO)
                : new SignalInfo(chosen, OWN_CODES.contains(chosen) ? Signal.SI_SIGIO : Signal.POLL_MSG, 0, 0, number,
                        band, 0, 0));
    }

    /** {@code do_send_sigio_to_task} and its {@code band_table}, fs/fcntl.c. */
    private static SignalInfo particulars(int signal, int seen, int number) {
        int code;
        int band;
        if ((seen & (Poll.EPOLLIN | Poll.EPOLLRDHUP)) != 0) {
            code = Signal.POLL_IN;
            band = Poll.POLLIN | Poll.POLLRDNORM;
        } else if ((seen & Poll.EPOLLHUP) != 0) {
            code = Signal.POLL_HUP;
            band = Poll.POLLHUP | Poll.POLLERR;
        } else if ((seen & Poll.EPOLLERR) != 0) {
            code = Signal.POLL_ERR;
            band = Poll.POLLERR;
        } else if ((seen & Poll.EPOLLPRI) != 0) {
            code = Signal.POLL_PRI;
            band = Poll.POLLPRI | Poll.POLLRDBAND;
        } else {
            code = Signal.POLL_OUT;
            band = Poll.POLLOUT | Poll.POLLWRNORM | Poll.POLLWRBAND;
        }
        return new SignalInfo(signal, OWN_CODES.contains(signal) ? Signal.SI_SIGIO : code, 0, 0, number, band, 0, 0);
    }

    /** The description is closed. */
    void close() {
        HostMessages told;
        synchronized (this) {
            closed = true;
            stop();
            told = messages;
        }
        if (told != null) {
            told.forget(descriptor);
        }
    }
}
