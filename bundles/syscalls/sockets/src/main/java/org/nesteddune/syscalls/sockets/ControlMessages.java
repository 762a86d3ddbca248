package org.nesteddune.syscalls.sockets;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Socket;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.socket.ControlHeader;
import org.nesteddune.socket.PassedFiles;
import org.nesteddune.socket.PeerCredentials;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.socket.UnixSocket;
import org.nesteddune.syscall.ErrnoException;

/**
 * Control messages: descriptors and credentials of guests in the place of the runtime's, everything else as it is.
 * Stateless.
 */
final class ControlMessages {

    /** SCM_MAX_FD of {@code net/scm.h}: descriptors in one message. */
    static final int MOST_DESCRIPTORS = 253;

    /** Bytes in {@code struct ucred}: pid, uid, gid. */
    private static final int UCRED = 12;

    /** Bytes that may be added to what a guest sends. */
    static final int EXTRA = 32;

    private ControlMessages() {}

    /**
     * Turns what a guest sends into what the host is to send.
     *
     * @param source host memory with the guest's messages
     * @param length of them
     * @param target host memory for the host's, {@link #EXTRA} bytes longer
     * @param parcel takes the files
     * @param receiver the guest's socket that will get it, or null
     * @return the length of the host's
     */
    static int toHost(
            Task task, SocketFile socket, long source, int length, long target, PassedFiles.Parcel parcel,
            UnixSocket receiver) {
        GuestAbi abi = task.architecture().abi();
        boolean checked = socket.unix() != null || socket.domain() == Socket.AF_NETLINK;
        PeerCredentials claimed = null;
        int descriptors = 0;
        long at = 0;
        long out = 0;
        while (at + ControlHeader.SIZE <= length) {
            long message = source + at;
            long size = ControlHeader.length(message);
            if (size < ControlHeader.SIZE || size > length - at) {
                throw new ErrnoException(Errno.EINVAL);
            }
            int level = abi.socketLevelFromGuest(ControlHeader.level(message));
            int type = ControlHeader.type(message);
            long data = size - ControlHeader.SIZE;
            boolean own = level == Socket.SOL_SOCKET
                    && (type == Socket.SCM_RIGHTS || type == Socket.SCM_CREDENTIALS);
            if (own && socket.unix() != null && type == Socket.SCM_RIGHTS) {
                int count = (int) (data / Integer.BYTES);
                descriptors += count;
                if (descriptors > MOST_DESCRIPTORS) {
                    throw new ErrnoException(Errno.EINVAL);
                }
                if (count > 0) {
                    ControlHeader.put(target + out, (long) count * Integer.BYTES, level, type);
                    for (int i = 0; i < count; i++) {
                        long place = ControlHeader.SIZE + (long) i * Integer.BYTES;
                        int descriptor = Memory.getInt(message + place);
                        Memory.putInt(target + out + place, parcel.add(task.descriptors().get(descriptor)));
                    }
                    out += ControlHeader.space((long) count * Integer.BYTES);
                }
            } else if (own && checked) {
                if (type == Socket.SCM_RIGHTS || data != UCRED) {
                    throw new ErrnoException(Errno.EINVAL);
                }
                claimed = claim(task, message + ControlHeader.SIZE);
            } else if (!own) {
                Granted.checkOption(task, level, type, true);
                Memory.copy(message, target + out, size);
                ControlHeader.put(target + out, data, level, type);
                out += ControlHeader.align(size);
            }
            at += ControlHeader.align(size);
        }
        boolean names = receiver != null && receiver.passesCredentials() && descriptors < MOST_DESCRIPTORS;
        return (int) (names ? name(task, target, out, parcel, claimed) : out);
    }

