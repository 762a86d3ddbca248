package org.nesteddune.syscalls.polling;

import static org.nesteddune.host.SyscallNumbers.SYS_ppoll;

import org.nesteddune.fs.OpenFile;
import org.nesteddune.host.Linux;
import org.nesteddune.host.Memory;
import org.nesteddune.host.NativeBuffer;
import org.nesteddune.kernel.Task;
import org.nesteddune.kernel.Timespec;
import org.nesteddune.linux.Errno;
import org.nesteddune.linux.OpenFlags;
import org.nesteddune.linux.Poll;
import org.nesteddune.syscall.ErrnoException;

/**
 * The files that one call waits for, as an array of the host's {@code struct pollfd} ({@code asm-generic/poll.h}: fd at
 * 0, events at 4, revents at 6; 8 bytes). Holds a reference to each file while the call lasts. What has no host
 * descriptor is asked once, and never waited for.
 */
final class PollSet implements AutoCloseable {

    /** Bytes in {@code struct pollfd}. */
    static final int POLLFD = 8;

    private static final int EVENTS = 4;
    private static final int REVENTS = 6;

    /** Room before the array for a {@code struct timespec}. */
    private static final int HEAD = Timespec.SIZE;

    private final Task task;
    private final OpenFile[] files;
    private final NativeBuffer own;
    private final long time;
    private final long array;
    private int ready;

    PollSet(Task task, int count) {
        this.task = task;
        files = new OpenFile[count];
        long size = HEAD + (long) count * POLLFD;
        if (size > Task.SCRATCH_SIZE && size > Integer.MAX_VALUE) {
            throw new ErrnoException(Errno.ENOMEM);
        }
        own = size > Task.SCRATCH_SIZE ? new NativeBuffer((int) size) : null;
        time = own == null ? task.scratch() : own.address();
        array = time + HEAD;
    }

    /**
     * Sets an entry.
     *
     * @param descriptor the guest's; negative for an entry that does not count
     * @return whether it is open for this purpose, or negative
     */
    boolean set(int index, int descriptor, int events) {
        int host = -1;
        int found = 0;
        if (descriptor >= 0) {
            OpenFile file = open(descriptor);
            files[index] = file;
            if (file == null) {
                found = Poll.POLLNVAL;
            } else {
                host = file.pollDescriptor();
                found = host < 0 ? file.readiness() & (events | Poll.POLLERR | Poll.POLLHUP) : 0;
            }
        }
        if (found != 0) {
            ready++;
        }
        long entry = array + (long) index * POLLFD;
        Memory.putInt(entry, host);
        Memory.putShort(entry + EVENTS, (short) events);
        Memory.putShort(entry + REVENTS, (short) found);
        return found != Poll.POLLNVAL;
    }

    private OpenFile open(int descriptor) {
        OpenFile file;
        try {
            file = task.descriptors().get(descriptor);
        } catch (ErrnoException closed) {
            return null;
        }
        if ((file.accessFlags() & OpenFlags.O_PATH) != 0) {
            file.release();
            return null;
        }
        return file;
    }

    /**
     * Waits until a file is ready or the time has come.
     *
     * @param deadline by host CLOCK_MONOTONIC in nanoseconds; {@link Long#MAX_VALUE} for none
     * @return how many entries have events; −ERESTARTSYS if none has and a signal is to be delivered
     */
    long await(long deadline) {
        int[] known = ready > 0 ? found() : null;
        long result;
        if (ready > 0) {
            result = poll(0);
        } else if (deadline == Long.MAX_VALUE) {
            result = task.blockingCall(SYS_ppoll, array, files.length, 0, 0, 0, 0);
        } else {
            // The host writes back what is left, so that going on after an interruption does not begin anew.
            setTime(Math.max(0, deadline - System.nanoTime()));
            result = task.blockingCall(SYS_ppoll, array, files.length, time, 0, 0, 0);
        }
        if (result == -Errno.ERESTARTSYS) {
            long now = poll(0); // what is ready counts for more than a signal
            if (now != 0) {
                result = now;
            }
        }
        if (result >= 0 && known != null) {
            result += ready;
            for (int i = 0; i < known.length; i++) {
                if (known[i] != 0) {
                    Memory.putShort(array + (long) i * POLLFD + REVENTS, (short) known[i]);
                }
            }
        }
        return result;
    }

    /** The host clears the entries that it knows nothing of: what was found without it is kept here meanwhile. */
    private int[] found() {
        int[] known = new int[files.length];
        for (int i = 0; i < known.length; i++) {
            known[i] = events(i);
        }
        return known;
    }

    private long poll(long nanos) {
        setTime(nanos);
        return Linux.ppoll(array, files.length, time, 0, 0);
    }

    private void setTime(long nanos) {
        Memory.putLong(time, nanos / Timespec.SECOND);
        Memory.putLong(time + 8, nanos % Timespec.SECOND);
    }

    /** Takes an entry out. */
    void ignore(int index) {
        long entry = array + (long) index * POLLFD;
        if (Memory.getInt(entry) < 0) {
            ready--;
        }
        Memory.putInt(entry, -1);
        Memory.putShort(entry + REVENTS, (short) 0);
    }

    /** {@code revents} of an entry. */
    int events(int index) {
        return Memory.getShort(array + (long) index * POLLFD + REVENTS) & 0xffff;
    }

    @Override
    public void close() {
        for (OpenFile file : files) {
            if (file != null) {
                file.release();
            }
        }
        if (own != null) {
            own.close();
        }
    }
}
