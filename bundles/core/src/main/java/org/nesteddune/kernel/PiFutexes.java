package org.nesteddune.kernel;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Futex;
import org.nesteddune.memory.GuestFault;
import org.nesteddune.memory.GuestMemory;
import org.nesteddune.mm.AddressSpace;
import org.nesteddune.mm.SharedPlace;

/**
 * The priority-inheriting futexes (PI futexes) of all guests of a dune, by the rules of {@code kernel/futex/pi.c} and
 * {@code requeue.c}. The word of such a futex holds the owner's thread id, which the host's futexes would take for one of
 * its own, so these are carried out here. Ownership, waiting and what becomes of both when an owner dies are as in the
 * kernel; no priority is passed on, because guests have none but nice values, and waiters get the lock in the order of
 * their coming, as they do among tasks without real-time priority.
 *
 * <p>A futex has state only while somebody waits for it or a call is about it. Thread-safe. Results are those of futex(2),
 * negated error numbers among them; a bad address is a {@link GuestFault}.
 */
public final class PiFutexes {

    private static final int TID_MASK = Futex.FUTEX_TID_MASK;
    private static final int WAITERS = Futex.FUTEX_WAITERS;
    private static final int OWNER_DIED = Futex.FUTEX_OWNER_DIED;

    /** What {@link #attempt} says besides error numbers. */
    private static final int ACQUIRED = 1;

    private static final int MUST_WAIT = 0;

    /** Lock order: futexes by their id, then {@link #chainLock}. Guest memory is accessed under the former only. */
    private final Map<Key, PiFutex> futexes = new ConcurrentHashMap<>();

    private final AtomicLong ids = new AtomicLong();
    private final IntFunction<Task> tasks;

    /** Makes the search for a circle of waiting tasks and the joining of one a single step. */
    private final Object chainLock = new Object();

    private final Map<Task, PiFutex> waits = new ConcurrentHashMap<>();

    /** @param tasks finds a task by its tid, null if there is none */
    public PiFutexes(IntFunction<Task> tasks) {
        this.tasks = tasks;
    }

    /**
     * What a futex is known by: a place in a shared object, or an address in an address space. Private and shared futexes
     * at the same address are different ones, as in the kernel.
     */
    private record Key(Object object, long offset, boolean isPrivate) {}

    private static Key key(AddressSpace memory, long address, boolean isPrivate) {
        if (!isPrivate) {
            SharedPlace place = memory.sharedPlace(address);
            if (place != null) {
                return new Key(place.object(), place.offset(), false);
            }
        }
        return new Key(memory, address, isPrivate);
    }

    /** A futex that somebody uses. Guarded by its monitor; the owner can be read without it. */
    private static final class PiFutex {

        final Key key;
        final long id;
        final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

        /** Set if and only if tasks wait to become the owner. */
        volatile Task owner;

        /** Calls and waiters that use it. Guarded by the map's lock on the key. */
        int users;

        PiFutex(Key key, long id) {
            this.key = key;
            this.id = id;
        }
    }

    /** A task that waits. Changed under the monitor of the futex where it does. */
    private static final class Waiter {

        final Task task;
        /** Of the lock's word, in the task's own address space. */
        final long address;
        /** The lock to which a requeueing moves it; null for one that waits for a lock from the start. */
        final Key target;

        volatile PiFutex futex;
        /** Whether it waits for a lock, or has it. */
        boolean forLock;
        volatile boolean ended;
        /** What its call returns, once {@link #ended}. */
        long result;

        Waiter(Task task, long address, Key target, PiFutex futex) {
            this.task = task;
            this.address = address;
            this.target = target;
            this.futex = futex;
            forLock = target == null;
        }

        void end(long value) {
            result = value;
            ended = true;
            task.unpark();
        }
    }

    private PiFutex use(Key key) {
        return futexes.compute(key, (same, known) -> {
            PiFutex futex = known == null ? new PiFutex(key, ids.incrementAndGet()) : known;
            futex.users++;
            return futex;
        });
    }

    private void unuse(PiFutex futex) {
        futexes.computeIfPresent(futex.key, (same, known) -> --known.users == 0 ? null : known);
    }

