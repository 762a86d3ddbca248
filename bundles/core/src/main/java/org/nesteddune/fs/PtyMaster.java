package org.nesteddune.fs;

import static org.nesteddune.host.SyscallNumbers.SYS_ppoll;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Session;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Signal;

/**
 * The side of a pseudo-terminal where somebody sits: what is written here has been typed. Keys that mean a signal are
 * looked for, and the end of this side is the end of the line.
 */
final class PtyMaster extends TerminalFile {

    private static final int CHUNK = 4096;

    /** {@code struct pollfd} and {@code struct timespec}. */
    private static final int POLL_SIZE = 8;

    private static final int TIMESPEC_SIZE = 16;

    /** How often the host is asked for a flush, and the time between, a tenth of a second in all. */
    private static final int FLUSH_PATIENCE = 500;

    private static final long FLUSH_STEP_NANOS = 200_000;

    /** As {@link HostFile}. */
    PtyMaster(int descriptor, String path, int flags, FileStatus status, MountNamespace mounts, boolean fixed) {
        super(descriptor, path, flags, status, mounts, fixed);
    }

    private PtyMaster(int descriptor, PtyMaster known) {
        super(descriptor, known);
    }

    @Override
    public HostFile revive(int further) {
        return new PtyMaster(further, this);
    }

    @Override
    Terminal find(Terminals terminals) {
        return terminals.ofMaster(hostDescriptor());
    }

    @Override
    void closed(Line last) {
        if (last.terminal().isGone()) {
            last.jobs().hangUp(last.terminal());
        }
    }

    @Override
    void opened(org.nesteddune.kernel.Process process, int flags) {
        line(process.table());
    }

    // Transfers.

    @Override
    long checkRead(IoContext io) {
        return 0;
    }

    @Override
    long checkWrite(IoContext io) {
        return 0;
    }

    @Override
    public long write(IoContext io, long address, long length) {
        TerminalSettings settings = length > 0 && io instanceof Task task && isListenedTo(task) ? settings() : null;
        return settings == null ? super.write(io, address, length) : type((Task) io, settings, address, length);
    }

    @Override
    public long writeVector(IoContext io, long vector, int count, long offset, int flags) {
        boolean plain = flags != 0 || offset >= 0 || !(io instanceof Task task) || !isListenedTo(task);
        return plain
                ? super.writeVector(io, vector, count, offset, flags)
                : transferVector(io, vector, count, offset, flags, true);
    }

    /** Whether there is a foreground group that a key could mean. */
    private boolean isListenedTo(Task task) {
        Line own = line(task.process().table());
        Session session = own.terminal() == null ? null : own.jobs().session(own.terminal());
        return session != null && session.foreground() != null;
    }

    private TerminalSettings settings() {
        return TerminalSettings.of(hostDescriptor());
    }

    /** Writes up to each key that means a signal, sends that, and goes on. */
    private long type(Task task, TerminalSettings settings, long address, long length) {
        Line own = line(task.process().table());
        Typing typing = own.terminal().typing();
        byte[] bytes = new byte[(int) Math.min(CHUNK, length)];
        List<Integer> signals = new ArrayList<>();
        long total = 0;
        while (total < length) {
            int size = (int) GuestRange.clip(task.memory(), address + total, Math.min(CHUNK, length - total));
            task.memory().read(address + total, bytes, 0, size);
            int key = typing.find(settings, bytes, size);
            int wanted = key < 0 ? size : key + 1;
            long written = super.write(task, address + total, wanted);
            if (written <= 0) {
                total = total > 0 ? total : written;
                break;
            }
            int signal = typing.typed(settings, bytes, (int) written);
            if (signal != 0) {
                if (!settings.hasLocal(TerminalSettings.NOFLSH)) {
                    awaitFlush(own.terminal());
                }
                if (meansCaller(task, own)) {
                    signals.add(signal);
                } else {
                    own.jobs().signalForeground(own.terminal(), signal);
                }
            }
            total += written;
            if (written < wanted) {
                break;
            }
        }
        signals.forEach(signal -> own.jobs().signalForeground(own.terminal(), signal));
        Arrays.fill(bytes, (byte) 0); // passwords are typed here
        return total;
    }

    /** Whether a key's signal would interrupt the writer itself, which therefore gets it last. */
    private static boolean meansCaller(Task task, Line own) {
        Session session = own.jobs().session(own.terminal());
        return session != null && session.foreground() == task.process().group();
    }

    /**
     * Waits until the host has seen the key as well. It drops what was written and not read yet then, and must not drop what
     * those write who get the signal. The host works off what was typed on a thread of its own, for which asking for input on
     * the other side waits ({@code n_tty_poll}), unless there is some already; that goes by the key.
     */
    private static void awaitFlush(Terminal terminal) {
        long side = terminal.open(OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK);
        if (side < 0) {
            return;
        }
        try (NativeBuffer set = new NativeBuffer(POLL_SIZE + TIMESPEC_SIZE)) {
            for (int i = 0; i < FLUSH_PATIENCE; i++) {
                Memory.putInt(set.address(), (int) side);
                Memory.putInt(set.address() + 4, Poll.POLLIN);
                if (Linux.call(SYS_ppoll, set.address(), 1, set.address() + POLL_SIZE, 0, 0) != 1) {
                    return;
                }
                LockSupport.parkNanos(FLUSH_STEP_NANOS);
            }
        } finally {
            Linux.close((int) side);
        }
    }

    // Control.

    @Override
    public long ioctl(IoContext io, int command, long argument) {
        if (io instanceof Task task) {
            if (command == Ioctl.TIOCGPTPEER) {
                return openPeer(task, task.architecture().abi().openFlagsFromGuest((int) argument));
            }
            if (command == Ioctl.TIOCSIG) {
                return signal(task, (int) argument);
            }
        }
        return super.ioctl(io, command, argument);
    }

    @Override
    boolean changes(int command) {
        return changesSettings(command);
    }

    @Override
    boolean answers(Task task, Line own) {
        return true;
    }

    @Override
    long jobControl(Task task, Line own, int command, long argument) {
        // No process is controlled by this side.
        return command == Ioctl.TIOCNOTTY ? -Errno.ENOTTY : super.jobControl(task, own, command, argument);
    }

    /** {@code pty_signal} of {@code drivers/tty/pty.c}. */
    private long signal(Task task, int signal) {
        if (signal != Signal.SIGINT && signal != Signal.SIGQUIT && signal != Signal.SIGTSTP) {
            return -Errno.EINVAL;
        }
        Line own = line(task.process().table());
        if (own.terminal() != null) {
            own.jobs().signalForeground(own.terminal(), signal);
        }
        return 0;
    }

    /** Opens the other side without a name. */
    private long openPeer(Task task, int flags) {
        long host = Linux.ioctl(hostDescriptor(), Ioctl.TIOCGPTPEER, FileOpener.hostFlags(flags) | OpenFlags.O_CLOEXEC);
        if (host < 0) {
            return host;
        }
        Line own = line(task.process().table());
        String path = own.terminal() == null ? null : "/dev/pts/" + Terminals.number(own.terminal().device());
        HostFile file = HostFile.adopt((int) host, path);
        if (file instanceof TerminalFile terminal) {
            terminal.opened(task.process(), flags);
        }
        return task.descriptors().add(
                file, 0, task.process().limits().openFiles(), (flags & OpenFlags.O_CLOEXEC) != 0);
    }
}
