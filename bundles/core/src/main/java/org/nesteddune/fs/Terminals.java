package org.nesteddune.fs;

import java.util.HashMap;
import java.util.Map;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.Ioctl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;

/** The terminals of a dune, each there once however often it is open. Thread-safe. */
public final class Terminals {

    /** UNIX98_PTY_SLAVE_MAJOR and the last of the majors that follow it ({@code linux/major.h}). */
    private static final int FIRST_PTY_MAJOR = 136;

    private static final int LAST_PTY_MAJOR = 143;

    /** /dev/tty, 5:0 of {@code devices.txt}: whatever terminal controls the process that opens it. */
    static final long CURRENT = FileStatus.encode(5, 0);

    /** /dev/ptmx, 5:2. */
    static final long MULTIPLEXER = FileStatus.encode(5, 2);

    private static final String CURRENT_PATH = "/dev/tty";

    private final Map<Terminal.Key, Terminal> known = new HashMap<>();

    /** Whether a device number is that of a pseudo-terminal, on the side that programs use. */
    static boolean isPseudo(long device) {
        int major = FileStatus.major(device);
        return major >= FIRST_PTY_MAJOR && major <= LAST_PTY_MAJOR;
    }

    /** The number of a pseudo-terminal in its devpts. */
    static int number(long device) {
        return (FileStatus.major(device) - FIRST_PTY_MAJOR << 20) + FileStatus.minor(device);
    }

    /** Whether a host descriptor is one of a terminal. */
    static boolean isTerminal(int descriptor) {
        try (NativeBuffer value = new NativeBuffer(INT)) {
            return Linux.ioctl(descriptor, Ioctl.TIOCGDEV & 0xffffffffL, value.address()) == 0;
        }
    }

    /**
     * The terminal that the runtime was started on, which is its controlling one.
     *
     * @return with a reference for the caller; null if there is none
     */
    public Terminal own() {
        for (int descriptor = 0; descriptor <= 2; descriptor++) {
            Terminal terminal = controls(descriptor) ? ofNode(descriptor) : null;
            if (terminal != null) {
                return terminal;
            }
        }
        int descriptor = (int) openPath(CURRENT_PATH, OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK);
        if (descriptor < 0) {
            return null;
        }
        try {
            return byNumber(descriptor);
        } finally {
            Linux.close(descriptor);
        }
    }

    /** The runtime's own terminal by its device number, where no descriptor of its node is at hand. */
    private Terminal byNumber(int descriptor) {
        long device = deviceOf(descriptor);
        if (device < 0) {
            return null;
        }
        if (isPseudo(device)) {
            int node = (int) openPath("/dev/pts/" + number(device), OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK);
            if (node >= 0) {
                try {
                    // A devpts may have been mounted over the one that the terminal is from.
                    Terminal terminal = controls(node) ? ofNode(node) : null;
                    if (terminal != null) {
                        return terminal;
                    }
                } finally {
                    Linux.close(node);
                }
            }
        }
        return find(new Terminal.Key(0, device), -1, true);
    }

    /**
     * The terminal behind a host descriptor of the side that programs use.
     *
     * @return with a reference for the caller; null if it is none
     */
    Terminal of(int descriptor) {
        Terminal terminal = ofNode(descriptor);
        if (terminal != null) {
            return terminal;
        }
        return controls(descriptor) ? own() : null;
    }

    /** The same by the node that the descriptor was opened by; null for /dev/tty, which says nothing. */
    private Terminal ofNode(int descriptor) {
        FileStatus status = status(descriptor);
        if (status == null || !Stat.S_ISCHR(status.mode) || status.specialDevice == CURRENT) {
            return null;
        }
        if (isPseudo(status.specialDevice)) {
            int node = (int) openPath(HostBuffer.descriptorPath(descriptor), OpenFlags.O_PATH);
            return find(new Terminal.Key(status.device, status.specialDevice), node, controls(descriptor));
        }
        long device = deviceOf(descriptor);
        if (device < 0) {
            return null;
        }
        int node = (int) openPath(HostBuffer.descriptorPath(descriptor), OpenFlags.O_PATH);
        return find(new Terminal.Key(0, device), node, controls(descriptor));
    }