    private static int load(GuestMemory memory, long address) {
        return memory.compareAndExchangeInt(address, 0, 0);
    }

    /**
     * FUTEX_LOCK_PI, FUTEX_LOCK_PI2 and FUTEX_TRYLOCK_PI.
     *
     * @param tryOnly EAGAIN instead of waiting
     */
    public long lock(Task task, long address, boolean isPrivate, Deadline deadline, boolean tryOnly) {
        if ((address & 3) != 0) {
            return -Errno.EINVAL;
        }
        AddressSpace memory = task.memory();
        PiFutex futex = use(key(memory, address, isPrivate));
        Waiter waiter = new Waiter(task, address, null, futex);
        try {
            for (; ; ) {
                long result = lockOnce(waiter, memory, tryOnly);
                if (result == MUST_WAIT) {
                    break;
                }
                if (result != -Errno.EBUSY) {
                    return result == ACQUIRED ? 0 : result;
                }
                // The word changes all the time: whoever is meant to end must not be kept by that.
                if (task.park(0) == -Errno.ERESTARTSYS) {
                    return -Errno.ERESTARTNOINTR;
                }
            }
            long result = await(waiter, deadline);
            return result == -Errno.ERESTARTSYS ? -Errno.ERESTARTNOINTR : result;
        } finally {
            unuse(futex);
        }
    }

    private long lockOnce(Waiter waiter, AddressSpace memory, boolean tryOnly) {
        PiFutex futex = waiter.futex;
        synchronized (futex) {
            long result = attempt(futex, memory, waiter.address, waiter.task, false);
            if (result == MUST_WAIT) {
                result = tryOnly ? -Errno.EAGAIN : join(futex, waiter);
            }
            forgetOwner(futex);
            return result;
        }
    }

    /**
     * Tries to take a lock for a task ({@code futex_lock_pi_atomic}). With the futex's monitor held.
     *
     * @param othersFollow sets FUTEX_WAITERS, so that the new owner cannot unlock without a call, and notes the owner
     * @return ACQUIRED; MUST_WAIT, and the futex has its owner; −EBUSY if the word has just changed; another error
     */
    private long attempt(PiFutex futex, AddressSpace memory, long address, Task task, boolean othersFollow) {
        int value = load(memory, address);
        int owner = value & TID_MASK;
        if (owner == task.tid()) {
            return -Errno.EDEADLK;
        }
        Waiter top = futex.waiters.peekFirst();
        if (top != null) {
            if (!top.forLock) {
                return -Errno.EINVAL;
            }
            boolean dead = (value & OWNER_DIED) != 0 && owner == 0;
            return dead || owner == futex.owner.tid() ? MUST_WAIT : -Errno.EINVAL;
        }
        if (owner == 0) {
            int wanted = value & OWNER_DIED | task.tid() | (othersFollow ? WAITERS : 0);
            if (memory.compareAndExchangeInt(address, value, wanted) != value) {
                return -Errno.EBUSY;
            }
            if (othersFollow) {
                futex.owner = task;
            }
            return ACQUIRED;
        }
        int wanted = value | WAITERS;
        if (memory.compareAndExchangeInt(address, value, wanted) != value) {
            return -Errno.EBUSY;
        }
        Task found = tasks.apply(owner);
        futex.owner = found;
        if (found != null && !found.settings().futexesReleased()) {
            return MUST_WAIT;
        }
        // Its owner is gone: if it left the word as it was, nobody will ever unlock it.
        futex.owner = null;
        return load(memory, address) == wanted ? -Errno.ESRCH : -Errno.EBUSY;
    }

    /** Lets a waiter wait for a lock, unless tasks would then wait for one another in a circle. */
    private long join(PiFutex futex, Waiter waiter) {
        synchronized (chainLock) {
            for (PiFutex next = futex; next != null; ) {
                Task owner = next.owner;
                if (owner == waiter.task) {
                    return -Errno.EDEADLK;
                }
                next = owner == null ? null : waits.get(owner);
            }
            waits.put(waiter.task, futex);
        }
        waiter.forLock = true;
        futex.waiters.addLast(waiter);
        return MUST_WAIT;
    }

    private static void forgetOwner(PiFutex futex) {
        if (futex.waiters.isEmpty()) {
            futex.owner = null;
        }
    }