    /** Adds who sends; gives the new length. */
    private static long name(Task task, long target, long out, PassedFiles.Parcel parcel, PeerCredentials claimed) {
        PeerCredentials sender = claimed != null ? claimed : PeerCredentials.real(task);
        int carrier = parcel.own(Sockets.table(task).credentials().write(sender));
        ControlHeader.put(target + out, Integer.BYTES, Socket.SOL_SOCKET, Socket.SCM_RIGHTS);
        Memory.putInt(target + out + ControlHeader.SIZE, carrier);
        return out + ControlHeader.space(Integer.BYTES);
    }

    /** Checks credentials that a guest claims ({@code scm_check_creds} of {@code net/core/scm.c}). */
    private static PeerCredentials claim(Task task, long ucred) {
        int pid = Memory.getInt(ucred);
        int uid = Memory.getInt(ucred + 4);
        int gid = Memory.getInt(ucred + 8);
        if (uid == -1 || gid == -1) {
            throw new ErrnoException(Errno.EINVAL);
        }
        Credentials own = task.credentials();
        boolean pidAllowed = pid == task.process().pid() || own.has(Capabilities.CAP_SYS_ADMIN);
        boolean uidAllowed = uid == own.uid() || uid == own.effectiveUid() || uid == own.savedUid()
                || own.has(Capabilities.CAP_SETUID);
        boolean gidAllowed = gid == own.gid() || gid == own.effectiveGid() || gid == own.savedGid()
                || own.has(Capabilities.CAP_SETGID);
        if (!pidAllowed || !uidAllowed || !gidAllowed) {
            throw new ErrnoException(Errno.EPERM);
        }
        if (task.process().table().process(pid) == null) {
            throw new ErrnoException(Errno.ESRCH);
        }
        return new PeerCredentials(pid, uid, gid, List.of());
    }

    /**
     * Messages on their way to a guest: where its buffer is, and how much of it is full. For one call.
     */
    static final class Out {

        private final Task task;
        private long address;
        private long room;
        private boolean truncated;

        Out(Task task, long address, long room) {
            this.task = task;
            this.address = address;
            this.room = room;
        }

        long address() {
            return address;
        }

        boolean isTruncated() {
            return truncated;
        }

        /** {@code put_cmsg} of {@code net/core/scm.c}. */
        private void put(int level, int type, long data, long size) {
            if (address == 0 || room < ControlHeader.SIZE) {
                truncated = true;
                return;
            }
            long length = ControlHeader.SIZE + size;
            if (room < length) {
                truncated = true;
                length = room;
            }
            try {
                header(level, type, length);
                task.memory().writeFrom(address + ControlHeader.SIZE, data, length - ControlHeader.SIZE);
            } catch (GuestFault bad) {
                return; // as the kernel, which takes no notice
            }
            advance(ControlHeader.space(size));
        }

        private void header(int level, int type, long length) {
            task.memory().writeLong(address, length);
            task.memory().writeInt(address + 8, task.architecture().abi().socketLevelToGuest(level));
            task.memory().writeInt(address + 12, type);
        }

        private void advance(long size) {
            long step = Math.min(size, room);
            address += step;
            room -= step;
        }

        /** {@code scm_detach_fds}: as many as there is room for, and descriptors are free. */
        private void putFiles(List<OpenFile> files, boolean cloexec, boolean incomplete) {
            long most = address == 0 || room <= ControlHeader.SIZE
                    ? 0
                    : (room - ControlHeader.SIZE) / Integer.BYTES;
            int done = 0;
            while (done < files.size() && done < most) {
                long number = task.descriptors().add(files.get(done).retain(), 0,
                        task.process().limits().openFiles(), cloexec);
                if (number < 0) {
                    break;
                }
                try {
                    task.memory().writeInt(
                            address + ControlHeader.SIZE + (long) done * Integer.BYTES, (int) number);
                } catch (GuestFault bad) {
                    task.descriptors().close((int) number);
                    break;
                }
                done++;
            }
            if (done > 0) {
                try {
                    header(Socket.SOL_SOCKET, Socket.SCM_RIGHTS,
                            ControlHeader.SIZE + (long) done * Integer.BYTES);
                    advance(ControlHeader.space((long) done * Integer.BYTES));
                } catch (GuestFault bad) {
                    // As the kernel, which takes no notice.
                }
            }
            truncated |= incomplete || done < files.size();
        }
    }

