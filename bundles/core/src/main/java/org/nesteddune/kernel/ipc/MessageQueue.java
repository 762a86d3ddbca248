package org.nesteddune.kernel.ipc;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;
import org.nesteddune.syscall.ErrnoException;

/**
 * A System V message queue. A message for which somebody waits goes to him without lying in the queue ({@code ipc/msg.c}).
 * Everything is guarded by the object's monitor.
 */
final class MessageQueue extends IpcObject {

    /** What a receiver looks for. */
    private enum Search { ANY, EQUAL, NOT_EQUAL, LESS_OR_EQUAL, POSITION }

    private final HeapShare heap;
    private final LinkedList<Message> messages = new LinkedList<>();
    private final LinkedHashSet<Receiver> receivers = new LinkedHashSet<>();
    private final LinkedHashSet<Sender> senders = new LinkedHashSet<>();
    private long capacity;
    private long bytes;
    private long sendTime;
    private long receiveTime;
    private long changeTime = now();
    private int lastSender;
    private int lastReceiver;

    MessageQueue(int key, int mode, long capacity, Credentials creator, HeapShare heap) {
        super(key, mode, creator);
        heap.take(HeapShare.OBJECT);
        this.heap = heap;
        this.capacity = capacity;
    }

    /** A task in {@code msgrcv}. */
    private static final class Receiver {

        private final Task task;
        private final Search search;
        private final long type;
        private final long room;
        private Message message;
        /** An error that ends the call; −EAGAIN means that it looks anew. */
        private int error;

        Receiver(Task task, Search search, long type, long room) {
            this.task = task;
            this.search = search;
            this.type = type;
            this.room = room;
        }
    }

    /** A task in {@code msgsnd}. */
    private record Sender(Task task, int size) {

        /** Each call is its own. */
        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    synchronized MessageQueues.Status status() {
        checkPresent();
        return new MessageQueues.Status(id(), permissions(), sendTime, receiveTime, changeTime, bytes, messages.size(),
                capacity, lastSender, lastReceiver);
    }

    synchronized int count() {
        return messages.size();
    }

    synchronized long bytes() {
        return bytes;
    }

    // Sending

    /** {@code msgsnd}; 0, or a negated error number. */
    int send(Task task, Message message, int flags) {
        Sender sender = new Sender(task, message.data().length);
        try {
            for (; ; ) {
                synchronized (this) {
                    check(task.credentials(), WRITE);
                    checkPresent();
                    if (fits(sender.size)) {
                        put(task, message);
                        return 0;
                    }
                    if ((flags & Ipc.IPC_NOWAIT) != 0) {
                        return -Errno.EAGAIN;
                    }
                    senders.add(sender);
                }
                if (task.park(Long.MAX_VALUE) == -Errno.ERESTARTSYS) {
                    return isRemoved() ? -Errno.EIDRM : -Errno.ERESTARTNOHAND;
                }
            }
        } finally {
            synchronized (this) {
                senders.remove(sender);
            }
        }
    }

    private boolean fits(int size) {
        return bytes + size <= capacity && messages.size() < capacity;
    }

    private void put(Task task, Message message) {
        boolean handedOver = hand(message);
        if (!handedOver) {
            heap.take(message.weight());
            messages.add(message);
            bytes += message.data().length;
        }
        lastSender = task.process().pid();
        sendTime = now();
    }

