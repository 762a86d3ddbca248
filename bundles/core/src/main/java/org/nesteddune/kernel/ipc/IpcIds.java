package org.nesteddune.kernel.ipc;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.nesteddune.kernel.Credentials;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Ipc;
import org.nesteddune.syscall.ErrnoException;

/**
 * The objects of one kind by id and by key ({@code struct ipc_ids}). An id is an index into the table and a number that
 * tells successive objects at one index apart; indexes are handed out in a circle, as the kernel does it, so that ids that
 * are gone stay gone for a while. Thread-safe; its monitor is taken before those of the objects.
 *
 * @param <T> the kind
 */
final class IpcIds<T extends IpcObject> {

    /** How an object is looked for. */
    enum Lookup {
        /** By its id. */
        ID,
        /** By the index in its id, as {@code *_STAT} and {@code *_STAT_ANY} do. */
        INDEX
    }

    /** How many objects of a kind there can be at most (IPCMNI of {@code ipc/util.h}), a power of two. */
    static final int INDEXES = 1 << 15;

    private static final int INDEX_BITS = 15;

    /** Indexes are not used again until at least so many others have been (ipc_min_cycle). */
    private static final int LEAST_CYCLE = 64;

    private static final int GREATEST_SEQUENCE = Integer.MAX_VALUE >> INDEX_BITS;

    // Guarded by this.
    private final Map<Integer, T> objects = new HashMap<>();
    private final Map<Integer, T> keys = new HashMap<>();
    private final BitSet used = new BitSet();
    private int next;
    private int last = -1;
    private int sequence;

    /**
     * The object that a {@code get} call is after: that of the key, or a new one.
     *
     * @param flags IPC_CREAT, IPC_EXCL, and the permissions that are asked for
     * @param limit how many objects there may be
     * @param fits looks at an existing object, and throws what the call fails with
     * @param maker makes a new one, or throws
     * @return its id
     */
    synchronized int get(
            int key, int flags, long limit, Credentials who, Consumer<T> fits, Supplier<T> maker) {
        if (key == Ipc.IPC_PRIVATE) {
            return make(limit, maker);
        }
        T found = keys.get(key);
        if (found == null) {
            if ((flags & Ipc.IPC_CREAT) == 0) {
                throw new ErrnoException(Errno.ENOENT);
            }
            return make(limit, maker);
        }
        if ((flags & Ipc.IPC_CREAT) != 0 && (flags & Ipc.IPC_EXCL) != 0) {
            throw new ErrnoException(Errno.EEXIST);
        }
        fits.accept(found);
        found.check(who, flags);
        return found.id();
    }

    private int make(long limit, Supplier<T> maker) {
        T object = maker.get();
        int index = allocate(limit);
        if (index < 0) {
            object.dispose();
            throw new ErrnoException(Errno.ENOSPC);
        }
        object.identify(sequence << INDEX_BITS | index, sequence);
        objects.put(index, object);
        if (object.key() != Ipc.IPC_PRIVATE) {
            keys.put(object.key(), object);
        }
        return object.id();
    }

    /** ipc_idr_alloc, ipc_addid. */
    private int allocate(long limit) {
        int count = objects.size();
        if (count >= Math.min(limit, INDEXES)) {
            return -1;
        }
        int end = Math.min(Math.max(count * 3 / 2, LEAST_CYCLE), INDEXES);
        int index = used.nextClearBit(next);
        if (index >= end) {
            index = used.nextClearBit(0);
        }
        if (index >= end) {
            return -1;
        }
        next = index + 1;
        if (index <= last) {
            sequence = sequence + 1 >= GREATEST_SEQUENCE ? 0 : sequence + 1;
        }
        last = index;
        used.set(index);
        return index;
    }

    /** The object of an id. Throws EINVAL. */
    T find(int id) {
        return find(id, Lookup.ID);
    }

    /** The object of an id, or of its index alone. Throws EINVAL. */
    synchronized T find(int id, Lookup lookup) {
        T object = id < 0 ? null : objects.get(id & INDEXES - 1);
        if (object == null || lookup == Lookup.ID && object.id() != id) {
            throw new ErrnoException(Errno.EINVAL);
        }
        return object;
    }

    /** Takes an object out; false if it is out already. */
    synchronized boolean remove(T object) {
        int index = object.id() & INDEXES - 1;
        if (object.isRemoved() || objects.get(index) != object) {
            return false;
        }
        hide(object);
        objects.remove(index);
        used.clear(index);
        object.markRemoved();
        return true;
    }

    /** Makes an object be found by its id only. */
    synchronized void hide(T object) {
        keys.remove(object.key(), object);
        object.forgetKey();
    }

    /** How many there are. */
    synchronized int count() {
        return objects.size();
    }

    /** The greatest index in use, 0 if none is, as the {@code *_INFO} commands return it. */
    synchronized int greatestIndex() {
        return Math.max(0, used.length() - 1);
    }

    /** All of them by ascending index, a snapshot. */
    synchronized List<T> all() {
        List<T> all = new ArrayList<>(objects.size());
        for (int index = used.nextSetBit(0); index >= 0; index = used.nextSetBit(index + 1)) {
            all.add(objects.get(index));
        }
        return all;
    }
}