    /**
     * Gives a guest what the host has received.
     *
     * @param source host memory with the host's messages
     * @param length of them
     * @param cloexec whether descriptors are to be close-on-exec
     */
    static void fromHost(Task task, SocketFile socket, long source, long length, Out out, boolean cloexec) {
        List<OpenFile> files = new ArrayList<>();
        try {
            fromHost(task, socket, source, length, out, cloexec, files);
        } finally {
            files.forEach(OpenFile::release);
        }
    }

    private static void fromHost(
            Task task, SocketFile socket, long source, long length, Out out, boolean cloexec,
            List<OpenFile> files) {
        PeerCredentials sender = null;
        boolean rights = false;
        boolean lost = false;
        // Descriptors first: they must not stay in the runtime whatever happens, and may say who has sent.
        for (long at = 0; at + ControlHeader.SIZE <= length; at = next(source, at)) {
            if (is(source + at, Socket.SCM_RIGHTS)) {
                int count = (int) ((ControlHeader.length(source + at) - ControlHeader.SIZE) / Integer.BYTES);
                for (int i = 0; i < count; i++) {
                    int descriptor = Memory.getInt(source + at + ControlHeader.SIZE + (long) i * Integer.BYTES);
                    PeerCredentials named = i == count - 1 ? Sockets.table(task).credentials().read(descriptor) : null;
                    if (named != null) {
                        sender = named;
                        Linux.close(descriptor);
                        continue;
                    }
                    rights = true;
                    try {
                        files.add(Sockets.table(task).passed().receive(descriptor, task.process().fs()));
                    } catch (ErrnoException refused) {
                        lost = true;
                    }
                }
            } else if (is(source + at, Socket.SCM_PIDFD)) {
                Linux.close(Memory.getInt(source + at + ControlHeader.SIZE));
            }
        }
        for (long at = 0; at + ControlHeader.SIZE <= length; at = next(source, at)) {
            long message = source + at;
            if (is(message, Socket.SCM_RIGHTS)) {
                if (rights) {
                    out.putFiles(files, cloexec, lost);
                }
            } else if (is(message, Socket.SCM_CREDENTIALS)) {
                credentials(socket, message + ControlHeader.SIZE, sender);
                out.put(Socket.SOL_SOCKET, Socket.SCM_CREDENTIALS, message + ControlHeader.SIZE, UCRED);
            } else if (!is(message, Socket.SCM_PIDFD)) {
                out.put(ControlHeader.level(message), ControlHeader.type(message),
                        message + ControlHeader.SIZE, ControlHeader.length(message) - ControlHeader.SIZE);
            }
        }
    }

    private static long next(long source, long at) {
        return at + Math.max(ControlHeader.SIZE, ControlHeader.align(ControlHeader.length(source + at)));
    }

    private static boolean is(long message, int type) {
        return ControlHeader.level(message) == Socket.SOL_SOCKET && ControlHeader.type(message) == type;
    }

    /** Puts a guest's credentials where the host has the runtime's; a stranger has a pid of another namespace: 0. */
    private static void credentials(SocketFile socket, long ucred, PeerCredentials sender) {
        int pid = Memory.getInt(ucred);
        PeerCredentials known = sender;
        if (known == null && pid == Linux.getpid() && socket.unix() != null) {
            known = socket.unix().peer();
        }
        if (known != null) {
            Memory.putInt(ucred, known.pid());
            Memory.putInt(ucred + 4, known.uid());
            Memory.putInt(ucred + 8, known.gid());
        } else {
            Memory.putInt(ucred, 0);
        }
    }
}
