package org.nesteddune.kernel.ipc;

import java.util.ArrayList;
import java.util.List;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;
import org.nesteddune.syscall.ErrnoException;

/**
 * System V message queues. Methods throw {@link ErrnoException} with the error that the call gets. Thread-safe.
 */
public final class MessageQueues {

    private final IpcIds<MessageQueue> ids = new IpcIds<>();
    private final IpcLimits limits;
    private final HeapShare heap;

    MessageQueues(IpcLimits limits, HeapShare heap) {
        this.limits = limits;
        this.heap = heap;
    }

    /**
     * A queue as {@code msgctl} shows it. Times are seconds since the epoch.
     *
     * @param bytes and {@code messages}: what lies in it
     * @param capacity bytes that it may hold
     */
    public record Status(
            int id,
            IpcPermissions permissions,
            long sendTime,
            long receiveTime,
            long changeTime,
            long bytes,
            long messages,
            long capacity,
            int lastSender,
            int lastReceiver) {}

    /** What all queues hold: how many there are, their messages, and the bytes in these. */
    public record Usage(int queues, long messages, long bytes) {}

    /** {@code msgget}; the id. */
    public int get(Task task, int key, int flags) {
        Credentials who = task.credentials();
        return ids.get(key, flags, limits.get(IpcLimit.MSGMNI), who, found -> { },
                () -> new MessageQueue(key, flags, limits.get(IpcLimit.MSGMNB), who, heap));
    }

    /** {@code msgsnd}; 0, or a negated error number. */
    public int send(Task task, int id, Message message, int flags) {
        return ids.find(id).send(task, message, flags);
    }

    /**
     * {@code msgrcv}.
     *
     * @param room bytes for the text of the message, which is longer only with MSG_NOERROR
     * @param type which message: the {@code msgtyp} of the call
     */
    public Message receive(Task task, int id, long room, long type, int flags) {
        if ((flags & Ipc.MSG_COPY) != 0
                && ((flags & Ipc.MSG_EXCEPT) != 0 || (flags & Ipc.IPC_NOWAIT) == 0)) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return ids.find(id).receive(task, room, type, flags);
    }

    /** IPC_STAT. */
    public Status status(Task task, int id) {
        return status(task, id, IpcIds.Lookup.ID, true);
    }

    /** MSG_STAT, or MSG_STAT_ANY if {@code anybody} may ask. */
    public Status statusAt(Task task, int index, boolean anybody) {
        return status(task, index, IpcIds.Lookup.INDEX, !anybody);
    }

    private Status status(Task task, int id, IpcIds.Lookup lookup, boolean checked) {
        MessageQueue queue = ids.find(id, lookup);
        if (checked) {
            queue.check(task.credentials(), IpcObject.READ);
        }
        return queue.status();
    }

    /** All queues, for {@code /proc/sysvipc/msg}. */
    public List<Status> all() {
        List<Status> all = new ArrayList<>();
        synchronized (ids) {
            ids.all().forEach(queue -> all.add(queue.status()));
        }
        return all;
    }

    /** What MSG_INFO tells. */
    public Usage usage() {
        long messages = 0;
        long bytes = 0;
        int queues = 0;
        for (MessageQueue queue : ids.all()) {
            queues++;
            messages += queue.count();
            bytes += queue.bytes();
        }
        return new Usage(queues, messages, bytes);
    }

    /** What the {@code *_INFO} commands return. */
    public int greatestIndex() {
        return ids.greatestIndex();
    }

    /** IPC_SET. */
    public void update(Task task, int id, int uid, int gid, int mode, long capacity) {
        MessageQueue queue = ids.find(id);
        Credentials who = task.credentials();
        queue.checkControl(who);
        if (Long.compareUnsigned(capacity, limits.get(IpcLimit.MSGMNB)) > 0
                && !who.has(Capabilities.CAP_SYS_RESOURCE)) {
            throw new ErrnoException(Errno.EPERM);
        }
        queue.change(uid, gid, mode, capacity < 0 ? Long.MAX_VALUE : capacity);
    }

    /** IPC_RMID. */
    public void remove(Task task, int id) {
        MessageQueue queue = ids.find(id);
        queue.checkControl(task.credentials());
        remove(queue);
    }

    private void remove(MessageQueue queue) {
        if (ids.remove(queue)) {
            queue.dispose();
        }
    }

    /** Removes all. */
    void close() {
        ids.all().forEach(this::remove);
    }
}