    /** Gives a message to the first receiver that wants it; those for whom it is too long fail on the way. */
    private boolean hand(Message message) {
        for (Iterator<Receiver> all = receivers.iterator(); all.hasNext(); ) {
            Receiver receiver = all.next();
            if (matches(message, receiver.search, receiver.type)) {
                all.remove();
                boolean fits = message.data().length <= receiver.room;
                if (fits) {
                    receiver.message = message;
                    lastReceiver = receiver.task.tid();
                    receiveTime = now();
                } else {
                    receiver.error = -Errno.E2BIG;
                }
                receiver.task.unpark();
                if (fits) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean matches(Message message, Search search, long type) {
        return switch (search) {
            case ANY, POSITION -> true;
            case EQUAL -> message.type() == type;
            case NOT_EQUAL -> message.type() != type;
            case LESS_OR_EQUAL -> message.type() <= type;
        };
    }

    // Receiving

    /**
     * {@code msgrcv}.
     *
     * @param room bytes that the caller's buffer has for the text
     * @throws ErrnoException ERESTARTNOHAND among others
     */
    Message receive(Task task, long room, long wantedType, int flags) {
        Search search = search(wantedType, flags);
        long type = search == Search.LESS_OR_EQUAL
                ? wantedType == Long.MIN_VALUE ? Long.MAX_VALUE : -wantedType
                : wantedType;
        boolean cut = (flags & Ipc.MSG_NOERROR) != 0;
        for (; ; ) {
            Receiver receiver;
            synchronized (this) {
                check(task.credentials(), READ);
                checkPresent();
                Message found = find(search, type);
                if (found != null) {
                    return take(task, found, room, flags);
                }
                if ((flags & Ipc.IPC_NOWAIT) != 0) {
                    throw new ErrnoException(Errno.ENOMSG);
                }
                receiver = new Receiver(task, search, type, cut ? Integer.MAX_VALUE : room);
                receivers.add(receiver);
            }
            Message message = await(receiver);
            if (message != null) {
                return message;
            }
        }
    }

    private static Search search(long type, int flags) {
        if ((flags & Ipc.MSG_COPY) != 0) {
            return Search.POSITION;
        }
        if (type <= 0) {
            return type == 0 ? Search.ANY : Search.LESS_OR_EQUAL;
        }
        return (flags & Ipc.MSG_EXCEPT) != 0 ? Search.NOT_EQUAL : Search.EQUAL;
    }

    private Message find(Search search, long type) {
        Message least = null;
        long position = 0;
        for (Message message : messages) {
            if (search == Search.POSITION) {
                if (position++ == type) {
                    return message;
                }
            } else if (matches(message, search, least == null ? type : least.type() - 1)) {
                if (search != Search.LESS_OR_EQUAL) {
                    return message;
                }
                least = message;
            }
        }
        return least;
    }

    private Message take(Task task, Message found, long room, int flags) {
        int size = found.data().length;
        if (room < size && (flags & Ipc.MSG_NOERROR) == 0) {
            throw new ErrnoException(Errno.E2BIG);
        }
        if ((flags & Ipc.MSG_COPY) != 0) {
            if (room < size) {
                throw new ErrnoException(Errno.EINVAL);
            }
            return found;
        }
        messages.remove(found);
        bytes -= size;
        heap.give(found.weight());
        receiveTime = now();
        lastReceiver = task.process().pid();
        wakeSenders();
        return found;
    }

    private void wakeSenders() {
        for (Sender sender : senders) {
            if (fits(sender.size)) {
                sender.task.unpark();
            }
        }
    }

    /** The message that came; null to look anew. */
    private Message await(Receiver receiver) {
        for (; ; ) {
            long parked = receiver.task.park(Long.MAX_VALUE);
            synchronized (this) {
                if (receiver.message != null) {
                    return receiver.message;
                }
                if (receiver.error != 0 && receiver.error != -Errno.EAGAIN) {
                    throw new ErrnoException(-receiver.error);
                }
                if (parked == -Errno.ERESTARTSYS) {
                    receivers.remove(receiver);
                    throw new ErrnoException(Errno.ERESTARTNOHAND);
                }
                if (receiver.error != 0) {
                    return null;
                }
            }
        }
    }

    // Changing

    /** IPC_SET: those that wait look anew, because permissions or room may be others now. */
    synchronized void change(int uid, int gid, int mode, long newCapacity) {
        checkPresent();
        update(uid, gid, mode);
        capacity = newCapacity;
        changeTime = now();
        endReceivers(-Errno.EAGAIN);
        wakeSenders();
    }

    private void endReceivers(int error) {
        List<Receiver> all = new ArrayList<>(receivers);
        receivers.clear();
        for (Receiver receiver : all) {
            receiver.error = error;
            receiver.task.unpark();
        }
    }

    @Override
    synchronized void dispose() {
        endReceivers(-Errno.EIDRM);
        senders.forEach(sender -> sender.task.unpark());
        messages.forEach(message -> heap.give(message.weight()));
        messages.clear();
        heap.give(HeapShare.OBJECT);
        bytes = 0;
    }
}
