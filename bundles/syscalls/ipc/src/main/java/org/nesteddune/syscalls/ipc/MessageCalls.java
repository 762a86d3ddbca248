package org.nesteddune.syscalls.ipc;

import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.ipc.IpcLimit;
import org.nesteddune.kernel.ipc.IpcLimits;
import org.nesteddune.kernel.ipc.Message;
import org.nesteddune.kernel.ipc.MessageQueues;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;
import org.nesteddune.syscall.Syscall;
import org.nesteddune.syscall.SyscallArguments;

/** System V message queues. Structures: {@code asm-generic/msgbuf.h}, {@code linux/msg.h}. */
final class MessageCalls {

    /** Where the text is in {@code struct msgbuf}, behind the type. */
    private static final int TEXT = 8;

    /** Bytes in {@code struct msqid64_ds} and {@code struct msginfo}. */
    private static final int MSQID_SIZE = 120;

    private static final int MSGINFO_SIZE = 32;

    // What msginfo says of what Linux has no limit for (linux/msg.h).
    private static final int SEGMENT_SIZE = 16;
    private static final int SEGMENTS = 0xffff;

    private MessageCalls() {}

    static void addTo(Syscall.Table table) {
        table.full("msgget", "enum:ipckey key, flags:msgget msgflg", (task, a) ->
                        queues(task).get(task, a.getInt(0), a.getInt(1)))
                .full("msgsnd", "int msqid, in:msgbuf msgp, size msgsz, flags:msgsnd msgflg", MessageCalls::send)
                .full(
                        "msgrcv",
                        "int msqid, out:msgbuf msgp, size msgsz, long msgtyp, flags:msgrcv msgflg -> size",
                        MessageCalls::receive)
                .full("msgctl", "int msqid, enum:msgctl cmd, hex buf", MessageCalls::control);
    }

    private static MessageQueues queues(Task task) {
        return task.process().table().ipc().messageQueues();
    }

    private static IpcLimits limits(Task task) {
        return task.process().table().ipc().limits();
    }

    private static long send(Task task, SyscallArguments a) {
        long type = task.memory().readLong(a.get(1));
        long size = a.get(2);
        if (size < 0 || size > limits(task).get(IpcLimit.MSGMAX) || a.getInt(0) < 0 || type < 1) {
            return -Errno.EINVAL;
        }
        byte[] text = new byte[(int) size];
        task.memory().read(a.get(1) + TEXT, text, 0, text.length);
        return queues(task).send(task, a.getInt(0), new Message(type, text), a.getInt(3));
    }

    private static long receive(Task task, SyscallArguments a) {
        long room = a.get(2);
        int flags = a.getInt(4);
        if (a.getInt(0) < 0 || room < 0) {
            return -Errno.EINVAL;
        }
        if ((flags & Ipc.MSG_COPY) != 0 && (flags & Ipc.IPC_NOWAIT) != 0 && (flags & Ipc.MSG_EXCEPT) == 0) {
            probe(task, a.get(1), Math.min(room, limits(task).get(IpcLimit.MSGMAX)));
        }
        Message message = queues(task).receive(task, a.getInt(0), room, a.get(3), flags);
        task.memory().writeLong(a.get(1), message.type());
        int count = (int) Math.min(room, message.data().length);
        task.memory().write(a.get(1) + TEXT, message.data(), 0, count);
        return count;
    }

    /** The kernel makes the copy's room by reading the buffer. */
    private static void probe(Task task, long address, long length) {
        byte[] bytes = new byte[(int) Math.min(length, 1 << 16)];
        for (long done = 0; done < length; done += bytes.length) {
            task.memory().read(address + done, bytes, 0, (int) Math.min(bytes.length, length - done));
        }
    }

    private static long control(Task task, SyscallArguments a) {
        int id = a.getInt(0);
        int command = task.architecture().abi().ipcCommandFromGuest(a.getInt(1));
        long buffer = a.get(2);
        if (id < 0 || command < 0) {
            return -Errno.EINVAL;
        }
        MessageQueues queues = queues(task);
        switch (command) {
            case Ipc.IPC_INFO, Ipc.MSG_INFO -> {
                info(task, command == Ipc.MSG_INFO).write(task.memory(), buffer);
                return queues.greatestIndex();
            }
            case Ipc.IPC_STAT -> {
                status(queues.status(task, id)).write(task.memory(), buffer);
                return 0;
            }
            case Ipc.MSG_STAT, Ipc.MSG_STAT_ANY -> {
                MessageQueues.Status status = queues.statusAt(task, id, command == Ipc.MSG_STAT_ANY);
                status(status).write(task.memory(), buffer);
                return status.id();
            }
            case Ipc.IPC_SET -> {
                Structure wanted = Structure.read(task.memory(), buffer, MSQID_SIZE);
                queues.update(task, id, wanted.uid(), wanted.gid(), wanted.mode(), wanted.getLong(88));
                return 0;
            }
            case Ipc.IPC_RMID -> {
                queues.remove(task, id);
                return 0;
            }
            default -> {
                return -Errno.EINVAL;
            }
        }
    }

    private static Structure status(MessageQueues.Status status) {
        return new Structure(MSQID_SIZE)
                .permissions(status.permissions())
                .putLong(48, status.sendTime())
                .putLong(56, status.receiveTime())
                .putLong(64, status.changeTime())
                .putLong(72, status.bytes())
                .putLong(80, status.messages())
                .putLong(88, status.capacity())
                .putInts(96, status.lastSender(), status.lastReceiver());
    }

    /** msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql, and a short: msgseg. */
    private static Structure info(Task task, boolean usage) {
        IpcLimits limits = limits(task);
        int capacity = (int) IpcLimit.MSGMNB.initial();
        int pool = (int) (IpcLimit.MSGMNI.initial() * capacity / 1024);
        MessageQueues.Usage used = usage ? queues(task).usage() : null;
        return new Structure(MSGINFO_SIZE)
                .putInts(
                        0,
                        usage ? used.queues() : pool,
                        usage ? (int) Math.min(used.messages(), Integer.MAX_VALUE) : capacity,
                        limits.getInt(IpcLimit.MSGMAX),
                        limits.getInt(IpcLimit.MSGMNB),
                        limits.getInt(IpcLimit.MSGMNI),
                        SEGMENT_SIZE,
                        usage ? (int) Math.min(used.bytes(), Integer.MAX_VALUE) : capacity)
                .putShort(28, SEGMENTS);
    }
}
