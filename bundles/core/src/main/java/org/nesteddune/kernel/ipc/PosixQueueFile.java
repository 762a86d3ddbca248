package org.nesteddune.kernel.ipc;

import java.nio.charset.StandardCharsets;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.fs.IoContext;
import org.nesteddune.fs.OpenFile;
import org.nesteddune.fs.ReadinessSignal;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.FileSystems;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.linux.Seek;

/** An open POSIX message queue: what the descriptors that {@code mq_open} gives refer to. */
public final class PosixQueueFile extends OpenFile {

    private static final int READABLE = Poll.POLLIN | Poll.POLLRDNORM;
    private static final int WRITABLE = Poll.POLLOUT | Poll.POLLWRNORM;

    private static final int FIXED_FLAGS = ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY
            | OpenFlags.O_TRUNC | OpenFlags.O_CLOEXEC);

    private final PosixQueues queues;
    private final PosixQueue queue;
    private volatile int flags;

    // Guarded by the queue's monitor.
    private ReadinessSignal signal;

    // Guarded by this.
    private long position;

    PosixQueueFile(PosixQueues queues, PosixQueue queue, int flags) {
        super("/" + queue.name());
        this.queues = queues;
        this.queue = queue;
        this.flags = flags & FIXED_FLAGS;
        queue.opened(this);
    }

    @Override
    protected void close() {
        synchronized (queue) {
            if (signal != null) {
                signal.close();
            }
        }
        queues.closed(queue, this);
    }

    /** The room of the queue. */
    public QueueAttributes attributes() {
        return queue.attributes();
    }

    /** How many messages lie in the queue. */
    public int messages() {
        return queue.count();
    }

    /** Whether calls wait, or fail with EAGAIN. */
    public boolean waits() {
        return (flags & OpenFlags.O_NONBLOCK) == 0;
    }

    /**
     * {@code mq_timedsend}.
     *
     * @param deadline by CLOCK_REALTIME in nanoseconds, or {@link Long#MAX_VALUE} for no end
     * @return 0, or a negated error number; −ERESTARTSYS when a signal came
     */
    public long send(Task task, Message message, long deadline) {
        return queue.send(task, message, waits(), deadline);
    }

    /**
     * {@code mq_timedreceive}.
     *
     * @param result gets the message
     * @return 0, or a negated error number; −ERESTARTSYS when a signal came
     */
    public long receive(Task task, Message[] result, long deadline) {
        return queue.receive(task, result, waits(), deadline);
    }

    /** {@code mq_notify}; false if a process has registered already. */
    public boolean notify(QueueNotification notification) {
        return queue.notify(notification);
    }

    /** {@code mq_notify} without an event: the process wants to be told no longer. */
    public void forgetNotification(DescriptorTable owner) {
        queue.forget(owner);
    }

    @Override
    public void flush(DescriptorTable table) {
        queue.forget(table);
    }

    @Override
    public String currentPath() {
        return queue.isLinked() ? path() : path() + " (deleted)";
    }

    @Override
    public int statusFlags() {
        return flags;
    }

    @Override
    public synchronized long setStatusFlags(int wanted) {
        int changeable = OpenFlags.O_APPEND | OpenFlags.O_NOATIME | OpenFlags.O_NONBLOCK;
        flags = flags & ~changeable | wanted & changeable;
        return 0;
    }

    /** Sets or clears O_NONBLOCK, as {@code mq_setattr} does. */
    public synchronized void waits(boolean value) {
        flags = value ? flags & ~OpenFlags.O_NONBLOCK : flags | OpenFlags.O_NONBLOCK;
    }

    @Override
    public synchronized long read(IoContext io, long address, long length) {
        long done = readAt(io, address, length, position);
        if (done > 0) {
            position += done;
        }
        return done;
    }

    @Override
    public long readAt(IoContext io, long address, long length, long offset) {
        if (!OpenFlags.isReadable(flags)) {
            return -Errno.EBADF;
        }
        byte[] text = queue.text().getBytes(StandardCharsets.ISO_8859_1);
        if (offset >= text.length || length <= 0) {
            return length < 0 ? -Errno.EFAULT : 0;
        }
        int count = (int) Math.min(length, text.length - offset);
        io.memory().write(address, text, (int) offset, count);
        return count;
    }

    @Override
    public long write(IoContext io, long address, long length) {
        return OpenFlags.isWritable(flags) ? -Errno.EINVAL : -Errno.EBADF;
    }

    @Override
    public synchronized long seek(long offset, int whence) {
        long target = switch (whence) {
            case Seek.SEEK_SET -> offset;
            case Seek.SEEK_CUR -> position + offset;
            default -> -1;
        };
        if (target < 0) {
            return -Errno.EINVAL;
        }
        position = target;
        return target;
    }

    @Override
    public long status(FileStatus status) {
        queue.status(status);
        return 0;
    }

    /** The length of the file says nothing about the queue: any will do. */
    @Override
    public long truncate(long length) {
        return OpenFlags.isWritable(flags) && length >= 0 ? 0 : -Errno.EINVAL;
    }

    @Override
    public long fileSystemType() {
        return FileSystems.MQUEUE_MAGIC;
    }

    @Override
    public int readiness() {
        synchronized (queue) {
            int count = queue.count();
            return (count > 0 ? READABLE : 0) | (count < queue.attributes().messages() ? WRITABLE : 0);
        }
    }

    @Override
    public int pollDescriptor() {
        synchronized (queue) {
            if (signal == null) {
                signal = ReadinessSignal.create(readiness());
            }
            return signal.descriptor();
        }
    }

    /** Called with the queue's monitor. {@code arrival}: whether a message has come, which wakes even who knows of others. */
    void stateChanged(boolean arrival) {
        if (signal != null) {
            signal.set(readiness(), arrival);
        }
    }
}
