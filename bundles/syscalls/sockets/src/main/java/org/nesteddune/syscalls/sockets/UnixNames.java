package org.nesteddune.syscalls.sockets;

import static org.nesteddune.host.SyscallNumbers.SYS_bind;
import static org.nesteddune.host.SyscallNumbers.SYS_getsockname;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.nesteddune.AddressRule.Use;
import org.nesteddune.fs.FsContext;
import org.nesteddune.fs.HostFile;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Socket;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.socket.SocketTable;
import org.nesteddune.socket.SocketTable.NodeKey;
import org.nesteddune.socket.UnixSocket;
import org.nesteddune.syscall.ErrnoException;

/**
 * Names of UNIX sockets: the guest's, and those by which the host knows the same sockets. Both are kept as
 * {@link SocketTable} has them.
 *
 * <p>Paths are looked up as the guest sees the files, and the host is then given the file itself by its descriptor. The
 * host's abstract names are those of the guest whose root is the host's; another root has names of its own, of the form
 * PREFIX {@code =} NAME, or PREFIX {@code #} and a digest of the name where that would be too long.
 */
final class UnixNames {

    /** Bytes of {@code struct sockaddr_un} before the name, and in its {@code sun_path} ({@code linux/un.h}). */
    private static final int HEAD = 2;

    private static final int SUN_PATH = 108;

    /** Where in a task's scratch area a second name is put, and the length that goes with it. */
    private static final int OTHER = Sockets.NAME + Sockets.NAME_SIZE;

    /** Names that autobind has to choose from ({@code unix_autobind} of {@code net/unix/af_unix.c}). */
    private static final int AUTOMATIC = 1 << 20;

    private UnixNames() {}

    /**
     * Reads a name as the kernel does.
     *
     * @param address host memory with a {@code struct sockaddr_un}
     * @throws ErrnoException EINVAL
     */
    static String read(long address, int length) {
        if (length <= HEAD || length > HEAD + SUN_PATH || Memory.getShort(address) != Socket.AF_UNIX) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return text(address, length);
    }

