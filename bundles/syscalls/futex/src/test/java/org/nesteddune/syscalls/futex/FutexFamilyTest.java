package org.nesteddune.syscalls.futex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nesteddune.linux.Futex.FUTEX_BITSET_MATCH_ANY;
import static org.nesteddune.linux.Futex.FUTEX_CLOCK_REALTIME;
import static org.nesteddune.linux.Futex.FUTEX_CMP_REQUEUE;
import static org.nesteddune.linux.Futex.FUTEX_CMP_REQUEUE_PI;
import static org.nesteddune.linux.Futex.FUTEX_LOCK_PI;
import static org.nesteddune.linux.Futex.FUTEX_LOCK_PI2;
import static org.nesteddune.linux.Futex.FUTEX_OWNER_DIED;
import static org.nesteddune.linux.Futex.FUTEX_PRIVATE_FLAG;
import static org.nesteddune.linux.Futex.FUTEX_REQUEUE;
import static org.nesteddune.linux.Futex.FUTEX_TID_MASK;
import static org.nesteddune.linux.Futex.FUTEX_TRYLOCK_PI;
import static org.nesteddune.linux.Futex.FUTEX_UNLOCK_PI;
import static org.nesteddune.linux.Futex.FUTEX_WAIT;
import static org.nesteddune.linux.Futex.FUTEX_WAITERS;
import static org.nesteddune.linux.Futex.FUTEX_WAIT_BITSET;
import static org.nesteddune.linux.Futex.FUTEX_WAIT_REQUEUE_PI;
import static org.nesteddune.linux.Futex.FUTEX_WAKE;
import static org.nesteddune.linux.Futex.FUTEX_WAKE_BITSET;
import static org.nesteddune.linux.Futex.FUTEX_WAKE_OP;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nesteddune.linux.Time;

/** Stories of threads and locks, each told twice: to the host's kernel and to a guest's. */
@Timeout(60)
class FutexFamilyTest {

    // Where things lie in the page
    private static final long LOCK = 0;
    private static final long OTHER = 64;
    private static final long COND = 128;
    private static final long TIME = 256;
    private static final long HEAD = 512;
    private static final long VECTOR = 1024;
    private static final long NOWHERE = World.PAGE;

    private static void sameInBoth(Consumer<World> story) {
        List<String> expected;
        try (World world = new World.Native()) {
            story.accept(world);
            expected = world.log();
        }
        try (World world = new World.Guest()) {
            story.accept(world);
            assertThat(world.log()).isEqualTo(expected);
        }
    }

    private static long time(World world, long seconds, long nanos) {
        world.writeLong(TIME, seconds);
        world.writeLong(TIME + 8, nanos);
        return world.at(TIME);
    }

