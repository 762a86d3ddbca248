package org.nesteddune.syscalls.ipc;

import java.util.function.ToLongFunction;
import org.nesteddune.arch.GuestAbi;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.kernel.ipc.Message;
import org.nesteddune.kernel.ipc.PosixQueueFile;
import org.nesteddune.kernel.ipc.PosixQueues;
import org.nesteddune.kernel.ipc.QueueAttributes;
import org.nesteddune.kernel.ipc.QueueNotification;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;
import org.nesteddune.linux.Limits;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Signal;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.syscall.ErrnoException;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** POSIX message queues. Structures: {@code linux/mqueue.h}, {@code asm-generic/siginfo.h}. */
final class PosixQueueCalls {

    /** {@code struct mq_attr}: eight longs, the first of them mq_flags, mq_maxmsg, mq_msgsize, mq_curmsgs. */
    private static final int ATTRIBUTES_SIZE = 64;

    /** {@code struct sigevent}: sigev_value 0, sigev_signo 8, sigev_notify 12. */
    private static final int EVENT_SIZE = 64;

    private PosixQueueCalls() {}

    static void addTo(Syscall.Table table) {
        table.full(
                        "mq_open",
                        "str name, flags:open oflag, mode mode, in:mq_attr? attr -> fd",
                        PosixQueueCalls::open)
                .full("mq_unlink", "str name", (task, a) -> {
                    queues(task).unlink(task, name(task, a.get(0)));
                    return 0;
                })
                .full(
                        "mq_timedsend",
                        "fd mqdes, inbuf:msg_len msg_ptr, size msg_len, uint msg_prio, in:timespec? abs_timeout",
                        PosixQueueCalls::send)
                .full(
                        "mq_timedreceive",
                        "fd mqdes, outbuf:msg_len msg_ptr, size msg_len, out:uint? msg_prio, in:timespec? abs_timeout"
                                + " -> size",
                        PosixQueueCalls::receive)
                .full("mq_notify", "fd mqdes, in:sigevent? notification", PosixQueueCalls::notify)
                .full(
                        "mq_getsetattr",
                        "fd mqdes, in:mq_attr? newattr, out:mq_attr? oldattr",
                        PosixQueueCalls::attributes);
    }

    private static PosixQueues queues(Task task) {
        return task.process().table().ipc().posixQueues();
    }

    private static String name(Task task, long address) {
        String name = task.memory().readString(address, Limits.PATH_MAX);
        if (name == null) {
            throw new ErrnoException(Errno.ENAMETOOLONG);
        }
        return name;
    }

    private static long open(Task task, SyscallArguments a) {
        QueueAttributes attributes = null;
        if (a.get(3) != 0) {
            Structure given = Structure.read(task.memory(), a.get(3), ATTRIBUTES_SIZE);
            attributes = new QueueAttributes(given.getLong(8), given.getLong(16));
        }
        String name = name(task, a.get(0));
        long limit = task.process().limits().openFiles();
        if (task.descriptors().isFull(limit)) {
            return -Errno.EMFILE;
        }
        int flags = task.architecture().abi().openFlagsFromGuest(a.getInt(1));
        PosixQueueFile file = queues(task).open(task, name, flags, a.getInt(2), attributes);
        return task.descriptors().add(file, 0, limit, true);
    }

    /** Does something with the queue of a descriptor; EBADF if it is none. */
    private static long with(Task task, int descriptor, ToLongFunction<PosixQueueFile> action) {
        OpenFile file = task.descriptors().get(descriptor);
        try {
            return file instanceof PosixQueueFile queue ? action.applyAsLong(queue) : -Errno.EBADF;
        } finally {
            file.release();
        }
    }

    private static long deadline(Task task, long timeout) {
        return timeout == 0 ? Long.MAX_VALUE : Timespec.read(task.memory(), timeout);
    }

