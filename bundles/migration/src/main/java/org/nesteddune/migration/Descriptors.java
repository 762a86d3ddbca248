package org.nesteddune.migration;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.escape.EscapeException;
import org.nesteddune.fs.FileOwner;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Process;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Fcntl;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Socket;

/**
 * Passes descriptors to the new process by its socket (SCM_RIGHTS of unix(7)). A descriptor that arrives is the same open file
 * description as here: offset, flags and locks of flock(2) are its own. It gets the lowest free number, so that it is known
 * beforehand; the socket itself has a number above all.
 */
final class Descriptors {

    /** Descriptors in one message; the kernel takes 253. */
    private static final int BATCH = 128;

    /** The socket lies at least this high, so that a batch has room below. */
    private static final int LEAST_SOCKET = 256;

    // struct msghdr and struct cmsghdr of 64-bit machines
    private static final int HEADER = 56;
    private static final int VECTOR = 16;
    private static final int CONTROL_HEADER = 16;

    private final Shell shell;
    private final Script script;
    private final int socket;

    /** @param highest the guest's highest descriptor, or −1 */
    Descriptors(Shell shell, Script script, int highest) {
        this.shell = shell;
        this.script = script;
        this.socket = Math.max(LEAST_SOCKET, highest + 1);
    }

    /** The number of the process's end of the socket. */
    int socket() {
        return socket;
    }

    /** Closes all but the socket. */
    void begin() throws EscapeException {
        script.expect(socket, "dup3", "use descriptor " + socket, shell.otherSocket(), socket, OpenFlags.O_CLOEXEC);
        script.add("close_range", "close descriptors", 0, socket - 1, 0);
        script.add("close_range", "close descriptors", socket + 1, 0xffffffffL, 0);
        script.run();
    }

    /**
     * Passes descriptors of this process; in the new one they are 0 and upwards, where none is open.
     *
     * @param own at most {@value #BATCH}
     */
    void pass(List<Integer> own) throws EscapeException {
        if (own.isEmpty()) {
            return;
        }
        send(own);
        int control = CONTROL_HEADER + own.size() * Integer.BYTES;
        script.room(1, HEADER + VECTOR + 8 + control + 4 * 16);
        long payload = script.space(8);
        long vector = script.space(VECTOR);
        Memory.putLong(script.own(vector), payload);
        Memory.putLong(script.own(vector) + 8, 1);
        long rights = script.space(control);
        long header = script.space(HEADER);
        fillHeader(script.own(header), vector, rights, control);
        script.expect(1, "recvmsg", "receive descriptors", socket, header, Socket.MSG_CMSG_CLOEXEC);
        script.run();
        for (int i = 0; i < own.size(); i++) {
            // The table is as it was until the next call is added.
            if (Memory.getInt(script.own(rights) + CONTROL_HEADER + 4L * i) != i) {
                throw new EscapeException("the native process received descriptor "
                        + Memory.getInt(script.own(rights) + CONTROL_HEADER + 4L * i) + " instead of " + i);
            }
        }
    }

    private static void fillHeader(long header, long vector, long control, int length) {
        Memory.putLong(header + 16, vector);
        Memory.putLong(header + 24, 1);
        Memory.putLong(header + 32, control);
        Memory.putLong(header + 40, length);
    }

    private void send(List<Integer> own) throws EscapeException {
        int control = CONTROL_HEADER + own.size() * Integer.BYTES;
        try (NativeBuffer message = new NativeBuffer(HEADER + VECTOR + 8 + control + 8)) {
            long header = message.address();
            long vector = header + HEADER;
            long payload = vector + VECTOR;
            long rights = payload + 8;
            Memory.putLong(vector, payload);
            Memory.putLong(vector + 8, 1);
            Memory.putLong(rights, control);
            Memory.putInt(rights + 8, Socket.SOL_SOCKET);
            Memory.putInt(rights + 12, Socket.SCM_RIGHTS);
            for (int i = 0; i < own.size(); i++) {
                Memory.putInt(rights + CONTROL_HEADER + 4L * i, own.get(i));
            }
            fillHeader(header, vector, rights, control);
            long result = Linux.call(SyscallNumbers.SYS_sendmsg, shell.socket(), header, 0);
            if (Errno.isError(result)) {
                throw new EscapeException("descriptors could not be passed: " + Errno.text((int) -result));
            }
        }
    }

    /** Closes what {@link #pass} brought. */
    void closePassed(int count) throws EscapeException {
        script.add("close_range", "close descriptors", 0, count - 1, 0);
    }

    /** Gives the process a guest's descriptors, each under its number. */
    void passAll(Process guest, DescriptorTable table, MadeAnew others) throws EscapeException {
        List<Integer> numbers = new ArrayList<>();
        List<Integer> anew = new ArrayList<>();
        table.forEach(number -> (isMadeAnew(table, number) ? anew : numbers).add(number));
        // From above: what arrives lies at or below where it belongs.
        for (int end = numbers.size(); end > 0; end -= BATCH) {
            List<Integer> batch = numbers.subList(Math.max(0, end - BATCH), end);
            List<OpenFile> files = new ArrayList<>();
            try {
                for (int number : batch) {
                    files.add(table.get(number));
                }
                pass(files.stream().map(OpenFile::hostDescriptor).toList());
                for (int i = batch.size() - 1; i >= 0; i--) {
                    place(script, i, batch.get(i), table.closeOnExec(batch.get(i)) == 1, true);
                    announce(guest, files.get(i), batch.get(i));
                }
            } finally {
                files.forEach(OpenFile::release);
            }
        }
        others.make(anew);
    }

    /** Where dune has sent the guest signals about a file (O_ASYNC), the host is to. */
    private void announce(Process guest, OpenFile file, int number) throws EscapeException {
        FileOwner owner = signalled(file);
        if (owner != null && owner.target() == guest) {
            String about = "be sent signals about descriptor " + number;
            script.add("fcntl", about, number, Fcntl.F_SETOWN, shell.pid());
            script.add("fcntl", about, number, Fcntl.F_SETSIG, file.signals().signal());
            script.add("fcntl", about, number, Fcntl.F_SETFL, file.statusFlags() | OpenFlags.O_ASYNC);
        }
    }

    /** Who is sent signals about a file; null if nobody is. */
    static FileOwner signalled(OpenFile file) {
        return file.isSignalling() ? file.signals().owner() : null;
    }

    private static boolean isMadeAnew(DescriptorTable table, int number) {
        OpenFile file = table.get(number);
        try {
            return MadeAnew.is(file);
        } finally {
            file.release();
        }
    }

    /**
     * Gives a descriptor its number and its flag.
     *
     * @param from where it is, with the flag set
     * @param move whether it is to be nowhere else
     */
    static void place(Script script, int from, int to, boolean closeOnExec, boolean move) throws EscapeException {
        if (from != to) {
            script.expect(to, "dup3", "use descriptor " + to, from, to, closeOnExec ? OpenFlags.O_CLOEXEC : 0);
            if (move) {
                script.add("close", "close a descriptor", from);
            }
        } else if (!closeOnExec) {
            script.add("fcntl", "set flags of descriptor " + to, to, 2, 0); // F_SETFD
        }
    }

    /** Closes the socket. */
    void end() throws EscapeException {
        script.add("close", "close a descriptor", socket);
        script.run();
    }
}
