package org.nesteddune.kernel.ipc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Limits;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Resource;
import org.nesteddune.syscall.ErrnoException;

/**
 * POSIX message queues by name, as the file system of {@code ipc/mqueue.c} has them. Methods throw {@link ErrnoException}
 * with the error that the call gets. Thread-safe; the monitor is taken before those of the queues.
 */
public final class PosixQueues {

    /** Greatest attributes that privilege can have (HARD_MSGMAX, HARD_MSGSIZEMAX of {@code ipc_namespace.h}). */
    private static final long HARD_MESSAGES = 65536;

    private static final long HARD_SIZE = 16L << 20;

    /** What a message and a priority in use count for RLIMIT_MSGQUEUE: {@code struct msg_msg}, posix_msg_tree_node. */
    private static final long MESSAGE_COST = 48;

    private static final long PRIORITY_COST = 48;

    /** Longest name (NAME_MAX). */
    private static final int NAME_MAX = 255;

    private final IpcLimits limits;
    private final HeapShare heap;

    // Guarded by this.
    private final Map<String, PosixQueue> queues = new TreeMap<>();
    private final Map<Integer, Long> bytesOfUsers = new HashMap<>();
    private int count;
    private long lastInode = 1;

    PosixQueues(IpcLimits limits, HeapShare heap) {
        this.limits = limits;
        this.heap = heap;
    }

    /**
     * {@code mq_open}.
     *
     * @param name without a slash
     * @param flags generic {@code O_*}
     * @param mode permissions of a new queue, before the umask
     * @param attributes of a new queue, or null for the usual ones
     */
    public PosixQueueFile open(Task task, String name, int flags, int mode, QueueAttributes attributes) {
        checkName(name);
        Credentials who = task.credentials();
        boolean create = (flags & OpenFlags.O_CREAT) != 0;
        synchronized (this) {
            PosixQueue queue = queues.get(name);
            if (queue == null) {
                if (!create) {
                    throw new ErrnoException(Errno.ENOENT);
                }
                queue = make(task, name, mode & ~task.process().fs().umask(), attributes, who);
            } else if (create && (flags & OpenFlags.O_EXCL) != 0) {
                throw new ErrnoException(Errno.EEXIST);
            } else if ((flags & OpenFlags.O_ACCMODE) == OpenFlags.O_ACCMODE) {
                throw new ErrnoException(Errno.EINVAL);
            } else if (!queue.allows(who, flags)) {
                throw new ErrnoException(Errno.EACCES);
            }
            return new PosixQueueFile(this, queue, flags);
        }
    }

    /** {@code lookup_noperm} of fs/namei.c. */
    private static void checkName(String name) {
        if (name.isEmpty()) {
            throw new ErrnoException(Errno.ENOENT);
        }
        if (name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
            throw new ErrnoException(Errno.EACCES);
        }
        if (name.length() > NAME_MAX) {
            throw new ErrnoException(Errno.ENAMETOOLONG);
        }
    }

    private PosixQueue make(Task task, String name, int mode, QueueAttributes wanted, Credentials who) {
        boolean privileged = who.has(Capabilities.CAP_SYS_RESOURCE);
        if (count >= limits.get(IpcLimit.QUEUES_MAX) && !privileged) {
            throw new ErrnoException(Errno.ENOSPC);
        }
        QueueAttributes attributes = wanted != null ? wanted : new QueueAttributes(
                Math.min(limits.get(IpcLimit.MSG_MAX), limits.get(IpcLimit.MSG_DEFAULT)),
                Math.min(limits.get(IpcLimit.MSGSIZE_MAX), limits.get(IpcLimit.MSGSIZE_DEFAULT)));
        long messages = attributes.messages();
        long size = attributes.size();
        if (messages <= 0
                || size <= 0
                || messages > (privileged ? HARD_MESSAGES : limits.get(IpcLimit.MSG_MAX))
                || size > (privileged ? HARD_SIZE : limits.get(IpcLimit.MSGSIZE_MAX))) {
            throw new ErrnoException(Errno.EINVAL);
        }
        long bytes = messages * size + messages * MESSAGE_COST
                + Math.min(messages, org.nesteddune.linux.Ipc.MQ_PRIO_MAX) * PRIORITY_COST;
        long used = bytesOfUsers.getOrDefault(who.uid(), 0L) + bytes;
        long limit = task.process().limits().soft(Resource.RLIMIT_MSGQUEUE);
        if (limit != Limits.INFINITY && Long.compareUnsigned(used, limit) > 0) {
            throw new ErrnoException(Errno.EMFILE);
        }
        heap.take(HeapShare.OBJECT);
        PosixQueue queue = new PosixQueue(name, ++lastInode, attributes, mode, who, bytes, heap);
        bytesOfUsers.put(who.uid(), used);
        count++;
        queues.put(name, queue);
        return queue;
    }

    /** {@code mq_unlink}. */
    public void unlink(Task task, String name) {
        checkName(name);
        synchronized (this) {
            PosixQueue queue = queues.get(name);
            if (queue == null) {
                throw new ErrnoException(Errno.ENOENT);
            }
            Credentials who = task.credentials();
            // The directory is user 0's and sticky.
            int uid = who.fsUid();
            if (uid != 0 && uid != queue.uid() && !who.has(Capabilities.CAP_FOWNER)) {
                throw new ErrnoException(Errno.EPERM);
            }
            queues.remove(name);
            queue.unlink();
            forgetUnused(queue);
        }
    }

    /** A description of a queue was closed. */
    synchronized void closed(PosixQueue queue, PosixQueueFile file) {
        queue.closed(file);
        forgetUnused(queue);
    }

    private void forgetUnused(PosixQueue queue) {
        if (!queue.isInUse()) {
            queue.dispose();
            count--;
            bytesOfUsers.computeIfPresent(queue.creator(), (uid, bytes) ->
                    bytes == queue.accounted() ? null : bytes - queue.accounted());
        }
    }

    /** The names of all queues, sorted. */
    public synchronized List<String> names() {
        return new ArrayList<>(queues.keySet());
    }

    /** Removes all; nobody has one open any more. */
    synchronized void close() {
        List<PosixQueue> all = new ArrayList<>(queues.values());
        queues.clear();
        for (PosixQueue queue : all) {
            queue.unlink();
            forgetUnused(queue);
        }
    }
}
