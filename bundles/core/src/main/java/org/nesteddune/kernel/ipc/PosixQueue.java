package org.nesteddune.kernel.ipc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.nesteddune.arch.FileStatus;
import org.nesteddune.kernel.Capabilities;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.DescriptorTable;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Stat;
import org.nesteddune.linux.Time;

/**
 * A POSIX message queue: messages of higher priority leave it first. It is there as long as it has a name or is open.
 * Everything that changes is guarded by the object's monitor.
 */
final class PosixQueue {

    /** The size that {@code stat} shows (FILENT_SIZE of {@code ipc/mqueue.c}). */
    private static final int FILE_SIZE = 80;

    /** The kernel numbers the devices of file systems without one as it mounts them; this one is our own. */
    private static final long DEVICE = FileStatus.encode(0, 0xfff);

    private final String name;
    private final long inode;
    private final QueueAttributes attributes;
    private final int uid;
    private final int gid;
    private final int creator;
    private final int mode;
    private final long accounted;
    private final HeapShare heap;

    private final TreeMap<Long, ArrayDeque<Message>> messages = new TreeMap<>(Comparator.reverseOrder());
    private final LinkedHashSet<Waiter> receivers = new LinkedHashSet<>();
    private final LinkedHashSet<Waiter> senders = new LinkedHashSet<>();
    private final List<PosixQueueFile> files = new ArrayList<>();
    private boolean linked = true;
    private int count;
    private long bytes;
    private QueueNotification notification;
    private long accessMillis = System.currentTimeMillis();
    private long modifyMillis = accessMillis;
    private long changeMillis = accessMillis;

    /** @param accounted bytes that it counts for RLIMIT_MSGQUEUE */
    PosixQueue(
            String name, long inode, QueueAttributes attributes, int mode, Credentials who, long accounted,
            HeapShare heap) {
        this.name = name;
        this.inode = inode;
        this.attributes = attributes;
        this.mode = mode & 07777;
        this.uid = who.fsUid();
        this.gid = who.fsGid();
        this.creator = who.uid();
        this.accounted = accounted;
        this.heap = heap;
    }

    /** A task that waits for a message or for room. */
    private static final class Waiter {

        private final Task task;
        private Message message;
        private boolean done;

        Waiter(Task task, Message message) {
            this.task = task;
            this.message = message;
        }

        void wake() {
            done = true;
            task.unpark();
        }
    }

    String name() {
        return name;
    }

    int uid() {
        return uid;
    }

    /** The real user for whom it is accounted. */
    int creator() {
        return creator;
    }

    long accounted() {
        return accounted;
    }

    QueueAttributes attributes() {
        return attributes;
    }

    synchronized int count() {
        return count;
    }

    /** Whether somebody may open it in a way. */
    boolean allows(Credentials who, int flags) {
        int wanted = OpenFlags.isReadable(flags) ? 4 : 0;
        wanted |= OpenFlags.isWritable(flags) ? 2 : 0;
        int granted = mode;
        if (who.fsUid() == uid) {
            granted >>= 6;
        } else if (who.fsGid() == gid || who.groups().contains(gid)) {
            granted >>= 3;
        }
        return (wanted & ~granted) == 0
                || who.has(Capabilities.CAP_DAC_OVERRIDE)
                || wanted == 4 && who.has(Capabilities.CAP_DAC_READ_SEARCH);
    }

    // Sending and receiving

    /**
     * Puts a message in, or waits for room.
     *
     * @param deadline by CLOCK_REALTIME in nanoseconds, or {@link Long#MAX_VALUE} for no end
     * @return 0, or a negated error number; −ERESTARTSYS when a signal came
     */
    long send(Task task, Message message, boolean wait, long deadline) {
        heap.take(message.weight());
        long result = -Errno.EAGAIN;
        QueueNotification told = null;
        Waiter waiter = null;
        synchronized (this) {
            if (count < attributes.messages()) {
                told = insertOrHandOver(message);
                result = 0;
            } else if (wait) {
                waiter = new Waiter(task, message);
                senders.add(waiter);
            }
        }
        if (waiter != null) {
            result = await(waiter, senders, deadline);
        }
        if (result != 0) {
            heap.give(message.weight());
        }
        if (told != null) {
            told.arrived(task);
        }
        return result;
    }

    /** Gives whom to tell of the message, or null. */
    private QueueNotification insertOrHandOver(Message message) {
        touch();
        Waiter receiver = first(receivers);
        if (receiver != null) {
            heap.give(message.weight());
            receiver.message = message;
            receiver.wake();
            return null;
        }
        insert(message);
        files.forEach(file -> file.stateChanged(true));
        QueueNotification told = count == 1 ? notification : null;
        if (told != null) {
            notification = null;
        }
        return told;
    }

    private static Waiter first(LinkedHashSet<Waiter> waiters) {
        if (waiters.isEmpty()) {
            return null;
        }
        Waiter first = waiters.iterator().next();
        waiters.remove(first);
        return first;
    }

