package org.nesteddune.syscalls.sockets;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.linux.Socket;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.testing.TestGuest;

/** A guest that makes calls of this family. */
final class SocketGuest implements AutoCloseable {

    static final int UCRED = 12;

    final TestGuest guest;
    private final SocketsFamily family = new SocketsFamily();
    private final long area;

    SocketGuest(Path root, int pid, SocketGuest neighbour) {
        guest = new TestGuest(root, pid, neighbour == null ? null : neighbour.guest);
        area = guest.allocate(1 << 16);
    }

    long call(String name, long... arguments) {
        return guest.call(family, name, arguments);
    }

    /** Guest memory for whatever. */
    long area() {
        return area;
    }

    GuestMemory memory() {
        return guest.memory();
    }

    int socket(int domain, int type) {
        return (int) call("socket", domain, type, 0);
    }

    int[] pair(int type) {
        long error = call("socketpair", Socket.AF_UNIX, type, 0, area);
        return new int[] {error < 0 ? (int) error : memory().readInt(area), memory().readInt(area + 4)};
    }

    /** Writes a UNIX address; its length. A name with a zero byte in front is abstract. */
    long name(long address, String name) {
        memory().writeShort(address, (short) Socket.AF_UNIX);
        byte[] bytes = (name.startsWith("\0") ? name : name + "\0").getBytes(StandardCharsets.ISO_8859_1);
        memory().write(address + 2, bytes, 0, bytes.length);
        return 2 + bytes.length;
    }

    long bind(int socket, String name) {
        long length = name(area, name);
        return call("bind", socket, area, length);
    }

    long connect(int socket, String name) {
        long length = name(area, name);
        return call("connect", socket, area, length);
    }

    long sendto(int socket, String text, String name) {
        long length = name(area, name);
        bytes(area + 200, text);
        return call("sendto", socket, area + 200, text.length(), 0, area, length);
    }

    long send(int socket, String text) {
        bytes(area + 200, text);
        return call("sendto", socket, area + 200, text.length(), 0, 0, 0);
    }

    private void bytes(long address, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        memory().write(address, bytes, 0, bytes.length);
    }

    /** What getsockname or getpeername says: the name, or "" for none. */
    String ask(String call, int socket) {
        memory().writeInt(area + 128, 128);
        long error = call(call, socket, area, area + 128);
        return error < 0 ? Long.toString(error) : path(area, memory().readInt(area + 128));
    }

    private String path(long address, int length) {
        if (length <= 2) {
            return "";
        }
        byte[] bytes = new byte[length - 2];
        memory().read(address + 2, bytes, 0, bytes.length);
        int size = bytes.length - (bytes[0] != 0 && bytes[bytes.length - 1] == 0 ? 1 : 0);
        return new String(bytes, 0, size, StandardCharsets.ISO_8859_1);
    }

    /** The sender of the next datagram. */
    String receiveFrom(int socket) {
        memory().writeInt(area + 128, 128);
        long result = call("recvfrom", socket, area + 200, 100, Socket.MSG_DONTWAIT, area, area + 128);
        return result < 0 ? Long.toString(result) : path(area, memory().readInt(area + 128));
    }

    long[] credentials(int socket) {
        memory().writeInt(area + 16, UCRED);
        long error = call("getsockopt", socket, Socket.SOL_SOCKET, Socket.SO_PEERCRED, area, area + 16);
        return new long[] {error, memory().readInt(area), memory().readInt(area + 4), memory().readInt(area + 8)};
    }

    long option(int socket, int option, int value) {
        memory().writeInt(area, value);
        return call("setsockopt", socket, Socket.SOL_SOCKET, option, area, 4);
    }

    /** Sends a byte with descriptors. */
    long sendFiles(int socket, int... descriptors) {
        message(1, 16 + 4L * descriptors.length);
        long control = area + 1000;
        memory().writeLong(control, 16 + 4L * descriptors.length);
        memory().writeInt(control + 8, Socket.SOL_SOCKET);
        memory().writeInt(control + 12, Socket.SCM_RIGHTS);
        for (int i = 0; i < descriptors.length; i++) {
            memory().writeInt(control + 16 + 4L * i, descriptors[i]);
        }
        return call("sendmsg", socket, area + 500, Socket.MSG_DONTWAIT);
    }

    /** Receives a message with so much room for control messages. */
    long receive(int socket, long room) {
        message(100, room);
        return call("recvmsg", socket, area + 500, Socket.MSG_DONTWAIT);
    }

    /** {@code msg_flags} of the last message. */
    int flags() {
        return memory().readInt(area + 500 + 48);
    }

    /** {@code msg_controllen} of the last message. */
    long controlLength() {
        return memory().readLong(area + 500 + 40);
    }

    /** An int in the data of the last message's first control message. */
    int controlData(int index) {
        return memory().readInt(area + 1000 + 16 + 4L * index);
    }

    private void message(long size, long control) {
        long header = area + 500;
        memory().clear(header, 56);
        memory().writeLong(header + 16, area + 600);
        memory().writeLong(header + 24, 1);
        memory().writeLong(header + 32, control == 0 ? 0 : area + 1000);
        memory().writeLong(header + 40, control);
        memory().writeLong(area + 600, area + 2000);
        memory().writeLong(area + 608, size);
    }

    /** A UNIX address in host memory for the test's own sockets; its length. */
    static int hostName(NativeBuffer buffer, String name) {
        Memory.putShort(buffer.address(), (short) Socket.AF_UNIX);
        byte[] bytes = (name.startsWith("\0") ? name : name + "\0").getBytes(StandardCharsets.ISO_8859_1);
        Memory.copyTo(buffer.address() + 2, bytes, 0, bytes.length);
        return 2 + bytes.length;
    }

    @Override
    public void close() {
        guest.close();
    }
}