    @Test
    void aFreeLockIsTakenAndGivenBack() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            a.futex("locks", LOCK, FUTEX_LOCK_PI);
            w.tell(LOCK);
            a.futex("locks again", LOCK, FUTEX_LOCK_PI);
            a.futex("tries again", LOCK, FUTEX_TRYLOCK_PI);
            b.futex("unlocks", LOCK, FUTEX_UNLOCK_PI);
            w.tell(LOCK);
            b.futex("tries", LOCK, FUTEX_TRYLOCK_PI);
            w.tell(LOCK);
            a.futex("unlocks", LOCK, FUTEX_UNLOCK_PI);
            w.tell(LOCK);
            a.futex("unlocks again", LOCK, FUTEX_UNLOCK_PI);
            b.futex("tries", LOCK, FUTEX_TRYLOCK_PI);
            w.tell(LOCK);
            w.write(LOCK, FUTEX_OWNER_DIED);
            a.futex("locks what a dead one held", LOCK, FUTEX_LOCK_PI);
            w.tell(LOCK);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, FUTEX_PRIVATE_FLAG})
    void aLockGoesFromOneToTheNext(int flag) {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            World.Actor c = w.actor();
            w.write(LOCK, a.tid());
            b.beginFutex(LOCK, FUTEX_LOCK_PI | flag);
            w.tell(LOCK);
            c.beginFutex(LOCK, FUTEX_LOCK_PI | flag);
            w.tell(LOCK);
            a.futex("unlocks", LOCK, FUTEX_UNLOCK_PI | flag);
            b.end("locks");
            w.tell(LOCK);
            a.futex("tries", LOCK, FUTEX_TRYLOCK_PI | flag);
            a.futex("unlocks", LOCK, FUTEX_UNLOCK_PI | flag);
            b.futex("unlocks", LOCK, FUTEX_UNLOCK_PI | flag);
            c.end("locks");
            w.tell(LOCK);
            c.futex("unlocks", LOCK, FUTEX_UNLOCK_PI | flag);
            w.tell(LOCK);
        });
    }

    @Test
    void waitingForALockEndsWithTheTime() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            w.write(LOCK, a.tid());
            b.futex("locks until 1970", LOCK, FUTEX_LOCK_PI, 0, time(w, 1, 0));
            w.tell(LOCK);
            b.futex("locks until the start", LOCK, FUTEX_LOCK_PI2, 0, time(w, 0, 1));
            b.futex("locks until 1970", LOCK, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME, 0, time(w, 0, 1));
            long soon = System.currentTimeMillis() + 20;
            b.futex("locks for a while", LOCK, FUTEX_LOCK_PI, 0, time(w, soon / 1000, soon % 1000 * 1_000_000));
            long then = System.nanoTime() + 20_000_000;
            b.futex("locks for a while", LOCK, FUTEX_LOCK_PI2, 0, time(w, then / 1_000_000_000, then % 1_000_000_000));
            b.futex("locks badly", LOCK, FUTEX_LOCK_PI, 0, time(w, 0, 1_000_000_000));
            b.futex("locks badly", LOCK, FUTEX_LOCK_PI, 0, time(w, -1, 0));
            b.futex("locks badly", LOCK, FUTEX_LOCK_PI, 0, w.at(NOWHERE));
            b.futex("does not look at it", LOCK, FUTEX_TRYLOCK_PI, 0, w.at(NOWHERE));
            b.futex("has no such clock", LOCK, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, 0, 0);
            b.futex("has no such clock", LOCK, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, w.at(NOWHERE));
            a.futex("unlocks", LOCK, FUTEX_UNLOCK_PI);
            w.tell(LOCK);
            b.futex("locks in time", LOCK, FUTEX_LOCK_PI, 0, time(w, 1, 0));
        });
    }

    @Test
    void whatIsWrongGivesItsError() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            w.write(LOCK, FUTEX_TID_MASK);
            a.futex("locks what nobody owns", LOCK, FUTEX_LOCK_PI);
            w.tell(LOCK);
            a.futex("tries", LOCK, FUTEX_TRYLOCK_PI);
            for (int operation : new int[] {FUTEX_LOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_UNLOCK_PI}) {
                a.futex("nowhere", NOWHERE, operation);
                a.futex("nowhere", NOWHERE, operation | FUTEX_PRIVATE_FLAG);
                a.futex("at an odd place", LOCK + 2, operation);
                a.makes("in the kernel", "futex", -4096, operation);
            }
            w.write(LOCK + 1, a.tid());
            a.futex("at an odd place", LOCK + 1, FUTEX_UNLOCK_PI);
            w.write(LOCK, a.tid());
            b.beginFutex(LOCK, FUTEX_LOCK_PI);
            w.write(LOCK, b.tid() | FUTEX_WAITERS);
            w.actor().futex("locks what is not as it was", LOCK, FUTEX_LOCK_PI);
            w.write(LOCK, w.actor().tid());
            w.actor().futex("locks what is not as it was", LOCK, FUTEX_LOCK_PI);
            w.write(LOCK, 0);
            w.actor().futex("locks what is not as it was", LOCK, FUTEX_LOCK_PI);
            a.futex("is not the owner", LOCK, FUTEX_UNLOCK_PI);
            w.write(LOCK, a.tid() | FUTEX_WAITERS);
            w.actor().futex("wakes", LOCK, FUTEX_WAKE, 1);
            w.actor().futex("wakes", LOCK, FUTEX_WAKE_BITSET, 1, 0, 0, 1);
            w.actor().futex("requeues", LOCK, FUTEX_REQUEUE, 1, 1, w.at(OTHER));
            a.futex("unlocks", LOCK, FUTEX_UNLOCK_PI);
            b.end("locks");
            w.tell(LOCK);
        });
    }

    @Test
    void waitingInACircleIsRefused() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            World.Actor c = w.actor();
            w.write(LOCK, a.tid());
            w.write(OTHER, b.tid());
            w.write(COND, c.tid());
            a.beginFutex(OTHER, FUTEX_LOCK_PI);
            b.beginFutex(COND, FUTEX_LOCK_PI);
            c.futex("closes the circle", LOCK, FUTEX_LOCK_PI);
            w.tell(LOCK);
            c.futex("unlocks", COND, FUTEX_UNLOCK_PI);
            b.end("locks");
            b.futex("unlocks", OTHER, FUTEX_UNLOCK_PI);
            a.end("locks");
        });
    }

    @Test
    void anOwnerThatEndsLeavesItsLocksToThoseWhoWait() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            World.Actor c = w.actor();
            a.futex("locks", LOCK, FUTEX_LOCK_PI);
            b.beginFutex(LOCK, FUTEX_LOCK_PI);
            c.beginFutex(LOCK, FUTEX_LOCK_PI);
            a.end();
            b.end("inherits");
            w.tell(LOCK);
            b.futex("unlocks", LOCK, FUTEX_UNLOCK_PI);
            c.end("locks");
            w.tell(LOCK);
            c.end();
            w.tell(LOCK);
            b.futex("locks what nobody owns", LOCK, FUTEX_LOCK_PI);
        });
    }

    // Robust lists

    /** struct robust_list_head, and entries each 16 bytes before its word. */
    private static void list(World w, World.Actor actor, long pending, long... entries) {
        long last = HEAD;
        for (long entry : entries) {
            w.writeLong(last, entry == 0 ? w.at(NOWHERE) : w.at(entry & ~1) - 16 | entry & 1);
            last = (entry & ~1) - 16;
        }
        if (entries.length == 0 || entries[entries.length - 1] != 0) {
            w.writeLong(last, w.at(HEAD));
        }
        w.writeLong(HEAD + 8, 16);
        w.writeLong(HEAD + 16, pending == 0 ? 0 : w.at(pending & ~1) - 16 | pending & 1);
        actor.makes("has a list", "set_robust_list", w.at(HEAD), 24);
    }

    @Test
    void locksOfTheListAreMarkedAndTheirWaitersWoken() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            list(w, a, 0, 2048, 2048 + 64, 2048 + 128, 2048 + 192, 2048 + 256 | 1);
            w.write(2048, a.tid());
            w.write(2048 + 64, a.tid() | FUTEX_WAITERS);
            w.write(2048 + 128, b.tid());
            w.write(2048 + 192, 0);
            w.write(2048 + 256, a.tid() | FUTEX_WAITERS);
            b.beginFutex(2048 + 64, FUTEX_WAIT, a.tid() | FUTEX_WAITERS);
            a.end();
            b.end("waits");
            for (int i = 0; i < 5; i++) {
                w.tell(2048 + i * 64);
            }
        });
    }

    @Test
    void aLockOfTheListThatIsWaitedForIsInherited() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            World.Actor c = w.actor();
            list(w, a, 0, 2048 | 1);
            w.write(2048, a.tid());
            b.beginFutex(2048, FUTEX_LOCK_PI);
            c.beginFutex(2048, FUTEX_LOCK_PI);
            a.end();
            b.end("inherits");
            w.tell(2048);
            b.futex("unlocks", 2048, FUTEX_UNLOCK_PI);
            c.end("locks");
            w.tell(2048);
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1})
    void theLockThatIsBeingTakenCountsToo(long pi) {
        sameInBoth(w -> {
            for (int owner = 0; owner < 4; owner++) {
                World.Actor a = w.actor();
                World.Actor b = w.actor();
                list(w, a, 2048 | pi, 2048 + 64, 2048 | pi);
                int[] values = {a.tid(), 0, FUTEX_WAITERS, b.tid()};
                w.write(2048, values[owner]);
                w.write(2048 + 64, a.tid());
                b.beginFutex(2048, FUTEX_WAIT, values[owner]);
                a.end();
                w.tell(2048);
                w.tell(2048 + 64);
                w.actor().futex("wakes what is left", 2048, FUTEX_WAKE, 1);
                b.end("waits");
            }
        });
    }

    @Test
    void badListsEndWhereTheyAreBad() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            list(w, a, 2048 + 128, 2048, 0);
            w.write(2048, a.tid());
            w.write(2048 + 64, a.tid());
            w.write(2048 + 128, a.tid());
            a.end();
            w.tell(2048);
            w.tell(2048 + 64);
            w.tell(2048 + 128);
            World.Actor b = w.actor();
            list(w, b, 0, 2048, 2048 + 65, 2048 + 128);
            w.writeLong(HEAD + 8, 18); // no word is where it should be
            w.write(2048 + 2, b.tid());
            b.end();
            w.tell("" + (w.read(2048 + 2) == b.tid()));
            World.Actor c = w.actor();
            list(w, c, 0, 2048);
            w.writeLong(2048 - 16, w.at(2048 - 16)); // a circle without the head
            w.write(2048, c.tid());
            c.end();
            w.tell(2048);
            World.Actor d = w.actor();
            d.makes("has no list", "set_robust_list", w.at(NOWHERE), 24);
            d.makes("has no such list", "set_robust_list", w.at(HEAD), 25);
            d.makes("reads", "get_robust_list", 0, w.at(TIME), w.at(TIME + 8));
            w.tell("" + (w.read(TIME) == (int) w.at(NOWHERE)) + w.read(TIME + 8));
            w.actor().makes("reads another's", "get_robust_list", d.tid(), w.at(TIME), w.at(TIME + 8));
            w.tell("" + (w.read(TIME) == (int) w.at(NOWHERE)));
            d.makes("reads badly", "get_robust_list", 0, w.at(NOWHERE), w.at(TIME));
            d.makes("reads nobody's", "get_robust_list", 4_000_000, w.at(TIME), w.at(TIME));
            d.end();
        });
    }

    // Requeueing to a lock

    private static void awaitLock(World w, World.Actor actor, int expected) {
        actor.beginFutex(COND, FUTEX_WAIT_REQUEUE_PI, expected, 0, w.at(LOCK));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 100})
    void waitersAreMovedToALock(int most) {
        sameInBoth(w -> {
            for (boolean held : new boolean[] {true, false}) {
                World.Actor a = w.actor();
                List<World.Actor> waiting = Stream.generate(w::actor).limit(4).toList();
                w.write(LOCK, held ? a.tid() : 0);
                w.write(COND, 7);
                waiting.forEach(each -> awaitLock(w, each, 7));
                a.futex("moves", COND, FUTEX_CMP_REQUEUE_PI, 1, most, w.at(LOCK), 7);
                w.tell(LOCK);
                if (held) {
                    a.futex("unlocks", LOCK, FUTEX_UNLOCK_PI);
                }
                for (int i = 0; i < waiting.size(); i++) {
                    if (i > 0) {
                        a.futex("moves", COND, FUTEX_CMP_REQUEUE_PI, 1, 0, w.at(LOCK), 7);
                    }
                    waiting.get(i).end("waits");
                    w.tell(LOCK);
                    waiting.get(i).futex("unlocks", LOCK, FUTEX_UNLOCK_PI);
                    w.tell(LOCK);
                }
            }
        });
    }

    @Test
    void movingToALockHasItsRules() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            World.Actor c = w.actor();
            w.write(COND, 7);
            a.futex("waits for another value", COND, FUTEX_WAIT_REQUEUE_PI, 8, 0, w.at(LOCK));
            a.futex("waits for itself", COND, FUTEX_WAIT_REQUEUE_PI, 7, 0, w.at(COND));
            a.futex("waits until then", COND, FUTEX_WAIT_REQUEUE_PI, 7, time(w, 0, 1), w.at(LOCK));
            a.futex("waits until 1970", COND, FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME, 7, time(w, 0, 1),
                    w.at(LOCK));
            a.futex("waits nowhere", NOWHERE, FUTEX_WAIT_REQUEUE_PI, 7, 0, w.at(LOCK));
            a.futex("waits for nothing", COND, FUTEX_WAIT_REQUEUE_PI, 7, 0, w.at(NOWHERE));
            a.futex("waits oddly", COND + 1, FUTEX_WAIT_REQUEUE_PI, 7, 0, w.at(LOCK));
            a.futex("moves nobody", COND, FUTEX_CMP_REQUEUE_PI, 1, 1, w.at(LOCK), 7);
            a.futex("moves to itself", COND, FUTEX_CMP_REQUEUE_PI, 1, 1, w.at(COND), 7);
            a.futex("moves for another value", COND, FUTEX_CMP_REQUEUE_PI, 1, 1, w.at(LOCK), 8);
            a.futex("moves too many", COND, FUTEX_CMP_REQUEUE_PI, 2, 1, w.at(LOCK), 7);
            a.futex("moves too few", COND, FUTEX_CMP_REQUEUE_PI, 1, -1, w.at(LOCK), 7);
            a.futex("moves from nowhere", NOWHERE, FUTEX_CMP_REQUEUE_PI, 1, 1, w.at(LOCK), 7);
            awaitLock(w, b, 7);
            a.futex("moves to another", COND, FUTEX_CMP_REQUEUE_PI, 1, 1, w.at(OTHER), 7);
            a.futex("wakes", COND, FUTEX_WAKE, 1);
            a.futex("requeues", COND, FUTEX_REQUEUE, 1, 1, w.at(OTHER));
            a.futex("locks", COND, FUTEX_TRYLOCK_PI);
            w.write(COND, a.tid());
            a.futex("unlocks", COND, FUTEX_UNLOCK_PI);
            w.write(COND, 7);
            w.write(LOCK, b.tid());
            a.futex("moves the owner", COND, FUTEX_CMP_REQUEUE_PI, 1, 1, w.at(LOCK), 7);
            w.write(LOCK, FUTEX_TID_MASK);
            a.futex("moves to what nobody owns", COND, FUTEX_CMP_REQUEUE_PI, 1, 1, w.at(LOCK), 7);
            w.write(LOCK, a.tid());
            a.futex("moves", COND, FUTEX_CMP_REQUEUE_PI, 1, 1, w.at(LOCK), 7);
            w.tell(LOCK);
            long soon = System.nanoTime() + 50_000_000;
            c.beginFutex(COND, FUTEX_WAIT_REQUEUE_PI, 7, time(w, soon / 1_000_000_000, soon % 1_000_000_000),
                    w.at(LOCK));
            a.futex("moves", COND, FUTEX_CMP_REQUEUE_PI, 1, 1, w.at(LOCK), 7);
            c.end("waits not long enough");
            a.futex("unlocks", LOCK, FUTEX_UNLOCK_PI);
            b.end("waits");
            w.tell(LOCK);
        });
    }

    // What the host does

    @Test
    void waitingAndWaking() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            World.Actor c = w.actor();
            a.futex("waits for another value", LOCK, FUTEX_WAIT, 1);
            a.futex("waits a little", LOCK, FUTEX_WAIT, 0, time(w, 0, 1_000_000));
            a.futex("waits badly", LOCK, FUTEX_WAIT, 0, time(w, 0, -1));
            a.futex("waits nowhere", NOWHERE, FUTEX_WAIT, 0);
            a.makes("waits in the kernel", "futex", -4096, FUTEX_WAIT);
            a.makes("waits oddly in the kernel", "futex", -4095, FUTEX_WAIT);
            a.futex("waits for no bit", LOCK, FUTEX_WAIT_BITSET, 0, 0, 0, 0);
            a.makes("waits for no bit", "futex", -4096, FUTEX_WAIT_BITSET);
            a.futex("does what there is not", LOCK, 99);
            a.futex("wakes nobody", LOCK, FUTEX_WAKE, 1);
            a.futex("wakes nowhere", NOWHERE, FUTEX_WAKE, 1);
            b.beginFutex(LOCK, FUTEX_WAIT_BITSET, 0, 0, 0, 1);
            c.beginFutex(LOCK, FUTEX_WAIT_BITSET, 0, 0, 0, 2);
            a.futex("wakes by another bit", LOCK, FUTEX_WAKE_BITSET, 9, 0, 0, 4);
            a.futex("wakes by a bit", LOCK, FUTEX_WAKE_BITSET, 9, 0, 0, 2);
            c.end("waits");
            a.futex("wakes", LOCK, FUTEX_WAKE, 9);
            b.end("waits");
            b.beginFutex(LOCK, FUTEX_WAIT, 0);
            a.futex("requeues", LOCK, FUTEX_CMP_REQUEUE, 0, 9, w.at(OTHER), 1);
            a.futex("requeues", LOCK, FUTEX_CMP_REQUEUE, 0, 9, w.at(OTHER), 0);
            a.futex("requeues too few", LOCK, FUTEX_REQUEUE, 0, -1, w.at(OTHER), 0);
            w.write(OTHER, 5);
            // 5 += 3, and the second word's waiters are woken because it was greater than 4
            a.futex("changes and wakes", LOCK, FUTEX_WAKE_OP, 1, 1, w.at(OTHER), 1 << 28 | 4 << 24 | 3 << 12 | 4);
            b.end("waits");
            w.tell(OTHER);
        });
    }

    @Test
    void theNewCalls() {
        sameInBoth(w -> {
            World.Actor a = w.actor();
            World.Actor b = w.actor();
            int u32 = 2;
            b.begin("futex_wait", w.at(LOCK), 0, FUTEX_BITSET_MATCH_ANY & 0xffff_ffffL, u32, 0, 0);
            a.makes("wakes", "futex_wake", w.at(LOCK), 0xffff_ffffL, 1, u32);
            b.end("waits");
            a.makes("waits a little", "futex_wait", w.at(LOCK), 0, 1, u32, time(w, 0, 1), Time.CLOCK_MONOTONIC);
            a.makes("waits by no clock", "futex_wait", w.at(LOCK), 0, 1, u32, time(w, 0, 1), Time.CLOCK_BOOTTIME);
            a.makes("waits for no bit", "futex_wait", w.at(LOCK), 0, 0, u32, 0, 0);
            a.makes("waits for a byte", "futex_wait", w.at(LOCK), 0, 1, 0, w.at(NOWHERE), 0);
            a.makes("waits for too much", "futex_wait", w.at(LOCK), 1L << 32, 1, u32, w.at(NOWHERE), 0);
            a.makes("waits nowhere", "futex_wait", w.at(NOWHERE), 0, 1, u32, 0, 0);
            a.makes("waits in the kernel", "futex_wait", -4096, 0, 1, u32, 0, 0);
            w.writeLong(VECTOR, 0);
            w.writeLong(VECTOR + 8, w.at(LOCK));
            w.writeLong(VECTOR + 16, u32);
            w.writeLong(VECTOR + 24, 0);
            w.writeLong(VECTOR + 32, w.at(OTHER));
            w.writeLong(VECTOR + 40, u32);
            b.begin("futex_wait", w.at(LOCK), 0, 1, u32, 0, 0);
            a.makes("requeues", "futex_requeue", w.at(VECTOR), 0, 0, 1);
            a.makes("wakes", "futex_wake", w.at(OTHER), 1, 1, u32);
            b.end("waits");
            a.makes("requeues with flags", "futex_requeue", w.at(VECTOR), 1, 0, 1);
            a.makes("requeues nothing", "futex_requeue", 0, 0, 0, 1);
            a.makes("requeues from nowhere", "futex_requeue", w.at(NOWHERE), 0, 0, 1);
            b.begin("futex_waitv", w.at(VECTOR), 2, 0, 0, 0);
            a.makes("wakes", "futex_wake", w.at(OTHER), 1, 1, u32);
            b.end("waits for two");
            a.makes("waits a little", "futex_waitv", w.at(VECTOR), 2, 0, time(w, 0, 1), Time.CLOCK_REALTIME);
            a.makes("waits for none", "futex_waitv", w.at(VECTOR), 0, 0, 0, 0);
            a.makes("waits for too many", "futex_waitv", w.at(VECTOR), 129, 0, 0, 0);
            a.makes("waits nowhere", "futex_waitv", w.at(NOWHERE), 2, 0, 0, 0);
            w.writeLong(VECTOR + 32, -4095);
            a.makes("waits oddly in the kernel", "futex_waitv", w.at(VECTOR), 2, 0, 0, 0);
            w.writeLong(VECTOR + 32, -4096);
            a.makes("waits in the kernel", "futex_waitv", w.at(VECTOR), 2, 0, 0, 0);
            w.writeLong(VECTOR + 40, 99);
            a.makes("waits for what there is not", "futex_waitv", w.at(VECTOR), 2, 0, 0, 0);
        });
    }

    // Barriers

    @Test
    void barriersWantToBeAnnounced() {
        try (World.Guest w = new World.Guest()) {
            World.Actor a = w.actor();
            for (int command : new int[] {1 << 3, 1 << 5}) {
                a.makes("without", "membarrier", command, 0, 0);
                a.makes("announces", "membarrier", command << 1, 0, 0);
                a.makes("with", "membarrier", command, 0, 0);
            }
            a.makes("asks", "membarrier", 1 << 9, 0, 0);
            a.makes("global", "membarrier", 1, 0, 0);
            a.makes("for sequences", "membarrier", 1 << 7, 0, 0);
            a.makes("with a flag", "membarrier", 1, 1, 0);
            assertThat(w.log()).containsExactly("A without: EPERM", "A announces: 0", "A with: 0",
                    "A without: EPERM", "A announces: 0", "A with: 0", "A asks: " + (1 << 4 | 1 << 6),
                    "A global: 0", "A for sequences: EINVAL", "A with a flag: EINVAL");
        }
    }
}
