package org.nesteddune.kernel.ipc;

import java.util.UUID;
import org.nesteddune.arch.SignalInfo;
import org.nesteddune.fs.DescriptorReserve;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Process;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;
import org.nesteddune.syscall.ErrnoException;

/**
 * How a process is told that a message came into an empty POSIX queue ({@code mq_notify}); once. The process is known by
 * its descriptors, because closing one of the queue takes the registration back.
 */
public abstract class QueueNotification {

    private final Process process;
    private final DescriptorTable descriptors;

    private QueueNotification(Task task) {
        process = task.process();
        descriptors = task.descriptors();
    }

    final boolean isOf(DescriptorTable owner) {
        return descriptors == owner;
    }

    final int pid() {
        return process.pid();
    }

    final Process process() {
        return process;
    }

    /** {@code SIGEV_*}. */
    abstract int kind();

    /** The guest's number of the signal, or 0. */
    int signal() {
        return 0;
    }

    /** The queue takes it. Throws what that fails with. */
    void arm() {
        // Nothing has to be prepared.
    }

    /** A message has come. */
    void arrived(Task sender) {
        // Nobody is told.
    }

    /** The registration was taken back. */
    void removed() {
        // Nobody is told.
    }

    /** SIGEV_NONE: the process only keeps others from registering. */
    public static QueueNotification none(Task task) {
        return new QueueNotification(task) {
            @Override
            int kind() {
                return Signal.SIGEV_NONE;
            }
        };
    }

    /**
     * SIGEV_SIGNAL.
     *
     * @param signal generic number, or 0 for none
     * @param number the guest's number
     * @param value {@code sigev_value}
     */
    public static QueueNotification signal(Task task, int signal, int number, long value) {
        return new QueueNotification(task) {
            @Override
            int kind() {
                return Signal.SIGEV_SIGNAL;
            }

            @Override
            int signal() {
                return number;
            }

            @Override
            void arrived(Task sender) {
                if (signal != 0) {
                    int pid = sender.process().pid();
                    process().signal(new SignalInfo(signal, Signal.SI_MESGQ, pid, sender.credentials().uid(), value,
                            0, 0, 0));
                }
            }
        };
    }

    /**
     * SIGEV_THREAD: a message goes to a netlink socket, where the C library's thread waits for it.
     *
     * @param socket the socket; needed no longer when the queue has taken the registration
     * @param cookie the message, {@value Ipc#NOTIFY_COOKIE_LEN} bytes
     */
    public static QueueNotification thread(Task task, OpenFile socket, byte[] cookie) {
        return new QueueNotification(task) {
            private int queue = -1;

            @Override
            int kind() {
                return Signal.SIGEV_THREAD;
            }

            @Override
            void arm() {
                if (socket.hostDescriptor() < 0) {
                    throw new ErrnoException(Errno.ENOTSOCK);
                }
                queue = hostQueue(socket.hostDescriptor(), cookie);
            }

            @Override
            void arrived(Task sender) {
                try (NativeBuffer text = new NativeBuffer(1)) {
                    Linux.call(SyscallNumbers.SYS_mq_timedsend, queue, text.address(), 1, 0, 0);
                }
                Linux.close(queue);
            }

            /** With its owner's last descriptor the host's queue tells that too. */
            @Override
            void removed() {
                Linux.close(queue);
            }
        };
    }

    /**
     * Only the kernel can send such a message to a socket of another owner. So a queue of the host's, with room for one byte
     * and without a name as soon as it is open, stands for the registration: what happens to it the host tells the socket.
     */
    private static int hostQueue(int socket, byte[] cookie) {
        int attributes = 64;
        int event = attributes + 64;
        int bytes = event + 64;
        int name = bytes + Ipc.NOTIFY_COOKIE_LEN;
        try (NativeBuffer buffer = new NativeBuffer(name + 64)) {
            long base = buffer.address();
            Memory.putLong(base + attributes + 8, 1);
            Memory.putLong(base + attributes + 16, 1);
            buffer.cString(name, ("dune-" + UUID.randomUUID()).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            int queue = (int) ErrnoException.check(Linux.call(SyscallNumbers.SYS_mq_open, base + name,
                    OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK
                            | OpenFlags.O_CLOEXEC,
                    0600, base + attributes));
            Linux.call(SyscallNumbers.SYS_mq_unlink, base + name);
            DescriptorReserve.checkOrClose(queue);
            Memory.copyTo(base + bytes, cookie, 0, Ipc.NOTIFY_COOKIE_LEN);
            Memory.putLong(base + event, base + bytes);
            Memory.putInt(base + event + 8, socket);
            Memory.putInt(base + event + 12, Signal.SIGEV_THREAD);
            long result = Linux.call(SyscallNumbers.SYS_mq_notify, queue, base + event);
            if (result < 0) {
                Linux.close(queue);
                throw new ErrnoException((int) -result);
            }
            return queue;
        }
    }
}
