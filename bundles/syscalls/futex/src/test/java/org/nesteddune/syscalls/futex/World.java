package org.nesteddune.syscalls.futex;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.nesteddune.host.HostException;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.SyscallNumbers;
import org.nesteddune.kernel.Task;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.Futex;
import org.nesteddune.linux.Mman;
import org.nesteddune.mm.MapRequest;
import org.nesteddune.testing.TestGuest;

/**
 * A few threads and a page of memory, on the host's kernel or in a guest: the same story told in both has to go the same
 * way. Actors are known by letters, so that words with thread ids can be compared.
 */
abstract class World implements AutoCloseable {

    static final int PAGE = 4096;

    private final List<Actor> actors = new ArrayList<>();
    private final List<String> log = new ArrayList<>();

    /** Address of an offset in the page. */
    abstract long at(long offset);

    abstract int read(long offset);

    abstract void write(long offset, int value);

    abstract void writeLong(long offset, long value);

    /** A new thread, with the next letter. */
    final Actor actor() {
        Actor actor = newActor();
        actor.letter = (char) ('A' + actors.size());
        actors.add(actor);
        return actor;
    }

    abstract Actor newActor();

    /** Tells what has become of a word. */
    final void tell(long offset) {
        int value = read(offset);
        StringBuilder text = new StringBuilder(offset + ":");
        text.append((value & Futex.FUTEX_WAITERS) != 0 ? " waiters" : "");
        text.append((value & Futex.FUTEX_OWNER_DIED) != 0 ? " died" : "");
        int tid = value & Futex.FUTEX_TID_MASK;
        String owner = actors.stream()
                .filter(actor -> actor.tid() == tid)
                .map(actor -> " " + actor.letter)
                .findFirst()
                .orElse(" " + tid);
        log.add(text + owner);
    }

    final void tell(String text) {
        log.add(text);
    }

    final List<String> log() {
        return log;
    }

    @Override
    public void close() {
        actors.forEach(Actor::end);
    }

    /** A thread that makes calls. */
    abstract class Actor {

        final ExecutorService thread = Executors.newSingleThreadExecutor();
        private char letter;
        private volatile boolean inCall;
        private volatile int hostTid;
        private Future<Long> last;

        Actor() {
            run(() -> hostTid = (int) Linux.gettid());
        }

        final long run(Work work) {
            try {
                return thread.submit(work::run).get();
            } catch (ExecutionException | InterruptedException failed) {
                throw new IllegalStateException(failed);
            }
        }

        abstract int tid();

        abstract long call(String name, long... arguments);

        final int hostTid() {
            return hostTid;
        }

        /** Begins a call and comes back when it is blocked or over. */
        final void begin(String name, long... arguments) {
            inCall = true;
            last = thread.submit(() -> {
                try {
                    return call(name, arguments);
                } finally {
                    inCall = false;
                }
            });
            int asleep = 0;
            while (inCall && asleep < 5) {
                pause();
                asleep = isAsleep() ? asleep + 1 : 0;
            }
        }

        private boolean isAsleep() {
            try {
                String stat = Files.readString(Path.of("/proc/self/task/" + hostTid + "/stat"));
                return stat.charAt(stat.lastIndexOf(')') + 2) == 'S';
            } catch (IOException gone) {
                throw new UncheckedIOException(gone);
            }
        }

        /** Tells how the call that was begun last has ended; waits for that. */
        final void end(String what) {
            try {
                tell(letter + " " + what + ": " + text(last.get()));
            } catch (ExecutionException | InterruptedException failed) {
                throw new IllegalStateException(failed);
            }
        }

        /** Makes a call and tells its result. */
        final void makes(String what, String name, long... arguments) {
            begin(name, arguments);
            end(what);
        }

        final void futex(String what, long offset, int operation, long... more) {
            long[] arguments = new long[6];
            arguments[0] = at(offset);
            arguments[1] = operation;
            System.arraycopy(more, 0, arguments, 2, more.length);
            makes(what, "futex", arguments);
        }

        final void beginFutex(long offset, int operation, long... more) {
            long[] arguments = new long[6];
            arguments[0] = at(offset);
            arguments[1] = operation;
            System.arraycopy(more, 0, arguments, 2, more.length);
            begin("futex", arguments);
        }

        /** Ends the thread, with what a kernel does then. */
        void end() {
            thread.shutdown();
        }
    }

    static void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static String text(long result) {
        return result < 0 ? Errno.name((int) -result) : Long.toString(result);
    }

    /** What is done on an actor's thread. */
    interface Work {
        long run();
    }

    /** The host's kernel. */
    static final class Native extends World {

        private final long page = HostException.check("mmap", Linux.mmap(0, 2L * PAGE,
                Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED | Mman.MAP_ANONYMOUS, -1, 0));

        Native() {
            Linux.munmap(page + PAGE, PAGE);
        }

        @Override
        long at(long offset) {
            return page + offset;
        }

        @Override
        int read(long offset) {
            return Memory.getIntVolatile(page + offset);
        }

        @Override
        void write(long offset, int value) {
            Memory.putIntVolatile(page + offset, value);
        }

        @Override
        void writeLong(long offset, long value) {
            Memory.putLong(page + offset, value);
        }

        @Override
        Actor newActor() {
            return new Actor() {
                @Override
                int tid() {
                    return hostTid();
                }

                @Override
                long call(String name, long... a) {
                    long[] all = java.util.Arrays.copyOf(a, 6);
                    return Linux.call(number(name), all[0], all[1], all[2], all[3], all[4], all[5]);
                }

                @Override
                void end() {
                    super.end();
                    while (Files.exists(Path.of("/proc/self/task/" + hostTid()))) {
                        pause();
                    }
                }
            };
        }

        private static long number(String name) {
            try {
                return SyscallNumbers.class.getField("SYS_" + name).getInt(null);
            } catch (ReflectiveOperationException missing) {
                throw new IllegalArgumentException(name, missing);
            }
        }

        @Override
        public void close() {
            super.close();
            Linux.munmap(page, PAGE);
        }
    }

    /** A guest. */
    static final class Guest extends World {

        final TestGuest guest = new TestGuest(Path.of("/"));
        private final FutexFamily family = new FutexFamily();
        private final long page;
        private int tids = 100;

        Guest() {
            page = guest.memory().map(new MapRequest(0, 2L * PAGE, Mman.PROT_READ | Mman.PROT_WRITE,
                    Mman.MAP_SHARED | Mman.MAP_ANONYMOUS, null, 0, ""));
            guest.memory().unmap(page + PAGE, PAGE);
        }

        @Override
        long at(long offset) {
            return page + offset;
        }

        @Override
        int read(long offset) {
            return guest.memory().readInt(page + offset);
        }

        @Override
        void write(long offset, int value) {
            guest.memory().writeInt(page + offset, value);
        }

        @Override
        void writeLong(long offset, long value) {
            guest.memory().writeLong(page + offset, value);
        }

        @Override
        Actor newActor() {
            Task task = guest.newTask(++tids);
            return new Actor() {
                @Override
                int tid() {
                    return task.tid();
                }

                @Override
                long call(String name, long... arguments) {
                    return guest.call(task, family, name, arguments);
                }

                @Override
                void end() {
                    super.end();
                    guest.end(task);
                }
            };
        }

        @Override
        public void close() {
            super.close();
            guest.close();
        }
    }
}