    /** Holds the task until the waiter's call has ended. */
    private long await(Waiter waiter, Deadline deadline) {
        while (!waiter.ended) {
            long parked = waiter.task.park(deadline.next());
            boolean over = parked == -Errno.ERESTARTSYS || parked == -Errno.ETIMEDOUT && deadline.hasPassed();
            if (over && leave(waiter)) {
                return parked;
            }
        }
        return waiter.result;
    }

    /** Takes a waiter out; whether it was still waiting. */
    private boolean leave(Waiter waiter) {
        for (; ; ) {
            PiFutex futex = waiter.futex;
            synchronized (futex) {
                if (waiter.futex != futex) {
                    continue;
                }
                if (waiter.ended) {
                    return false;
                }
                futex.waiters.remove(waiter);
                waits.remove(waiter.task);
                forgetOwner(futex);
                return true;
            }
        }
    }

    /** FUTEX_UNLOCK_PI. */
    public long unlock(Task task, long address, boolean isPrivate) {
        AddressSpace memory = task.memory();
        boolean aligned = (address & 3) == 0;
        int value = aligned ? load(memory, address) : memory.readInt(address);
        if ((value & TID_MASK) != task.tid()) {
            return -Errno.EPERM;
        }
        if (!aligned) {
            return -Errno.EINVAL;
        }
        PiFutex futex = use(key(memory, address, isPrivate));
        try {
            synchronized (futex) {
                for (; ; ) {
                    Waiter top = futex.waiters.peekFirst();
                    if (top != null && (!top.forLock || futex.owner != task)) {
                        return -Errno.EINVAL;
                    }
                    int wanted = top == null ? 0 : WAITERS | top.task.tid();
                    int found = memory.compareAndExchangeInt(address, value, wanted);
                    if (found == value) {
                        if (top != null) {
                            handOver(futex, 0);
                        }
                        return 0;
                    }
                    if (top != null && (found & TID_MASK) != value) {
                        return -Errno.EINVAL;
                    }
                    if ((found & TID_MASK) != task.tid()) {
                        return -Errno.EPERM;
                    }
                    value = found;
                }
            }
        } finally {
            unuse(futex);
        }
    }

    /** Makes the first waiter the owner, or ends its call with an error. */
    private void handOver(PiFutex futex, long result) {
        Waiter waiter = futex.waiters.removeFirst();
        waits.remove(waiter.task);
        futex.owner = futex.waiters.isEmpty() ? null : waiter.task;
        waiter.end(result);
    }

    /**
     * Gives away all locks for which others wait, at the end of a task or when it begins another program; the new owners
     * find FUTEX_OWNER_DIED in the word ({@code exit_pi_state_list}). From then on the task owns none.
     */
    public void release(Task task) {
        task.settings().releaseFutexes();
        for (PiFutex futex : futexes.values()) {
            if (futex.owner == task) {
                synchronized (futex) {
                    if (futex.owner == task) {
                        inherit(futex);
                    }
                }
            }
        }
    }

    private void inherit(PiFutex futex) {
        for (; ; ) {
            Waiter heir = futex.waiters.peekFirst();
            if (heir == null || !heir.forLock) {
                futex.owner = null;
                return;
            }
            try {
                // The heir's view of the word: the owner's may be gone.
                AddressSpace memory = heir.task.memory();
                int wanted = OWNER_DIED | WAITERS | heir.task.tid();
                for (int value = load(memory, heir.address); ; ) {
                    int found = memory.compareAndExchangeInt(heir.address, value, wanted);
                    if (found == value) {
                        break;
                    }
                    value = found;
                }
                handOver(futex, 0);
                return;
            } catch (GuestFault bad) {
                handOver(futex, -Errno.EFAULT);
            }
        }
    }

