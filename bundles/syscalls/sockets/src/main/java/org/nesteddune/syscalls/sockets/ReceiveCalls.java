package org.nesteddune.syscalls.sockets;

import static org.nesteddune.host.SyscallNumbers.SYS_recvfrom;
import static org.nesteddune.host.SyscallNumbers.SYS_recvmsg;

import org.nesteddune.fs.GuestRange;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.Socket;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.socket.MessageHeader;
import org.nesteddune.socket.SocketFile;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** {@code recvfrom}, {@code recvmsg}, {@code recvmmsg}. The data comes from the host's call straight into the guest's memory. */
final class ReceiveCalls {

    private ReceiveCalls() {}

    static void addTo(Syscall.Table table) {
        table.full(
                        "recvfrom",
                        "fd fd, outbuf:size ubuf, size size, flags:msg flags, out:sockaddr[addr_len]? addr,"
                                + " inout:int? addr_len -> long",
                        ReceiveCalls::recvfrom)
                .full("recvmsg", "fd fd, inout:msghdr msg, flags:msg flags -> long", ReceiveCalls::recvmsg)
                .full(
                        "recvmmsg",
                        "fd fd, inout:mmsghdr[vlen] mmsg, uint vlen, flags:msg flags, inout:timespec? timeout",
                        ReceiveCalls::recvmmsg);
    }

    private static long recvfrom(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            long scratch = task.scratch();
            long wanted = a.get(2);
            if (wanted < 0) {
                return -Errno.EFAULT;
            }
            long length = wanted == 0 ? 0 : GuestRange.clip(task.memory(), a.get(1), wanted);
            boolean named = a.get(4) != 0;
            Memory.putInt(scratch, Addresses.MOST);
            long result = task.blockingCall(SYS_recvfrom, socket.hostDescriptor(),
                    task.memory().host(a.get(1), length), length, a.getInt(3) & 0xffffffffL,
                    named ? scratch + Sockets.NAME : 0, named ? scratch : 0);
            if (result >= 0 && named) {
                int size = Addresses.fromHost(task, socket, scratch + Sockets.NAME, Memory.getInt(scratch), 0);
                Addresses.write(task, scratch + Sockets.NAME, size, a.get(4), a.get(5));
            }
            return socket.interrupted(result, Socket.SO_RCVTIMEO);
        } finally {
            socket.release();
        }
    }

    private static long recvmsg(Task task, SyscallArguments a) {
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            return receiveMessage(task, socket, a.get(1), a.getInt(2));
        } finally {
            socket.release();
        }
    }

    /** One message by its {@code struct msghdr} in guest memory. */
    private static long receiveMessage(Task task, SocketFile socket, long message, int flags) {
        GuestMemory memory = task.memory();
        long header = task.scratch();
        memory.readTo(message, header, MessageHeader.SIZE);
        long name = Memory.getLong(header + MessageHeader.NAME);
        int nameLength = Memory.getInt(header + MessageHeader.NAME_LENGTH);
        long vector = Memory.getLong(header + MessageHeader.VECTOR);
        long count = Memory.getLong(header + MessageHeader.VECTOR_LENGTH);
        long control = Memory.getLong(header + MessageHeader.CONTROL);
        long controlLength = Memory.getLong(header + MessageHeader.CONTROL_LENGTH);
        if (name != 0 && nameLength < 0) {
            return -Errno.EINVAL;
        }
        if (Long.compareUnsigned(count, Limits.UIO_MAXIOV) > 0) {
            return -Errno.EMSGSIZE;
        }
        long result;
        try (NativeBuffer large = count > Sockets.VECTOR_COUNT
                ? new NativeBuffer((int) count * Vectors.ENTRY)
                : null) {
            long list = large == null ? header + Sockets.VECTOR : large.address();
            int usable = Vectors.read(task, vector, (int) count, list, true);
            MessageHeader.vector(header, list, usable);
            MessageHeader.name(header, name == 0 ? 0 : header + Sockets.NAME, name == 0 ? 0 : Addresses.MOST);
            boolean controlled = control != 0 && controlLength > 0;
            MessageHeader.control(
                    header, controlled ? header + Sockets.CONTROL : 0, controlled ? Sockets.CONTROL_SIZE : 0);
            result = task.blockingCall(SYS_recvmsg, socket.hostDescriptor(), header,
                    flags & 0xffffffffL | Socket.MSG_CMSG_CLOEXEC, 0, 0, 0);
        }
        if (result < 0) {
            return socket.interrupted(result, Socket.SO_RCVTIMEO);
        }
        int found = Memory.getInt(header + MessageHeader.FLAGS) & ~Socket.MSG_CMSG_CLOEXEC
                | flags & Socket.MSG_CMSG_CLOEXEC;
        long controlUsed = 0;
        if (control != 0) {
            ControlMessages.Out out = new ControlMessages.Out(task, control, Math.max(0, controlLength));
            long received = controlLength > 0 ? Memory.getLong(header + MessageHeader.CONTROL_LENGTH) : 0;
            if (received > 0) {
                ControlMessages.fromHost(task, socket, header + Sockets.CONTROL, received, out,
                        (flags & Socket.MSG_CMSG_CLOEXEC) != 0);
            }
            controlUsed = out.address() - control;
            found |= out.isTruncated() ? Socket.MSG_CTRUNC : 0;
        }
        if (name != 0) {
            int size = Addresses.fromHost(task, socket, header + Sockets.NAME,
                    Memory.getInt(header + MessageHeader.NAME_LENGTH), 0);
            Addresses.write(task, header + Sockets.NAME, size, name, message + MessageHeader.NAME_LENGTH);
        }
        memory.writeInt(message + MessageHeader.FLAGS, found);
        memory.writeLong(message + MessageHeader.CONTROL_LENGTH, controlUsed);
        return result;
    }

    private static long recvmmsg(Task task, SyscallArguments a) {
        long timeAddress = a.get(4);
        long deadline = timeAddress == 0
                ? Long.MAX_VALUE
                : Timespec.deadlineAfter(Timespec.read(task.memory(), timeAddress));
        SocketFile socket = Sockets.get(task, a.getInt(0));
        try {
            long done = 0;
            int flags = a.getInt(3) & ~Socket.MSG_WAITFORONE;
            long error = 0;
            long count = a.getInt(2) & 0xffffffffL;
            while (done < count) {
                long message = a.get(1) + done * SendCalls.MMSGHDR;
                error = receiveOne(task, socket, message, flags);
                if (error < 0) {
                    break;
                }
                done++;
                if ((a.getInt(3) & Socket.MSG_WAITFORONE) != 0) {
                    flags |= Socket.MSG_DONTWAIT;
                }
                boolean urgent = (task.memory().readInt(message + MessageHeader.FLAGS) & Socket.MSG_OOB) != 0;
                if (urgent || deadline != Long.MAX_VALUE && System.nanoTime() >= deadline) {
                    break;
                }
            }
            if (timeAddress != 0 && done > 0) {
                Timespec.write(task.memory(), timeAddress, Math.max(0, deadline - System.nanoTime()));
            }
            return done > 0 ? done : error;
        } finally {
            socket.release();
        }
    }

    private static long receiveOne(Task task, SocketFile socket, long message, int flags) {
        try {
            long result = receiveMessage(task, socket, message, flags);
            if (result >= 0) {
                task.memory().writeInt(message + SendCalls.MMSG_LENGTH, (int) result);
            }
            return result;
        } catch (GuestFault bad) {
            return -Errno.EFAULT;
        } catch (ErrnoException failed) {
            return -failed.errno();
        }
    }
}