    /** A name that the host gave; "" for none. */
    static String text(long address, int length) {
        if (length <= HEAD) {
            return "";
        }
        int size = length - HEAD;
        boolean path = Memory.getByte(address + HEAD) != 0;
        byte[] bytes = new byte[path ? Memory.stringLength(address + HEAD, size) : size];
        Memory.copyFrom(address + HEAD, bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Writes a name; gives the length of the address. */
    private static int write(long address, String name) {
        Memory.putShort(address, (short) Socket.AF_UNIX);
        for (int i = 0; i < name.length(); i++) {
            Memory.putByte(address + HEAD + i, (byte) name.charAt(i));
        }
        if (isAbstract(name)) {
            return HEAD + name.length();
        }
        Memory.putByte(address + HEAD + name.length(), (byte) 0);
        return HEAD + name.length() + 1;
    }

    private static boolean isAbstract(String name) {
        return !name.isEmpty() && name.charAt(0) == 0;
    }

    /**
     * Puts the guest's name in the place of the host's.
     *
     * @param address host memory with an address from the host, room for {@link Sockets#NAME_SIZE} bytes
     * @return the length; 0 for a socket without a name that the guest may know
     */
    static int toGuest(Task task, long address, int length) {
        String host = text(address, length);
        if (host.isEmpty()) {
            return 0;
        }
        String guest = toGuest(task, host);
        if (guest.equals(host)) {
            return length;
        }
        return guest.isEmpty() ? 0 : write(address, guest);
    }

    private static String toGuest(Task task, String host) {
        SocketTable table = Sockets.table(task);
        FsContext fs = task.process().fs();
        String prefix = fs.abstractSocketPrefix();
        if (isAbstract(host)) {
            if (table.isClientName(host)) {
                return "";
            }
            if (prefix.isEmpty()) {
                return host;
            }
            String known = table.alias(host);
            if (known != null) {
                return known;
            }
            String start = "\0" + prefix + "=";
            return host.startsWith(start) ? "\0" + host.substring(start.length()) : "";
        }
        String known = table.alias(host);
        if (known != null) {
            return known;
        }
        if (host.startsWith("/proc/self/fd/")) {
            return "";
        }
        if (prefix.isEmpty()) {
            return host;
        }
        String path = host.startsWith("/") ? fs.guestPath(host) : null;
        return path == null ? "" : path;
    }

    /** The host's abstract name for a guest's. */
    private static String abstractToHost(Task task, String guest) {
        String prefix = task.process().fs().abstractSocketPrefix();
        if (prefix.isEmpty()) {
            return guest;
        }
        String plain = "\0" + prefix + "=" + guest.substring(1);
        return plain.length() <= SUN_PATH ? plain : "\0" + prefix + "#" + digest(guest);
    }

    private static String digest(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.ISO_8859_1));
            return java.util.HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException never) {
            throw new IllegalStateException(never); // every JDK has SHA-256
        }
    }

    /**
     * The other end of a call, as the host is to be told. Holds the file that a path led to.
     *
     * @param node the file, or null
     * @param socket the guest's socket of that name, or null
     * @param length of the address for the host
     */
    record Target(OpenFile node, UnixSocket socket, int length) {

        void release() {
            if (node != null) {
                node.release();
            }
        }
    }

    /**
     * Finds what a guest's name leads to, and puts the host's in its place.
     *
     * @param address host memory with the guest's address
     */
    static Target resolve(Task task, long address, int length) {
        String name = read(address, length);
        SocketTable table = Sockets.table(task);
        if (isAbstract(name)) {
            Granted.checkName(task, Use.CONNECT, name);
            String host = abstractToHost(task, name);
            return new Target(null, table.find(host), write(address, host));
        }
        OpenFile node = task.process().fs().open(null, name, OpenFlags.O_PATH, 0);
        boolean done = false;
        try {
            int host = node.hostDescriptor();
            if (!(node instanceof HostFile file) || host < 0) {
                throw new ErrnoException(Errno.ECONNREFUSED);
            }
            Granted.checkName(task, Use.CONNECT, file.path());
            UnixSocket socket = table.find(new NodeKey(file.device(), file.inode()));
            Target target = new Target(node, socket, write(address, "/proc/self/fd/" + host));
            done = true;
            return target;
        } finally {
            if (!done) {
                node.release();
            }
        }
    }

    /** The name that the host knows a socket by; "" for none. */
    static String hostName(Task task, SocketFile socket) {
        long address = task.scratch() + OTHER;
        Memory.putInt(address - 8, Sockets.NAME_SIZE / 2);
        long result = Linux.call(SYS_getsockname, socket.hostDescriptor(), address, address - 8);
        return result < 0 ? "" : text(address, Memory.getInt(address - 8));
    }

    /** Binds to a name in the host; 0 or a negated error number. */
    static long bindInHost(Task task, SocketFile socket, String hostName) {
        long address = task.scratch() + OTHER;
        return Linux.call(SYS_bind, socket.hostDescriptor(), address, write(address, hostName));
    }

    /** {@code bind} to a name of the guest's. */
    static long bind(Task task, SocketFile socket, String name) {
        SocketTable table = Sockets.table(task);
        if (Granted.isLimited(task)) {
            Granted.checkName(task, Use.BIND, isAbstract(name) ? name : place(task, name));
        }
        if (isAbstract(name)) {
            String host = abstractToHost(task, name);
            long result = bindInHost(task, socket, host);
            if (result == 0) {
                if (!host.equals(name)) {
                    table.alias(host, name);
                }
                socket.unix().bound(host, -1);
            }
            return result;
        }
        FsContext.SocketName found;
        try {
            found = task.process().fs().bindSocket(socket.hostDescriptor(), name);
        } catch (ErrnoException failed) {
            throw failed.errno() == Errno.EEXIST ? new ErrnoException(Errno.EADDRINUSE) : failed;
        }
        boolean shared = task.process().fs().abstractSocketPrefix().isEmpty();
        if (!shared || !found.hostName().equals(name)) {
            table.alias(found.hostName(), name);
        }
        NodeKey key = found.inode() == 0 ? null : new NodeKey(found.device(), found.inode());
        socket.unix().bound(key, found.holder());
        return 0;
    }

    /** Where a name would be made, after all links on the way there. */
    private static String place(Task task, String name) {
        int end = name.length();
        while (end > 1 && name.charAt(end - 1) == '/') {
            end--;
        }
        int slash = name.lastIndexOf('/', end - 1);
        String parent = task.process().fs().realPath(null, slash < 0 ? "." : name.substring(0, slash + 1));
        return (parent.endsWith("/") ? parent : parent + "/") + name.substring(slash + 1, end);
    }

    /** Gives a socket some abstract name that is free; nothing happens to one that has a name. */
    static long bindAutomatically(Task task, SocketFile socket) {
        if (!hostName(task, socket).isEmpty()) {
            return 0;
        }
        if (task.process().fs().abstractSocketPrefix().isEmpty()) {
            long address = task.scratch() + OTHER;
            Memory.putShort(address, (short) Socket.AF_UNIX);
            long result = Linux.call(SYS_bind, socket.hostDescriptor(), address, HEAD);
            if (result == 0) {
                socket.unix().bound(hostName(task, socket), -1);
            }
            return result;
        }
        int start = (int) System.nanoTime();
        for (int i = 0; i < AUTOMATIC; i++) {
            String name = String.format("\0%05x", start + i & AUTOMATIC - 1);
            long result = bind(task, socket, name);
            if (result != -Errno.EADDRINUSE) {
                return result;
            }
        }
        return -Errno.ENOSPC;
    }

    /** Linux binds a sender by itself if those who hear from it are to learn who it is. */
    static void bindIfNamed(Task task, SocketFile socket) {
        if (socket.unix().passesCredentials()) {
            ErrnoException.check(bindAutomatically(task, socket));
        }
    }
}