    /**
     * FUTEX_WAIT_REQUEUE_PI: waits until a {@link #requeue} has moved the task to a lock and the lock is its own.
     *
     * @param expected EAGAIN if the word is not this
     * @param lock the address of the lock's word
     */
    public long awaitRequeue(
            Task task, long address, boolean isPrivate, int expected, Deadline deadline, long lock) {
        if (address == lock || ((address | lock) & 3) != 0) {
            return -Errno.EINVAL;
        }
        AddressSpace memory = task.memory();
        if (isPrivate) {
            memory.host(lock, Integer.BYTES);
        } else {
            // To know what is shared the kernel needs the page, not only the address.
            load(memory, lock);
        }
        Key target = key(memory, lock, isPrivate);
        PiFutex futex = use(key(memory, address, isPrivate));
        Waiter waiter = new Waiter(task, lock, target, futex);
        try {
            synchronized (futex) {
                if (memory.readInt(address) != expected) {
                    return -Errno.EAGAIN;
                }
                if (futex.key.equals(target)) {
                    return -Errno.EINVAL;
                }
                futex.waiters.addLast(waiter);
            }
            long result = await(waiter, deadline);
            if (result != -Errno.ERESTARTSYS) {
                return result;
            }
            // Made again after the requeueing, the call would only find that the word has changed.
            return waiter.forLock ? -Errno.EAGAIN : -Errno.ERESTARTNOINTR;
        } finally {
            unuse(waiter.futex);
        }
    }

    /**
     * FUTEX_CMP_REQUEUE_PI: gives a lock to the first task that waits by {@link #awaitRequeue}, if the lock is free, and
     * moves further ones to wait for it.
     *
     * @param wake must be 1
     * @param most the most tasks to be moved
     * @param expected EAGAIN if the word is not this
     * @param lock the address of the lock's word
     * @return how many got the lock or were moved
     */
    public long requeue(
            Task task, long address, boolean isPrivate, int wake, int most, long lock, int expected) {
        if (wake != 1 || most < 0 || address == lock || ((address | lock) & 3) != 0) {
            return -Errno.EINVAL;
        }
        AddressSpace memory = task.memory();
        Key from = key(memory, address, isPrivate);
        Key to = key(memory, lock, isPrivate);
        if (from.equals(to)) {
            return -Errno.EINVAL;
        }
        PiFutex source = use(from);
        PiFutex target = use(to);
        boolean inOrder = source.id < target.id;
        try {
            for (; ; ) {
                synchronized (inOrder ? source : target) {
                    synchronized (inOrder ? target : source) {
                        if (memory.readInt(address) != expected) {
                            return -Errno.EAGAIN;
                        }
                        long result = move(source, target, memory, lock, most);
                        forgetOwner(target);
                        if (result != -Errno.EBUSY) {
                            return result;
                        }
                    }
                }
                if (task.park(0) == -Errno.ERESTARTSYS) {
                    return -Errno.ERESTARTNOINTR;
                }
            }
        } finally {
            unuse(target);
            unuse(source);
        }
    }

    private long move(PiFutex source, PiFutex target, AddressSpace memory, long lock, int most) {
        Waiter top = source.waiters.peekFirst();
        if (top == null) {
            return 0;
        }
        if (top.forLock || !top.target.equals(target.key)) {
            return -Errno.EINVAL;
        }
        long result = attempt(target, memory, lock, top.task, most > 0);
        if (result < 0) {
            return result;
        }
        int count = 0;
        if (result == ACQUIRED) {
            source.waiters.removeFirst();
            top.forLock = true;
            top.end(0);
            count++;
        }
        while (count - 1 < most && !source.waiters.isEmpty()) {
            Waiter next = source.waiters.peekFirst();
            if (next.forLock || !next.target.equals(target.key)) {
                return -Errno.EINVAL;
            }
            result = join(target, next);
            if (result != MUST_WAIT) {
                return result;
            }
            source.waiters.removeFirst();
            use(target.key);
            next.futex = target;
            unuse(source);
            count++;
        }
        return count;
    }

    /** Whether nobody waits and no call is under way. */
    public boolean isIdle() {
        return futexes.isEmpty() && waits.isEmpty();
    }

    /** Whether tasks wait at a word in a way that FUTEX_WAKE and its like have no business with (EINVAL). */
    public boolean hasWaiters(Task task, long address, boolean isPrivate) {
        if (futexes.isEmpty()) {
            return false;
        }
        PiFutex futex = futexes.get(key(task.memory(), address, isPrivate));
        if (futex == null) {
            return false;
        }
        synchronized (futex) {
            return !futex.waiters.isEmpty();
        }
    }
}