    /**
     * The terminal whose master a host descriptor is.
     *
     * @return with a reference for the caller; null if the host does not tell
     */
    Terminal ofMaster(int descriptor) {
        long node = Linux.ioctl(descriptor, Ioctl.TIOCGPTPEER, OpenFlags.O_PATH | OpenFlags.O_CLOEXEC);
        if (node < 0) {
            long device = deviceOf(descriptor);
            node = device < 0 ? device : openPath("/dev/pts/" + number(device), OpenFlags.O_PATH);
        }
        if (node < 0) {
            return null;
        }
        FileStatus status = status((int) node);
        if (status == null) {
            Linux.close((int) node);
            return null;
        }
        return find(new Terminal.Key(status.device, status.specialDevice), (int) node, false);
    }

    /** Finds or makes; the node's descriptor is taken over. */
    private synchronized Terminal find(Terminal.Key key, int node, boolean own) {
        Terminal terminal = known.get(key);
        // A number is given again when the pseudo-terminal that had it is gone.
        if (terminal != null && !isGone(terminal)) {
            terminal.users++;
            if (node >= 0) {
                Linux.close(node);
            }
            return terminal;
        }
        Terminal made = new Terminal(this, key, node, own);
        known.put(key, made);
        return made;
    }

    synchronized void retain(Terminal terminal) {
        terminal.users++;
    }

    synchronized void release(Terminal terminal) {
        if (--terminal.users == 0) {
            known.remove(terminal.key(), terminal);
            if (terminal.node() >= 0) {
                Linux.close(terminal.node());
            }
        }
    }

    synchronized boolean isGone(Terminal terminal) {
        if (terminal.users == 0) {
            return true;
        }
        FileStatus status = terminal.node() < 0 ? null : status(terminal.node());
        return status != null && status.links == 0;
    }

    /** Under the monitor, so that the node's descriptor is not closed meanwhile; opening a terminal does not wait here. */
    synchronized long open(Terminal terminal, long flags) {
        if (terminal.users == 0) {
            return -Errno.EIO;
        }
        // Its own terminal a process may open whoever it belongs to.
        String path = terminal.isOwn() ? CURRENT_PATH : HostBuffer.descriptorPath(terminal.node());
        long descriptor = openPath(path, flags | OpenFlags.O_NONBLOCK);
        if (descriptor >= 0 && (flags & OpenFlags.O_NONBLOCK) == 0) {
            Linux.fcntl((int) descriptor, Fcntl.F_SETFL, flags);
        }
        return descriptor;
    }

    /** How many there are. */
    synchronized int count() {
        return known.size();
    }

    // The host.

    private static final int INT = 4;

    private static boolean controls(int descriptor) {
        try (NativeBuffer value = new NativeBuffer(INT)) {
            return Linux.ioctl(descriptor, Ioctl.TIOCGSID, value.address()) == 0
                    && Linux.ioctl(descriptor, Ioctl.TIOCGPTN & 0xffffffffL, value.address()) != 0;
        }
    }

    /** The device number of the terminal behind a descriptor, or a negated error number. */
    private static long deviceOf(int descriptor) {
        try (NativeBuffer value = new NativeBuffer(INT)) {
            long result = Linux.ioctl(descriptor, Ioctl.TIOCGDEV & 0xffffffffL, value.address());
            return result < 0 ? result : Memory.getInt(value.address()) & 0xffffffffL;
        }
    }

    private static FileStatus status(int descriptor) {
        try (NativeBuffer buffer = new NativeBuffer(HostStatus.STATX_SIZE + 1)) {
            FileStatus status = new FileStatus();
            return HostStatus.query(descriptor, buffer.address(), status) == 0 ? status : null;
        }
    }

    private static long openPath(String path, long flags) {
        try (NativeBuffer name = NativeBuffer.ofCString(path)) {
            return Linux.openat(Fcntl.AT_FDCWD, name.address(),
                    (int) flags | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC, 0);
        }
    }
}
