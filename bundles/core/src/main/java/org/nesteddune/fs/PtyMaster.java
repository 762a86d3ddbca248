package org.nesteddune.fs;

import java.util.Arrays;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Session;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;

/**
 * The side of a pseudo-terminal where somebody sits: what is written here has been typed. Keys that mean a signal are
 * looked for, and the end of this side is the end of the line.
 */
final class PtyMaster extends TerminalFile {

    private static final int CHUNK = 4096;
    private static final int IOVEC = 16;

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
        long result = super.write(io, address, length);
        if (result > 0 && io instanceof Task task && isListenedTo(task)) {
            typed(task, new long[] {address, length}, result);
        }
        return result;
    }

    @Override
    public long writeVector(IoContext io, long vector, int count, long offset, int flags) {
        long[] parts = null;
        if (io instanceof Task task && isListenedTo(task)) {
            // The transfer overwrites the vector.
            parts = new long[2 * count];
            for (int i = 0; i < count; i++) {
                parts[2 * i] = Memory.getLong(vector + (long) i * IOVEC);
                parts[2 * i + 1] = Memory.getLong(vector + (long) i * IOVEC + 8);
            }
        }
        long result = super.writeVector(io, vector, count, offset, flags);
        if (result > 0 && parts != null) {
            typed((Task) io, parts, result);
        }
        return result;
    }

    /** Whether there is a foreground group that a key could mean. */
    private boolean isListenedTo(Task task) {
        Line own = line(task.process().table());
        Session session = own.terminal() == null ? null : own.jobs().session(own.terminal());
        return session != null && session.foreground() != null;
    }

    /** @param parts addresses and lengths by turns */
    private void typed(Task task, long[] parts, long total) {
        TerminalSettings settings = TerminalSettings.of(hostDescriptor());
        if (settings == null) {
            return;
        }
        Line own = line(task.process().table());
        byte[] bytes = new byte[(int) Math.min(CHUNK, total)];
        long rest = total;
        for (int i = 0; i < parts.length && rest > 0; i += 2) {
            long end = parts[i] + Math.min(parts[i + 1], rest);
            for (long at = parts[i]; at < end; ) {
                int length = (int) Math.min(bytes.length, end - at);
                task.memory().read(at, bytes, 0, length);
                own.terminal().typing().typed(settings, bytes, length, signal ->
                        own.jobs().signalForeground(own.terminal(), signal));
                at += length;
                rest -= length;
            }
        }
        Arrays.fill(bytes, (byte) 0); // passwords are typed here
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