    private static long send(Task task, SyscallArguments a) {
        long deadline = deadline(task, a.get(4));
        int priority = a.getInt(3);
        if (priority < 0 || priority >= Ipc.MQ_PRIO_MAX) {
            return -Errno.EINVAL;
        }
        return with(task, a.getInt(0), queue -> {
            if (!OpenFlags.isWritable(queue.statusFlags())) {
                return -Errno.EBADF;
            }
            if (Long.compareUnsigned(a.get(2), queue.attributes().size()) > 0) {
                return -Errno.EMSGSIZE;
            }
            byte[] data = new byte[(int) a.get(2)];
            task.memory().read(a.get(1), data, 0, data.length);
            return queue.send(task, new Message(priority, data), deadline);
        });
    }

    private static long receive(Task task, SyscallArguments a) {
        long deadline = deadline(task, a.get(4));
        return with(task, a.getInt(0), queue -> {
            if (!OpenFlags.isReadable(queue.statusFlags())) {
                return -Errno.EBADF;
            }
            if (Long.compareUnsigned(a.get(2), queue.attributes().size()) < 0) {
                return -Errno.EMSGSIZE;
            }
            Message[] result = new Message[1];
            long error = queue.receive(task, result, deadline);
            if (error != 0) {
                return error;
            }
            if (a.get(3) != 0) {
                task.memory().writeInt(a.get(3), (int) result[0].type());
            }
            byte[] data = result[0].data();
            task.memory().write(a.get(1), data, 0, data.length);
            return data.length;
        });
    }

    private static long notify(Task task, SyscallArguments a) {
        if (a.get(1) == 0) {
            return with(task, a.getInt(0), queue -> {
                queue.forgetNotification(task.descriptors());
                return 0;
            });
        }
        Structure event = Structure.read(task.memory(), a.get(1), EVENT_SIZE);
        long value = event.getLong(0);
        int number = event.getInt(8);
        switch (event.getInt(12)) {
            case Signal.SIGEV_NONE -> {
                return register(task, a.getInt(0), QueueNotification.none(task));
            }
            case Signal.SIGEV_SIGNAL -> {
                if (number != 0 && !task.architecture().abi().isSignal(number)) {
                    return -Errno.EINVAL;
                }
                int signal = number == 0 ? 0 : task.architecture().abi().signalFromGuest(number);
                return register(task, a.getInt(0), QueueNotification.signal(task, signal, number, value));
            }
            case Signal.SIGEV_THREAD -> {
                byte[] cookie = new byte[Ipc.NOTIFY_COOKIE_LEN];
                task.memory().read(value, cookie, 0, cookie.length);
                OpenFile socket = task.descriptors().get(number);
                try {
                    return register(task, a.getInt(0), QueueNotification.thread(task, socket, cookie));
                } finally {
                    socket.release();
                }
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }

    private static long register(Task task, int descriptor, QueueNotification notification) {
        return with(task, descriptor, queue -> queue.notify(notification) ? 0 : -Errno.EBUSY);
    }

    private static long attributes(Task task, SyscallArguments a) {
        GuestMemory memory = task.memory();
        GuestAbi abi = task.architecture().abi();
        int nonblocking = abi.openFlagsToGuest(OpenFlags.O_NONBLOCK);
        long wanted = a.get(1) == 0 ? 0 : Structure.read(memory, a.get(1), ATTRIBUTES_SIZE).getLong(0);
        if ((wanted & ~(long) nonblocking) != 0) {
            return -Errno.EINVAL;
        }
        return with(task, a.getInt(0), queue -> {
            Structure old = new Structure(ATTRIBUTES_SIZE)
                    .putLong(0, queue.waits() ? 0 : nonblocking)
                    .putLong(8, queue.attributes().messages())
                    .putLong(16, queue.attributes().size())
                    .putLong(24, queue.messages());
            if (a.get(1) != 0) {
                queue.waits(wanted == 0);
            }
            if (a.get(2) != 0) {
                old.write(memory, a.get(2));
            }
            return 0;
        });
    }
}