    private void insert(Message message) {
        messages.computeIfAbsent(message.type(), priority -> new ArrayDeque<>()).add(message);
        count++;
        bytes += message.data().length;
    }

    /**
     * Takes the next message out, or waits for one.
     *
     * @param result gets the message
     * @return 0, or a negated error number
     */
    long receive(Task task, Message[] result, boolean wait, long deadline) {
        Waiter waiter;
        synchronized (this) {
            if (count > 0) {
                result[0] = removeFirst();
                touch();
                Waiter sender = first(senders);
                if (sender != null) {
                    insert(sender.message);
                    sender.wake();
                }
                files.forEach(file -> file.stateChanged(false));
                return 0;
            }
            if (!wait) {
                return -Errno.EAGAIN;
            }
            waiter = new Waiter(task, null);
            receivers.add(waiter);
        }
        long error = await(waiter, receivers, deadline);
        result[0] = waiter.message;
        return error;
    }

    private Message removeFirst() {
        var first = messages.firstEntry();
        Message message = first.getValue().remove();
        if (first.getValue().isEmpty()) {
            messages.remove(first.getKey());
        }
        heap.give(message.weight());
        count--;
        bytes -= message.data().length;
        return message;
    }

    /** The clock may be set meanwhile, so a long wait is looked at again now and then. */
    private static final long LONGEST_WAIT = Timespec.SECOND;

    private long await(Waiter waiter, LinkedHashSet<Waiter> queue, long deadline) {
        for (; ; ) {
            long left = deadline == Long.MAX_VALUE ? Long.MAX_VALUE : deadline - Timespec.now(Time.CLOCK_REALTIME);
            long parked = left == Long.MAX_VALUE
                    ? waiter.task.park(Long.MAX_VALUE)
                    : waiter.task.park(System.nanoTime() + Math.min(Math.max(left, 0), LONGEST_WAIT));
            synchronized (this) {
                if (waiter.done) {
                    return 0;
                }
                if (parked == -Errno.ERESTARTSYS || parked == -Errno.ETIMEDOUT && left <= LONGEST_WAIT) {
                    queue.remove(waiter);
                    return parked;
                }
            }
        }
    }

    private void touch() {
        accessMillis = modifyMillis = changeMillis = System.currentTimeMillis();
    }

    // Notification

    /**
     * {@code mq_notify}.
     *
     * @return false if somebody else is to be told already
     */
    synchronized boolean notify(QueueNotification wanted) {
        if (notification != null) {
            return false;
        }
        wanted.arm();
        notification = wanted;
        accessMillis = changeMillis = System.currentTimeMillis();
        return true;
    }

    /** Takes a process's registration away, if it has one. */
    synchronized void forget(DescriptorTable owner) {
        if (notification != null && notification.isOf(owner)) {
            notification.removed();
            notification = null;
            accessMillis = changeMillis = System.currentTimeMillis();
        }
    }

    /** What reading the queue as a file gives. */
    synchronized String text() {
        return String.format(Locale.ROOT, "QSIZE:%-10d NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n", bytes,
                notification == null ? 0 : notification.kind(),
                notification == null ? 0 : notification.signal(),
                notification == null ? 0 : notification.pid());
    }

    // Files

    synchronized void opened(PosixQueueFile file) {
        files.add(file);
    }

    synchronized void closed(PosixQueueFile file) {
        files.remove(file);
    }

    synchronized void unlink() {
        linked = false;
        changeMillis = System.currentTimeMillis();
    }

    synchronized boolean isLinked() {
        return linked;
    }

    /** Whether it has a name or is open. */
    synchronized boolean isInUse() {
        return linked || !files.isEmpty();
    }

    /** Frees the messages of a queue that is not in use any more. */
    synchronized void dispose() {
        messages.values().forEach(all -> all.forEach(message -> heap.give(message.weight())));
        messages.clear();
        count = 0;
        if (notification != null) {
            notification.removed();
            notification = null;
        }
        heap.give(HeapShare.OBJECT);
    }

    synchronized void status(FileStatus status) {
        status.device = DEVICE;
        status.inode = inode;
        status.links = linked ? 1 : 0;
        status.mode = Stat.S_IFREG | mode;
        status.uid = uid;
        status.gid = gid;
        status.specialDevice = 0;
        status.size = FILE_SIZE;
        status.blockSize = 4096;
        status.blocks = 0;
        status.accessSeconds = accessMillis / 1000;
        status.accessNanos = nanos(accessMillis);
        status.modifySeconds = modifyMillis / 1000;
        status.modifyNanos = nanos(modifyMillis);
        status.changeSeconds = changeMillis / 1000;
        status.changeNanos = nanos(changeMillis);
        status.birthSeconds = 0;
        status.birthNanos = 0;
        status.attributes = 0;
        status.mask = Stat.STATX_BASIC_STATS;
    }

    private static int nanos(long millis) {
        return (int) (millis % 1000) * 1_000_000;
    }
}
