package org.nesteddune.fs;

import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.JobControl;
import org.nesteddune.kernel.ProcessGroup;
import org.nesteddune.kernel.ProcessTable;
import org.nesteddune.kernel.Session;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;

/**
 * An open terminal. What is read, written and set is the host's; who may do so, and who gets the signals, is decided here,
 * because the host sees one process where there are many guests ({@code drivers/tty} of the kernel).
 */
class TerminalFile extends HostFile {

    private static final int WINDOW_SIZE = 8;

    /** The terminal, null if the host does not tell it, and the terminals and the job control of the dune that uses it. */
    record Line(Terminal terminal, Terminals all, JobControl jobs) {}

    private final FileStatus node;
    private volatile Line line;

    /**
     * As {@link HostFile}.
     *
     * @param status of the node that it was opened by, which may be {@code /dev/tty}; it is not changed any more
     */
    TerminalFile(
            int descriptor, String path, int flags, FileStatus status, MountNamespace mounts, boolean fixed) {
        super(descriptor, path, flags, status, mounts, fixed);
        node = status;
    }

    /** The same description anew. */
    TerminalFile(int descriptor, TerminalFile known) {
        super(descriptor, known);
        node = known.node;
        Line last = known.line;
        if (last != null) {
            line = new Line(find(last.all()), last.all(), last.jobs());
        }
    }

    @Override
    public HostFile revive(int further) {
        return new TerminalFile(further, this);
    }

    /** Whether it was opened as {@code /dev/tty}. */
    boolean isCurrent() {
        return node.specialDevice == Terminals.CURRENT;
    }

    @Override
    public long status(FileStatus status) {
        return asNode(super.status(status), status);
    }

    @Override
    public long status(long scratch, FileStatus status) {
        return asNode(super.status(scratch, status), status);
    }

    /** What was opened as /dev/tty shows itself as that. */
    private long asNode(long result, FileStatus status) {
        if (isCurrent()) {
            status.device = node.device;
            status.inode = node.inode;
            status.links = node.links;
            status.mode = node.mode;
            status.uid = node.uid;
            status.gid = node.gid;
            status.specialDevice = node.specialDevice;
        }
        return result;
    }

    /** Finds out which terminal it is, unless that is known. */
    final Line line(ProcessTable table) {
        Line known = line;
        if (known != null) {
            return known;
        }
        synchronized (this) {
            if (line == null) {
                line = new Line(find(table.terminals()), table.terminals(), table.jobs());
            }
            return line;
        }
    }

    /** The terminal behind the descriptor, with a reference; or null. */
    Terminal find(Terminals terminals) {
        return terminals.of(hostDescriptor());
    }

    /** What is done with the line when the description is closed. */
    void closed(Line last) {
        // Nothing, on the side that programs use.
    }

    @Override
    protected void close() {
        super.close();
        Line last = line;
        if (last != null && last.terminal() != null) {
            closed(last);
            last.terminal().release();
        }
    }

    @Override
    public int pumpDescriptor() {
        return -1;
    }

    /** The file has been opened by a process, which may get its controlling terminal by that. */
    void opened(org.nesteddune.kernel.Process process, int flags) {
        Line own = line(process.table());
        boolean readable = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_WRONLY;
        if (own.terminal() != null && readable && (flags & OpenFlags.O_NOCTTY) == 0) {
            own.jobs().opened(process, own.terminal());
        }
    }

    // Transfers.

    /** 0 if the task may do what only the foreground may; the signal says what. */
    final long check(IoContext io, int signal) {
        if (!(io instanceof Task task)) {
            return 0;
        }
        Line own = line(task.process().table());
        return own.terminal() == null ? 0 : own.jobs().check(task, own.terminal(), signal);
    }

    long checkRead(IoContext io) {
        return check(io, Signal.SIGTTIN);
    }

    long checkWrite(IoContext io) {
        if (!(io instanceof Task task)) {
            return 0;
        }
        Line own = line(task.process().table());
        if (own.terminal() == null || !own.jobs().isBackground(task, own.terminal())) {
            return 0;
        }
        TerminalSettings settings = TerminalSettings.of(hostDescriptor());
        return settings != null && settings.hasLocal(TerminalSettings.TOSTOP)
                ? own.jobs().check(task, own.terminal(), Signal.SIGTTOU)
                : 0;
    }

    @Override
    public long read(IoContext io, long address, long length) {
        long refusal = checkRead(io);
        return refusal != 0 ? refusal : super.read(io, address, length);
    }

    @Override
    public long readVector(IoContext io, long vector, int count, long offset, int flags) {
        long refusal = checkRead(io);
        return refusal != 0 ? refusal : super.readVector(io, vector, count, offset, flags);
    }

    @Override
    public long write(IoContext io, long address, long length) {
        long refusal = checkWrite(io);
        return refusal != 0 ? refusal : super.write(io, address, length);
    }

    @Override
    public long writeVector(IoContext io, long vector, int count, long offset, int flags) {
        long refusal = checkWrite(io);
        return refusal != 0 ? refusal : super.writeVector(io, vector, count, offset, flags);
    }

    // Control.

    @Override
    public long ioctl(IoContext io, int command, long argument) {
        if (!(io instanceof Task task)) {
            return super.ioctl(io, command, argument);
        }
        Line own = line(task.process().table());
        if (own.terminal() == null) {
            return super.ioctl(io, command, argument);
        }
        switch (command) {
            case Ioctl.TIOCSCTTY, Ioctl.TIOCNOTTY, Ioctl.TIOCGPGRP, Ioctl.TIOCSPGRP, Ioctl.TIOCGSID:
                if (hasHungUp()) {
                    return command == Ioctl.TIOCSPGRP ? -Errno.ENOTTY : -Errno.EIO;
                }
                return jobControl(task, own, command, argument);
            case Ioctl.TIOCSWINSZ:
                return resize(task, own, argument);
            default:
                long refusal = changes(command) ? own.jobs().check(task, own.terminal(), Signal.SIGTTOU) : 0;
                return refusal != 0 ? refusal : super.ioctl(io, command, argument);
        }
    }

    private boolean hasHungUp() {
        try (NativeBuffer value = new NativeBuffer(WINDOW_SIZE)) {
            return Linux.ioctl(hostDescriptor(), Ioctl.TIOCGWINSZ, value.address()) == -Errno.EIO;
        }
    }

    /** Whether a command changes the terminal in a way that only the foreground may. */
    boolean changes(int command) {
        return switch (command) {
            case Ioctl.TCSBRK, Ioctl.TCSBRKP, Ioctl.TIOCSBRK, Ioctl.TIOCCBRK, Ioctl.TCXONC, Ioctl.TCFLSH -> true;
            default -> changesSettings(command);
        };
    }

    static boolean changesSettings(int command) {
        return switch (command) {
            case Ioctl.TCSETS, Ioctl.TCSETSW, Ioctl.TCSETSF, Ioctl.TCSETS2, Ioctl.TCSETSW2, Ioctl.TCSETSF2, Ioctl.TCSETA,
                    Ioctl.TCSETAW, Ioctl.TCSETAF -> true;
            default -> false;
        };
    }

    /** Whether the caller may ask who has the terminal. */
    boolean answers(Task task, Line own) {
        return task.process().terminal() == own.terminal();
    }

    long jobControl(Task task, Line own, int command, long argument) {
        JobControl jobs = own.jobs();
        switch (command) {
            case Ioctl.TIOCSCTTY:
                return jobs.acquire(task.process(), own.terminal(), argument == 1, OpenFlags.isReadable(accessFlags()));
            case Ioctl.TIOCNOTTY:
                return jobs.giveUp(task.process(), own.terminal());
            case Ioctl.TIOCSPGRP:
                return jobs.setForeground(task, own.terminal(), task.memory().readInt(argument));
            default:
                Session session = jobs.session(own.terminal());
                if (!answers(task, own) || command == Ioctl.TIOCGSID && session == null) {
                    return -Errno.ENOTTY;
                }
                ProcessGroup foreground = session == null ? null : session.foreground();
                int group = foreground == null ? 0 : foreground.id();
                task.memory().writeInt(argument, command == Ioctl.TIOCGSID ? session.id() : group);
                return 0;
        }
    }

    /** A window that gets another size is announced; for the runtime's own terminal the host does so. */
    private long resize(Task task, Line own, long argument) {
        try (NativeBuffer size = new NativeBuffer(WINDOW_SIZE)) {
            long before = size(size);
            long result = super.ioctl(task, Ioctl.TIOCSWINSZ, argument);
            if (result == 0 && !own.terminal().isOwn() && size(size) != before) {
                own.jobs().signalForeground(own.terminal(), Signal.SIGWINCH);
            }
            return result;
        }
    }

    private long size(NativeBuffer buffer) {
        long result = Linux.ioctl(hostDescriptor(), Ioctl.TIOCGWINSZ, buffer.address());
        return result < 0 ? result : Memory.getLong(buffer.address());
    }
}
